"""Statistics: resamples against explicitly repeated samples, floors and references against known truths."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from shared import cifar10h, sentence_of

from softlabel_core import metrics, statistics, votes
from softlabel_core.statistics import resampling
from softlabel_core.statistics.resampling import _by_value, _mean_over_seeds, _measure, _p_value, _resample

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


def study(seed, n_items=30, n_classes=4, n_seeds=3, arms=("hard", "soft")):
    """Coarse predictions with many ties, and counts with many unanimous items."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(4, rng.dirichlet([0.3] * n_classes, n_items))
    log_p = {
        arm: log_softmax(rng.integers(-2, 3, (n_seeds, n_items, n_classes)) * 1.5, axis=-1).astype(np.float32)
        for arm in arms
    }
    return log_p, counts


def resampled(log_p, counts, weights, **options):
    """Metrics under given weights of the items, by the bootstrap's own arithmetic."""
    human = votes.entropy(votes.distribution(counts))
    table = _measure(
        log_p, counts, human, options.get("clip"), options.get("gold"), options.get("ordinal", False), "log_p"
    )
    columns = np.asarray(weights, float)[:, None]
    found = _resample(columns, human, _by_value(human), {"arm": [table]})
    return {key: float(value[0, 0]) for key, value in found["arm"].items()}


@quick
@given(seeds)
def test_estimates_are_means_over_seeds_of_what_evaluate_returns(seed):
    log_p, counts = study(seed)
    gold = counts.argmin(axis=1)
    found = statistics.bootstrap(log_p, counts, np.arange(30), gold, n_resamples=2, ordinal=True)
    for arm, predictions in log_p.items():
        expected = [metrics.evaluate(None, counts, gold, log_p=p, ordinal=True) for p in predictions]
        assert list(found.estimate[arm]) == list(expected[0]) == list(metrics.METRICS)
        for key in expected[0]:
            values = [one[key] for one in expected]
            np.testing.assert_allclose(found.per_seed[arm][key], values, atol=1e-9, err_msg=key)
            assert found.estimate[arm][key] == pytest.approx(np.mean(values), abs=1e-9, nan_ok=True)


@quick
@given(seeds)
def test_a_resample_is_what_evaluate_returns_on_the_repeated_sample(seed):
    log_p, counts = study(seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(counts))
    weights[0] += 1
    rows, gold = np.repeat(np.arange(len(counts)), weights), counts.argmin(axis=1)
    expected = metrics.evaluate(None, counts[rows], gold[rows], log_p=log_p["soft"][0][rows], ordinal=True)
    found = resampled(log_p["soft"][0], counts, weights, gold=gold, ordinal=True)
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


@quick
@given(seeds)
def test_weighted_spearman_is_scipys_on_the_repeated_sample(seed):
    log_p, counts = study(seed, n_items=60)
    weights = np.random.default_rng(seed).poisson(1, len(counts))
    weights[0] += 1
    items = metrics.per_item(log_p["soft"][0], counts)
    pair = [np.repeat(items[key], weights) for key in ("entropy_model", "entropy_human")]
    if min(np.ptp(side) for side in pair) > 1e-9:
        expected = scipy.stats.spearmanr(*pair).statistic
        assert resampled(log_p["soft"][0], counts, weights)["entropy_spearman"] == pytest.approx(
            expected, abs=1e-12
        )


def test_a_resample_that_draws_equal_items_alone_has_no_correlation():
    log_p, counts = study(0)
    weights = np.zeros(len(counts))
    weights[7] = 30
    found = resampled(log_p["soft"][0], counts, weights)
    assert np.isnan(found["entropy_pearson"])
    assert np.isnan(found["entropy_spearman"])
    assert found["kl"] == pytest.approx(metrics.per_item(log_p["soft"][0], counts)["kl"][7])


