"""Limits: ceilings and floors against known truths."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import settings
from hypothesis import strategies as st
from shared import cifar10h, coarse_study, sentence_of

from softlabel_core import metrics, statistics, votes

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


def test_the_ceiling_is_what_the_best_predictor_of_entropy_reaches():
    """The best predictor is the expected observed entropy, which a simulation knows."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.5, 0.5, 0.5], 3000)
    observed = votes.entropy(rng.multinomial(40, truth) / 40)
    expected = np.mean([votes.entropy(rng.multinomial(40, truth) / 40) for _ in range(60)], axis=0)
    ceiling = statistics.entropy_ceiling(rng.multinomial(40, truth), n_halves=20).ceiling
    assert ceiling == pytest.approx(np.corrcoef(observed, expected)[0, 1], abs=0.01)


def test_the_ceiling_is_spearman_browns_and_repeats_with_its_seed():
    counts = np.random.default_rng(1).multinomial(10, [0.5, 0.3, 0.2], 200)
    counts[:100] = [10, 0, 0]
    found = statistics.entropy_ceiling(counts, n_halves=10, seed=3)
    assert found == statistics.entropy_ceiling(counts, n_halves=10, seed=3)
    assert found != statistics.entropy_ceiling(counts, n_halves=10, seed=4)
    assert found.full_length == pytest.approx(2 * found.split_half / (1 + found.split_half))
    assert found.ceiling == pytest.approx(np.sqrt(found.full_length))


@pytest.mark.parametrize("counts", [[[9, 0], [9, 0], [0, 9]], [[1, 0], [0, 1], [1, 0], [9, 9]]])
def test_the_ceiling_of_constant_or_single_votes_is_undefined(counts):
    found = statistics.entropy_ceiling(counts)
    assert np.isnan([found.split_half, found.full_length, found.ceiling]).all()


def test_halves_that_contradict_each_other_leave_a_ceiling_of_zero():
    """Of three votes to one, one half is unanimous exactly when the other is split: r = -1."""
    found = statistics.entropy_ceiling([[3, 1]] * 3, n_halves=1, seed=0)
    assert found.split_half == pytest.approx(-1)
    assert found.full_length == found.ceiling == 0


def test_the_ceiling_of_cifar10h_is_the_known_one():
    found = statistics.entropy_ceiling(cifar10h(), n_halves=20)
    assert found.split_half == pytest.approx(0.776, abs=0.01)
    assert found.ceiling == pytest.approx(0.935, abs=0.01)


def reached(truth, n_votes, rng, rank=False):
    """Correlation of a perfect model's entropies with those of fresh votes, and the ceiling that these votes give."""
    fresh = rng.multinomial(n_votes, truth)
    pair = votes.entropy(truth), votes.entropy(fresh / n_votes)
    name = "spearman" if rank else "pearson"
    ceiling = statistics.entropy_ceiling(fresh, n_halves=20, correlation=name).ceiling
    return (scipy.stats.spearmanr if rank else scipy.stats.pearsonr)(*pair).statistic, ceiling


def test_the_ceiling_of_ranks_is_what_a_perfect_model_reaches_where_few_items_tie():
    rng = np.random.default_rng(2)
    truth = rng.dirichlet([4.0, 2.0, 1.0], 4000)
    perfect, ceiling = reached(truth, 50, rng, rank=True)
    assert perfect == pytest.approx(ceiling, abs=0.015)
    skewed = statistics.entropy_ceiling(rng.multinomial(50, truth), n_halves=20)
    assert abs(skewed.ceiling - ceiling) > 0.005  # Pearson's is another


def test_the_ceiling_of_ranks_is_too_high_where_many_items_tie():
    """Two in three items are as clear as one another but for a slip; no model can tell which will have one."""
    rng = np.random.default_rng(3)
    slips = rng.uniform(0.004, 0.012, (4000, 1))
    truth = np.where(
        rng.random((4000, 1)) < 0.67, np.hstack([1 - slips, slips, 0 * slips]), rng.dirichlet([8, 2, 1], 4000)
    )
    perfect, ceiling = reached(truth, 50, rng, rank=True)
    assert ceiling - perfect > 0.05
    perfect, ceiling = reached(truth, 50, rng)
    assert perfect == pytest.approx(ceiling, abs=0.015)  # Pearson's is right


def test_the_ceiling_of_ranks_is_that_of_ranked_halves():
    counts = np.random.default_rng(1).multinomial(9, [0.5, 0.3, 0.2], 200)
    counts[:80] = [9, 0, 0]
    first, second = (votes.entropy(half / 4) for half in votes.halves(counts, np.random.default_rng(5)))
    found = statistics.entropy_ceiling(counts, n_halves=1, seed=5, correlation="spearman")
    assert found.split_half == pytest.approx(scipy.stats.spearmanr(first, second).statistic)
    assert found.ceiling == pytest.approx(np.sqrt(2 * found.split_half / (1 + found.split_half)))


def test_an_unknown_correlation_is_refused():
    with pytest.raises(
        ValueError, match="unknown correlation 'kendall'; choose one of pearson, spearman"
    ) as error:
        statistics.entropy_ceiling([[3, 1]] * 4, correlation="kendall")
    sentence_of(error)


def test_the_empirical_prior_is_the_most_probable_one():
    alpha = np.array([0.3, 1.5, 4.0])
    rng = np.random.default_rng(0)
    counts = rng.multinomial(30, rng.dirichlet(alpha, 4000))
    found = statistics.dirichlet_multinomial(counts)
    np.testing.assert_allclose(found, alpha, rtol=0.1)

    def log_likelihood(parameters):
        return scipy.stats.dirichlet_multinomial.logpmf(counts, parameters, counts.sum(axis=1)).sum()

    for factor in (0.97, 1.03):
        for k in range(3):
            assert log_likelihood(found) > log_likelihood(found * np.where(np.arange(3) == k, factor, 1))


