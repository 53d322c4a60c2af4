"""Training: cells are the study's own models, and work that was cut off goes on."""

import time

import numpy as np
import pytest

from softlabel_book.capacity import analysis, design, training
from softlabel_core import metrics, study
from softlabel_core.clock import OutOfTime
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting

SEEDS = [0, 1]


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


def record(protocol, digits, folder, seeds=SEEDS, **options):
    given = {"device": "cpu", "progress": False, "n_resamples": 60} | options
    return training.record(protocol, digits, seeds, folder=folder, **given)


def test_every_cell_is_recorded_and_is_the_studys_own_model(numbers, digits, protocol, small):
    assert [(cell["width"], cell["epoch"], cell["of"]) for cell in numbers["cells"]] == [
        (4, 1, 1),
        (4, 12, 12),
        (128, 1, 1),
        (128, 12, 12),
    ]
    series = design.plan(protocol)[-1]
    cell, test = numbers["cells"][-1], digits.take(study.split_of(digits, protocol, 0).test)
    for arm in ("hard", "soft"):
        done = fitting.train(Run(series.protocol, arm, 0, 1), digits, "cpu")
        kl = metrics.evaluate(None, test.counts, log_p=done.log_p_test)["kl"]
        assert cell["metrics"][arm]["kl"]["per_seed"][1] == pytest.approx(kl, rel=1e-5)
        assert cell["train_loss"][arm][1] == pytest.approx(done.meta["history"][-1]["train_loss"], rel=1e-5)
        assert cell["n_parameters"] == done.meta["n_parameters"]


def test_reading_on_the_way_does_not_change_where_it_goes(digits, protocol):
    run = Run(design.replace(protocol, epochs=4), "soft", 0, 3)
    often = training._train(run, (1, 2, 4), digits, "cpu")
    once = fitting.train(run, digits, "cpu")
    assert set(often.log_p) == {f"{epoch} {part}" for epoch in (1, 2, 4) for part in ("validation", "test")}
    np.testing.assert_array_equal(often.log_p["4 test"], once.log_p_test)
    np.testing.assert_array_equal(often.log_p["4 validation"], once.log_p_validation)
    assert not np.array_equal(often.log_p["2 test"], once.log_p_test)
    assert often.losses == [epoch["train_loss"] for epoch in once.meta["history"]]


def test_nothing_is_trained_twice(recorded, digits, protocol, small, monkeypatch):
    monkeypatch.setattr(training, "readings", lambda *a, **k: pytest.fail("trained again"))
    record(protocol, digits, recorded)


def test_a_lost_file_is_made_again_from_the_cache(
    recorded, numbers, digits, protocol, small, tmp_path, monkeypatch
):
    monkeypatch.setattr(fitting, "begin", lambda *a, **k: pytest.fail("trained again"))
    path = record(protocol, digits, tmp_path)
    assert path.read_bytes() == analysis.CAPACITY.path("digits", "small", recorded).read_bytes()


def test_it_stops_when_the_time_is_over_and_goes_on_later(digits, protocol, small, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(OutOfTime):
        record(protocol, digits, tmp_path, until=time.monotonic() - 1)
    assert not analysis.CAPACITY.exists("digits", "small", tmp_path)
    train, done = training._train, []

    def cut_off(run, *rest):
        if len(done) == 5:  # the first cell takes four
            raise OutOfTime("the time is over.")
        done.append(run)
        return train(run, *rest)

    monkeypatch.setattr(training, "_train", cut_off)
    with pytest.raises(OutOfTime):
        record(protocol, digits, tmp_path)
    assert len(analysis.CAPACITY.read("digits", "small", tmp_path)["cells"]) == 1
    monkeypatch.setattr(training, "_train", lambda run, *rest: done.append(run) or train(run, *rest))
    record(protocol, digits, tmp_path)
    assert len(done) == len(set(done)) == 16  # the fifth run was kept


def test_predictions_of_other_settings_are_made_again(digits, protocol, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    short = design.replace(protocol, epochs=2)
    runs = [Run(short, "hard", 0, 0), Run(design.replace(short, learning_rate=0.01), "hard", 0, 0)]
    one, other = (training.readings(run, (2,), digits, "cpu") for run in runs)
    assert not np.array_equal(one.log_p["2 test"], other.log_p["2 test"])


def test_other_seeds_are_refused(recorded, digits, protocol, small):
    with pytest.raises(RecordError, match="another seeds"):
        record(protocol, digits, recorded, seeds=[0, 1, 2])
