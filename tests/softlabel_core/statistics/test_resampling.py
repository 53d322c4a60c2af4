"""Resampling: resamples against explicitly repeated samples, and how often intervals hold the truth."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from shared import coarse_study, sentence_of

from softlabel_core import metrics, statistics
from softlabel_core.metrics import Crowd, Prediction
from softlabel_core.statistics import resampling
from softlabel_core.statistics.resampling import _every_metric, _mean_over_seeds, _measured, _p_value
from softlabel_core.weighting import Weighting

quick = settings(max_examples=30, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)
KEYS = [key for key in metrics.METRICS if key != "excess_kl"]  # which needs a floor


def resampled(log_p, counts, weights, **options):
    """Metrics under given weights of the items, by the bootstrap's own arithmetic."""
    gold, ordinal = options.get("gold"), options.get("ordinal", False)
    x = Prediction.of(log_p, Crowd.of(counts, gold, ordinal=ordinal), options.get("clip"))
    found = _every_metric(Weighting(np.asarray(weights, float)[:, None]), {"arm": [_measured(x)]})
    return {key: float(value[0, 0]) for key, value in found["arm"].items()}


@quick
@given(seeds)
def test_estimates_are_means_over_seeds_of_what_evaluate_returns(seed):
    log_p, counts = coarse_study(seed)
    gold = counts.argmin(axis=1)
    found = statistics.bootstrap(log_p, counts, np.arange(30), gold, n_resamples=2, ordinal=True)
    for arm, predictions in log_p.items():
        expected = [metrics.evaluate(None, counts, gold, log_p=p, ordinal=True) for p in predictions]
        assert list(found.estimate[arm]) == list(expected[0]) == [*KEYS]
        for key in expected[0]:
            values = [one[key] for one in expected]
            np.testing.assert_allclose(found.per_seed[arm][key], values, atol=1e-9, err_msg=key)
            assert found.estimate[arm][key] == pytest.approx(np.mean(values), abs=1e-9, nan_ok=True)


@quick
@given(seeds)
def test_a_resample_is_what_evaluate_returns_on_the_repeated_sample(seed):
    log_p, counts = coarse_study(seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(counts))
    weights[0] += 1
    rows, gold = np.repeat(np.arange(len(counts)), weights), counts.argmin(axis=1)
    expected = metrics.evaluate(None, counts[rows], gold[rows], log_p=log_p["soft"][0][rows], ordinal=True)
    found = resampled(log_p["soft"][0], counts, weights, gold=gold, ordinal=True)
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


@quick
@given(seeds)
def test_weighted_spearman_is_scipys_on_the_repeated_sample(seed):
    log_p, counts = coarse_study(seed, n_items=60)
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
    log_p, counts = coarse_study(0)
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
    log_p, counts = coarse_study(1, n_seeds=6)
    draws = statistics.bootstrap(log_p, counts, np.arange(30) // 2, n_resamples=300).draws
    hard, soft = (draws[arm]["nll"] - draws[arm]["kl"] for arm in ("hard", "soft"))
    np.testing.assert_allclose(hard, soft, atol=1e-12)
    assert hard.std() > 0.01


def test_identical_arms_differ_by_exactly_nothing():
    log_p, counts = coarse_study(2, n_seeds=5)
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
    log_p, counts = coarse_study(3, n_seeds=6)
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
    log_p, counts = coarse_study(4, n_seeds=5)
    found = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=7)
    other = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=8)
    monkeypatch.setattr(resampling, "BLOCK", 30 * 7)
    again = statistics.bootstrap(log_p, counts, np.arange(30), n_resamples=120, seed=7)
    for key, draws in found.draws["soft"].items():
        np.testing.assert_allclose(again.draws["soft"][key], draws, atol=1e-12)
    assert (other.draws["soft"]["kl"] != found.draws["soft"]["kl"]).any()


def test_a_single_group_has_an_estimate_but_no_interval():
    log_p, counts = coarse_study(5)
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
    log_p, counts = coarse_study(6)
    good = {"log_p": log_p, "counts": counts, "groups": np.arange(30), "n_resamples": 5}
    with pytest.raises(ValueError, match=told) as error:
        statistics.bootstrap(**(good | changed))
    sentence_of(error)


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


# Measures of one's own


def means(log_p):
    """The mean probability of the first class, as a measure."""
    values = {arm: np.exp(np.asarray(seeds))[..., 0] for arm, seeds in log_p.items()}
    return lambda weights: {arm: {"p": each @ weights / weights.sum(axis=0)} for arm, each in values.items()}


