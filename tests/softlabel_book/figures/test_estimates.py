"""Tests of estimates as figures read them: from a file or from an analysis, NaN for what there is not."""

from __future__ import annotations

import numpy as np

from softlabel_book.figures import estimates
from softlabel_core.statistics import Estimate


def test_an_interval_comes_from_an_estimate_or_from_its_plain_form() -> None:
    estimate = Estimate(0.5, 0.4, 0.6)
    assert estimates.interval(estimate) == estimates.interval(estimate.plain()) == (0.5, 0.4, 0.6)


def test_what_a_file_lacks_is_nan() -> None:
    np.testing.assert_equal(estimates.interval({"value": 0.5, "low": None}), (0.5, np.nan, np.nan))
    np.testing.assert_equal(estimates.interval(None), estimates.NONE)


def test_several_intervals_come_as_columns_without_infinities() -> None:
    cells = [{"value": 1, "low": 0, "high": np.inf}, None]
    found = estimates.intervals(cells)
    np.testing.assert_equal(np.array(found), [[1, np.nan], [0, np.nan], [np.nan, np.nan]])
    assert [len(column) for column in estimates.intervals([])] == [0, 0, 0]
