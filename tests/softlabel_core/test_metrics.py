"""Metrics: each against hand-computed cases, against scipy, and against torch."""

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import jensenshannon
from scipy.special import log_softmax
from shared import sentence_of
from torchmetrics.functional.classification import multiclass_calibration_error

from softlabel_core import metrics, statistics, votes

quick = settings(max_examples=40, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def cases(draw, min_items=1):
    """Log-probabilities with the counts of the same items, ties and certainty among them."""
    shape = (draw(st.integers(min_items, 12)), draw(st.integers(2, 7)))
    counts = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 6)))
    counts[
        np.arange(shape[0]), draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))
    ] += 1
    steps = st.integers(-40, 40)  # a coarse grid makes tied predictions common
    return log_softmax(draw(hnp.arrays(np.int64, shape, elements=steps)) / 4.0, axis=1), counts


def test_one_item_by_hand():
    items = metrics.per_item(np.log([[0.5, 0.5]]), [[3, 1]])
    human = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    expected = {
        "kl": np.log(2) - human,
        "total_variation": 0.25,
        "entropy_human": human,
        "entropy_model": np.log(2),
        "entropy_error": np.log(2) - human,
        "entropy_bias": np.log(2) - human,
        "nll": np.log(2),
        "brier": 0.125,
        "confidence": 0.5,
        "accuracy": 0.5,
    }
    for key, value in expected.items():
        assert items[key] == pytest.approx([value], abs=1e-15), key


def test_an_overconfident_item_has_a_negative_entropy_bias():
    items = metrics.per_item(np.log([[0.99, 0.01]]), [[1, 1]])
    assert items["entropy_bias"][0] == -items["entropy_error"][0] < 0


def test_opposite_certainties_are_as_far_apart_as_can_be():
    found = metrics.evaluate([[1.0, 0.0]], [[0, 5]])
    assert found["js_distance"] == pytest.approx(np.sqrt(np.log(2)))
    assert found["total_variation"] == 1
    assert found["brier"] == 2
    assert found["accuracy"] == 0
    assert found["kl"] == found["nll"] == np.inf


@quick
@given(cases())
def test_kl_and_nll_are_those_of_torch(case):
    log_p, counts = case
    found = metrics.evaluate(None, counts, log_p=log_p)
    p_human, log_q = torch.tensor(votes.distribution(counts)), torch.tensor(log_p)
    kl = torch.nn.functional.kl_div(log_q, p_human, reduction="batchmean").item()
    assert found["kl"] == pytest.approx(kl, abs=1e-9)
    assert found["nll"] == pytest.approx(torch.nn.functional.cross_entropy(log_q, p_human).item(), abs=1e-9)


@quick
@given(cases())
def test_kl_entropy_and_js_are_those_of_scipy(case):
    log_p, counts = case
    items, p = metrics.per_item(log_p, counts), votes.distribution(counts)
    q = np.exp(log_p)
    np.testing.assert_allclose(items["kl"], scipy.stats.entropy(p, q, axis=1), atol=1e-9)
    np.testing.assert_allclose(items["entropy_model"], scipy.stats.entropy(q, axis=1), atol=1e-9)
    with np.errstate(invalid="ignore"):  # scipy's is NaN where rounding makes the divergence negative
        distance = np.nan_to_num(jensenshannon(p, q, axis=1))
    np.testing.assert_allclose(items["js_distance"], distance, atol=1e-7)


@quick
@given(cases(min_items=3))
def test_entropy_correlations_are_those_of_scipy(case):
    log_p, counts = case
    items, found = metrics.per_item(log_p, counts), metrics.evaluate(None, counts, log_p=log_p)
    model, human = items["entropy_model"], items["entropy_human"]
    if np.ptp(model) == 0 or np.ptp(human) == 0:
        assert np.isnan(found["entropy_pearson"])
        assert np.isnan(found["entropy_spearman"])
    elif np.ptp(model) > 1e-6 and np.ptp(human) > 1e-6:
        assert found["entropy_pearson"] == pytest.approx(
            scipy.stats.pearsonr(model, human).statistic, abs=1e-12
        )
        assert found["entropy_spearman"] == pytest.approx(
            scipy.stats.spearmanr(model, human).statistic, abs=1e-9
        )


@quick
@given(cases())
def test_distances_are_not_negative_and_bounded(case):
    items = metrics.per_item(*case)
    assert (items["kl"] >= 0).all()
    assert (items["kl"] >= 2 * items["total_variation"] ** 2 - 1e-12).all()  # Pinsker's inequality
    assert ((items["js_distance"] >= 0) & (items["js_distance"] <= np.sqrt(np.log(2)) + 1e-12)).all()
    assert ((items["total_variation"] >= 0) & (items["total_variation"] <= 1)).all()