@pytest.mark.parametrize("n_seeds", [4, 5])
def test_a_measure_of_ones_own_sees_the_draws_of_every_metric(n_seeds):
    """Total variation to votes that all went to the second class is the probability of the first."""
    log_p, _ = coarse_study(0, n_classes=2, n_seeds=n_seeds)
    log_p = {arm: each.astype(float) for arm, each in log_p.items()}
    groups = np.arange(30) // 2
    known = statistics.bootstrap(log_p, [[0, 4]] * 30, groups, n_resamples=100, seed=3)
    own = statistics.resample(means(log_p), statistics.draw_groups(groups, n_seeds, 100, seed=3))
    assert (own.n_seeds, own.n_groups, own.n_items) == (n_seeds, 15, 30)
    assert own.seeds_resampled is known.seeds_resampled is (n_seeds == 5)
    for arm in log_p:
        np.testing.assert_allclose(own.draws[arm]["p"], known.draws[arm]["total_variation"], atol=1e-6)
        np.testing.assert_allclose(own.per_seed[arm]["p"], known.per_seed[arm]["total_variation"], atol=1e-6)


@pytest.mark.parametrize("drawing", [resampling.by_index, resampling.by_number])
def test_groups_are_drawn_together_and_seeds_from_five_on(drawing):
    groups = np.repeat(np.arange(30), 2)
    few = statistics.draw_groups(groups, 4, 500, drawing=drawing)
    items = np.concatenate(list(few.items), axis=1)
    assert (items[::2] == items[1::2]).all()
    np.testing.assert_array_equal(items[::2].sum(axis=0), 30)
    assert items.std() > 0.5
    assert (few.seeds == 1).all()
    enough = statistics.draw_groups(groups, 5, 500, drawing=drawing)
    np.testing.assert_array_equal(np.concatenate(list(enough.items), axis=1), items)
    np.testing.assert_array_equal(enough.seeds.sum(axis=1), 5)
    assert enough.seeds.std() > 0.5


def test_pairs_are_drawn_by_both_of_their_sides():
    first, second = np.repeat(np.arange(20), 5), np.tile(np.arange(5), 20)
    drawn = np.concatenate(list(statistics.draw_pairs(first, second, 300).items), axis=1)
    table = drawn.reshape(20, 5, 300)
    # The number of a pair is that of its row times that of its column, and the pairs are all 20 x 5 again.
    np.testing.assert_array_equal(table.sum(axis=(0, 1)), 100)
    np.testing.assert_array_equal(
        table * 100, table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)
    )


def test_a_single_group_is_measured_and_not_resampled():
    for draws in (
        statistics.draw_groups(np.zeros(4), 1, 9),
        statistics.draw_pairs(np.zeros(4), np.arange(4), 9),
    ):
        boot = statistics.resample(lambda weights: {"a": {"n": weights.sum(axis=0)[None]}}, draws)
        assert boot.estimate["a"]["n"] == 4
        assert np.isnan(boot.draws["a"]["n"]).all()
        assert not boot.interval("a", "n").defined


def test_a_difference_of_differences_is_that_of_paired_draws(known):
    twice = replace(
        known,
        estimate={arm: {"kl": 2 * v["kl"]} for arm, v in known.estimate.items()},
        draws={arm: {"kl": 2 * v["kl"]} for arm, v in known.draws.items()},
    )
    found = statistics.difference_of_differences((twice, "kl"), (known, "kl"), "soft", "hard")
    assert found == known.difference("kl", "soft", "hard")
    nothing = statistics.difference_of_differences((known, "kl"), (known, "kl"), "soft", "hard")
    assert nothing == statistics.Estimate(0, 0, 0, p_value=1)


def test_ends_may_lie_between_draws(known):
    draws = {"hard": {"kl": np.arange(200.0)}}
    found = replace(known, draws=draws).interval("hard", "kl", between=True)
    assert (found.low, found.high) == pytest.approx((4.975, 194.025))
    outside = replace(known, draws=draws).interval("hard", "kl")
    assert (outside.low, outside.high) == (4, 195)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: statistics.draw_groups(np.arange(3), 1, 0), "n_resamples is 0"),
        (lambda: statistics.draw_pairs(np.arange(3), np.arange(2)), r"groups has shape \(2,\)"),
    ],
)
def test_bad_draws_give_one_sentence(call, told):
    with pytest.raises(ValueError, match=told) as error:
        call()
    sentence_of(error)
