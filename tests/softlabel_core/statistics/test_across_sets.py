"""Across sets: means and ratios against draws that combine the sets."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from shared import coarse_study

from softlabel_core import statistics

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


def several_sets(metric, sizes=(40, 150, 60)):
    """Estimates of hard, soft, difference and change on independent sets, and draws that combine the sets."""
    boots = []
    for seed, size in enumerate(sizes):
        log_p, counts = coarse_study(seed, n_items=size)
        # A hard arm that shares most of its errors with the soft one, as arms of one study do.
        log_p["hard"] = log_softmax(0.8 * log_p["soft"] + 0.3 * log_p["hard"], axis=-1)
        boots.append(statistics.bootstrap(log_p, counts, np.arange(size), n_resamples=4000, seed=seed))
    draws = {arm: np.stack([boot.draws[arm][metric] for boot in boots]) for arm in ("hard", "soft")}
    return boots, draws


def test_the_interval_of_a_mean_over_sets_is_that_of_their_combined_draws():
    boots, draws = several_sets("kl")
    changes = [boot.relative_change("kl", "soft", "hard") for boot in boots]
    found = statistics.mean_over_sets(changes)
    combined = np.quantile((draws["soft"] / draws["hard"] - 1).mean(axis=0), [0.025, 0.975])
    assert found.value == pytest.approx(np.mean([change.value for change in changes]))
    assert [found.low, found.high] == pytest.approx(combined, abs=0.08 * np.ptp(combined))


def test_a_mean_over_sets_keeps_what_is_skewed_and_what_is_normal():
    estimate = statistics.Estimate
    skewed = statistics.mean_over_sets([estimate(1.0, 0.9, 1.5), estimate(3.0, 2.9, 3.5)])
    assert skewed.high - skewed.value == pytest.approx(5 * (skewed.value - skewed.low))
    normal = statistics.mean_over_sets([estimate(1.0, 0.7, 1.3), estimate(0.0, -0.4, 0.4)])
    assert [normal.low, normal.high] == pytest.approx([0.25, 0.75])  # half width sqrt(.3^2 + .4^2) / 2
    assert statistics.mean_over_sets([estimate(1.0, 0.7, 1.3)]) == estimate(1.0, 0.7, pytest.approx(1.3))
    assert not statistics.mean_over_sets([]).defined
    assert not statistics.mean_over_sets([estimate(np.inf, 1.0, np.inf)]).defined


def test_the_interval_of_a_ratio_of_means_is_that_of_the_combined_draws():
    boots, draws = several_sets("kl")
    found = statistics.ratio_of_means(
        [boot.interval("soft", "kl") for boot in boots],
        [boot.interval("hard", "kl") for boot in boots],
        [boot.difference("kl", "soft", "hard") for boot in boots],
    )
    sums = {arm: values.sum(axis=0) for arm, values in draws.items()}
    combined = np.quantile(sums["soft"] / sums["hard"] - 1, [0.025, 0.975])
    means = {arm: np.mean([boot.estimate[arm]["kl"] for boot in boots]) for arm in sums}
    assert found.value == pytest.approx(means["soft"] / means["hard"] - 1)
    assert [found.low, found.high] == pytest.approx(combined, abs=0.12 * np.ptp(combined))


def test_a_ratio_to_what_may_be_nothing_is_not_defined():
    estimate = statistics.Estimate
    one, none = estimate(1.0, 0.5, 1.5), estimate(0.1, -0.4, 0.6)
    assert not statistics.ratio_of_means([one], [none], [one]).defined
    assert statistics.ratio_of_means([one, one], [one, none], [none, none]).defined  # the mean is sure
    assert not statistics.ratio_of_means([], [], []).defined
    assert not statistics.ratio_of_means([estimate(np.inf, 1.0, np.inf)], [one], [one]).defined
