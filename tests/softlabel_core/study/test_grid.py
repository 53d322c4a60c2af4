"""The grid: run, killed, resumed, by workers."""

import gc
import json
import signal
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from studies import QUICK, TINY, TUNED, assert_same, holding, refused, some_digits

from softlabel_core import study, training
from softlabel_core.clock import OutOfTime
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, grid, protocols
from softlabel_core.study.record import ARRAYS, read_record


def test_every_run_leaves_a_record(whole, runs):
    assert holding(whole) == sorted(run.file.name for run in runs)
    assert all((whole / run.file).is_file() for run in runs)


def test_no_vote_or_image_is_in_a_record(whole, runs):
    with np.load(whole / runs[0].file) as file:
        assert set(file.files) == {*ARRAYS, "meta"}
        assert "counts" not in json.loads(str(file["meta"]))


def test_arms_and_seeds_differ(whole, runs):
    found = [read_record(whole / run.file).log_p_test for run in runs]
    for i, one in enumerate(found):
        assert not any(np.array_equal(one, other) for other in found[:i])


def test_a_data_set_is_not_held_on_to(tmp_path):
    dataset = some_digits()
    grid.run_study(study.plan(QUICK, ["soft"], [0]), dataset, tmp_path, device="cpu", progress=False)
    seen = weakref.ref(dataset)
    del dataset
    gc.collect()
    assert seen() is None


def test_a_finished_study_trains_nothing(whole, runs, digits, monkeypatch):
    monkeypatch.setattr(training, "fit", pytest.fail)
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*.npz")}
    assert grid.run_study(runs, digits, whole, progress=False) == 0
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*.npz")} == before


def test_a_study_can_grow(digits, tmp_path):
    grid.run_study(study.plan(QUICK, ["soft"], [0]), digits, tmp_path, progress=False)
    assert (
        grid.run_study(study.plan(QUICK, ["soft", "hard"], range(2)), digits, tmp_path, progress=False) == 3
    )


def test_progress_goes_to_standard_error(digits, tmp_path, capsys):
    runs = study.plan(QUICK, ["soft"], [0])
    grid.run_study(runs, digits, tmp_path)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "soft seed 0 fold 0" in shown.err
    assert "3/3" in shown.err


def test_no_progress_where_none_is_wanted(digits, tmp_path, capsys):
    grid.run_study(study.plan(QUICK, ["soft"], [0]), digits, tmp_path, progress=False)
    assert capsys.readouterr().err == ""


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from softlabel_core import data, study, training
from softlabel_core.study import grid, protocols

point, folder = sys.argv[1], Path(sys.argv[2])
calls = 0

def counted(act):
    def counting(*given, **named):
        global calls
        calls += 1
        if calls == (3 if point == "writing" else 11):
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*given, **named)
    return counting

if point == "writing":
    os.fsync = counted(os.fsync)  # the third record lies beside its place
else:
    training.predict = counted(training.predict)  # in the third run, after its third epoch
