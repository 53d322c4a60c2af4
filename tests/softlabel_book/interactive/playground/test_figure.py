"""The playground: its world is what it says, its presets show what they say, Python can set and watch it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from softlabel_book.interactive import playground
from softlabel_book.interactive.playground import ARMS, ITEMS, PRESETS, Playground, Settings, learn
from softlabel_book.interactive.playground.world import _descend
from softlabel_core import votes
from softlabel_core.losses import soft_cross_entropy

CLEAR, CONTESTED, FEW, ONE = (preset.settings for preset in PRESETS)


def state(figure: Playground) -> dict:
    """What the page is given."""
    return json.loads(re.search(r'-state">(.*?)</script>', figure.to_html(), re.DOTALL)[1])


# The world


def test_numbers_of_a_place_are_uniform_and_unlike_their_neighbours():
    drawn = playground.uniform(3, 1, np.arange(400)[:, None], np.arange(20))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert ((counts - 400) ** 2 / 400).sum() < 44  # chi-square of 19 degrees, p = 0.001
    elsewhere = playground.uniform(4, 1, np.arange(400)[:, None], np.arange(20))
    for here, there in ((drawn, elsewhere), (drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1])):
        assert abs(np.corrcoef(here.ravel(), there.ravel())[0, 1]) < 4 / np.sqrt(here.size)
    assert playground.uniform(3, 1, 7, 2) == drawn[7, 2]


def test_one_more_annotator_adds_one_vote_to_each_item_and_redraws_nothing():
    p = playground.truth(playground.places(60, 1), 0.8)
    counts = [playground.crowd(p, m, 1) for m in range(1, playground.MOST_ANNOTATORS + 1)]
    for m, (before, after) in enumerate(itertools.pairwise(counts), start=1):
        assert (before.sum(axis=1) == m).all()
        assert ((after - before).sum(axis=1) == 1).all()
        assert (after >= before).all()


def test_the_crowd_votes_as_the_truth_says():
    p = np.tile([0.6, 0.3, 0.1], (200, 1))
    share = playground.crowd(p, 20, 5).sum(axis=0) / 4000
    np.testing.assert_allclose(share, p[0], atol=4 * np.sqrt(0.24 / 4000))


@given(st.integers(1, 20), st.integers(0, 2**31 - 1))
def test_targets_are_the_cores(annotators, seed):
    counts = playground.crowd(playground.truth(playground.places(24, seed), 0.9), annotators, seed)
    both = playground.targets(counts, seed)
    np.testing.assert_array_equal(both["soft"], votes.distribution(counts))
    assert (both["hard"].sum(axis=1) == 1).all()
    assert votes.tied(counts)[both["hard"] == 1].all()


def test_a_tie_falls_to_each_side_and_always_to_the_same_one():
    counts = np.tile([5, 5, 0], (200, 1))
    hard = playground.targets(counts, 1)["hard"]
    assert 70 < hard[:, 0].sum() < 130
    assert hard[:, 2].sum() == 0
    np.testing.assert_array_equal(hard, playground.targets(counts * 2, 1)["hard"])


def test_the_truth_is_sharp_or_soft_as_it_is_set():
    where = playground.grid()
    doubt = [votes.entropy(playground.truth(where, a)).mean() for a in (0, 0.25, 0.5, 0.75, 1)]
    assert (np.diff(doubt) > 0.05).all()
    assert doubt[0] < 0.1
    assert doubt[-1] > 0.7


def test_few_features_can_draw_the_truth_exactly():
    where = playground.grid()
    p = playground.truth(where, 0.7)
    seen = playground.features(where, "few")
    _, residual, rank, _ = np.linalg.lstsq(seen, np.log(p) - np.log(p[:, :1]), rcond=None)
    assert rank == seen.shape[1]
    assert residual.max() < 1e-18


@pytest.mark.parametrize("kind", playground.FEATURES)
def test_the_rate_is_one_at_which_gradient_descent_is_stable(kind):
    for n_items in ITEMS:
        for seed in range(20):
            seen = playground.features(playground.places(n_items, seed), kind)
            # Böhning (1992): the softmax Hessian is at most half the features' second moments.
            assert np.linalg.eigvalsh(seen.T @ seen / n_items)[-1] / 2 < 2 / playground.RATE


def test_a_step_is_the_gradient_of_the_cores_loss():
    where = playground.places(24, 2)
    target = playground.targets(playground.crowd(playground.truth(where, 0.7), 5, 2), 2)["soft"]
    seen = playground.features(where, "few")
    logits = torch.zeros(24, 3, dtype=torch.float64, requires_grad=True)
    soft_cross_entropy(logits, torch.from_numpy(target)).backward()
    np.testing.assert_allclose(
        _descend(seen, target, 1), -playground.RATE * seen.T @ logits.grad.numpy(), atol=1e-7
    )


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
    p = playground.truth(playground.places(ONE.items, ONE.seed), ONE.ambiguity)
    counts = playground.crowd(p, ONE.annotators, ONE.seed)[votes.entropy(p).argmax()]
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
        ({"annotators": True}, "annotators is True; give a number"),
        ({"items": 61}, "items is 61; choose one of 24, 60, 200"),
        ({"features": "some"}, "features is 'some'; choose 'few' or 'many'"),
        ({"seed": -1}, "seed is -1; give a whole number from 0"),
        ({"seed": float("inf")}, "seed is inf; give a whole number from 0"),
    ],
)
def test_what_cannot_be_set_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Playground(**given)


def test_without_javascript_the_outcome_is_told_and_shown():
    figure = Playground(annotators=4)
    still = re.search(r"<noscript>(.*?)</noscript>", figure.to_html(standalone=True), re.DOTALL)[1]
    found = learn(figure.settings)
    for arm in ARMS:
        assert f"{found.kl[arm]:.3f}" in still
        assert f"{found.entropy[arm]:.3f}" in still
    assert "4 annotators vote on each of 60 items" in still
    assert still.count('src="data:image/png;base64,') == 3
