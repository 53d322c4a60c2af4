"""The study: planned, run, killed, resumed, lined up."""

import gc
import json
import signal
import subprocess
import sys
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from shared import small_bert

from softlabel_core import arms, data, metrics, study, training
from softlabel_core.data import Dataset
from softlabel_core.models import texts as text_models
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, Study, fitting, grid, protocols
from softlabel_core.study import record as results
from softlabel_core.study.inputs import _hold_out, _subset, pretrained
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record

QUICK = protocols.get("digits", "small", epochs=3)
ARMS = ["hard", "gold", "soft"]
CHANGES_BY_RUN = ("seconds", "peak_memory_bytes")


def load_digits():
    return data.load("digits", n_items=500)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One thread, as in the killed process and the workers: sums of another order differ in their last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def runs():
    return study.plan(QUICK, ARMS, range(2))


@pytest.fixture(scope="module")
def whole(digits, runs, tmp_path_factory):
    """The folder of a study that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert grid.run_study(runs, digits, folder, device="cpu", progress=False) == 6
    return folder


def holding(folder):
    return sorted(path.name for path in folder.rglob("*.npz"))


def assert_same(one, other, runs):
    """The same records to the last bit, but for how long they took."""
    for run in runs:
        a, b = results.read(one / run.file), results.read(other / run.file)
        for name in results.ARRAYS:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        for key in CHANGES_BY_RUN:
            assert a.meta.pop(key) > 0
            assert b.meta.pop(key) > 0
        assert a.meta == b.meta


def refused(match, act, *given, **named):
    """The RecordError's sentence."""
    with pytest.raises(RecordError, match=match) as error:
        act(*given, **named)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


# The plan


def test_a_plan_completes_a_seed_before_the_next():
    protocol = replace(QUICK, folds=(0, 3))
    found = [(run.seed, run.fold, run.arm) for run in study.plan(protocol, ["soft", "hard"], [4, 1])]
    assert found == [(s, f, arm) for s in (4, 1) for f in (0, 3) for arm in ("hard", "soft")]


def test_a_runs_record_has_a_place():
    assert Run(QUICK, "soft", 2, 7).file.as_posix() == "digits/small/soft-fold2-seed7.npz"


@pytest.mark.parametrize(
    ("given", "named"),
    [(["hard", "solf"], "there is no arm 'solf'"), ([], "no arm is named"), ([""], "there is no arm ''")],
)
def test_an_arm_that_does_not_exist_is_refused(given, named):
    with pytest.raises(ValueError, match="no arm") as error:
        study.plan(QUICK, given, [0])
    assert str(error.value) == f"{named}; choose from {', '.join(arms.ARMS)}."


def test_an_arm_is_planned_and_recorded_with_its_number():
    runs = study.plan(QUICK, ["dirichlet", "hard", "smoothing-.20", "smoothing-0.2"], [3])
    assert [run.arm for run in runs] == ["hard", "smoothing-0.2", "dirichlet-1"]
    assert runs[1].file.name == "smoothing-0.2-fold0-seed3.npz"


def test_a_trials_record_has_a_place_of_its_own():
    assert Run(QUICK, "soft", 2, 7, trial=4).file.name == "soft-trial4-fold2-seed7.npz"


# Running


def test_every_run_leaves_a_record(whole, runs):
    assert holding(whole) == sorted(run.file.name for run in runs)
    assert all((whole / run.file).is_file() for run in runs)


def test_a_record_says_where_it_came_from(whole, digits):
    meta = results.read(whole / "digits/small/hard-fold0-seed1.npz").meta
    assert (meta["data"], meta["protocol"], meta["arm"], meta["fold"], meta["seed"]) == (
        "digits",
        "small",
        "hard",
        0,
        1,
    )
    assert meta["settings"] == QUICK.settings()
    assert meta["data_hash"] == digits.hash
    assert meta["provenance"] == digits.provenance
    assert set(meta["versions"]) == {"python", "torch", "torchvision", "numpy", "scipy", "scikit-learn"}
    assert set(meta["code"]) == {"version", "commit"}
    assert meta["device"].endswith("CPU")
    assert meta["n_parameters"] == 26_122
    assert meta["n_train"] == len(data.split(digits).train)
    assert meta["pretraining"] is None
    assert [epoch["epoch"] for epoch in meta["history"]] == [1, 2, 3]
    assert set(meta["history"][0]) >= {"train_loss", "validation_kl", "validation_accuracy"}


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_record_says_which_precision_it_had_and_either_counts(
    digits, tmp_path, monkeypatch, native, precision
):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: native)
    [run] = study.plan(replace(QUICK, epochs=1, precision="bf16"), ["soft"], [0])
    grid.run_study([run], digits, tmp_path, device="cpu", progress=False)
    meta = results.read(tmp_path / run.file).meta
    assert meta["precision"] == precision
    assert meta["settings"]["precision"] == "bf16"  # what the protocol asks for
    monkeypatch.setattr(training, "_computes_bf16", lambda device: not native)
    assert grid.run_study([run], digits, tmp_path, device="cpu", progress=False) == 0
    assert study.load(run.protocol, tmp_path, ["soft"]).seeds == [0]