runs = study.plan(protocols.get("digits", "small", epochs=3), ["hard", "gold", "soft"], range(2))
grid.run_study(runs, data.load("digits", n_items=500), folder, device="cpu", progress=False)
"""


@pytest.mark.parametrize("point", ["writing", "training"])
def test_a_killed_study_goes_on_as_if_nothing_had_been(point, whole, runs, digits, tmp_path):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, point, str(tmp_path)], capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(holding(tmp_path)) == 2
    assert len(list(tmp_path.rglob(".*"))) == (point == "writing")  # what was being written
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.npz")}
    assert grid.run_study(runs, digits, tmp_path, device="cpu", progress=False) == 4
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert holding(tmp_path) == holding(whole)
    assert_same(whole, tmp_path, runs)
    assert study.load(QUICK, tmp_path).seeds == [0, 1]


def test_an_interrupt_keeps_what_was_recorded(digits, runs, tmp_path, monkeypatch):
    predict, calls = training.predict, []

    def interrupted(*given):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return predict(*given)

    with monkeypatch.context() as patch:
        patch.setattr(training, "predict", interrupted)
        with pytest.raises(KeyboardInterrupt):
            grid.run_study(runs, digits, tmp_path, device="cpu", progress=False)
    assert holding(tmp_path) == [runs[0].file.name]
    assert grid.run_study(runs, digits, tmp_path, device="cpu", progress=False) == 5


def test_threads_record_what_one_after_another_records(whole, runs, digits, tmp_path, capsys):
    with ThreadPoolExecutor(3) as threads:
        assert grid.run_study(runs, digits, tmp_path, device="cpu", executor=threads) == 6
    assert "18/18" in capsys.readouterr().err
    assert_same(whole, tmp_path, runs)


def test_another_process_records_the_same(whole, runs, digits, tmp_path):
    with ProcessPoolExecutor(1, get_context("spawn"), torch.set_num_threads, (1,)) as processes:
        assert (
            grid.run_study(runs[:2], digits, tmp_path, device="cpu", progress=False, executor=processes) == 2
        )
    assert_same(whole, tmp_path, runs[:2])


def test_an_executor_that_fails_is_heard_and_the_rest_is_kept(digits, tmp_path):
    runs = [Run(replace(QUICK, learning_rate=1e30), "hard", 0, 0), *study.plan(QUICK, ["soft"], [0])]
    with (
        ThreadPoolExecutor(1) as threads,
        pytest.raises(RecordError, match=r"hard-fold0-seed0\.npz: training diverged"),
    ):
        grid.run_study(runs, digits, tmp_path, device="cpu", progress=False, executor=threads)
    assert holding(tmp_path) == ["soft-fold0-seed0.npz"]


def test_workers_do_not_train_the_same_weights_twice(weights, digits, tmp_path, monkeypatch):
    fit, trained = training.fit, []

    def watched(model, images, target, protocol, seed, *rest):
        trained.append((protocol.name, seed))
        return fit(model, images, target, protocol, seed, *rest)

    monkeypatch.setattr(training, "fit", watched)
    runs = study.plan(TUNED, ["hard", "soft"], range(3))
    with ThreadPoolExecutor(3) as threads:
        grid.run_study(runs, digits, tmp_path / "results", device="cpu", progress=False, executor=threads)
    assert sorted(run for run in trained if run[0] == "tiny") == [("tiny", 0), ("tiny", 1)]
    assert len(holding(tmp_path / "results")) == 6


def test_records_from_other_weights_are_refused(weights, digits, tmp_path, monkeypatch):
    runs = study.plan(TUNED, ["soft"], [0])
    grid.run_study(runs, digits, tmp_path / "results", device="cpu", progress=False)
    assert grid.run_study(runs, digits, tmp_path / "results", device="cpu", progress=False) == 0
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, learning_rate=0.01))
    refused(
        r"was recorded with other settings \(pretraining\)",
        grid.run_study,
        runs,
        digits,
        tmp_path / "results",
    )


def test_a_study_of_texts_is_recorded(sentences, tmp_path):
    pairs, protocol, _ = sentences
    protocol = replace(protocol, pretraining=None)
    runs = study.plan(protocol, ["hard", "gold", "soft"], [0])
    assert grid.run_study(runs, pairs, tmp_path, progress=False) == 3
    assert study.pending(runs, pairs, tmp_path) == []
    found = study.load(protocol, tmp_path)
    meta = found.records[runs[0]].meta
    assert meta["encoder"]["from"] == "folder small-bert"
    assert {"transformers", "tokenizers"} <= set(meta["versions"])
    assert meta["pretraining"] is None
    again = fitting.train(runs[2], pairs)
    np.testing.assert_array_equal(again.log_p_test, fitting.train(runs[2], pairs).log_p_test)
    # what a record says of an item is what the model says of that item
    order = np.argsort(again.ids_test)
    np.testing.assert_allclose(found.log_p("soft")[0], again.log_p_test[order], atol=2e-3)


def test_no_run_is_begun_when_the_time_is_over(runs, digits, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    execute = grid.execute

    def slowly(*given):
        execute(*given)
        now[0] += 100.0

    monkeypatch.setattr(grid, "execute", slowly)
    with pytest.raises(OutOfTime):
        grid.run_study(runs, digits, tmp_path, device="cpu", progress=False, until=350.0)
    assert holding(tmp_path) == sorted(run.file.name for run in runs[:3])
    assert grid.run_study(runs, digits, tmp_path, device="cpu", progress=False) == len(runs) - 3


def test_workers_end_what_they_began_when_the_time_is_over():
    gate = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        futures = [executor.submit(gate.wait, 60) for _ in range(3)]
        threading.Timer(0.3, gate.set).start()
        done = []
        with pytest.raises(OutOfTime):
            done.extend(grid.done_in_time(futures, time.monotonic() + 0.1))
        # The list is not filled when an error comes, so the futures themselves tell.
        assert [future.cancelled() for future in futures] == [False, True, True]
        assert futures[0].done()


def test_work_that_is_done_in_time_is_no_matter_for_the_clock():
    with ThreadPoolExecutor(2) as executor:
        futures = [executor.submit(int, text) for text in "123"]
        found = grid.done_in_time(futures, time.monotonic() + 60)
        assert sorted(future.result() for future in found) == [1, 2, 3]