def test_a_resample_in_which_one_side_is_constant_has_no_correlation():
    """A third of the items have the entropy of three votes to one; sums over them leave a rounding error."""
    rng = np.random.default_rng(0)
    counts = np.tile([[3, 1, 0], [1, 0, 3], [0, 4, 0], [4, 0, 0], [0, 0, 4], [2, 2, 0]], (10, 1))
    log_p = np.log(rng.dirichlet([1] * 3, 60))
    alike = (counts == 3).any(axis=1)
    for _ in range(100):
        found = resampled(log_p, counts, rng.poisson(2, 60) * alike)
        assert np.isnan(found["entropy_pearson"])
        assert np.isnan(found["entropy_spearman"])


def test_an_infinite_item_makes_infinite_just_the_resamples_that_draw_it():
    counts = np.array([[3, 1], [4, 0], [2, 2]])
    log_p = np.array([[0.0, -np.inf], [0.0, -np.inf], [-1.0, np.log1p(-np.exp(-1))]])
    assert resampled(log_p, counts, [1, 1, 1])["kl"] == np.inf
    assert resampled(log_p, counts, [0, 2, 1])["kl"] < 1
    assert resampled(log_p, counts, [1, 1, 1], clip=1e-15)["kl"] < np.inf
    found = statistics.bootstrap(
        {"a": log_p, "b": np.log(np.full((3, 2), 0.5))}, counts, [0, 1, 2], n_resamples=200
    )
    drawn = np.isinf(found.draws["a"]["kl"]).mean()
    assert drawn == pytest.approx(1 - (2 / 3) ** 3, abs=0.12)
    assert not np.isnan(found.draws["a"]["kl"]).any()
    interval = found.interval("a", "kl")
    assert interval.value == interval.high == np.inf
    assert interval.low < 1
    assert interval.defined
    assert not found.difference("kl", "b", "a").defined


