"""A few items of many: spread as the whole, or over the whole range of entropy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from softlabel_core import data, votes
from softlabel_core.data import sampling


@pytest.fixture(scope="module")
def crowd():
    return data.load("digits", n_items=2000)


def test_sample_is_spread_as_the_whole():
    rng = np.random.default_rng(0)
    counts = rng.multinomial(20, rng.dirichlet(np.full(4, 0.2), 5000))
    rows = sampling.stratified(counts, 500, seed=1)
    assert len(set(rows.tolist())) == 500
    assert (np.diff(rows) > 0).all()
    whole = np.sort(votes.entropy(votes.distribution(counts)))
    part = np.sort(votes.entropy(votes.distribution(counts[rows])))
    assert scipy.stats.ks_2samp(whole, part).statistic < 0.005  # 500 rows at random: about .03
    assert (sampling.stratified(counts, 500, seed=1) == rows).all()
    assert (sampling.stratified(counts, 500, seed=2) != rows).any()
    assert sampling.stratified(counts, 9999).tolist() == list(range(5000))


def test_a_sample_of_none_is_refused():
    with pytest.raises(ValueError, match="a sample of 0 items"):
        sampling.stratified([[1, 2]], 0)


def test_items_span_the_range_of_entropy_evenly(crowd):
    counts = np.random.default_rng(0).multinomial(50, np.random.default_rng(1).dirichlet([0.1] * 4, 2000))
    entropy = votes.entropy(votes.distribution(counts))
    rows = sampling.spanning(counts, 20)
    bands = (entropy[rows] / (entropy.max() / 20)).astype(int).clip(0, 19)
    assert sorted(bands.tolist()) == list(range(20))
    some = sampling.spanning(crowd.counts, 20)  # of few different entropies
    assert len(set(some.tolist())) == 20
    assert np.unique(crowd.entropy[some]).size >= 9


def test_items_come_in_an_order_that_the_seed_gives(crowd):
    first = sampling.spanning(crowd.counts, 20, seed=3)
    assert np.array_equal(first, sampling.spanning(crowd.counts, 20, seed=3))
    assert not np.array_equal(first, sampling.spanning(crowd.counts, 20, seed=4))
    entropy = crowd.entropy[first]
    assert not np.array_equal(entropy, np.sort(entropy))


def test_classes_take_turns():
    counts = np.zeros((40, 4), dtype=int)
    counts[np.arange(40), np.arange(40) % 4] = 10
    counts[np.arange(40), (np.arange(40) + 1) % 4] += np.arange(40) // 8  # ten of each class in each band
    majority = votes.majority(counts[sampling.spanning(counts, 8)])
    assert np.bincount(majority, minlength=4).tolist() == [2, 2, 2, 2]


def test_all_items_are_taken_where_there_are_few():
    rows = sampling.spanning([[3, 0], [2, 1], [0, 3]], 20)
    assert sorted(rows.tolist()) == [0, 1, 2]
    assert sorted(sampling.spanning([[3, 0], [0, 3]], 2).tolist()) == [0, 1]  # no entropy anywhere
    with pytest.raises(ValueError, match="0 items were asked for"):
        sampling.spanning([[3, 0]], 0)
