"""Within: correlations of entropies that parts cannot help, checked against centring by hand."""

import numpy as np
import pytest
from scipy.special import log_softmax

from softlabel_core import statistics, votes
from softlabel_core.statistics.within import entropy_within

PART = np.array(["a", "b", "b"] * 40)


def study(seed=0):
    """Items of a clear and a disputed part; "source" knows nothing but the part, "item" the item too."""
    rng = np.random.default_rng(seed)
    sharp = np.where(PART == "a", 4.0, 1.0)[:, None] * rng.normal(size=(len(PART), 3))
    counts = rng.multinomial(50, np.exp(log_softmax(sharp, axis=1)))
    flat = np.log(np.where((PART == "a")[:, None], [[0.9, 0.05, 0.05]], [[0.4, 0.3, 0.3]]))
    item = np.stack([log_softmax(sharp + 0.3 * rng.normal(size=sharp.shape), axis=1) for _ in range(2)])
    return {"source": flat, "item": item}, counts


def by_hand(log_p, counts, rows):
    """Both entropies of some rows, which may repeat, less their parts' means, correlated."""
    human, model = votes.entropy(votes.distribution(counts)), votes.entropy(np.exp(log_p))
    table = np.stack([human, model])[:, rows]
    for name in np.unique(PART[rows]):
        table[:, PART[rows] == name] -= table[:, PART[rows] == name].mean(axis=1, keepdims=True)
    return np.corrcoef(table)[0, 1]


def test_it_is_the_correlation_of_centred_entropies():
    log_p, counts = study()
    boot = entropy_within(log_p, counts, np.arange(len(PART)), PART, n_resamples=30)
    expected = [by_hand(one, counts, np.arange(len(PART))) for one in log_p["item"]]
    np.testing.assert_allclose(boot.per_seed["item"]["entropy_pearson"], expected)
    assert boot.interval("item", "entropy_pearson").defined


def test_a_resample_is_centred_by_its_own_means():
    log_p, counts = study()
    boot = entropy_within({"item": log_p["item"][0]}, counts, np.arange(len(PART)), PART, n_resamples=5)
    weights = next(statistics.draw_groups(np.arange(len(PART)), 1, 5).items)
    expected = [
        by_hand(log_p["item"][0], counts, np.repeat(np.arange(len(PART)), column.astype(int)))
        for column in weights.T
    ]
    np.testing.assert_allclose(boot.draws["item"]["entropy_pearson"], expected)


def test_what_only_knows_the_part_has_no_correlation_within():
    log_p, counts = study()
    boot = entropy_within(log_p, counts, np.arange(len(PART)), PART, n_resamples=10)
    over_all = statistics.bootstrap(log_p, counts, np.arange(len(PART)), n_resamples=10)
    assert over_all.estimate["source"]["entropy_pearson"] > 0.4
    assert np.isnan(boot.estimate["source"]["entropy_pearson"])
    assert not boot.interval("source", "entropy_pearson").defined


def test_one_part_is_the_usual_correlation_with_the_usual_resamples():
    log_p, counts = study()
    groups, item = np.arange(len(PART)) // 2, {"item": log_p["item"]}
    boot = entropy_within(item, counts, groups, np.full(len(PART), "a"), n_resamples=20)
    usual = statistics.bootstrap(item, counts, groups, n_resamples=20)
    np.testing.assert_allclose(
        boot.draws["item"]["entropy_pearson"], usual.draws["item"]["entropy_pearson"], atol=1e-9
    )


def test_a_part_is_needed_for_every_item():
    log_p, counts = study()
    with pytest.raises(
        ValueError, match=r"^part has shape \(3,\); give one part for each of the 120 items\.$"
    ):
        entropy_within(log_p, counts, np.arange(len(PART)), PART[:3])