def test_the_same_draws_serve_every_arm_and_metric():
    """NLL less KL is the mean human entropy of the drawn items, whatever the arm or the seed."""
    log_p, counts = study(1, n_seeds=6)
    draws = statistics.bootstrap(log_p, counts, np.arange(30) // 2, n_resamples=300).draws
    hard, soft = (draws[arm]["nll"] - draws[arm]["kl"] for arm in ("hard", "soft"))
    np.testing.assert_allclose(hard, soft, atol=1e-12)
    assert hard.std() > 0.01


def test_identical_arms_differ_by_exactly_nothing():
    log_p, counts = study(2, n_seeds=5)
    found = statistics.bootstrap(
        {"a": log_p["hard"], "b": log_p["hard"]}, counts, np.arange(30), n_resamples=200
    )
    for key in found.estimate["a"]:
        change = found.difference(key, "a", "b")
        assert (change.value, change.low, change.high, change.p_value) == (0, 0, 0, 1), key


def test_pairing_narrows_the_interval_of_a_difference():
    rng = np.random.default_rng(0)
    counts = rng.multinomial(20, rng.dirichlet([0.5] * 3, 200))
    logits = rng.normal(0, 2, (200, 3))
    log_p = {"a": log_softmax(logits, -1), "b": log_softmax(logits * 1.1, -1)}
    found = statistics.bootstrap(log_p, counts, np.arange(200), n_resamples=500)
    change, alone = found.difference("kl", "b", "a"), found.interval("b", "kl")
    assert change.high - change.low < 0.5 * (alone.high - alone.low)


def test_items_of_a_group_are_drawn_together():
    """Each group holds one right and one wrong item, so accuracy cannot vary; without groups it does."""
    counts = np.tile([[1, 0], [0, 1]], (20, 1))
    log_p = {"a": np.log(np.tile([0.8, 0.2], (40, 1)))}
    names = np.repeat([f"photo {i}" for i in range(20)], 2)
    grouped = statistics.bootstrap(log_p, counts, names, n_resamples=200)
    assert grouped.n_groups == 20
    assert grouped.n_items == 40
    np.testing.assert_allclose(grouped.draws["a"]["accuracy"], 0.5)
    assert (
        statistics.bootstrap(log_p, counts, np.arange(40), n_resamples=200).draws["a"]["accuracy"].std()
        > 0.05
    )


def test_a_group_of_three_weighs_three_items():
    """One group in two is drawn 0, 1 or 2 times: the mean is (3a + b) / 4, a or b."""
    counts = np.array([[1, 0]] * 3 + [[0, 1]])
    found = statistics.bootstrap(
        {"a": np.log(np.tile([0.8, 0.2], (4, 1)))}, counts, [0, 0, 0, 1], n_resamples=400
    )
    values, times = np.unique(found.draws["a"]["accuracy"], return_counts=True)
    np.testing.assert_allclose(values, [0, 0.75, 1])
    assert scipy.stats.chisquare(times, [100, 200, 100]).pvalue > 0.001


@pytest.mark.parametrize(("n_seeds", "varies"), [(4, False), (5, True)])
def test_seeds_are_resampled_from_five_upwards(n_seeds, varies):
    """All items are alike, so that only the seeds can vary."""
    rates = np.linspace(0.5, 0.9, n_seeds)
    log_p = {"a": np.log(np.stack([np.tile([r, 1 - r], (10, 1)) for r in rates]))}
    found = statistics.bootstrap(log_p, [[3, 1]] * 10, np.arange(10), n_resamples=2000)
    assert found.n_seeds == n_seeds
    assert found.seeds_resampled is varies
    draws = found.draws["a"]["total_variation"]
    if not varies:
        np.testing.assert_allclose(draws, found.estimate["a"]["total_variation"])
        return
    spread = found.per_seed["a"]["total_variation"].std()
    assert draws.std() == pytest.approx(spread / np.sqrt(n_seeds), rel=0.06)


def test_a_single_set_of_predictions_stands_beside_many_seeds():
    log_p, counts = study(3, n_seeds=6)
    found = statistics.bootstrap(log_p | {"one": log_p["soft"][0]}, counts, np.arange(30), n_resamples=50)
    assert len(found.per_seed["one"]["kl"]) == 1
    assert len(found.per_seed["soft"]["kl"]) == 6
    assert found.estimate["one"]["kl"] == found.per_seed["soft"]["kl"][0]
    assert found.difference("kl", "one", "soft").defined


def test_a_seed_without_a_value_spoils_just_the_resamples_that_draw_it():
    values = np.array([[1.0, 1.0], [np.nan, np.nan], [np.inf, np.inf]])
    weights = np.array([[3, 0, 0], [2, 1, 0]])
    np.testing.assert_array_equal(_mean_over_seeds(values, weights), [1, np.nan])
    np.testing.assert_array_equal(_mean_over_seeds(values, np.array([[2, 0, 1]] * 2)), [np.inf, np.inf])


def test_the_same_seed_repeats_whatever_the_size_of_a_block(monkeypatch):
    log_p, counts = study(4, n_seeds=5)
    found = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=7)
    other = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=8)
    monkeypatch.setattr(resampling, "BLOCK", 30 * 7)
    again = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=7)
    for key, draws in found.draws["soft"].items():
        np.testing.assert_allclose(again.draws["soft"][key], draws, atol=1e-12)
    assert (other.draws["soft"]["kl"] != found.draws["soft"]["kl"]).any()


