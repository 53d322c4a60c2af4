"""Shared raters: what they add to a bootstrap, against explicit sums over pairs and against known truths."""

import numpy as np
import pytest
from scipy.special import log_softmax
from shared import sentence_of

from softlabel_core import metrics, statistics
from softlabel_core.metrics import Crowd
from softlabel_core.statistics import shared_raters
from softlabel_core.statistics.resampling import _without_raters


def rated(rng, n_items=60, n_raters=24, lean=1.0, an_item=6, n_classes=5):
    """Ratings on a scale by raters who lean up or down, and two predictions that know the items."""
    middle, width = rng.normal(2, 0.9, n_items), np.exp(rng.normal(-0.3, 0.5, n_items))
    chosen = rng.random((n_items, n_raters)).argsort(axis=1) < an_item
    seen = middle[:, None] + lean * rng.standard_normal(n_raters)
    seen = seen + width[:, None] * rng.standard_normal((n_items, n_raters))
    ratings = np.where(chosen, np.clip(np.rint(seen), 0, n_classes - 1), -1).astype(np.int64)

    def predicted(noise, least):
        place = middle + noise * rng.standard_normal(n_items)
        steps = (np.arange(n_classes) - place[:, None]) / (least + 0.7 * width)[:, None]
        return log_softmax(-(steps**2) / 2, axis=1)

    log_p = {"hard": predicted(0.5, 0.3), "soft": predicted(0.4, 0.4)}
    return ratings, np.stack([(ratings == k).sum(axis=1) for k in range(n_classes)], axis=1), log_p


def added(plain, wide, arm, key):
    return wide.draws[arm][key] - plain.draws[arm][key]


def effects_of(log_p, counts, ratings, groups):
    """What each rater's votes on each block change, as the bootstrap has it; [n_blocks, n_raters] by arm and metric."""
    crowd = Crowd.of(counts, ordinal=True)
    boot = statistics.bootstrap(log_p, counts, groups, n_resamples=2, ordinal=True)
    rows = shared_raters.lessened(counts, ratings, groups, seed=0)
    found = _without_raters(boot, log_p, crowd, None, rows)
    return {
        arm: {key: each.reshape(shared_raters.N_BLOCKS, -1) for key, each in values.items()}
        for arm, values in found.items()
    }


def test_the_covariance_is_a_sum_over_pairs_of_items_and_the_raters_that_they_share():
    """Of what a mean loses with each vote, less what it loses with the item's mean vote; pairs of two blocks only."""
    ratings, counts, log_p = rated(np.random.default_rng(0))
    groups = np.arange(60) // 2
    lost = np.zeros((2, *ratings.shape))  # of each arm, item and rater
    there = ratings >= 0
    for a, arm in enumerate(log_p):
        whole = metrics.per_item(log_p[arm], counts)["kl"]
        for i, r in np.argwhere(there):
            fewer = counts[i].copy()
            fewer[ratings[i, r]] -= 1
            lost[a, i, r] = whole[i] - metrics.per_item(log_p[arm][[i]], fewer[None])["kl"][0]
        lost[a] -= np.where(there, (lost[a].sum(axis=1) / there.sum(axis=1))[:, None], 0)
    lost /= len(counts)
    block = np.random.default_rng(0).permutation(30)[groups] % shared_raters.N_BLOCKS
    expected = np.einsum("air,bjr,ij->ab", lost, lost, block[:, None] != block) * 4 / 3
    effects = effects_of(log_p, counts, ratings, groups)
    found = shared_raters._covariance(np.stack([effects[arm]["kl"] for arm in log_p], axis=-1))
    assert (found > 0).all()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_draws_of_all_arms_move_by_their_covariance():
    ratings, counts, log_p = rated(np.random.default_rng(8), 240, 120, 1.2, 8)
    plain, wide = (
        statistics.bootstrap(log_p, counts, np.arange(240), n_resamples=6000, ratings=known, ordinal=True)
        for known in (None, ratings)
    )
    effects = effects_of(log_p, counts, ratings, np.arange(240))
    for key in ("kl", "total_variation", "wasserstein"):
        found = np.stack([added(plain, wide, arm, key) for arm in log_p])
        wanted = shared_raters._covariance(np.stack([effects[arm][key] for arm in log_p], axis=-1))
        unit = np.sqrt(np.diag(wanted))
        np.testing.assert_allclose(
            np.cov(found) / np.outer(unit, unit), wanted / np.outer(unit, unit), atol=0.1
        )
        np.testing.assert_allclose(found.mean(axis=1) / unit, 0, atol=0.05)