def test_the_empirical_prior_stays_finite_where_the_likelihood_has_no_maximum():
    assert np.isfinite(statistics.dirichlet_multinomial([[5, 5, 0]] * 20)).all()
    assert (statistics.dirichlet_multinomial([[5, 0], [0, 5], [5, 0]]) > 0).all()


def test_floors_are_what_the_truth_itself_scores():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.4, 0.8, 0.2, 0.6], 4000)
    counts = rng.multinomial(12, truth)
    with np.errstate(divide="ignore"):
        scored = metrics.evaluate(None, counts, log_p=np.log(truth), ordinal=True)
    found = statistics.floors(counts, n_draws=10, ordinal=True)
    assert set(found) == set(statistics.FLOORED)
    for key, value in found.items():
        assert value == pytest.approx(scored[key], rel=0.05), key
    assert found["entropy_bias"] > 0.05  # a dozen votes show less entropy than there is


def test_floors_are_those_of_the_truth_where_items_are_of_two_kinds():
    """Half of the items all agree on, half divide everyone: one Dirichlet makes them more equal than they are."""
    rng = np.random.default_rng(4)
    truth = np.concatenate([rng.dirichlet([60, 2, 0.5], 2000), rng.dirichlet([20, 20, 20], 2000)])
    counts = rng.multinomial(8, truth)
    with np.errstate(divide="ignore"):
        scored = metrics.evaluate(None, counts, log_p=np.log(truth))
    found, one = (statistics.floors(counts, prior, n_draws=20) for prior in ("mixture", "empirical"))
    for key in ("kl", "total_variation", "entropy_error"):
        assert found[key] == pytest.approx(scored[key], rel=0.05), key
    assert abs(one["kl"] - scored["kl"]) > 2 * abs(found["kl"] - scored["kl"])
    assert one["kl"] > 1.05 * scored["kl"]


def test_more_votes_lower_the_floors():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.5, 0.5, 0.5], 500)
    few, many = (statistics.floors(rng.multinomial(n, truth), n_draws=10) for n in (5, 100))
    assert all(many[key] < 0.7 * few[key] for key in many)


def test_floors_repeat_with_their_seed_and_take_a_prior_of_ones_own():
    counts = np.random.default_rng(0).multinomial(8, [0.6, 0.4], 40)
    assert statistics.floors(counts, n_draws=5, seed=1) == statistics.floors(counts, n_draws=5, seed=1)
    jeffreys, own = (statistics.floors(counts, prior, n_draws=5) for prior in ("jeffreys", [0.5, 0.5]))
    assert (
        jeffreys == own == statistics.floors(counts, "perks", n_draws=5)
    )  # of two classes, both are one half
    assert set(own) == set(statistics.FLOORED) - {"wasserstein"}


def test_sensitivity_shows_each_prior():
    counts = np.random.default_rng(0).multinomial(8, [0.6, 0.3, 0.1], 40)
    found = statistics.floor_sensitivity(counts, n_draws=5)
    assert list(found) == ["mixture", "empirical", "jeffreys", "perks"]
    assert found["mixture"] == statistics.floors(counts, n_draws=5)
    assert found["perks"] == statistics.floors(counts, "perks", n_draws=5) != found["jeffreys"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"prior": "flat"}, "unknown prior 'flat'; there are mixture, empirical, jeffreys, perks"),
        ({"prior": [1, 1]}, "give 3 positive numbers"),
        ({"prior": [1, 1, 0]}, "give 3 positive numbers"),
        ({"n_draws": 0}, "n_draws is 0"),
    ],
)
def test_bad_priors_give_one_sentence(options, told):
    with pytest.raises(ValueError, match=told) as error:
        statistics.floors([[1, 2, 3]], **options)
    sentence_of(error)


def test_the_kl_floor_of_cifar10h_is_about_two_hundredths():
    counts = cifar10h()
    found = {
        prior: statistics.floors(counts, prior, n_draws=3)["kl"]
        for prior in ("empirical", "mixture", "perks")
    }
    assert 0.01 < found["empirical"] < found["mixture"] < 0.02 < found["perks"] < 0.03


def test_excess_kl_is_kl_less_its_floor_in_every_resample():
    log_p, counts = coarse_study(3)
    plain = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=50)
    found = statistics.with_excess(plain, 0.2)
    for arm in log_p:
        assert found.estimate[arm]["excess_kl"] == pytest.approx(plain.estimate[arm]["kl"] - 0.2)
        np.testing.assert_allclose(found.draws[arm]["excess_kl"], plain.draws[arm]["kl"] - 0.2)
        np.testing.assert_allclose(found.per_seed[arm]["excess_kl"], plain.per_seed[arm]["kl"] - 0.2)
    assert found.relative_change("excess_kl", "soft", "hard").defined
    at_the_floor = statistics.with_excess(plain, plain.estimate["hard"]["kl"])
    assert not at_the_floor.relative_change("excess_kl", "soft", "hard").defined


def test_floors_are_finite_where_a_kind_of_items_rules_a_class_out():
    counts = np.concatenate(
        [np.tile([[6, 1, 0], [7, 0, 0]], (150, 1)), np.tile([[2, 2, 3], [3, 1, 3]], (150, 1))]
    )
    found = statistics.floors(counts, n_draws=20)
    assert np.isfinite(list(found.values())).all()
