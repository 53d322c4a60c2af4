"""The simulated world: its votes and truths, and arms that stand where they were put."""

import numpy as np
import pytest
from invented_votes import votes_of
from scipy.special import log_softmax
from shared import sentence_of

from softlabel_book.power import world
from softlabel_core import metrics, statistics, votes


def test_the_hard_arm_stands_where_it_was_put_and_is_calibrated_to_the_majority():
    counts = votes_of(2000).counts
    truths = statistics.fit_mixture(counts)
    arm = world.hard_arm(counts, truths, 0.4, seed=0)
    truth, fresh = world.draw(counts, truths, np.random.default_rng(9))
    mean = world.mean_prediction(counts)
    log_p = world.predictions(truth, arm, 0.8, [0.0], 1, np.random.default_rng(9))["hard"][0]
    items = metrics.per_item(log_p, fresh)
    assert np.corrcoef(items["entropy_model"], items["entropy_human"])[0, 1] == pytest.approx(0.4, abs=0.07)
    assert items["confidence"].mean() == pytest.approx(items["accuracy"].mean(), abs=0.04)
    # No sharper or flatter arm has a lower cross-entropy with the majority.
    majority = votes.tied(fresh) / votes.tied(fresh).sum(axis=1, keepdims=True)
    losses = [
        -(majority * log_softmax(mean + gain * (log_p - mean), axis=1)).sum() for gain in (0.75, 1, 1.35)
    ]
    assert losses[1] == min(losses)


def test_a_hard_arm_that_cannot_be_is_refused():
    counts = votes_of(100).counts
    with pytest.raises(ValueError, match="no hard arm has r") as error:
        world.hard_arm(counts, statistics.one_kind(np.ones(3)), 0.99, seed=0)
    sentence_of(error)


def test_worlds_keep_the_votes_of_every_item_and_their_truths_lie_around_the_posterior():
    counts = np.array([[7, 2, 1], [0, 0, 3]])
    prior = np.array([0.5, 1.0, 1.5])
    drawn = [
        world.draw(counts, statistics.one_kind(prior), np.random.default_rng(seed)) for seed in range(2000)
    ]
    assert all((fresh.sum(axis=1) == [10, 3]).all() for _, fresh in drawn)
    expected = (counts + prior) / (counts + prior).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.mean([truth for truth, _ in drawn], axis=0), expected, atol=0.02)


def test_both_arms_share_the_stated_part_of_their_noise():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([1, 1, 1], 20_000)
    arm = world.HardArm(1.0, 1.0, np.zeros(3))
    for shared in (0.0, 0.6):
        log_p = world.predictions(truth, arm, shared, [0.0], 2, rng)
        off = {
            name: (values - np.log(np.maximum(truth, world.SMALLEST)))[..., 0]
            for name, values in log_p.items()
        }
        contrast = {
            name: off[name] - (values - np.log(np.maximum(truth, world.SMALLEST)))[..., 1]
            for name, values in log_p.items()
        }
        between_arms = np.corrcoef(contrast["hard"][0], contrast["0"][0])[0, 1]
        between_seeds = np.corrcoef(contrast["hard"][0], contrast["hard"][1])[0, 1]
        assert between_arms == pytest.approx(shared, abs=0.03)
        assert between_seeds == pytest.approx(shared, abs=0.03)