def test_the_root_gives_what_is_positive_of_a_matrix():
    symmetric = np.array([[2.0, 1.0, 0.0], [1.0, 1.0, 1.5], [0.0, 1.5, 0.5]])
    values, vectors = np.linalg.eigh(symmetric)
    assert values[0] < 0
    root = shared_raters._root(symmetric)
    np.testing.assert_allclose(
        root.T @ root, symmetric - values[0] * np.outer(vectors[:, 0], vectors[:, 0]), atol=1e-12
    )


def test_taking_a_vote_away_adds_up_to_nothing_in_each_item():
    ratings, counts, _ = rated(np.random.default_rng(1), n_items=20)
    counts[0], ratings[0] = [1, 0, 0, 0, 0], np.append(0, np.full(23, -1))
    rows = shared_raters.lessened(counts, ratings, np.arange(20), seed=0)
    assert 0 not in rows.item  # a single vote cannot be taken away
    for item in range(1, 20):
        here = rows.item == item
        np.testing.assert_array_equal(rows.chosen[here], np.flatnonzero(counts[item]))
        np.testing.assert_allclose(
            rows.taken[here].sum(axis=0), 0, atol=1e-12
        )  # one vote, less the mean vote
        np.testing.assert_allclose(rows.taken[here].sum(axis=1), 0, atol=1e-12)  # the mean of all is the mean
        assert (np.abs(rows.taken[here]).max(axis=0) > 0).sum() <= (ratings[item] >= 0).sum()
        rater = np.flatnonzero(ratings[item] >= 0)[0]
        own = rows.taken[here].reshape(-1, shared_raters.N_BLOCKS, 24)[:, :, rater].sum(axis=1)
        share = counts[item][rows.chosen[here]] / counts[item].sum()
        np.testing.assert_allclose(own, (rows.chosen[here] == ratings[item, rater]) - share)


def test_a_correlation_moves_by_what_it_loses_without_a_rater():
    ratings, counts, log_p = rated(np.random.default_rng(2), n_items=200, n_raters=40)
    estimate = metrics.evaluate(None, counts, log_p=log_p["soft"])
    effects = effects_of(log_p, counts, ratings, np.arange(200))["soft"]
    whole = {key: effects[key].sum(axis=0) for key in ("entropy_pearson", "entropy_spearman")}
    without = {key: [] for key in whole}
    for rater in range(40):
        fewer = counts.copy()
        seen = np.flatnonzero(ratings[:, rater] >= 0)
        fewer[seen, ratings[seen, rater]] -= 1
        scored = metrics.evaluate(None, fewer, log_p=log_p["soft"])
        for key in whole:
            without[key].append(scored[key] - estimate[key])
    for key in whole:
        # Recomputed, every rater also takes a vote away as such, about as much of it as another.
        assert np.corrcoef(whole[key], without[key])[0, 1] > 0.8, key
        assert np.std(whole[key]) == pytest.approx(np.std(without[key]), rel=0.25), key


@pytest.mark.parametrize(("lean", "least", "most"), [(1.2, 1.2, 1.7), (0.0, 0.98, 1.12)])
def test_raters_widen_intervals_as_far_as_they_lean(lean, least, most):
    widths = []
    for seed in range(6):
        ratings, counts, log_p = rated(np.random.default_rng(seed), 200, 120, lean, 8)
        widths.append([
            np.std(statistics.bootstrap(log_p, counts, np.arange(200), n_resamples=400, ratings=known).draws["soft"]["kl"])
            for known in (None, ratings)
        ])  # fmt: skip
    plain, wide = np.mean(widths, axis=0)
    assert least < wide / plain < most


