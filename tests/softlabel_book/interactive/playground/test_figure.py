"""The playground from Python: its settings are set, read and watched."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from softlabel_book.interactive.playground import PRESETS, Playground, Settings

CONTESTED, ONE = PRESETS[1].settings, PRESETS[3].settings


def state(figure: Playground) -> dict:
    """What the page is given."""
    return json.loads(re.search(r'-state">(.*?)</script>', figure.to_html(), re.DOTALL)[1])


# The figure from Python


def test_settings_are_set_read_and_watched():
    figure, seen = Playground(), []
    figure.observe(lambda change: seen.append((change.old, change.new)), "annotators")
    assert figure.preset == PRESETS[1].label
    figure.annotators = np.int64(3)
    assert figure.preset is None
    figure.preset = PRESETS[2].label
    assert (figure.annotators, figure.ambiguity, figure.items) == (2, 0.75, 60)
    assert seen == [(20, 3), (3, 2)]
    figure.features, figure.seed, figure.items, figure.ambiguity = "few", 9, 200, 1
    assert figure.settings == Settings(1.0, 2, 200, "few", 9)
    assert state(figure)["seed"] == 9
    assert state(figure)["payload"]["first"] == dataclasses.asdict(CONTESTED)


def test_changes_may_be_given_with_the_preset():
    figure = Playground(PRESETS[3].label, annotators=5)
    assert figure.settings == dataclasses.replace(ONE, annotators=5)


def test_a_change_in_the_page_is_a_change_in_python():
    figure = Playground()
    figure.widget.annotators = 7
    assert figure.annotators == 7
    with pytest.raises(Exception, match="annotators is 21; give a whole number from 1 to 20"):
        figure.widget.annotators = 21
    assert figure.annotators == 7


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "5"}, "there is no preset '5'; choose one of 1 clear items"),
        ({"votes": 3}, "there is no setting 'votes'; choose one of ambiguity, annotators"),
        ({"ambiguity": 1.5}, "ambiguity is 1.5; give a number from 0 to 1"),
        ({"ambiguity": float("nan")}, "ambiguity is nan; give a number from 0 to 1"),
        ({"annotators": 2.5}, "annotators is 2.5; give a whole number from 1 to 20"),
        ({"annotators": True}, "annotators is True; give a whole number from 1 to 20"),
        ({"items": 61}, "items is 61; choose one of 24, 60, 200"),
        ({"features": "some"}, "features is 'some'; choose one of few, many"),
        ({"seed": -1}, "seed is -1; give a whole number from 0"),
        ({"seed": float("inf")}, "seed is inf; give a whole number from 0"),
    ],
)
def test_what_cannot_be_set_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Playground(**given)
