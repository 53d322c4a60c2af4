"""What is to be recorded: every unit can be done, and none is in two places."""

import argparse
import shlex

import pytest

from softlabel_book.cli import training
from softlabel_book.ladder.units import UNITS, Capacity, Pretrain, Repair, Study, Tune
from softlabel_core import arms
from softlabel_core.study import protocols

STEPS = [(unit, step) for unit in UNITS for step in unit.steps]


@pytest.mark.parametrize(("unit", "step"), STEPS, ids=lambda part: getattr(part, "name", None))
def test_a_step_is_a_command_that_there_is(unit, step):
    parser = argparse.ArgumentParser()
    training.add(parser.add_subparsers())
    asked = parser.parse_args(shlex.split(step.command))
    if isinstance(step, Pretrain):
        assert protocols.pretraining(asked.name).name == step.name
        return
    protocol = protocols.get(asked.data, asked.protocol)
    if isinstance(step, Capacity | Repair):
        assert len(asked.seeds) == step.seeds
        return
    named = asked.arms.split(",")
    assert tuple(arms.parse(arm)[0] for arm in named) == step.arms
    if isinstance(step, Tune):
        assert protocol.search
    if isinstance(step, Study):
        assert (len(asked.seeds), tuple(asked.folds), asked.tuned) == (step.seeds, step.folds, step.tuned)


def test_no_unit_is_named_twice():
    assert len({unit.name for unit in UNITS}) == len(UNITS)


def test_what_is_trained_with_chosen_settings_was_tuned():
    tuned = {
        (step.data, step.protocol, arm) for _, step in STEPS if isinstance(step, Tune) for arm in step.arms
    }
    # Tuned and recorded before there was a ladder.
    tuned |= {("chaosnli", "minilm-nli", arm) for arm in ("hard", "gold", "soft")}
    for unit, step in STEPS:
        if isinstance(step, Study) and step.tuned:
            assert {(step.data, step.protocol, arm) for arm in step.arms} <= tuned, unit.name


def test_weights_are_made_before_they_are_needed():
    made = {"minilm-nli", "small-resnet"}  # by the studies that were recorded first
    for unit, step in STEPS:
        if isinstance(step, Pretrain):
            made.add(step.name)
        else:
            needed = protocols.get(step.data, step.protocol).pretraining
            assert needed is None or needed in made, unit.name