def test_broken_ties_are_counted_in_the_hard_arm_only(whole, digits):
    tied = data.split(digits).train
    best = digits.counts[tied].max(axis=1, keepdims=True)
    expected = int(((digits.counts[tied] == best).sum(axis=1) > 1).sum())
    assert expected > 0
    for arm, count in (("hard", expected), ("gold", 0), ("soft", 0)):
        assert results.read(whole / f"digits/small/{arm}-fold0-seed0.npz").meta["n_ties_broken"] == count


def test_no_vote_or_image_is_in_a_record(whole, runs):
    with np.load(whole / runs[0].file) as file:
        assert set(file.files) == {*results.ARRAYS, "meta"}
        assert "counts" not in json.loads(str(file["meta"]))


def test_arms_and_seeds_differ(whole, runs):
    found = [results.read(whole / run.file).log_p_test for run in runs]
    for i, one in enumerate(found):
        assert not any(np.array_equal(one, other) for other in found[:i])


def test_arms_start_from_the_same_weights(digits, monkeypatch):
    starts = {}

    def stopped(model, images, target, protocol, seed, mix=None):
        starts.setdefault(seed, []).append(
            torch.cat([w.detach().flatten().clone() for w in model.parameters()])
        )
        yield training.Epoch(1, 1.0, 1.0)

    monkeypatch.setattr(training, "fit", stopped)
    for seed in (0, 1):
        for arm in ARMS:
            fitting.train(Run(QUICK, arm, 0, seed), digits, "cpu")
    assert all(torch.equal(starts[seed][0], other) for seed in (0, 1) for other in starts[seed])
    assert not torch.equal(starts[0][0], starts[1][0])


def test_the_loop_sees_no_item_of_another_part(digits, monkeypatch):
    seen = {}
    fit = training.fit

    def watched(model, images, target, protocol, seed, mix=None):
        seen["images"], seen["target"] = images, target(0, np.arange(len(images)))
        return fit(model, images, target, protocol, seed, mix)

    monkeypatch.setattr(training, "fit", watched)
    record = fitting.train(Run(QUICK, "soft", 1, 0), digits, "cpu")
    split = data.split(digits, 1)
    np.testing.assert_array_equal(seen["images"].permute(0, 2, 3, 1).numpy(), digits.items[split.train])
    np.testing.assert_allclose(seen["target"], digits.p_human[split.train], rtol=1e-6)
    assert set(record.ids_test) == set(digits.ids[split.test])
    assert not set(record.ids_test) & (set(digits.ids[split.train]) | set(record.ids_validation))


def test_a_data_set_is_divided_once_a_fold(digits, tmp_path, monkeypatch):
    divided, split = [], data.split
    monkeypatch.setattr(data, "split", lambda *given: divided.append(given[1]) or split(*given))
    runs = study.plan(replace(QUICK, folds=(0, 1), split_seed=5), ["hard", "soft"], [0])
    grid.run_study(runs, digits, tmp_path, device="cpu", progress=False)
    assert sorted(divided) == [0, 1]


def test_other_divisions_of_a_data_set_are_kept_apart(digits):
    def divided(fold=0, **changes):
        record = fitting.train(Run(replace(QUICK, epochs=1, **changes), "soft", fold, 0), digits, "cpu")
        return record.ids_validation.tolist(), record.ids_test.tolist()

    plain = divided()
    for changes in ({"fold": 1}, {"n_folds": 4}, {"split_seed": 9}, {"validation": 0.2}):
        assert divided(**changes) != plain
    assert divided() == plain


