"""Digits: a known truth, votes drawn from it, pools that share no source digit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from softlabel_core import data
from softlabel_core.data import digits


@pytest.fixture(scope="module")
def drawn():
    """The data set, and the pair of source digits behind each item."""
    pairs = []
    plain = digits._two_classes

    def watched(pool, labels, rng):
        pairs.append(plain(pool, labels, rng))
        return pairs[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "_two_classes", watched)
        dataset = data.load("digits")
    return dataset, np.array(pairs)


@given(st.floats(0, 1))
def test_the_chance_of_the_second_is_a_smooth_step(weight):
    chance = digits.chance_of_second(weight)
    assert chance == pytest.approx(3 * weight**2 - 2 * weight**3)
    assert 0 <= chance <= 1
    assert chance + digits.chance_of_second(1 - weight) == pytest.approx(1)
    assert (chance < 0.5) == (weight < 0.5) or weight == pytest.approx(0.5)


def test_the_truth_is_that_function_of_the_weight():
    dataset, blends = data.load("digits", n_items=500, seed=3), digits.blends(500, seed=3)
    chance = 3 * blends.weight**2 - 2 * blends.weight**3
    rows = np.arange(500)
    np.testing.assert_allclose(dataset.p_true[rows, blends.second], chance)
    np.testing.assert_allclose(dataset.p_true[rows, blends.first], 1 - chance)
    np.testing.assert_allclose(dataset.p_true.sum(axis=1), 1)
    assert (blends.first != blends.second).all()
    assert ((dataset.p_true > 0).sum(axis=1) <= 2).all()
    np.testing.assert_array_equal(dataset.gold, np.where(blends.weight < 0.5, blends.first, blends.second))
    np.testing.assert_array_equal(dataset.items, blends.images)
    np.testing.assert_array_equal(dataset.groups, blends.pool)


def test_gold_is_the_truths_likeliest_class():
    dataset = data.load("digits", n_items=500)
    np.testing.assert_allclose(dataset.p_true[np.arange(500), dataset.gold], dataset.p_true.max(axis=1))


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0])
def test_votes_average_to_the_truth_and_the_noise(noise):
    n_votes = 40_000
    dataset = data.load("digits", n_items=100, n_votes=n_votes, noise=noise)
    assert (dataset.counts.sum(axis=1) == n_votes).all()
    expected = (1 - noise) * dataset.p_true + noise / 10
    spread = np.sqrt(expected * (1 - expected) / n_votes)
    assert (np.abs(dataset.p_human - expected) <= 5 * spread + 1e-12).all()


def test_noise_changes_the_votes_and_not_the_truth():
    clean, noisy = (data.load("digits", n_items=200, noise=noise) for noise in (0.0, 0.5))
    np.testing.assert_array_equal(clean.p_true, noisy.p_true)
    np.testing.assert_array_equal(clean.items, noisy.items)
    assert noisy.entropy.mean() > clean.entropy.mean() + 0.5
    assert "rater noise 0.5" in noisy.provenance


def test_an_item_is_the_blend_of_its_two_digits(drawn):
    dataset, pairs = drawn
    source = load_digits()
    weight = digits.blends().weight[:, None, None]
    blend = (1 - weight) * source.images[pairs[:, 0]] + weight * source.images[pairs[:, 1]]
    np.testing.assert_allclose(dataset.items[..., 0], blend * 255 / 16, atol=0.5 + 1e-9)
    assert dataset.items.shape == (4000, 8, 8, 1)
    assert dataset.items.dtype == np.uint8


def test_no_source_digit_serves_two_pools(drawn):
    dataset, pairs = drawn
    pools = [set(pairs[dataset.groups == pool].ravel()) for pool in np.unique(dataset.groups)]
    assert len(pools) == digits.N_POOLS
    assert sum(map(len, pools)) == len(set.union(*pools))


@pytest.mark.parametrize("fold", range(5))
def test_no_source_digit_serves_two_parts_of_a_split(drawn, fold):
    dataset, pairs = drawn
    found = data.split(dataset, fold)
    train, validation, test = (
        set(pairs[part].ravel()) for part in (found.train, found.validation, found.test)
    )
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_every_part_of_the_fixed_split_has_every_class(drawn):
    dataset, _ = drawn
    found = data.split(dataset)
    for part in (found.train, found.validation, found.test):
        assert set(dataset.majority[part]) == set(range(10))


def test_a_seed_decides_the_items():
    first, again, other = (data.load("digits", n_items=100, seed=seed) for seed in (1, 1, 2))
    assert first.hash == again.hash
    np.testing.assert_array_equal(first.items, again.items)
    assert (first.items != other.items).any()
    assert not set(first.ids) & set(other.ids)


@pytest.mark.parametrize(
    "options", [{"n_items": 24}, {"n_votes": 0}, {"noise": -0.1}, {"noise": 1.1}, {"noise": float("nan")}]
)
def test_a_number_out_of_its_range_is_refused(options):
    with pytest.raises(
        ValueError, match=r"^digits: n_items=\d+, n_votes=\d+, noise=\S+; give n_items of 25 or more"
    ):
        data.load("digits", **options)