def test_intervals_hold_the_truth_where_raters_are_shared():
    """Items and raters are new in every world; items alone are too sure of the mean."""
    hits, values, worlds = {"items": [], "both": []}, [], 60
    for world in range(worlds):
        ratings, counts, log_p = rated(np.random.default_rng([world, 7]), 200, 100, 1.2, 8)
        boots = {
            name: statistics.bootstrap(
                log_p, counts, np.arange(200), n_resamples=150, seed=world, ratings=known
            )
            for name, known in (("items", None), ("both", ratings))
        }
        values.append(boots["items"].estimate["soft"]["total_variation"])
        for name, boot in boots.items():
            hits[name].append(boot.interval("soft", "total_variation"))
    truth = np.mean(values)
    held = {name: np.mean([e.low <= truth <= e.high for e in found]) for name, found in hits.items()}
    assert held["items"] < 0.9
    assert 0.91 <= held["both"] <= 0.99


def test_arms_that_are_one_differ_by_nothing_and_pairs_stay_paired():
    ratings, counts, log_p = rated(np.random.default_rng(3))
    found = statistics.bootstrap(
        {"a": log_p["hard"], "b": log_p["hard"]}, counts, np.arange(60), n_resamples=100, ratings=ratings
    )
    for key in found.estimate["a"]:
        np.testing.assert_allclose(found.draws["a"][key], found.draws["b"][key], atol=1e-7)
    wide = statistics.bootstrap(log_p, counts, np.arange(60), n_resamples=300, ratings=ratings)
    assert np.corrcoef(wide.draws["hard"]["kl"], wide.draws["soft"]["kl"])[0, 1] > 0.5


def test_without_ratings_nothing_changes_and_an_infinite_kl_stays():
    ratings, counts, log_p = rated(np.random.default_rng(4))
    zero = log_p["hard"].copy()
    zero[5] = np.where(np.arange(5) == counts[5].argmin(), 0.0, -np.inf)
    plain, wide = (
        statistics.bootstrap(
            {"soft": log_p["soft"], "zero": zero}, counts, np.arange(60), n_resamples=50, ratings=known
        )
        for known in (None, ratings)
    )
    assert plain.estimate == wide.estimate
    np.testing.assert_array_equal(plain.draws["zero"]["kl"], wide.draws["zero"]["kl"])
    assert np.isfinite(wide.draws["soft"]["kl"]).all()
    assert (added(plain, wide, "soft", "kl") != 0).all()
    one = statistics.bootstrap(log_p, counts, np.zeros(60), n_resamples=9, ratings=ratings)
    assert np.isnan(one.draws["soft"]["kl"]).all()


def test_bins_pass_their_own_ratings_on():
    ratings, counts, log_p = rated(np.random.default_rng(5), 120)
    edges, groups = [0, 0.9, 2], np.arange(120)
    bins = statistics.by_bin(log_p, counts, groups, edges, n_resamples=40, ratings=ratings)
    inside = metrics.per_item(log_p["soft"], counts)["entropy_human"] < 0.9
    alone = statistics.bootstrap(
        {arm: p[inside] for arm, p in log_p.items()}, counts[inside], groups[inside], n_resamples=40,
        ratings=ratings[inside],
    )  # fmt: skip
    assert bins[0].intervals["soft"]["kl"] == alone.interval("soft", "kl")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda ratings: ratings[:-1], r"ratings has shape \(59, 24\)"),
        (lambda ratings: ratings.astype(float), "of float64"),
        (lambda ratings: np.where(ratings == 2, 3, ratings), "does not add up to its counts"),
        (lambda ratings: np.where(ratings == -1, 7, ratings), "does not add up to its counts"),
    ],
)
def test_ratings_that_are_not_those_of_the_votes_give_one_sentence(spoil, told):
    ratings, counts, log_p = rated(np.random.default_rng(6))
    with pytest.raises(ValueError, match=told) as error:
        statistics.bootstrap(log_p, counts, np.arange(60), n_resamples=5, ratings=spoil(ratings))
    sentence_of(error)
