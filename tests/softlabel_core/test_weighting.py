"""Weighting: means and correlations against explicitly repeated samples."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from softlabel_core import weighting
from softlabel_core.weighting import Values, Weighting

quick = settings(max_examples=40, deadline=None, database=None)


@quick
@given(st.integers(0, 2**32 - 1))
def test_weighted_values_are_those_of_the_repeated_sample(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 5, (2, 30)) / 3  # many ties
    weights = rng.poisson(1, (30, 4)).astype(float)
    weights[:2] += 1
    drawn = Weighting(weights)
    means = drawn.mean(np.stack([x, y], axis=1))
    correlations = {
        scipy.stats.pearsonr: weighting.pearson(Values(x), Values(y), drawn),
        scipy.stats.spearmanr: weighting.spearman(Values(x), Values(y), drawn),
    }
    for column in range(4):
        rows = np.repeat(np.arange(30), weights[:, column].astype(int))
        np.testing.assert_allclose(means[:, column], [x[rows].mean(), y[rows].mean()])
        constant = np.ptp(x[rows]) == 0 or np.ptp(y[rows]) == 0
        for known, found in correlations.items():
            expected = np.nan if constant else known(x[rows], y[rows]).statistic
            assert found[column] == pytest.approx(expected, abs=1e-10, nan_ok=True)


def test_what_is_drawn_may_be_constant_though_the_whole_is_not():
    values = Values(np.array([0.1, 0.1 + 1e-15, 0.7, 0.7, 0.7]))
    drawn = Weighting(np.array([[1.0, 0], [1, 0], [1, 3], [1, 2], [1, 1]]))
    other = Values(np.arange(5.0))
    for measure in (weighting.pearson, weighting.spearman):
        for pair in ((values, other), (other, values)):
            assert np.isnan(measure(*pair, drawn)).tolist() == [False, True]


def test_an_infinite_value_makes_infinite_just_the_weightings_that_hold_it():
    found = Weighting(np.array([[1.0, 0], [1, 2]])).mean(np.array([[np.inf, 1], [2, 3]]))
    np.testing.assert_array_equal(found, [[np.inf, 2], [2, 3]])