def test_a_single_group_has_an_estimate_but_no_interval():
    log_p, counts = study(5)
    found = statistics.bootstrap(log_p, counts, np.zeros(30), n_resamples=20)
    interval = found.interval("soft", "kl")
    assert interval.value > 0
    assert np.isnan([interval.low, interval.high]).all()
    assert not interval.defined


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """Groups of three alike items, 60 groups: intervals over items alone would cover too seldom."""
    truth = scipy.stats.norm.expect(lambda z: 2 * scipy.special.expit(z) * scipy.special.expit(-z))
    rng = np.random.default_rng(0)
    covered = {"groups": 0, "items": 0}
    repeats = 200
    for _ in range(repeats):
        rate = np.repeat(scipy.special.expit(rng.normal(size=60)), 3)
        yes = np.repeat(rng.random(60), 3) < rate  # total variation to a one-hot vote: 1 - rate, or rate
        counts = np.stack([yes, ~yes], 1).astype(int)
        log_p = {"a": np.log(np.stack([rate, 1 - rate], 1))}
        for unit, groups in (("groups", np.arange(180) // 3), ("items", np.arange(180))):
            found = statistics.bootstrap(log_p, counts, groups, n_resamples=200).interval(
                "a", "total_variation"
            )
            covered[unit] += found.low <= truth <= found.high
    assert 0.89 <= covered["groups"] / repeats <= 0.99
    assert covered["items"] / repeats < 0.85


def test_intervals_with_seeds_cover_the_truth_about_as_often_as_they_say():
    """Both items and seeds vary, additively; intervals over items alone would cover too seldom."""
    rng = np.random.default_rng(1)
    covered, repeats = 0, 150
    for _ in range(repeats):
        p = np.clip(0.5 + rng.normal(0, 0.05, (1, 50)) + rng.normal(0, 0.02, (10, 1)), 0.01, 0.99)
        found = statistics.bootstrap(
            {"a": np.log(np.stack([p, 1 - p], -1))}, [[0, 1]] * 50, np.arange(50), n_resamples=200
        ).interval("a", "total_variation")
        covered += found.low <= 0.5 <= found.high
    assert 0.87 <= covered / repeats <= 0.99


@pytest.fixture
def known():
    """Two arms, one metric, and draws that can be read by eye."""
    grid = np.linspace(0, 1, 1001)
    return statistics.Bootstrap(
        estimate={"hard": {"kl": 0.5}, "soft": {"kl": 0.3}},
        per_seed={"hard": {"kl": np.array([0.5])}, "soft": {"kl": np.array([0.3])}},
        draws={"hard": {"kl": 0.4 + 0.2 * grid}, "soft": {"kl": 0.5 * (0.4 + 0.2 * grid) + 0.05}},
        n_seeds=1,
        n_groups=9,
        n_items=9,
        seeds_resampled=False,
    )


def test_an_interval_is_the_draws_percentiles(known):
    found = known.interval("hard", "kl")
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.405, 0.595), abs=3e-4)
    assert found.defined
    assert found.p_value is None
    wide, narrow = known.interval("hard", "kl", level=0.99), known.interval("hard", "kl", level=0.5)
    assert wide.low < found.low < narrow.low < narrow.high < found.high < wide.high


def test_a_difference_is_that_of_paired_draws(known):
    found = known.difference("kl", "soft", "hard")
    assert (found.value, found.low, found.high) == pytest.approx((-0.2, -0.2475, -0.1525), abs=3e-4)
    assert found.p_value == pytest.approx(2 / 1002)
    opposite = known.difference("kl", "hard", "soft")
    assert (opposite.low, opposite.high) == pytest.approx((-found.high, -found.low))


def test_a_relative_change_is_that_of_paired_draws(known):
    found = known.relative_change("kl", "soft", "hard")
    assert found.value == pytest.approx(-0.4)
    assert found.defined
    low, high = ((0.5 * hard + 0.05) / hard - 1 for hard in (0.595, 0.405))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)
    assert found.p_value == known.difference("kl", "soft", "hard").p_value


@pytest.mark.parametrize("shift", [0.5, 0.41, 0.595])
def test_a_relative_change_of_what_may_be_zero_is_not_defined(known, shift):
    moved = known.draws["hard"]["kl"] - shift
    near_zero = replace(
        known,
        estimate=known.estimate | {"hard": {"kl": 0.5 - shift}},
        draws=known.draws | {"hard": {"kl": moved}},
    )
    assert not near_zero.relative_change("kl", "soft", "hard").defined
    assert near_zero.difference("kl", "soft", "hard").defined


def test_a_p_value_counts_the_draws_on_the_other_side(known):
    draws = np.r_[np.full(990, 1.0), np.full(11, -1.0)]
    two_sided = replace(known, draws=known.draws | {"soft": {"kl": known.draws["hard"]["kl"] + draws}})
    assert two_sided.difference("kl", "soft", "hard").p_value == pytest.approx(2 * 12 / 1002)