def test_a_data_set_is_not_held_on_to(tmp_path):
    dataset = load_digits()
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


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_a_run_that_diverges_is_named_and_not_recorded(digits, tmp_path, rate):
    protocol = replace(QUICK, learning_rate=rate)
    message = refused(
        "diverged", grid.run_study, study.plan(protocol, ["soft"], [0]), digits, tmp_path, progress=False
    )
    assert message.startswith("digits/small/soft-fold0-seed0.npz: training diverged in epoch ")
    assert holding(tmp_path) == []


# Killed and resumed

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


# Executors


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


# Records that do not belong


@pytest.fixture
def copied(whole, tmp_path):
    """A copy of the uninterrupted study that a test may damage."""
    for path in whole.rglob("*.npz"):
        target = tmp_path / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"epochs": 4}, "epochs"), ({"learning_rate": 0.2, "momentum": 0.8}, "learning_rate, momentum")],
)
def test_records_for_other_settings_are_refused(whole, digits, changes, named):
    other = replace(QUICK, **changes)
    message = refused(
        "was recorded with other settings", grid.run_study, study.plan(other, ARMS, [0]), digits, whole
    )
    assert f"other settings ({named}); give another results folder, or delete it." in message
    refused(rf"was recorded with other settings \({named}\)", study.load, other, whole)


def test_how_much_is_planned_is_no_setting(whole, digits):
    more = replace(QUICK, seeds=9, cost="an hour")
    assert grid.run_study(study.plan(more, ARMS, range(2)), digits, whole, progress=False) == 0


def test_records_for_other_counts_are_refused(whole, runs, digits):
    counts = digits.counts.copy()
    counts[0, 0] += 1
    message = refused("other item ids or counts", grid.run_study, runs, replace(digits, counts=counts), whole)
    assert "hard-fold0-seed0.npz" in message


def test_a_truncated_record_stops_a_study_before_it_trains(copied, runs, digits, monkeypatch):
    monkeypatch.setattr(training, "fit", pytest.fail)
    (copied / runs[0].file).unlink()  # to be trained, if the other were sound
    path = copied / runs[-1].file
    path.write_bytes(path.read_bytes()[:100])
    assert path.name in refused("truncated or altered", grid.run_study, runs, digits, copied)
    assert path.name in refused("truncated or altered", study.load, QUICK, copied)


def test_a_record_under_another_name_is_refused(copied, runs, digits):
    (copied / "digits/small/hard-fold0-seed0.npz").replace(copied / "digits/small/soft-fold0-seed0.npz")
    match = (
        r"soft-fold0-seed0\.npz holds another run \(data digits, protocol small, arm hard, fold 0, seed 0\)"
    )
    refused(match, grid.run_study, runs, digits, copied)
    refused(match, study.load, QUICK, copied)


def test_a_setting_that_came_later_counts_as_its_default(copied, runs, digits):
    for run in runs:
        record = results.read(copied / run.file)
        del record.meta["settings"]["augment"], record.meta["settings"]["momentum"]
        results.write(record, copied / run.file)
    refused(
        r"other settings \(augment\);", study.load, QUICK, copied
    )  # digits is not augmented, the default is
    augmented = replace(QUICK, augment=True)
    assert study.load(augmented, copied).seeds == [0, 1]


# Lined up

FOLDED = replace(QUICK, folds=(0, 2, 4))


def planted(arm, seed, ids):
    """Predictions that tell arm, seed and item apart."""
    number = np.array([int(name.split("-")[-1]) for name in ids])
    logits = np.sin(number[:, None] * (1 + np.arange(10)) + 7 * seed + 3 * ARMS.index(arm))
    return log_softmax(logits, axis=1).astype(np.float32)


def plant(dataset, folder, run):
    """Write a record of planted predictions."""
    split = data.split(dataset, run.fold)
    ids = {part: dataset.ids[getattr(split, part)] for part in ("validation", "test")}
    meta = {"data": "digits", "protocol": "small", "arm": run.arm, "fold": run.fold, "seed": run.seed}
    history = [{"epoch": k, "validation_kl": run.seed + k / 10} for k in (1, 2, 3)]
    meta |= {"settings": run.protocol.settings(), "data_hash": dataset.hash, "history": history}
    log_p = {part: planted(run.arm, run.seed, ids[part]) for part in ids}
    record = Record(ids["validation"], log_p["validation"], ids["test"], log_p["test"], meta)
    results.write(record, folder / run.file)


