"""Mixtures: fitted to votes of known truths, and what they simulate against what the votes show."""

import numpy as np
import pytest
import scipy.stats
from shared import cifar10h, real, sentence_of

from softlabel_core import metrics, statistics, votes
from softlabel_core.data import popquorn
from softlabel_core.statistics import mixtures


def of_two_kinds(n_items=3000, seed=0):
    """Votes on clear items and on disputed ones, three of them to one, with which is which."""
    rng = np.random.default_rng(seed)
    disputed = np.arange(n_items) % 4 == 0
    truth = np.where(
        disputed[:, None], rng.dirichlet([6, 9, 6], n_items), rng.dirichlet([40, 1.5, 0.5], n_items)
    )
    return rng.multinomial(20, truth), disputed, truth


def log_likelihood(mixture, counts):
    """Of the counts, by SciPy's Dirichlet-multinomial, without what hangs on the counts alone."""
    n = counts.sum(axis=1)
    each = [scipy.stats.dirichlet_multinomial.logpmf(counts, a, n) for a in mixture.pseudo_votes]
    orders = scipy.special.gammaln(n + 1) - scipy.special.gammaln(counts + 1).sum(axis=1)
    return float((scipy.special.logsumexp(np.log(mixture.shares)[:, None] + each, axis=0) - orders).sum())


def test_kinds_are_found_again_and_their_number_too():
    counts, disputed, _ = of_two_kinds()
    found = statistics.fit_mixture(counts)
    assert len(found.shares) == 2
    clear = found.pseudo_votes[:, 0].argmax()
    assert found.shares[clear] == pytest.approx(0.75, abs=0.02)
    np.testing.assert_allclose(found.pseudo_votes[clear], [40, 1.5, 0.5], rtol=0.35)
    np.testing.assert_allclose(found.pseudo_votes[1 - clear], [6, 9, 6], rtol=0.25)
    kinds = found.kinds(counts)
    np.testing.assert_allclose(kinds.sum(axis=1), 1)
    assert ((kinds[:, clear] < 0.5) == disputed).mean() > 0.98


def test_the_likelihood_is_scipys_and_highest_where_the_search_ended():
    counts, _, _ = of_two_kinds(600)
    found = statistics.fit_mixture(counts, 2)
    assert found.log_likelihood == pytest.approx(log_likelihood(found, counts), abs=1e-6)
    for factor in (0.9, 1.1):
        for cell in np.ndindex(2, 3):
            moved = found.pseudo_votes.copy()
            moved[cell] *= factor
            assert log_likelihood(found._replace(pseudo_votes=moved), counts) < found.log_likelihood
        shares = np.array([found.shares[0] * factor, 1 - found.shares[0] * factor])
        assert log_likelihood(found._replace(shares=shares), counts) < found.log_likelihood


def test_the_criterion_counts_free_parameters():
    found = mixtures.Mixture(np.array([0.5, 0.5]), np.ones((2, 3)), -100.0)
    assert found.bic(400) == pytest.approx(7 * np.log(400) + 200)


def test_more_kinds_never_fit_worse_and_one_is_chosen_where_one_is_true():
    counts, _, _ = of_two_kinds(500)
    fits = [statistics.fit_mixture(counts, n).log_likelihood for n in (1, 2, 3)]
    assert fits[0] + 50 < fits[1] < fits[2] + 0.01
    rng = np.random.default_rng(0)
    assert len(statistics.fit_mixture(rng.multinomial(12, rng.dirichlet([2, 1, 1], 800))).shares) == 1