@quick
@given(cases())
def test_distances_are_zero_when_the_model_gives_the_votes(case):
    _, counts = case
    with np.errstate(divide="ignore"):
        assert (metrics.per_item(np.log(votes.distribution(counts)), counts)["kl"] >= 0).all()
    found = metrics.evaluate(votes.distribution(counts), counts, ordinal=True)
    for key in (
        "kl",
        "js_distance",
        "total_variation",
        "entropy_error",
        "entropy_bias",
        "brier",
        "wasserstein",
    ):
        assert found[key] == pytest.approx(0, abs=2e-8), key  # the distance is the root of a rounding error
    assert found["accuracy"] > 0
    assert found["nll"] == pytest.approx(votes.entropy(votes.distribution(counts)).mean())


@quick
@given(cases())
def test_distances_are_not_zero_when_the_model_gives_something_else(case):
    log_p, counts = case
    items = metrics.per_item(log_p, counts)
    apart = np.abs(np.exp(log_p) - votes.distribution(counts)).max(axis=1) > 1e-3
    for key in ("kl", "js_distance", "total_variation", "brier"):
        assert (items[key][apart] > 1e-7).all(), key


@quick
@given(hnp.arrays(np.int64, (2, 5), elements=st.integers(1, 9)))
def test_js_distance_is_symmetric(counts):
    other = counts[::-1]
    forwards = metrics.per_item(np.log(votes.distribution(other)), counts)["js_distance"]
    backwards = metrics.per_item(np.log(votes.distribution(counts)), other)["js_distance"]
    np.testing.assert_allclose(forwards, backwards, atol=1e-9)


@quick
@given(cases(min_items=2), seeds)
def test_names_of_classes_do_not_matter(case, seed):
    log_p, counts = case
    rng = np.random.default_rng(seed)
    order, gold = rng.permutation(counts.shape[1]), rng.integers(counts.shape[1], size=len(counts))
    before = metrics.evaluate(None, counts, gold, log_p=log_p)
    after = metrics.evaluate(None, counts[:, order], np.argsort(order)[gold], log_p=log_p[:, order])
    assert after == pytest.approx(before, abs=1e-9, nan_ok=True)


@quick
@given(cases(min_items=2), seeds)
def test_the_order_of_items_does_not_matter(case, seed):
    log_p, counts = case
    order = np.random.default_rng(seed).permutation(len(counts))
    before, after = (metrics.evaluate(None, counts[rows], log_p=log_p[rows]) for rows in (slice(None), order))
    assert after == pytest.approx(before, abs=1e-9, nan_ok=True)


@quick
@given(cases())
def test_means_over_items_are_what_evaluate_returns(case):
    log_p, counts = case
    gold = counts.argmin(axis=1)
    items = metrics.per_item(log_p, counts, gold=gold, ordinal=True)
    found = metrics.evaluate(None, counts, gold, log_p=log_p, ordinal=True)
    assert set(found) == set(metrics.METRICS) - {"excess_kl"}
    assert set(items) - {"entropy_human", "entropy_model", "confidence"} == set(found) - {
        "entropy_pearson",
        "entropy_spearman",
        "ece",
    }
    for key in set(items) & set(found):
        assert found[key] == pytest.approx(items[key].mean(), abs=1e-12), key


@quick
@given(cases())
def test_probabilities_and_their_logarithms_score_alike(case):
    log_p, counts = case
    from_p = metrics.evaluate(np.exp(log_p), counts)
    from_log_p = metrics.evaluate(np.exp(log_p), counts, log_p=log_p)
    smooth = set(from_p) - {"entropy_pearson", "entropy_spearman"}  # ranks may turn on a rounding error
    assert {k: from_p[k] for k in smooth} == pytest.approx({k: from_log_p[k] for k in smooth}, abs=1e-6)


def test_a_tie_in_the_votes_scores_one_over_its_size():
    log_p = np.log([[0.7, 0.2, 0.1]] * 4)
    counts = [[4, 1, 0], [2, 2, 0], [3, 3, 3], [0, 2, 2]]
    np.testing.assert_allclose(metrics.per_item(log_p, counts)["accuracy"], [1, 1 / 2, 1 / 3, 0])


