"""What the playground's notes, and the page around it, say of its presets."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from softlabel_book.interactive.playground import PRESETS, Settings, learn, world
from softlabel_core import votes

CLEAR, CONTESTED, FEW, ONE = (preset.settings for preset in PRESETS)


# What the notes and the page around the figure say


def test_clear_items_teach_both_nearly_the_same():
    found = learn(CLEAR)
    assert max(found.kl.values()) < 0.03
    assert abs(found.entropy["hard"] - found.entropy["soft"]) < 0.01


def test_on_contested_items_hard_grows_falsely_certain_and_soft_finds_the_truth():
    early, late = learn(CONTESTED, 100), learn(CONTESTED)
    assert early.entropy["human"] > early.entropy["hard"] > late.entropy["hard"]
    assert late.kl["hard"] > early.kl["hard"] > 0.2
    assert late.kl["soft"] < 0.02
    assert late.entropy["soft"] == pytest.approx(late.entropy["human"], abs=0.02)


def kl_by_annotators(settings: Settings, arm: str) -> list[float]:
    return [learn(dataclasses.replace(settings, annotators=m)).kl[arm] for m in range(1, 21)]


def test_annotators_bring_soft_nearer_and_hard_first_nearer_and_then_further_away():
    soft, hard = (kl_by_annotators(FEW, arm) for arm in ("soft", "hard"))
    assert soft[1] > 0.05  # the noise of two votes is paid for
    assert soft[1] > soft[2] > soft[5] > soft[9] > soft[19]
    assert np.argmin(hard) == 2  # three annotators
    assert hard[1] - hard[2] < 0.05  # a little
    assert min(hard[5:]) > 1.5 * max(hard[:3])  # from the sixth on


def test_elsewhere_annotators_help_hard_too():
    for settings in (CLEAR, ONE):
        hard = kl_by_annotators(settings, "hard")
        assert max(hard[3:]) < 0.8 * hard[0]


def test_stopping_early_saves_hard_too():
    assert learn(CONTESTED, 10).kl["hard"] < learn(CONTESTED).kl["hard"] / 8
    assert learn(FEW, 20).kl["hard"] < learn(FEW).kl["soft"] < learn(FEW).kl["hard"] / 3


def test_one_vote_more_tips_the_item_of_the_last_preset():
    p = world.truth(world.places(ONE.items, ONE.seed), ONE.ambiguity)
    counts = world.crowd(p, ONE.annotators, ONE.seed)[votes.entropy(p).argmax()]
    first, second = np.sort(counts)[:-3:-1]
    assert first - second == 1


def test_with_one_annotator_both_are_the_same():
    found = learn(dataclasses.replace(CONTESTED, annotators=1))
    np.testing.assert_array_equal(found.p["hard"], found.p["soft"])


def test_with_many_items_few_features_and_two_votes_hard_is_nearly_as_good():
    found = learn(Settings(ambiguity=0.75, annotators=2, items=200, features="few"))
    assert found.kl["hard"] < 0.03
    assert found.kl["hard"] < learn(Settings(0.75, 20, 200, "few")).kl["hard"] / 4


def test_with_two_votes_soft_too_should_have_stopped_earlier():
    assert learn(FEW, 40).kl["soft"] < learn(FEW).kl["soft"] * 0.7
