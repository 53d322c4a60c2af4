"""Comparisons: planned, corrected, and judged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from softlabel_book.rivals import comparisons
from softlabel_book.rivals.comparisons import Compared
from softlabel_core import arms, calibration, statistics
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Estimate
from softlabel_core.study.rules import RULED


def made(expected, value, metric="kl", p_value=None):
    difference = Estimate(value, value - 0.005, value + 0.005, p_value=p_value)
    return Compared("soft", "hard", metric, expected, "Does it?", difference=difference)


# The plan


def test_what_is_planned_exists():
    known = [*arms.ARMS, *(f"{arm}/{rule}" for arm in RULED for rule in calibration.RULES)]
    for planned in comparisons.PLANNED:
        assert planned.arm in known
        assert planned.against in known
        assert planned.metric in METRICS
        assert planned.expected in ("lower", "higher", "no difference", "no worse")
    assert len({(entry.arm, entry.against, entry.metric) for entry in comparisons.PLANNED}) == len(
        comparisons.PLANNED
    )


def test_what_is_compared_are_arms():
    held = {name.partition("/")[0] for entry in comparisons.PLANNED for name in (entry.arm, entry.against)}
    assert held <= set(arms.ARMS)  # an arm that came later was not planned for


def test_each_comparison_is_arm_minus_against():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(200, 3))
    counts = rng.multinomial(50, np.exp(log_softmax(2 * logits, axis=1)))
    log_p = {
        "hard": np.stack([log_softmax(9 * logits + rng.normal(size=(200, 3)), axis=1) for _ in range(5)]),
        "soft": np.stack([log_softmax(2 * logits, axis=1) for _ in range(5)]),
    }
    boot = statistics.bootstrap(log_p, counts, np.arange(200), n_resamples=500)
    rows = comparisons.make(boot)
    assert [(row.arm, row.against, row.metric) for row in rows] == [
        ("soft", "hard", "kl"), ("soft", "hard", "entropy_pearson"), ("soft", "hard", "accuracy"),
    ]  # fmt: skip
    for row in rows:
        difference = boot.estimate["soft"][row.metric] - boot.estimate["hard"][row.metric]
        assert row.difference.value == pytest.approx(difference)
    assert rows[0].difference.value < 0 < rows[1].difference.value
    assert rows[2].difference.p_value is None


# Holm


def test_holm_on_a_worked_example():
    # Step by step: 4 x .01, 3 x .02, 2 x .03, 1 x .04, never falling.
    np.testing.assert_allclose(comparisons.holm([0.02, 0.01, 0.04, 0.03]), [0.06, 0.04, 0.06, 0.06])


@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_raw_and_bonferroni_and_keeps_the_order(raw):
    raw = np.array(raw)
    adjusted = comparisons.holm(raw)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(1, raw * len(raw)) + 1e-12).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_a_test_that_was_not_made_does_not_count():
    np.testing.assert_array_equal(comparisons.holm([np.nan, 0.03, np.nan]), [np.nan, 0.03, np.nan])
    with pytest.raises(ValueError, match=r"^p_values must lie between 0 and 1; "):
        comparisons.holm([0.5, 1.5])


# Judged


@pytest.mark.parametrize(
    ("expected", "value", "adjusted", "word"),
    [
        ("lower", -0.1, 0.01, "as expected"),
        ("lower", 0.1, 0.01, "the reverse"),
        ("higher", 0.1, 0.01, "as expected"),
        ("higher", -0.1, 0.01, "the reverse"),
        ("higher", 0.1, 0.05, "open"),
        ("lower", -0.1, float("nan"), "open"),
        ("no difference", 0.1, 0.01, "a difference"),
        ("no difference", 0.1, 0.9, "as expected"),
        ("no worse", -0.004, float("nan"), "as expected"),
        ("no worse", -0.02, float("nan"), "the reverse"),
        ("no worse", -0.01, float("nan"), "open"),
    ],
)
def test_a_verdict_says_what_the_numbers_allow(expected, value, adjusted, word):
    assert comparisons.verdict(made(expected, value), adjusted) == word


def test_a_family_is_corrected_over_all_data_sets():
    one, two = made("lower", -0.1, p_value=0.02), made("higher", 0.1, "entropy_pearson", p_value=0.04)
    three = made("no worse", 0.0, "accuracy")
    trials = [
        {"data": "a", "comparisons": [one.plain(), three.plain()]},
        {"data": "b", "comparisons": [two.plain()]},
    ]
    rows = comparisons.family(trials)
    assert [row.data for row in rows] == ["a", "a", "b"]
    np.testing.assert_allclose([row.adjusted for row in rows], [0.04, np.nan, 0.04])
    assert [row.verdict for row in rows] == ["as expected"] * 3


def test_a_comparison_comes_back_as_it_was_written():
    for row in (made("lower", -0.1, p_value=0.02), made("no worse", 0.0, "accuracy")):
        assert Compared.of(row.plain()) == row
    assert list(row.plain()) == [
        "arm", "against", "metric", "expected", "question", "value", "low", "high", "p_value",
    ]  # fmt: skip
    (judged,) = comparisons.family([{"data": "a", "comparisons": [row.plain()]}])
    assert judged.plain()["verdict"] == judged.verdict