def test_a_tie_in_the_prediction_scores_the_mean_of_its_classes():
    uniform = np.full((3, 4), 0.25)
    found = metrics.evaluate(uniform, [[5, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1]], gold=[0, 3, 2])
    assert found["accuracy"] == pytest.approx(0.25)
    assert found["accuracy_gold"] == pytest.approx(0.25)


def test_gold_and_majority_are_told_apart():
    found = metrics.evaluate([[0.9, 0.1], [0.2, 0.8]], [[3, 1], [3, 1]], gold=[1, 1])
    assert found["accuracy"] == 0.5
    assert found["accuracy_gold"] == 0.5
    found = metrics.evaluate([[0.9, 0.1], [0.8, 0.2]], [[3, 1], [3, 1]], gold=[1, 1])
    assert found["accuracy"] == 1
    assert found["accuracy_gold"] == 0


def test_only_what_was_given_is_returned():
    found = metrics.evaluate([[0.9, 0.1]], [[3, 1]])
    assert set(metrics.METRICS) - set(found) == {"excess_kl", "accuracy_gold", "wasserstein"}


def test_a_zero_where_humans_voted_is_infinite_and_elsewhere_harmless():
    items = metrics.per_item(np.array([[0.0, -np.inf], [0.0, -np.inf]]), [[3, 1], [4, 0]])
    np.testing.assert_array_equal(items["kl"], [np.inf, 0])
    np.testing.assert_array_equal(items["nll"], [np.inf, 0])
    assert np.isfinite(items["js_distance"]).all()


def test_log_probabilities_reach_further_than_probabilities():
    log_p = np.array([[0.0, -1000.0]])
    assert metrics.evaluate(None, [[1, 1]], log_p=log_p)["kl"] == pytest.approx(500 - np.log(2))
    assert metrics.evaluate(np.exp(log_p), [[1, 1]])["kl"] == np.inf


@quick
@given(cases(), seeds, st.sampled_from([1e-15, 1e-2]))
def test_clipping_is_that_of_chaosnlis_reference(case, seed, clip):
    log_p, counts = case
    log_p[np.random.default_rng(seed).random(log_p.shape) < 0.3] = -np.inf
    log_p[:, 0] = np.where(np.isinf(log_p).all(axis=1), 0, log_p[:, 0])
    log_p = log_softmax(log_p, axis=1)
    reference = np.exp(log_p)
    reference[reference < clip] = clip
    reference /= reference.sum(axis=1, keepdims=True)
    expected = scipy.stats.entropy(votes.distribution(counts), reference, axis=1)
    np.testing.assert_allclose(metrics.per_item(log_p, counts, clip=clip)["kl"], expected, atol=1e-9)


@quick
@given(cases())
def test_wasserstein_is_scipys_on_a_scale_of_steps(case):
    log_p, counts = case
    found = metrics.per_item(log_p, counts, ordinal=True)["wasserstein"]
    steps = np.arange(counts.shape[1])
    for value, row, log_row in zip(found, counts, log_p, strict=True):
        assert value == pytest.approx(
            scipy.stats.wasserstein_distance(steps, steps, row, np.exp(log_row)), abs=1e-9
        )


def test_calibration_error_by_hand():
    """Two bins: confidence .95 and right half of the time, confidence .55 and always right."""
    p = [[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.55, 0.45]]
    assert metrics.evaluate(p, [[1, 0], [0, 1], [1, 0], [1, 0]])["ece"] == pytest.approx((0.45 + 0.45) / 2)


def test_calibration_bins_are_open_on_the_left():
    """Confidence 0.6 = 9/15 belongs to the bin below, so its error is not cancelled by 0.61's."""
    apart = metrics.evaluate([[0.6, 0.4], [0.61, 0.39]], [[1, 0], [0, 1]])["ece"]
    assert apart == pytest.approx((0.4 + 0.61) / 2)
    together = metrics.evaluate([[0.62, 0.38], [0.61, 0.39]], [[1, 0], [0, 1]])["ece"]
    assert together == pytest.approx(abs(0.38 - 0.61) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_calibration_error_is_torchmetrics_where_nothing_ties(seed):
    rng = np.random.default_rng(seed)
    p, label = rng.dirichlet([0.4] * 6, 500), rng.integers(6, size=500)
    ours = metrics.evaluate(p, np.eye(6, dtype=int)[label])["ece"]
    theirs = multiclass_calibration_error(torch.tensor(p), torch.tensor(label), num_classes=6, n_bins=15)
    assert ours == pytest.approx(float(theirs), abs=1e-6)


def test_the_oracle_does_not_score_zero_calibration_error():
    counts = np.random.default_rng(0).multinomial(20, [0.6, 0.3, 0.1], 200)
    found = metrics.evaluate(votes.distribution(counts), counts)
    assert found["accuracy"] > 0.95
    assert found["ece"] > 0.3


def test_a_constant_side_has_no_correlation():
    counts, p = [[9, 0], [5, 4], [3, 6]], np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
    for found in (
        metrics.evaluate(np.tile(p[0], (3, 1)), counts),
        metrics.evaluate(p, [[2, 1], [1, 2], [4, 2]]),
    ):
        assert np.isnan(found["entropy_pearson"])
        assert np.isnan(found["entropy_spearman"])
    found = metrics.evaluate([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1]], counts)  # the same number in another order
    assert np.isnan(found["entropy_pearson"])
    assert np.isnan(metrics.evaluate(p[:1], counts[:1])["entropy_spearman"])


