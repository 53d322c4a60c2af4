"""How far the ladder is climbed, counted from the files that are there."""

import pytest

from softlabel_book.capacity.analysis import CAPACITY
from softlabel_book.ladder import analysis
from softlabel_book.ladder.units import Capacity, Pretrain, Repair, Study, Tune, Unit
from softlabel_book.repair.analysis import REPAIR
from softlabel_core.study import Run, protocols, tuning
from softlabel_core.study.record import facts_file

BOTH = ("hard", "soft")


def unit(*steps):
    return Unit("some", "something", 1.0, steps)


def counted(step, folder):
    (standing,) = analysis.standings(unit(step), folder)
    return standing.recorded, standing.planned


def put(run, folder):
    (folder / run.file).parent.mkdir(parents=True, exist_ok=True)
    (folder / run.file).touch()


def test_runs_are_counted_by_their_records(tmp_path):
    step = Study("politeness", "frozen", BOTH, 2, (0, 1))
    assert counted(step, tmp_path) == (0, 8)
    protocol = protocols.get("politeness", "frozen")
    put(Run(protocol, "hard", 0, 1), tmp_path)
    put(Run(protocol, "soft", 1, 0), tmp_path)
    put(Run(protocol, "soft", 2, 0), tmp_path)  # another fold
    put(Run(protocol, "gold", 0, 0), tmp_path)  # another arm
    assert counted(step, tmp_path) == (2, 8)


def tuned(folder, arms, trial):
    candidates = {arm: tuning.candidates(protocols.get("politeness", "frozen"), arm) for arm in arms}
    known = {
        arm: {
            "trials": {str(c.number): {"arm": c.arm, "values": dict(c.values)} for c in found[: trial + 1]},
            "own": {"trial": str(trial)},
        }
        for arm, found in candidates.items()
    }
    tuning.TUNING.write({"settings": {}, "arms": known}, "politeness", "frozen", folder)


def test_tuned_runs_are_those_of_the_settings_that_were_chosen(tmp_path):
    step = Study("politeness", "frozen", BOTH, 2, tuned="own")
    assert counted(step, tmp_path) == (0, 4)  # nothing is tuned
    tuned(tmp_path, ["hard"], 3)
    assert counted(step, tmp_path) == (0, 4)  # not all of it
    tuned(tmp_path, BOTH, 3)
    protocol = protocols.get("politeness", "frozen")
    put(Run(protocol, "hard", 0, 0, 2), tmp_path)
    put(Run(protocol, "hard", 0, 0, 3), tmp_path)
    assert counted(step, tmp_path) == (1, 4)


def test_trials_are_counted(tmp_path):
    step = Tune("politeness", "frozen", BOTH)
    assert counted(step, tmp_path) == (0, 16)
    tuned(tmp_path, ["soft", "gold"], 4)
    assert counted(step, tmp_path) == (5, 16)


def test_a_stage_is_done_when_its_facts_are_there(tmp_path):
    assert counted(Pretrain("cnn"), tmp_path) == (0, 1)
    facts_file(0).write({"settings": {}}, "cifar10-train", "cnn", tmp_path)
    assert counted(Pretrain("cnn"), tmp_path) == (1, 1)
    assert analysis.done(unit(Pretrain("cnn")), tmp_path)
    assert not analysis.done(unit(Pretrain("cnn"), Tune("politeness", "frozen", BOTH)), tmp_path)


def test_cells_are_counted(tmp_path):
    heads, encoder = Capacity("politeness", "frozen", 3), Capacity("chaosnli", "minilm-nli", 2)
    assert counted(heads, tmp_path) == (0, 24)
    assert counted(encoder, tmp_path) == (0, 6)
    numbers = {"settings": {}, "facts": {}, "cells": [{}, {}]}
    CAPACITY.write(numbers, "politeness", "frozen", tmp_path)
    assert counted(heads, tmp_path) == (2, 24)


def test_seeds_are_counted(tmp_path):
    step = Repair("politeness", "frozen", 5)
    assert counted(step, tmp_path) == (0, 5)
    REPAIR.write({"facts": {"seeds": [0, 1]}}, "politeness", "frozen", tmp_path)
    assert counted(step, tmp_path) == (2, 5)
    assert counted(Repair("politeness", "frozen", 1), tmp_path) == (1, 1)


def test_units_are_asked_for_by_name():
    names = [unit.name for unit in analysis.named([])]
    assert [unit.name for unit in analysis.named(names[::-1])] == names
    assert [unit.name for unit in analysis.named(names[:1])] == names[:1]
    with pytest.raises(ValueError, match=rf"no unit 'nothing'; choose from {names[0]}, "):
        analysis.named(["nothing"])