@pytest.fixture(scope="module")
def folded(digits, tmp_path_factory):
    """A folder of two arms, three folds and seeds 0 and 3, and seed 5 without one of its six runs."""
    folder = tmp_path_factory.mktemp("folded")
    for run in study.plan(FOLDED, ["soft", "hard"], [0, 3, 5]):
        if (run.arm, run.fold, run.seed) != ("soft", 4, 5):
            plant(digits, folder, run)
    return folder


def test_predictions_line_up_with_the_test_ids_of_all_folds(folded, digits):
    found = study.load(FOLDED, folded)
    tested = np.concatenate([data.split(digits, fold).test for fold in FOLDED.folds])
    assert found.test_ids.tolist() == sorted(digits.ids[tested])
    for arm in ("hard", "soft"):
        log_p = found.log_p(arm)
        assert log_p.shape == (2, len(tested), 10)
        assert log_p.dtype == np.float32
        for k, seed in enumerate((0, 3)):
            np.testing.assert_allclose(log_p[k], planted(arm, seed, found.test_ids), atol=5e-3)


def test_a_seed_that_is_not_complete_is_left_out(folded):
    found = study.load(FOLDED, folded)
    assert found.seeds == [0, 3]
    assert found.folds == [0, 2, 4]
    assert found.arms == ["hard", "soft"]
    assert len(found.records) == 17


def test_p_model_averages_the_distributions_over_seeds(folded):
    found = study.load(FOLDED, folded)
    expected = np.exp([planted("soft", seed, found.test_ids) for seed in (0, 3)]).mean(axis=0)
    np.testing.assert_allclose(found.p_model("soft"), expected, atol=1e-3)
    np.testing.assert_allclose(found.p_model("soft").sum(axis=1), 1)


def test_the_history_of_a_measure(folded):
    history = study.load(FOLDED, folded).history("hard", "validation_kl")
    np.testing.assert_allclose(history, [[0.1, 0.2, 0.3], [3.1, 3.2, 3.3]])


def test_the_test_part_has_votes_in_the_order_of_the_predictions(folded, digits):
    found = study.load(FOLDED, folded)
    part = found.test_part(digits)
    assert part.ids.tolist() == found.test_ids.tolist()
    rows = [digits.ids.tolist().index(name) for name in found.test_ids]
    np.testing.assert_array_equal(part.counts, digits.counts[rows])


def test_reading_a_study_divides_nothing(folded, digits, monkeypatch):
    def divide(*given):
        raise AssertionError("another version of scikit-learn may divide otherwise")

    monkeypatch.setattr(data, "split", divide)
    assert study.load(FOLDED, folded).test_part(digits).n_items == 300


def test_the_test_part_refuses_other_votes(folded, digits):
    counts = digits.counts.copy()
    counts[0, 0] += 1
    found = study.load(FOLDED, folded)
    refused("other item ids or counts", found.test_part, replace(digits, counts=counts))


def test_records_of_different_test_items_are_not_lined_up(digits, tmp_path):
    for arm in ("hard", "soft"):
        run = Run(FOLDED, arm, 0, 0)
        plant(digits, tmp_path, run)
    record = results.read(tmp_path / run.file)
    shorter = replace(record, ids_test=record.ids_test[1:], log_p_test=record.log_p_test[1:])
    results.write(shorter, tmp_path / run.file)
    refused(r"has other test items than hard-fold0-seed0\.npz", study.load, FOLDED, tmp_path)


def test_folds_on_their_way_leave_the_fixed_split_standing(digits, tmp_path):
    for arm in ("hard", "soft"):
        plant(digits, tmp_path, Run(FOLDED, arm, 0, 0))
    plant(digits, tmp_path, Run(FOLDED, "hard", 2, 0))
    assert study.load(FOLDED, tmp_path).folds == [0]
    plant(digits, tmp_path, Run(FOLDED, "soft", 2, 0))
    assert study.load(FOLDED, tmp_path).folds == [0, 2]


def test_a_folder_without_a_complete_seed_says_what_to_run(digits, tmp_path):
    with pytest.raises(
        RecordError, match=r"holds no seed that is complete .*run: softlabel study digits --protocol small"
    ):
        study.load(FOLDED, tmp_path)
    plant(digits, tmp_path, Run(FOLDED, "hard", 0, 0))
    plant(digits, tmp_path, Run(FOLDED, "soft", 0, 1))
    with pytest.raises(RecordError, match="holds no seed that is complete"):
        study.load(FOLDED, tmp_path)