@pytest.mark.parametrize("given_as", ["p_model", "log_p"])
def test_one_distribution_in_every_order_of_classes_is_a_constant_side(given_as):
    """The entropies must be the very same number, or rounding would make up a correlation."""
    rng = np.random.default_rng(0)
    p = rng.permuted(np.tile(rng.dirichlet(np.ones(10)).astype(np.float32), (500, 1)), axis=1)
    predictions = {"p_model": p} if given_as == "p_model" else {"p_model": None, "log_p": np.log(p)}
    found = metrics.evaluate(counts=rng.integers(1, 20, p.shape), **predictions)
    assert np.isnan(found["entropy_pearson"])
    assert np.isnan(found["entropy_spearman"])


def test_two_items_correlate_perfectly():
    found = metrics.evaluate([[0.9, 0.1], [0.6, 0.4]], [[9, 0], [5, 4]])
    assert found["entropy_pearson"] == pytest.approx(1)
    assert found["entropy_spearman"] == pytest.approx(1)


def test_half_precision_log_probabilities_are_brought_back_to_one():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([0.5] * 10, 2000)
    stored = np.log(p).astype(np.float16)
    counts = rng.multinomial(50, p)
    assert np.abs(np.exp(stored.astype(float)).sum(axis=1) - 1).max() > 1e-4
    np.testing.assert_allclose(np.exp(metrics.check_log_probabilities(stored)).sum(axis=1), 1, atol=1e-12)
    exact, rounded = (metrics.evaluate(None, counts, log_p=x) for x in (np.log(p), stored))
    assert rounded["kl"] == pytest.approx(exact["kl"], abs=2e-4)
    assert rounded["entropy_pearson"] == pytest.approx(exact["entropy_pearson"], abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"p_model": [[0.5, 0.5], [0.9, 0.2]]}, r"p_model row 1 sums to 1\.1, not 1"),
        ({"p_model": [[0.5, 0.5], [np.nan, 0.5]]}, "p_model row 1, column 0: nan is not a finite number"),
        ({"p_model": [[0.5, 0.5], [-0.5, 1.5]]}, "p_model row 1, column 0: -0.5 is negative"),
        ({"p_model": [[0.5, 0.5]]}, r"shape \(1, 2\) and counts \(2, 2\)"),
        ({"p_model": [[0.2, 0.3, 0.5]] * 2}, r"shape \(2, 3\) and counts \(2, 2\)"),
        ({"p_model": [0.5, 0.5]}, r"shape \(2,\) and counts"),
        ({"p_model": None}, "pass p_model or log_p"),
        ({"p_model": None, "log_p": [[0.5, 0.5]] * 2}, r"exp\(log_p\) row 0 sums to 3\.29744"),
        ({"p_model": None, "log_p": [[0.0, np.nan]] * 2}, r"exp\(log_p\) row 0, column 1: nan"),
        ({"p_model": None, "log_p": [[0.0, 900.0]] * 2}, r"exp\(log_p\) row 0, column 1: inf"),
        ({"p_model": None, "log_p": [[0.0, -np.inf], [0.0]]}, "log_p is not an array of numbers"),
        ({"p_model": [[0.5, 0.5]] * 2, "log_p": np.log([[0.9, 0.1]] * 2)}, "different predictions"),
        ({"gold": [0, 2]}, "gold row 1 is 2; classes run from 0 to 1"),
        ({"gold": [-1, 0]}, "gold row 0 is -1"),
        ({"gold": [0]}, r"gold has shape \(1,\)"),
        ({"gold": [0.0, 1.0]}, "gold has shape .* of float64"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"clip": 0.6}, "clip is 0.6"),
        ({"counts": [[1, 2], [0, 0]]}, "counts row 1 has no votes"),
        ({"counts": [[1, 2], [3, -1]]}, "counts row 1, column 1: -1 is negative"),
    ],
)
def test_bad_input_gives_one_sentence(arguments, told):
    good = {"p_model": [[0.5, 0.5]] * 2, "counts": [[3, 1], [1, 1]]}
    with pytest.raises(ValueError, match=told) as error:
        metrics.evaluate(**(good | arguments))
    sentence_of(error)


