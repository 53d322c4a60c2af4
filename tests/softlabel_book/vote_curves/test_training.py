"""Training: a curve that was cut off goes on, and its models are those of the study."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.vote_curves import analysis, design, training
from softlabel_book.vote_curves.design import VoteRun
from softlabel_core import data, study
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, grid
from softlabel_core.study.record import read_record


def test_a_second_call_trains_nothing_and_a_killed_one_goes_on(digits, runs, cache, numbers, monkeypatch):
    lost = cache / runs[3].file
    kept = lost.read_bytes()
    lost.unlink()
    with pytest.raises(RecordError, match="is missing") as error:
        analysis.make(runs, digits, cache)
    sentence_of(error)
    assert training.train(runs, digits, cache, progress=False) == 1
    again, before = read_record(lost), kept
    lost.write_bytes(before)
    np.testing.assert_array_equal(again.log_p_test, read_record(lost).log_p_test)
    monkeypatch.setattr(fitting, "train", lambda *a, **k: pytest.fail("trained again"))
    assert training.train(runs, digits, cache, progress=False) == 0


def test_records_of_other_settings_or_votes_are_trained_again(digits, runs, cache, protocol):
    one = [run for run in runs if run.arm == "soft-1-of-0.2" and run.run.seed == 0]
    shorter = [replace(one[0], run=replace(one[0].run, protocol=replace(protocol, epochs=1)))]
    kept = (cache / one[0].file).read_bytes()
    assert training.train(shorter, digits, cache, progress=False) == 1
    assert training.train(shorter, digits, cache, progress=False) == 0
    other = data.load("digits", n_items=1000, seed=1)
    assert training.train(shorter, other, cache, progress=False) == 1
    (cache / one[0].file).write_bytes(kept)


def test_all_votes_are_the_plain_study_bit_for_bit(digits, cache, tmp_path, protocol):
    for arm in ("hard", "soft"):
        plain = Run(protocol, arm, 0, 1)
        grid.execute(plain, digits, tmp_path)
        curve = read_record(cache / VoteRun(plain, None).file)
        np.testing.assert_array_equal(curve.log_p_test, read_record(tmp_path / plain.file).log_p_test)


def test_with_one_vote_hard_and_soft_are_the_same_and_with_ten_they_are_not(cache, protocol):
    def predicted(arm: str, n_votes: int) -> Any:
        return read_record(cache / VoteRun(Run(protocol, arm, 0, 0), n_votes).file).log_p_test

    np.testing.assert_array_equal(predicted("hard", 1), predicted("soft", 1))
    assert not np.array_equal(predicted("hard", 10), predicted("soft", 10))


def test_validation_and_test_items_are_those_of_the_study(digits, cache, runs, protocol):
    split = study.split_of(digits, protocol, 0)
    for run in runs[:6]:
        record = read_record(cache / run.file)
        np.testing.assert_array_equal(record.ids_test, digits.ids[split.test])
        assert record.meta["n_train"] == len(design.some(split.train, run.share, run.run.seed))


def test_recording_uses_the_recorded_tuning(monkeypatch, tmp_path, digits, protocol):
    seen, where = {}, (protocol.data, protocol.name)

    def instead(*what, tuned, **rest):
        seen["tuned"] = tuned
        return {"facts": {}}

    monkeypatch.setattr(training, "measure", instead)
    training.record(protocol, digits, folder=tmp_path)
    assert seen["tuned"] == {}
    assert analysis.CURVE.exists(*where, tmp_path)
    assert analysis.best_recorded("digits", tmp_path).name == "small"
    monkeypatch.setattr(type(analysis.CURVE), "read", lambda *where: "numbers")
    monkeypatch.setattr(training.tuning, "chosen", lambda numbers, protocol: {"soft": numbers})
    training.tuning.TUNING.path(*where, tmp_path).write_text("{}")
    training.record(protocol, digits, folder=tmp_path)
    assert seen["tuned"] == {"soft": "numbers"}


def test_no_draw_is_refused(digits, protocol):
    with pytest.raises(ValueError, match="draws is 0") as error:
        training.measure(protocol, digits, draws=0)
    sentence_of(error)