def test_rounding_is_no_change():
    nothing = np.array([1e-16, -1e-16, 3e-17] * 10)
    assert _p_value(nothing) == 1
    assert _p_value(nothing + 1e-6) == pytest.approx(2 / 31)


def test_no_change_gives_p_values_that_are_small_as_often_as_they_say():
    """Two arms whose errors come from one distribution: about one p-value in ten lies below .1."""
    rng = np.random.default_rng(0)
    small, repeats = 0, 200
    for _ in range(repeats):
        p = rng.uniform(0.2, 0.8, (2, 40))
        log_p = dict(zip("ab", np.log(np.stack([p, 1 - p], -1)), strict=True))
        found = statistics.bootstrap(log_p, [[1, 1]] * 40, np.arange(40), n_resamples=200)
        small += found.difference("entropy_error", "a", "b").p_value < 0.1
    assert 0.05 < small / repeats < 0.17


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda b: b.interval("gold", "kl"), "unknown arm 'gold'; there are hard, soft"),
        (lambda b: b.difference("f1", "soft", "hard"), "unknown metric 'f1'; there are kl"),
        (lambda b: b.relative_change("kl", "soft", "other"), "unknown arm 'other'"),
        (lambda b: b.interval("soft", "kl", level=95), "level is 95"),
    ],
)
def test_asking_for_what_is_not_there_gives_one_sentence(known, call, told):
    with pytest.raises(ValueError, match=told) as error:
        call(known)
    sentence_of(error)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"log_p": {}}, "names no arm"),
        ({"log_p": {"soft": np.zeros((2, 3, 4))}}, r"log_p\['soft'\] has shape \(2, 3, 4\)"),
        ({"log_p": {"soft": np.zeros((0, 30, 4))}}, r"log_p\['soft'\] has shape \(0, 30, 4\)"),
        ({"log_p": {"soft": np.zeros((2, 30, 4))}}, r"exp\(log_p\['soft'\] seed 0\) row 0 sums to 4"),
        (
            {"log_p": {"a": np.full((2, 30, 4), -np.log(4)), "b": np.full((3, 30, 4), -np.log(4))}},
            r"different numbers of seeds \(a 2, b 3\)",
        ),
        ({"groups": np.arange(29)}, r"groups has shape \(29,\)"),
        ({"gold": np.full(30, 4)}, "gold row 0 is 4"),
        ({"n_resamples": 0}, "n_resamples is 0"),
        ({"counts": np.zeros((30, 4))}, "counts row 0 has no votes"),
    ],
)
def test_bad_input_gives_one_sentence(changed, told):
    log_p, counts = study(6)
    good = {"log_p": log_p, "counts": counts, "groups": np.arange(30), "n_resamples": 5}
    with pytest.raises(ValueError, match=told) as error:
        statistics.bootstrap(**(good | changed))
    sentence_of(error)


def test_bins_hold_every_item_once_with_the_results_of_their_own_items():
    log_p, counts = study(7, n_items=60)
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
    log_p, counts = study(8)
    with pytest.raises(ValueError, match=told) as error:
        statistics.by_bin(log_p, counts, np.arange(30), edges)
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
    assert set(found) == {*statistics.FLOORED, "wasserstein"}
    for key, value in found.items():
        assert value == pytest.approx(scored[key], rel=0.05), key
    assert found["entropy_bias"] > 0.05  # a dozen votes show less entropy than there is


def test_more_votes_lower_the_floors():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.5, 0.5, 0.5], 500)
    few, many = (statistics.floors(rng.multinomial(n, truth), n_draws=10) for n in (5, 100))
    assert all(many[key] < 0.7 * few[key] for key in statistics.FLOORED)


def test_floors_repeat_with_their_seed_and_take_a_prior_of_ones_own():
    counts = np.random.default_rng(0).multinomial(8, [0.6, 0.4], 40)
    assert statistics.floors(counts, n_draws=5, seed=1) == statistics.floors(counts, n_draws=5, seed=1)
    jeffreys, own = (statistics.floors(counts, prior, n_draws=5) for prior in ("jeffreys", [0.5, 0.5]))
    assert (
        jeffreys == own == statistics.floors(counts, "perks", n_draws=5)
    )  # of two classes, both are one half
    assert set(own) == set(statistics.FLOORED)