def test_every_metric_has_a_plain_title_and_a_direction():
    for metric in metrics.METRICS.values():
        assert metric.title
        assert "_" not in metric.title
        assert metric.better in ("lower", "higher", None)
        assert (metric.of_items is None) or (metric.of_set is None)
        assert len(metric.short) < 13


@pytest.mark.parametrize(
    "key", [key for key, metric in metrics.METRICS.items() if metric.better and key != "excess_kl"]
)
def test_the_stated_direction_is_that_of_a_better_model(key):
    """Predictions near the truth beat flat ones, on items with clear but various majorities."""
    rng = np.random.default_rng(0)
    truth = np.array([[0.97, 0.01, 0.02], [0.9, 0.05, 0.05], [0.75, 0.15, 0.1], [0.02, 0.08, 0.9]])
    counts = np.round(truth * 100).astype(int)
    near = 0.98 * truth + 0.02 / 3
    flat = rng.dirichlet([40, 40, 40], 4)[:, [1, 2, 0]]
    gold = counts.argmax(axis=1)
    if key == "ece":  # confident truth: calibrated against the majority
        counts = near = np.eye(3, dtype=int)[gold]
    good, bad = (metrics.evaluate(p, counts, gold, ordinal=True)[key] for p in (near, flat))
    if metrics.METRICS[key].better == "lower":
        assert good < bad
    elif key.startswith("entropy"):
        assert good > 0.99
    else:
        assert good > bad


@quick
@given(cases())
def test_distances_of_distributions_are_those_of_items(case):
    log_p, counts = case
    items, p = metrics.per_item(log_p, counts), votes.distribution(counts)
    np.testing.assert_allclose(metrics.kl(p, log_q=log_p), items["kl"], atol=1e-12)
    np.testing.assert_allclose(metrics.kl(p, np.exp(log_p)), items["kl"], atol=1e-9)
    for key in ("js_distance", "total_variation"):
        np.testing.assert_allclose(getattr(metrics, key)(p, np.exp(log_p)), items[key], atol=1e-7)
    assert metrics.kl(p[0], np.exp(log_p[0])) == pytest.approx(items["kl"][0], abs=1e-9)
    assert metrics.kl([1, 0], [0, 1]) == np.inf


def test_a_new_metric_is_one_row(monkeypatch):
    row = metrics.Metric(
        "largest difference", "max", "", "lower", lambda x: np.abs(x.crowd.p - x.q).max(axis=1)
    )
    monkeypatch.setitem(metrics.METRICS, "largest", row)
    p, counts = [[0.9, 0.1], [0.2, 0.8]], [[3, 1], [1, 1]]
    assert metrics.per_item(np.log(p), counts)["largest"] == pytest.approx([0.15, 0.3])
    assert metrics.evaluate(p, counts)["largest"] == pytest.approx(0.225)
    boot = statistics.bootstrap({"soft": np.log(p)}, counts, [0, 1], n_resamples=50)
    interval = boot.interval("soft", "largest")
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.15, 0.225, 0.3))


@settings(max_examples=50)
@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_distances_of_two_distributions_are_scipys_over_the_last_axis(n_classes, seed):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(n_classes), (2, 3, 4))
    for found, expected in [
        (metrics.kl(p, q), scipy.stats.entropy(p, q, axis=-1)),
        (metrics.js_distance(p, q), jensenshannon(p, q, axis=-1)),
        (metrics.total_variation(p, q), np.abs(p - q).sum(axis=-1) / 2),
    ]:
        assert found.shape == (3, 4)
        np.testing.assert_allclose(found, expected, atol=1e-9)
    assert (
        metrics.kl(p, p).max() == metrics.js_distance(p, p).max() == metrics.total_variation(p, p).max() == 0
    )


def test_a_class_that_is_ruled_out_costs_infinitely_much_and_one_that_nobody_chose_nothing():
    assert metrics.kl([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert metrics.kl([1.0, 0.0], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert metrics.js_distance([1, 0], [0, 1]) == pytest.approx(np.sqrt(np.log(2)))
    assert metrics.total_variation([1, 0], [0, 1]) == 1
