"""Abstaining: areas against sums written out, ties, bounds, and what may not matter."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import sentence_of

from softlabel_book.robustness import abstaining
from softlabel_core import data, metrics

ITEMS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def by_hand(sure, risk):
    """Mean over k of the mean risk of the k surest, on average over every order of equals."""
    areas = []
    for order in permutations(range(len(sure))):
        if all(sure[a] >= sure[b] for a, b in pairwise(order)):
            taken = np.asarray(risk, dtype=float)[list(order)]
            areas.append(np.mean(np.cumsum(taken) / np.arange(1, len(taken) + 1)))
    return np.mean(areas)


@pytest.mark.parametrize(
    ("sure", "risk"),
    [
        ([3, 2, 1], [0, 1, 1]),
        ([3, 2, 1], [1, 0, 0]),
        ([1, 1, 1, 1], [0, 1, 0.5, 0]),
        ([2, 1, 2, 1, 0], [0, 0.25, 1, 0, 1]),
    ],
)
def test_the_area_is_the_mean_over_every_order_of_equals(sure, risk):
    assert abstaining.aurc(sure, risk)[0] == pytest.approx(by_hand(sure, risk), abs=1e-12)


@given(items=ITEMS, seed=st.integers(0, 100))
def test_the_order_in_which_items_come_does_not_matter(items, seed):
    sure, risk = np.array(items, dtype=float).T
    order = np.random.default_rng(seed).permutation(len(sure))
    assert abstaining.aurc(sure, risk)[0] == pytest.approx(
        abstaining.aurc(sure[order], risk[order])[0], abs=1e-10
    )
    points = [0.2, 0.5, 1.0]
    np.testing.assert_allclose(
        abstaining.curve(sure, risk, points), abstaining.curve(sure[order], risk[order], points), atol=1e-10
    )


@given(items=ITEMS)
def test_nothing_is_better_than_the_order_of_the_risks(items):
    sure, risk = np.array(items, dtype=float).T
    found = abstaining.area(sure, risk / 4)
    worst = abstaining.aurc(risk, risk / 4)[0]
    assert found.best[0] - 1e-12 <= found.aurc[0] <= worst + 1e-12
    assert found.excess[0] == pytest.approx(found.aurc[0] - found.best[0])
    assert found.risk[0] == pytest.approx(np.mean(risk / 4))


@given(items=ITEMS)
def test_only_the_order_of_confidence_counts(items):
    sure, risk = np.array(items, dtype=float).T
    assert abstaining.aurc(np.exp(sure), risk)[0] == pytest.approx(abstaining.aurc(sure, risk)[0])


def test_no_confidence_gives_the_mean_risk_and_reaches_nothing():
    risk = np.array([0, 1, 0.2, 0.4])
    found = abstaining.area(np.ones(4), risk)
    assert found.aurc[0] == pytest.approx(risk.mean())
    assert found.reached[0] == pytest.approx(0)
    best = abstaining.area(-risk, risk)
    assert best.reached[0] == pytest.approx(1)
    assert best.excess[0] == pytest.approx(0, abs=1e-12)
    assert abstaining.area(risk, risk).reached[0] < 0  # surest where it errs most
    assert np.isnan(abstaining.area(risk, np.full(4, 0.3)).reached[0])


def test_weights_are_repeated_items():
    rng = np.random.default_rng(0)
    sure, risk = rng.integers(0, 6, 40).astype(float), rng.random(40)
    weights = rng.multinomial(40, np.full(40, 1 / 40), size=5).T
    for column, area, points in zip(
        weights.T,
        abstaining.aurc(sure, risk, weights),
        abstaining.curve(sure, risk, [0.1, 0.7], weights).T,
        strict=True,
    ):
        rows = np.repeat(np.arange(40), column)
        assert area == pytest.approx(abstaining.aurc(sure[rows], risk[rows])[0])
        np.testing.assert_allclose(points, abstaining.curve(sure[rows], risk[rows], [0.1, 0.7])[:, 0])


def test_the_curve_is_the_mean_risk_of_the_surest():
    sure, risk = [4, 3, 2, 1], [0, 0.5, 0.1, 1]
    found = abstaining.curve(sure, risk, [0.25, 0.3, 0.5, 0.75, 1])[:, 0]
    np.testing.assert_allclose(found, [0, 0.25, 0.25, 0.2, 0.4])


def test_risks_are_one_less_the_accuracy_and_the_share_of_those_who_chose_otherwise():
    counts = np.array([[6, 3, 1], [5, 5, 0], [0, 1, 9]])
    log_p = np.log([[0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.4, 0.2, 0.4]])
    found = abstaining.risks(log_p, counts)
    np.testing.assert_allclose(found.error, [1, 0.5, 0.5])
    np.testing.assert_allclose(found.disagreement, [0.7, 0.5, 1 - (0 + 0.9) / 2])
    np.testing.assert_allclose(found.error, 1 - metrics.per_item(log_p, counts)["accuracy"])


def test_on_digits_the_truth_knows_best_when_to_pass():
    digits = data.load("digits", n_items=1000)
    rng = np.random.default_rng(0)
    with np.errstate(divide="ignore"):
        truth = np.log(0.999 * digits.p_true + 0.0001)
    noisy = truth + rng.normal(0, 2, truth.shape)
    noisy -= np.log(np.exp(noisy).sum(axis=1, keepdims=True))
    for kind in abstaining.CONFIDENCES:
        reached = [
            abstaining.area(
                abstaining.confidence(log_p, kind), abstaining.risks(log_p, digits.counts).disagreement
            ).reached[0]
            for log_p in (truth, noisy)
        ]
        assert reached[0] > 0.9 > 0.8 > reached[1] > 0


def test_both_confidences_are_highest_for_certainty():
    log_p = np.log([[0.98, 0.01, 0.01], [0.5, 0.49, 0.01], [0.5, 0.25, 0.25]])
    by_probability, by_entropy = (abstaining.confidence(log_p, kind) for kind in abstaining.CONFIDENCES)
    np.testing.assert_allclose(by_probability, [0.98, 0.5, 0.5])
    assert (np.diff(by_entropy) < 0).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: abstaining.confidence(np.log([[0.5, 0.5]]), "margin"), "no confidence 'margin'"),
        (lambda: abstaining.risks(np.log([[0.5, 0.5]]), [[1, 2], [2, 1]]), "same items"),
        (lambda: abstaining.aurc([1, 2], [1]), "one number an item"),
        (lambda: abstaining.aurc([1, np.nan], [1, 0]), "finite"),
        (lambda: abstaining.aurc([1, 2], [1, 0], [[0], [0]]), "without any item"),
        (lambda: abstaining.curve([1, 2], [1, 0], [0.0]), "coverage"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(call, said):
    with pytest.raises(ValueError, match=said) as error:
        call()
    sentence_of(error)


# Of both arms, with intervals


def test_passing_is_the_areas_and_curves_of_every_seed(drawn):
    log_p, counts = drawn()
    worse, _ = drawn(seed=1)
    found = abstaining.passing({"hard": worse, "soft": log_p}, counts, np.arange(400), 100)
    for risk in abstaining.Risks._fields:
        for arm, seeds in (("hard", worse), ("soft", log_p)):
            costs = [getattr(abstaining.risks(one, counts), risk) for one in seeds]
            own = found["areas"]["probability"][risk]["arms"][arm]
            areas = [
                abstaining.aurc(abstaining.confidence(one), cost)[0]
                for one, cost in zip(seeds, costs, strict=True)
            ]
            assert own["aurc"]["value"] == pytest.approx(np.mean(areas))
            assert own["best"]["value"] < own["aurc"]["value"]
            curve = found["curves"][risk][arm]
            value, low, high = np.array(curve["risk"]).T
            assert (low <= value).all()
            assert (value <= high).all()
            assert value[-1] == pytest.approx(np.mean(costs))
            assert (np.array(curve["best"]) <= value + 1e-12).all()
    reached = found["areas"]["entropy"]["disagreement"]["differences"]["reached"]
    assert reached["low"] > 0  # the truth knows, noise does not


def test_a_single_group_has_values_without_intervals(drawn):
    log_p, counts = drawn()
    found = abstaining.passing({"hard": log_p, "soft": log_p}, counts, np.zeros(400), 20)
    area = found["areas"]["entropy"]["error"]["arms"]["soft"]["aurc"]
    assert area["value"] > 0
    assert np.isnan([area["low"], area["high"]]).all()


def test_equal_arms_do_not_differ(drawn):
    log_p, counts = drawn()
    found = abstaining.passing({"hard": log_p, "soft": log_p}, counts, np.arange(400), 50)
    for kind in abstaining.CONFIDENCES:
        for risk in abstaining.Risks._fields:
            assert all(
                part["value"] == part["low"] == part["high"] == 0
                for part in found["areas"][kind][risk]["differences"].values()
            )