def test_the_results_of_the_repository_are_the_default(folded, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(folded))
    assert isinstance(study.load(FOLDED), Study)


# Pretraining

TINY = Protocol("cifar10-train", "tiny", "small-mlp", 2, 0.05, augment=False, precision="fp32", seeds=2)
TUNED = replace(QUICK, name="tuned", pretraining="tiny")


@pytest.fixture
def weights(digits, tmp_path, monkeypatch):
    """A small stand-in for CIFAR-10's train part, a protocol for it, an empty cache; the folder of the weights."""
    some = digits.take(np.arange(150))
    train: Dataset = replace(some, name="cifar10-train", provenance="JPEG copies")
    monkeypatch.setattr(data, "load", lambda name: {"cifar10-train": train}[name])
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), TINY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "softlabel" / "weights"


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_pretrained_weights_are_kept_and_used_again(weights, monkeypatch):
    first, facts = pretrained("tiny", 0, "cpu")
    assert len(list(weights.iterdir())) == 1
    assert facts["settings"] == TINY.settings()
    assert (facts["seed"], facts["n_train"], facts["provenance"]) == (0, 150, "JPEG copies")
    assert len(facts["sha256"]) == 64
    monkeypatch.setattr(training, "fit", pytest.fail)
    again, same_facts = pretrained("tiny", 0, "cpu")
    assert same(first, again)
    assert facts == same_facts


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_pretrained_weights_say_which_precision_they_had(weights, monkeypatch, native, precision):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: native)
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, precision="bf16"))
    assert pretrained("tiny", 0, "cpu")[1]["precision"] == precision
    monkeypatch.setattr(training, "_computes_bf16", lambda device: not native)
    assert pretrained("tiny", 0, "cpu")[1]["precision"] == precision  # those that were kept


def test_pretraining_has_seeds_of_its_own(weights):
    one, other = (pretrained("tiny", seed, "cpu")[0] for seed in (0, 1))
    assert not same(one, other)
    assert same(one, pretrained("tiny", 2, "cpu")[0])  # of two seeds, the first again
    assert len(list(weights.iterdir())) == 2


def test_weights_from_lossless_images_are_kept_apart(weights, monkeypatch):
    pretrained("tiny", 0, "cpu")
    train = replace(data.load("cifar10-train"), provenance="lossless CIFAR-10 images")
    monkeypatch.setattr(data, "load", lambda name: train)
    _, facts = pretrained("tiny", 0, "cpu")
    assert facts["provenance"] == "lossless CIFAR-10 images"
    assert len(list(weights.iterdir())) == 2


def test_a_run_starts_from_the_weights_and_says_so(weights, digits, monkeypatch):
    state, facts = pretrained("tiny", 1, "cpu")
    starts = []

    def stopped(model, images, target, protocol, seed, mix=None):
        starts.append({key: value.clone() for key, value in model.state_dict().items()})
        yield training.Epoch(1, 1.0, 1.0)

    monkeypatch.setattr(training, "fit", stopped)
    record = fitting.train(Run(TUNED, "soft", 0, 1), digits, "cpu")
    assert same(starts[0], state)
    assert record.meta["pretraining"] == facts


def test_workers_do_not_train_the_same_weights_twice(weights, digits, tmp_path, monkeypatch):
    fit, trained = training.fit, []

    def watched(model, images, target, protocol, seed, mix=None):
        trained.append((protocol.name, seed))
        return fit(model, images, target, protocol, seed, mix)

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


def test_weights_of_other_settings_are_refused(weights, monkeypatch):
    pretrained("tiny", 0, "cpu")
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, weight_decay=0.1))
    refused(r"seed0\.pt was trained with other settings; delete it", pretrained, "tiny", 0, "cpu")


