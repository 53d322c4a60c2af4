"""References: each the best of its kind, and what they score on real votes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from shared import cifar10h

from softlabel_core import metrics, statistics, votes

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


@quick
@given(seeds)
def test_references_are_distributions_and_the_best_of_their_kind(seed):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(6, rng.dirichlet([0.7] * 4, 25))
    found = statistics.reference_predictions(counts)
    kl = {name: metrics.evaluate(None, counts, log_p=log_p)["kl"] for name, log_p in found.items()}
    assert list(kl) == ["uniform", "class_prior", "oracle_smoothing"]
    assert kl["class_prior"] <= kl["uniform"] + 1e-12

    other = rng.dirichlet([5] * 4)
    assert kl["class_prior"] <= metrics.evaluate(np.tile(other, (25, 1)), counts)["kl"] + 1e-12

    hot = np.eye(4)[votes.majority(counts)]

    def smoothed_kl(amount):
        return metrics.evaluate((1 - amount) * hot + amount / 4, counts)["kl"]

    best = minimize_scalar(smoothed_kl, bounds=(1e-6, 1), method="bounded")
    assert kl["oracle_smoothing"] == pytest.approx(best.fun, abs=1e-6)


def test_references_of_unanimous_votes_are_certain():
    counts = [[3, 0, 0], [0, 2, 0]]
    found = statistics.reference_predictions(counts)
    assert metrics.evaluate(None, counts, log_p=found["oracle_smoothing"])["kl"] == 0
    assert np.isneginf(found["class_prior"][:, 2]).all()


def test_the_references_of_cifar10h_are_the_known_ones():
    counts = cifar10h()
    found = statistics.reference_predictions(counts)
    for name, value in (("uniform", 2.148), ("class_prior", 2.148), ("oracle_smoothing", 0.131)):
        scored = metrics.evaluate(None, counts, log_p=found[name])
        assert scored["kl"] == pytest.approx(value, abs=5e-4), name
        assert np.isnan(scored["entropy_pearson"]), name


def test_the_shares_of_a_part_know_where_an_item_is_from():
    counts = np.array([[8, 2], [6, 4], [1, 9], [0, 10]])
    assert "part_prior" not in statistics.reference_predictions(counts)
    assert "part_prior" not in statistics.reference_predictions(counts, ["a"] * 4)
    found = statistics.reference_predictions(counts, ["a", "a", "b", "b"])
    np.testing.assert_allclose(np.exp(found["part_prior"]), [[0.7, 0.3]] * 2 + [[0.05, 0.95]] * 2)
    assert list(found) == ["uniform", "class_prior", "part_prior", "oracle_smoothing"]
