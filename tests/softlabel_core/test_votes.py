"""Votes: counts in, distributions out, and one sentence for anything else."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shared import sentence_of

from softlabel_core import votes

quick = settings(max_examples=40, deadline=None, database=None)


@st.composite
def some_counts(draw, max_items=12, max_votes=20):
    """Counts with at least one vote an item."""
    shape = (draw(st.integers(1, max_items)), draw(st.integers(2, 9)))
    counts = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, max_votes)))
    counts[
        np.arange(shape[0]), draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))
    ] += 1
    return counts


@pytest.mark.parametrize(
    "given_counts", [[[1, 2], [3, 0]], [[1.0, 2.0], [3.0, 0.0]], [[True, True], [True, False]]]
)
def test_whole_numbers_of_any_type_are_counts(given_counts):
    checked = votes.check_counts(given_counts)
    assert checked.dtype == np.int64
    np.testing.assert_array_equal(checked, np.asarray(given_counts).astype(int))


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ([[1, 2], [-3, 4]], "row 1, column 0: -3 is negative"),
        ([[1, 2], [3, 0.5]], "row 1, column 1: 0.5 is a fraction"),
        ([[1, 2], [3, 1], [0, 0]], "row 2 has no votes"),
        ([[1, 2], [np.nan, 1]], "row 1, column 0: nan is not a finite number"),
        ([[1, np.inf], [2, 1]], "row 0, column 1: inf is not a finite number"),
        ([1, 2, 3], r"shape \(3,\)"),
        ([[[1, 2]]], r"shape \(1, 1, 2\)"),
        ([[1], [2]], r"shape \(2, 1\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        ([[1, 2], [3]], "rows of different lengths"),
        ([["many", "few"]], "whole numbers of votes"),
        ([[1j, 2]], "whole numbers of votes"),
    ],
)
def test_bad_counts_give_one_sentence_that_names_the_place(bad, told):
    with pytest.raises(ValueError, match=told) as error:
        votes.check_counts(bad, "my votes")
    assert sentence_of(error).startswith("my votes")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ([[0.5, 0.5], [0.5, 0.4]], r"row 1 sums to 0\.9, not 1"),
        ([[0.5, 0.5], [1.5, -0.5]], "row 1, column 1: -0.5 is negative"),
        ([[np.nan, 0.5]], "row 0, column 0: nan is not a finite number"),
        ([[1.0]], r"shape \(1, 1\)"),
        (1.0, r"shape \(\)"),
        ([[0.5, 0.5], [1.0]], "not an array of numbers"),
        ([["a", "b"]], "not an array of numbers"),
    ],
)
def test_bad_distributions_give_one_sentence_that_names_the_place(bad, told):
    with pytest.raises(ValueError, match=told) as error:
        votes.check_distribution(bad, "p_model")
    assert sentence_of(error).startswith("p_model")


def test_a_float32_softmax_is_a_distribution():
    logits = np.random.default_rng(0).normal(0, 10, (2, 500, 100)).astype(np.float32)
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    checked = votes.check_distribution(p)
    assert checked.dtype == np.float64
    assert checked.shape == p.shape


@quick
@given(some_counts())
def test_distributions_sum_to_one_in_proportion_to_the_votes(counts):
    p = votes.distribution(counts)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(p * counts.sum(axis=1, keepdims=True), counts, atol=1e-12)


@quick
@given(some_counts())
def test_entropy_is_scipys_in_nats(counts):
    p = votes.distribution(counts)
    np.testing.assert_allclose(votes.entropy(p), scipy.stats.entropy(p, axis=1), atol=1e-14)
    assert (votes.entropy(p) <= np.log(p.shape[1]) + 1e-12).all()


def test_entropy_of_certainty_is_zero_and_of_uniform_the_logarithm_of_classes():
    np.testing.assert_array_equal(votes.entropy(np.eye(4)), 0)
    assert votes.entropy(np.full(10, 0.1)) == pytest.approx(np.log(10), abs=1e-15)
    assert votes.entropy(np.full((2, 3, 4), 0.25)).shape == (2, 3)


@quick
@given(some_counts(), st.integers(0, 2**32 - 1))
def test_entropy_is_the_very_same_number_for_every_order_of_classes(counts, seed):
    shuffled = np.random.default_rng(seed).permuted(counts, axis=1)
    np.testing.assert_array_equal(
        votes.entropy(votes.distribution(counts)), votes.entropy(votes.distribution(shuffled))
    )


def test_majority_share_and_ties_by_hand():
    counts = [[5, 3, 2], [4, 4, 0], [1, 1, 1], [0, 0, 7]]
    np.testing.assert_array_equal(votes.majority(counts), [0, 0, 0, 2])
    np.testing.assert_allclose(votes.majority_share(counts), [0.5, 0.5, 1 / 3, 1])
    np.testing.assert_array_equal(votes.ties(counts), [False, True, True, False])
    np.testing.assert_array_equal(votes.tied(counts).sum(axis=1), [1, 2, 3, 1])


def test_ties_break_evenly_among_the_tied_classes_alone():
    counts = np.tile([3, 0, 3, 3, 1], (30_000, 1))
    chosen = np.bincount(votes.break_ties(counts, np.random.default_rng(0)), minlength=5)
    assert chosen[1] == chosen[4] == 0
    assert scipy.stats.chisquare(chosen[[0, 2, 3]]).pvalue > 0.001


@quick
@given(some_counts(max_votes=2), st.integers(0, 2**32 - 1))
def test_one_items_tie_does_not_depend_on_the_others(counts, seed):
    before = votes.break_ties(counts, np.random.default_rng(seed))
    counts[0] = np.eye(counts.shape[1], dtype=int)[0]
    after = votes.break_ties(counts, np.random.default_rng(seed))
    np.testing.assert_array_equal(before[1:], after[1:])
    assert after[0] == 0


@quick
@given(some_counts(), st.data())
def test_a_subsample_holds_that_many_of_the_items_own_votes(counts, data):
    n_votes = data.draw(st.integers(1, int(counts.sum(axis=1).min())))
    kept = votes.subsample(counts, n_votes, np.random.default_rng(0))
    assert (kept.sum(axis=1) == n_votes).all()
    assert ((kept >= 0) & (kept <= counts)).all()


def test_a_subsample_is_drawn_without_replacement_at_random():
    counts = np.tile([6, 3, 1], (20_000, 1))
    kept = votes.subsample(counts, 5, np.random.default_rng(0))
    np.testing.assert_allclose(kept.mean(axis=0), [3, 1.5, 0.5], atol=0.03)
    hypergeometric_variance = 5 * 0.3 * 0.7 * (10 - 5) / (10 - 1)
    assert kept[:, 1].var() == pytest.approx(hypergeometric_variance, rel=0.05)


@pytest.mark.parametrize(("n_votes", "told"), [(4, "row 1; ask for at most 3"), (0, "ask for one or more")])
def test_a_subsample_of_too_many_or_no_votes_is_refused(n_votes, told):
    with pytest.raises(ValueError, match=told) as error:
        votes.subsample([[5, 5], [2, 1], [1, 2]], n_votes, np.random.default_rng(0))
    sentence_of(error)


@quick
@given(some_counts())
def test_halves_are_disjoint_parts_of_the_votes(counts):
    half = counts.sum(axis=1) // 2
    first, second = votes.halves(counts, np.random.default_rng(0))
    assert (first.sum(axis=1) == half).all()
    assert (second.sum(axis=1) == half).all()
    assert (first >= 0).all()
    assert (second >= 0).all()
    assert (first + second <= counts).all()


def test_halves_are_alike_in_distribution():
    first, second = votes.halves(np.tile([7, 4, 1], (20_000, 1)), np.random.default_rng(0))
    np.testing.assert_allclose(first.mean(axis=0), [3.5, 2, 0.5], atol=0.03)
    assert np.cov(first[:, 0], second[:, 0])[0, 1] == pytest.approx(-first[:, 0].var(), rel=0.05)


# Few votes: pseudo-votes and entropies


def test_pseudo_votes_are_added_by_hand():
    np.testing.assert_allclose(votes.smoothed([[3, 1], [0, 2]], 1), [[4 / 6, 2 / 6], [1 / 4, 3 / 4]])
    np.testing.assert_allclose(votes.smoothed([[3, 1]], [0.5, 1.5]), [[3.5 / 6, 2.5 / 6]])
    np.testing.assert_array_equal(votes.smoothed([[3, 1]], 0), votes.distribution([[3, 1]]))


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ([1, 2, 3], r"shape \(3,\); give one number, or one for each of the 2 classes"),
        (-0.5, "from 0 up"),
        ([0.5, np.nan], "from 0 up"),
    ],
)
@pytest.mark.parametrize("function", [votes.smoothed, votes.posterior_entropy])
def test_bad_pseudo_votes_are_refused(function, bad, told):
    with pytest.raises(ValueError, match=told) as error:
        function([[3, 1]], bad)
    sentence_of(error)


def test_miller_madow_by_hand():
    found = votes.miller_madow([[3, 0, 0], [2, 1, 0], [1, 1, 1]])
    two_to_one = -(2 * np.log(2 / 3) + np.log(1 / 3)) / 3
    np.testing.assert_allclose(found, [0, two_to_one + 1 / 6, np.log(3) + 2 / 6])


def test_miller_madow_removes_most_of_the_bias_of_ten_votes():
    p = np.array([0.5, 0.3, 0.2])
    counts = np.random.default_rng(0).multinomial(10, p, 50_000)
    plug_in = votes.entropy(votes.distribution(counts)).mean() - votes.entropy(p)
    corrected = votes.miller_madow(counts).mean() - votes.entropy(p)
    assert plug_in < -0.08
    assert abs(corrected) < 0.2 * abs(plug_in)


def test_posterior_entropy_is_the_mean_over_the_posterior():
    counts, prior = np.array([[3, 1, 0], [0, 0, 1]]), np.array([0.5, 1, 2])
    rng = np.random.default_rng(0)
    drawn = [votes.entropy(rng.dirichlet(row + prior, 200_000)).mean() for row in counts]
    np.testing.assert_allclose(votes.posterior_entropy(counts, prior), drawn, atol=2e-3)
    assert (votes.posterior_entropy(counts, prior) < votes.entropy(votes.smoothed(counts, prior))).all()


def test_posterior_entropy_is_unbiased_under_its_own_prior():
    rng, prior = np.random.default_rng(0), np.array([0.5, 0.8, 0.3])
    truth = rng.dirichlet(prior, 50_000)
    found = votes.posterior_entropy(rng.multinomial(3, truth), prior).mean()
    assert found == pytest.approx(votes.entropy(truth).mean(), abs=5e-3)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 50))
def test_fewer_votes_are_part_of_more_votes_and_of_all(a, b, seed):
    counts = np.random.default_rng(seed).multinomial(6, [0.4, 0.3, 0.2, 0.1], 20)
    few, more = (votes.first_votes(counts, n, np.random.default_rng(seed)) for n in sorted((a, b)))
    assert (few.sum(axis=1) == min(a, b)).all()
    assert (more.sum(axis=1) == max(a, b)).all()
    assert (few <= more).all()
    assert (more <= counts).all()


def test_the_first_votes_are_a_random_draw_like_any_other():
    """As `votes.subsample`: on average a share of the item's votes, with the spread of a draw without replacement."""
    counts = np.array([[6, 3, 0]])
    rng = np.random.default_rng(0)
    ours = np.concatenate([votes.first_votes(counts, 3, rng) for _ in range(4000)])
    theirs = votes.subsample(np.repeat(counts, 4000, axis=0), 3, rng)
    np.testing.assert_allclose(ours.mean(axis=0), [2, 1, 0], atol=0.05)
    np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), atol=0.03)


@pytest.mark.parametrize("n_votes", [0, 21])
def test_votes_that_are_not_there_cannot_be_drawn(n_votes):
    with pytest.raises(ValueError, match=f"first {n_votes} votes") as error:
        votes.first_votes([[20, 0], [10, 15]], n_votes, np.random.default_rng(0))
    sentence_of(error)


def test_coins_drawn_elsewhere_break_ties_as_a_generator_does():
    counts = np.random.default_rng(0).integers(0, 3, (100, 4)) + np.array([1, 0, 0, 0])
    coins = np.random.default_rng(7).random(counts.shape)
    assert votes.ties(counts).sum() > 20
    np.testing.assert_array_equal(
        votes.break_ties(counts, coins), votes.break_ties(counts, np.random.default_rng(7))
    )
    clear = ~votes.ties(counts)
    np.testing.assert_array_equal(votes.break_ties(counts, coins)[clear], votes.majority(counts)[clear])