def test_broken_weights_are_refused(weights):
    pretrained("tiny", 0, "cpu")
    [path] = weights.iterdir()
    sound = path.read_bytes()
    middle = sound.index(b"data/1") + 4000  # inside the first layer's weights
    flipped = sound[:middle] + bytes([sound[middle] ^ 0x10]) + sound[middle + 1 :]
    for content in (b"", b"weights", sound[:1000], sound[:-1], sound[: len(sound) // 2], flipped):
        path.write_bytes(content)
        message = refused("is truncated or altered; delete it, and its", pretrained, "tiny", 0, "cpu")
        assert str(path) in message
    path.unlink()
    pretrained("tiny", 0, "cpu")


def test_weights_that_diverged_are_not_kept(weights, monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, learning_rate=1e30))
    refused("pretraining tiny seed 0 diverged, so no weights were kept", pretrained, "tiny", 0, "cpu")
    assert not weights.exists()


def test_a_full_disk_keeps_no_half_weights(weights, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    refused("No space left on device", pretrained, "tiny", 0, "cpu")
    assert list(weights.iterdir()) == []


@pytest.fixture
def sentences(tmp_path):
    """Sentence pairs with votes, and protocols of a network that reads them in no time."""
    bert = small_bert(tmp_path / "small-bert")
    rng = np.random.default_rng(0)
    words = np.array(["a", "b", "c", "d", "e"])
    first = rng.integers(5, size=120)
    items = np.array(
        [[" ".join(rng.choice(words, 1 + i % 7)), words[k]] for i, k in enumerate(first)], dtype=object
    )
    counts = rng.multinomial(20, np.eye(3)[first % 3] * 0.7 + 0.1)
    pairs = Dataset(
        name="chaosnli", counts=counts, items=items, class_names=("e", "n", "c"), ids=np.arange(120).astype(str),
        groups=np.arange(120) // 2, gold=first % 3, text_parts=("premise", "hypothesis"),
        part=np.where(np.arange(120) < 60, "snli", "mnli"),
    )  # fmt: skip
    shared = {
        "model": bert, "learning_rate": 1e-3, "batch_size": 16, "optimizer": "adamw", "clip_norm": 1.0, "augment": False,
        "max_length": 16,
    }  # fmt: skip
    before = Protocol("nli-pairs", "tiny-nli", epochs=2, subset=90, held_out=0.1, seeds=1, **shared)
    return pairs, Protocol("chaosnli", "tiny", epochs=2, pretraining="tiny-nli", seeds=1, **shared), before


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


def test_texts_start_from_a_stage_that_kept_items_out(sentences, tmp_path, monkeypatch):
    pairs, protocol, before = sentences
    nli = replace(pairs, name="nli-pairs")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "load", lambda name: {"nli-pairs": nli}[name])
    monkeypatch.setitem(protocols.PROTOCOLS, ("nli-pairs", "tiny-nli"), before)
    seen = []
    tokenize = text_models.tokenize
    monkeypatch.setattr(
        text_models, "tokenize", lambda items, *rest: seen.append(len(items)) or tokenize(items, *rest)
    )
    run = study.plan(protocol, ["soft"], [0])[0]
    facts = fitting.train(run, pairs).meta["pretraining"]
    assert seen == [120, 90]  # the study's items, then a subset of the pairs
    held = facts["held_out"]
    assert facts["n_train"] + held["n"] == 90
    assert 0 < held["n"] < 20
    assert sum(part["n"] for part in held["by_part"].values()) == held["n"]
    assert 0 <= held["accuracy"] <= 1
    assert facts["encoder"]["from"] == "folder small-bert"
    fitting.train(run, pairs)
    assert len(seen) == 3  # the weights were kept


def test_pretraining_holds_out_whole_groups(sentences):
    pairs, _, before = sentences
    some = _subset(pairs, before)
    train, held = _hold_out(some, before)
    assert not set(some.groups[train]) & set(some.groups[held])
    assert sorted([*train, *held]) == list(range(90))
    assert (_subset(pairs, before).ids == some.ids).all()
    assert _subset(pairs, replace(before, subset=None)) is pairs


def test_a_frozen_encoder_is_read_once_for_all_arms(sentences, tmp_path, monkeypatch):
    pairs, protocol, _ = sentences
    head = replace(
        protocol, name="head", model="linear", encoder=protocol.model, optimizer="sgd", pretraining=None, clip_norm=None,
        precision="fp32", epochs=5, learning_rate=0.05,
    )  # fmt: skip
    embed, calls = text_models.embed, []
    monkeypatch.setattr(text_models, "embed", lambda *given: calls.append(1) or embed(*given))
    grid.run_study(study.plan(head, ["hard", "soft"], [0, 1]), pairs, tmp_path, progress=False)
    assert len(calls) == 1
    found = study.load(head, tmp_path)
    assert found.records[next(iter(found.records))].meta["n_parameters"] == 64 * 3 + 3
    scores = metrics.evaluate(None, found.test_part(pairs).counts, log_p=found.log_p("soft")[0])
    assert scores["accuracy"] > 0.6  # the second word decides, and embeddings know it