def test_sensitivity_shows_each_prior():
    counts = np.random.default_rng(0).multinomial(8, [0.6, 0.3, 0.1], 40)
    found = statistics.floor_sensitivity(counts, n_draws=5)
    assert list(found) == ["empirical", "jeffreys", "perks"]
    assert found["perks"] == statistics.floors(counts, "perks", n_draws=5) != found["jeffreys"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"prior": "flat"}, "unknown prior 'flat'; there are empirical, jeffreys, perks"),
        ({"prior": [1, 1]}, "give 3 positive numbers"),
        ({"prior": [1, 1, 0]}, "give 3 positive numbers"),
        ({"n_draws": 0}, "n_draws is 0"),
    ],
)
def test_bad_priors_give_one_sentence(options, told):
    with pytest.raises(ValueError, match=told) as error:
        statistics.floors([[1, 2, 3]], **options)
    sentence_of(error)


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


def test_the_kl_floor_of_cifar10h_is_about_two_hundredths():
    counts = cifar10h()
    found = {prior: statistics.floors(counts, prior, n_draws=3)["kl"] for prior in ("empirical", "perks")}
    assert 0.01 < found["empirical"] < 0.02 < found["perks"] < 0.03


def test_excess_kl_is_kl_less_its_floor_in_every_resample():
    log_p, counts = study(3)
    plain = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=50)
    found = statistics.with_excess(plain, 0.2)
    for arm in log_p:
        assert found.estimate[arm]["excess_kl"] == pytest.approx(plain.estimate[arm]["kl"] - 0.2)
        np.testing.assert_allclose(found.draws[arm]["excess_kl"], plain.draws[arm]["kl"] - 0.2)
        np.testing.assert_allclose(found.per_seed[arm]["excess_kl"], plain.per_seed[arm]["kl"] - 0.2)
    assert found.relative_change("excess_kl", "soft", "hard").defined
    at_the_floor = statistics.with_excess(plain, plain.estimate["hard"]["kl"])
    assert not at_the_floor.relative_change("excess_kl", "soft", "hard").defined


def several_sets(metric, sizes=(40, 150, 60)):
    """Estimates of hard, soft, difference and change on independent sets, and draws that combine the sets."""
    boots = []
    for seed, size in enumerate(sizes):
        log_p, counts = study(seed, n_items=size)
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


def test_the_shares_of_a_part_know_where_an_item_is_from():
    counts = np.array([[8, 2], [6, 4], [1, 9], [0, 10]])
    assert "part_prior" not in statistics.reference_predictions(counts)
    assert "part_prior" not in statistics.reference_predictions(counts, ["a"] * 4)
    found = statistics.reference_predictions(counts, ["a", "a", "b", "b"])
    np.testing.assert_allclose(np.exp(found["part_prior"]), [[0.7, 0.3]] * 2 + [[0.05, 0.95]] * 2)
    assert list(found) == ["uniform", "class_prior", "part_prior", "oracle_smoothing"]


def test_an_estimate_is_plain_and_back_again():
    for estimate in (
        statistics.Estimate(0.5, 0.25, 1.0),
        statistics.Estimate(0.5, 0.25, 1.0, p_value=0.02),
        statistics.Estimate(0.5, 0.25, 1.0, defined=False, p_value=1.0),
    ):
        assert statistics.Estimate.of({"per_seed": [0.5], **estimate.plain()}) == estimate
        turned = -estimate
        assert -turned == estimate
    assert statistics.Estimate(0.5, 0.25, 1.0).plain() == {"value": 0.5, "low": 0.25, "high": 1.0}
    assert (-statistics.Estimate(0.5, 0.25, 1.0)).plain() == {"value": -0.5, "low": -1.0, "high": -0.25}
