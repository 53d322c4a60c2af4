"""Ambiguity: every item in one bin, and each bin with the results of its own items."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from shared import coarse_study, sentence_of

from softlabel_core import metrics, statistics, votes

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


def test_bins_hold_every_item_once_with_the_results_of_their_own_items():
    log_p, counts = coarse_study(7, n_items=60)
    gold, human = counts.argmin(axis=1), votes.entropy(votes.distribution(counts))
    edges = [0, 1e-9, 0.6, np.log(4)]
    bins = statistics.by_bin(log_p, counts, np.arange(60), edges, gold, n_resamples=50)
    assert [b.n for b in bins] == [
        (human == 0).sum(),
        ((human > 0) & (human < 0.6)).sum(),
        (human >= 0.6).sum(),
    ]
    assert sum(b.n for b in bins) == 60
    assert min(b.n for b in bins) > 2
    for part, inside in zip(bins, [human == 0, (human > 0) & (human < 0.6), human >= 0.6], strict=True):
        expected = metrics.evaluate(None, counts[inside], gold[inside], log_p=log_p["soft"][1][inside])
        for key, value in expected.items():
            assert part.bootstrap.per_seed["soft"][key][1] == pytest.approx(value, abs=1e-9, nan_ok=True), key
            shown, whole = part.intervals["soft"][key], part.bootstrap.interval("soft", key)
            np.testing.assert_equal(
                (shown.value, shown.low, shown.high), (whole.value, whole.low, whole.high)
            )
        assert part.intervals["hard"]["kl"].low < part.intervals["hard"]["kl"].high
    assert not bins[0].intervals["soft"]["entropy_pearson"].defined  # the unanimous items do not vary


def test_an_empty_bin_says_so_and_a_maximal_item_is_inside():
    bins = statistics.by_bin(
        {"a": np.log([[0.5, 0.5], [0.9, 0.1]])}, [[2, 2], [3, 0]], [0, 1], [0, 0.1, 0.2, np.log(2)]
    )
    assert [b.n for b in bins] == [1, 0, 1]
    assert bins[1].bootstrap is None
    assert bins[1].intervals == {}
    assert bins[2].intervals["a"]["kl"].value == pytest.approx(0)
    assert np.isnan(bins[2].intervals["a"]["kl"].low)


def test_an_item_on_an_edge_belongs_to_the_bin_above():
    counts, log_p = [[2, 2, 0], [4, 0, 0], [2, 1, 1]], {"a": np.full((3, 3), -np.log(3))}
    bins = statistics.by_bin(log_p, counts, np.arange(3), [0, np.log(2), np.log(3)], n_resamples=5)
    assert [b.n for b in bins] == [1, 2]


@pytest.mark.parametrize(
    ("edges", "told"),
    [
        ([0, 0.1], "edges run from 0 to 0.1 nats, but item row"),
        ([0.5, 2], "edges run from 0.5 to 2 nats, but item row"),
        ([0, 1, 1, 2], "rising bounds"),
        ([0], "rising bounds"),
        ([0, np.nan, 2], "rising bounds"),
    ],
)
def test_edges_that_do_not_rise_or_leave_items_out_are_refused(edges, told):
    log_p, counts = coarse_study(8)
    with pytest.raises(ValueError, match=told) as error:
        statistics.by_bin(log_p, counts, np.arange(30), edges)
    sentence_of(error)
