"""The playground's world is what it says: its random numbers, its crowd, its truth, its models."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from softlabel_book.interactive.playground import world
from softlabel_book.interactive.playground.world import ITEMS, _descend
from softlabel_core import votes
from softlabel_core.losses import soft_cross_entropy

# The world


def test_numbers_of_a_place_are_uniform_and_unlike_their_neighbours():
    drawn = world.uniform(3, 1, np.arange(400)[:, None], np.arange(20))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert ((counts - 400) ** 2 / 400).sum() < 44  # chi-square of 19 degrees, p = 0.001
    elsewhere = world.uniform(4, 1, np.arange(400)[:, None], np.arange(20))
    for here, there in ((drawn, elsewhere), (drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1])):
        assert abs(np.corrcoef(here.ravel(), there.ravel())[0, 1]) < 4 / np.sqrt(here.size)
    assert world.uniform(3, 1, 7, 2) == drawn[7, 2]


def test_one_more_annotator_adds_one_vote_to_each_item_and_redraws_nothing():
    p = world.truth(world.places(60, 1), 0.8)
    counts = [world.crowd(p, m, 1) for m in range(1, world.MOST_ANNOTATORS + 1)]
    for m, (before, after) in enumerate(itertools.pairwise(counts), start=1):
        assert (before.sum(axis=1) == m).all()
        assert ((after - before).sum(axis=1) == 1).all()
        assert (after >= before).all()


def test_the_crowd_votes_as_the_truth_says():
    p = np.tile([0.6, 0.3, 0.1], (200, 1))
    share = world.crowd(p, 20, 5).sum(axis=0) / 4000
    np.testing.assert_allclose(share, p[0], atol=4 * np.sqrt(0.24 / 4000))


@given(st.integers(1, 20), st.integers(0, 2**31 - 1))
def test_targets_are_the_cores(annotators, seed):
    counts = world.crowd(world.truth(world.places(24, seed), 0.9), annotators, seed)
    both = world.targets(counts, seed)
    np.testing.assert_array_equal(both["soft"], votes.distribution(counts))
    assert (both["hard"].sum(axis=1) == 1).all()
    assert votes.tied(counts)[both["hard"] == 1].all()


def test_a_tie_falls_to_each_side_and_always_to_the_same_one():
    counts = np.tile([5, 5, 0], (200, 1))
    hard = world.targets(counts, 1)["hard"]
    assert 70 < hard[:, 0].sum() < 130
    assert hard[:, 2].sum() == 0
    np.testing.assert_array_equal(hard, world.targets(counts * 2, 1)["hard"])


def test_the_truth_is_sharp_or_soft_as_it_is_set():
    where = world.grid()
    doubt = [votes.entropy(world.truth(where, a)).mean() for a in (0, 0.25, 0.5, 0.75, 1)]
    assert (np.diff(doubt) > 0.05).all()
    assert doubt[0] < 0.1
    assert doubt[-1] > 0.7


def test_few_features_can_draw_the_truth_exactly():
    where = world.grid()
    p = world.truth(where, 0.7)
    seen = world.features(where, "few")
    _, residual, rank, _ = np.linalg.lstsq(seen, np.log(p) - np.log(p[:, :1]), rcond=None)
    assert rank == seen.shape[1]
    assert residual.max() < 1e-18


@pytest.mark.parametrize("kind", world.FEATURES)
def test_the_rate_is_one_at_which_gradient_descent_is_stable(kind):
    for n_items in ITEMS:
        for seed in range(20):
            seen = world.features(world.places(n_items, seed), kind)
            # Böhning (1992): the softmax Hessian is at most half the features' second moments.
            assert np.linalg.eigvalsh(seen.T @ seen / n_items)[-1] / 2 < 2 / world.RATE


def test_a_step_is_the_gradient_of_the_cores_loss():
    where = world.places(24, 2)
    target = world.targets(world.crowd(world.truth(where, 0.7), 5, 2), 2)["soft"]
    seen = world.features(where, "few")
    logits = torch.zeros(24, 3, dtype=torch.float64, requires_grad=True)
    soft_cross_entropy(logits, torch.from_numpy(target)).backward()
    np.testing.assert_allclose(
        _descend(seen, target, 1), -world.RATE * seen.T @ logits.grad.numpy(), atol=1e-7
    )