def test_drawn_truths_lie_around_the_posterior_of_each_kind():
    """A rare kind with a unanimous posterior, and a common one: each as often as Bayes says."""
    counts = np.array([[3, 0], [0, 3], [2, 1]])
    mixture = mixtures.Mixture(np.array([0.2, 0.8]), np.array([[1.0, 30.0], [5.0, 1.0]]), np.nan)
    fits = np.exp([scipy.stats.dirichlet_multinomial.logpmf(counts, a, 3) for a in mixture.pseudo_votes]).T
    kinds = fits * mixture.shares / (fits @ mixture.shares)[:, None]
    np.testing.assert_allclose(mixture.kinds(counts), kinds)
    means = (counts[:, None] + mixture.pseudo_votes) / (counts[:, None] + mixture.pseudo_votes).sum(
        -1, keepdims=True
    )
    drawn = mixture.draw(np.tile(counts, (20_000, 1)), np.random.default_rng(0)).reshape(20_000, 3, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), (kinds[:, :, None] * means).sum(axis=1), atol=5e-3)
    np.testing.assert_allclose(drawn.sum(axis=-1), 1)
    known = mixture.draw(counts, np.random.default_rng(7), mixture.kinds(counts))
    np.testing.assert_array_equal(known, mixture.draw(counts, np.random.default_rng(7)))


def test_one_kind_draws_from_its_dirichlet():
    counts, prior = np.array([[7, 2, 1], [0, 0, 3]]), np.array([0.5, 1.0, 1.5])
    gammas = np.random.default_rng(3).standard_gamma(counts + prior)
    found = statistics.one_kind(prior).draw(counts, np.random.default_rng(3))
    np.testing.assert_array_equal(found, gammas / gammas.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    "counts",
    [
        [[5, 0, 0], [0, 2, 0]],  # two items, a class that nobody chose
        [[4, 1]] * 200,
        [[5, 0]] * 300 + [[0, 5]] * 300,
        np.random.default_rng(0).multinomial(3, [0.5, 0.5, 0, 0], 400),
        np.random.default_rng(0).multinomial(2000, [0.5, 0.3, 0.2], 300),
    ],
)
@pytest.mark.parametrize("n_kinds", [None, 4])
def test_votes_of_any_shape_have_a_mixture(counts, n_kinds):
    found = statistics.fit_mixture(counts, n_kinds)
    assert np.isfinite(found.pseudo_votes).all()
    assert (found.pseudo_votes > 0).all()
    assert found.shares.sum() == pytest.approx(1)
    drawn = found.draw(np.asarray(counts), np.random.default_rng(0))
    assert np.isfinite(np.log(drawn)).all()
    assert np.isfinite(metrics.js_distance(drawn, drawn[::-1])).all()
    if n_kinds is None:
        assert len(found.shares) <= max(1, len(counts) // (10 * np.shape(counts)[1]))
    again = statistics.fit_mixture(counts, n_kinds)
    np.testing.assert_array_equal(found.pseudo_votes, again.pseudo_votes)


def split_half(mixture, counts):
    """Mean split-half correlation of entropies in three simulated worlds."""
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        fresh = rng.multinomial(counts.sum(axis=1), mixture.draw(counts, rng))
        found.append(statistics.entropy_ceiling(fresh, n_halves=5, seed=seed).split_half)
    return np.mean(found)


def test_offensiveness_has_disputed_and_clear_comments_that_one_dirichlet_does_not():
    counts = real("offensiveness", popquorn.OFFENSIVENESS).counts
    votes_show = statistics.entropy_ceiling(counts, n_halves=20).split_half
    assert split_half(statistics.fit_mixture(counts, 1), counts) < votes_show - 0.15
    found = statistics.fit_mixture(counts)
    assert len(found.shares) > 1
    assert split_half(found, counts) == pytest.approx(votes_show, abs=0.04)


def test_ten_thousand_items_of_ten_classes_have_a_mixture_of_the_same_mean():
    counts = cifar10h()[:4000]
    found = statistics.fit_mixture(counts)
    drawn = found.draw(counts, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean(axis=0), votes.distribution(counts).mean(axis=0), atol=0.003)


def test_no_kinds_at_all_are_refused():
    with pytest.raises(ValueError, match="n_kinds is 0") as error:
        statistics.fit_mixture([[1, 2]] * 3, 0)
    sentence_of(error)
