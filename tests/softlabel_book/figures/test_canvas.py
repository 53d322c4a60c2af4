"""Tests of the canvas: where panels and names go, which marks are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softlabel_book.figures import canvas

pytestmark = pytest.mark.filterwarnings("error")


@given(st.lists(st.floats(-100, 100), max_size=8), st.floats(0, 30))
def test_spread_places_keep_their_order_and_their_distance(places: list[float], gap: float) -> None:
    spread = canvas._spread(places, gap)
    order = np.argsort(places, kind="stable")
    assert (np.diff(spread[order]) >= gap - 1e-6).all()
    assert np.mean(spread) == pytest.approx(np.mean(places), abs=1e-6) if places else not len(spread)


def test_panels_stand_in_columns() -> None:
    assert list(canvas.corners(3, 2, 100, 50, 10, 5)) == [(0, 10, 5), (1, 110, 5), (0, 10, 55)]


def test_an_axis_holds_all_numbers_with_space_beside_them() -> None:
    assert canvas.around([1, 2, np.nan, np.inf], 0.1) == pytest.approx((0.9, 2.1))
    assert canvas.around([4], 0.1) == pytest.approx((3.8, 4.2))
    assert canvas.around([], 0.1) == pytest.approx((-0.1, 1.1))


def test_the_last_point_of_a_line_with_gaps_is_its_last_value() -> None:
    assert canvas.last_point([1, 2, 3], [0.1, 0.2, np.nan]) == (2, 0.2)
    assert np.isnan(canvas.last_point([1], [np.nan])).all()


def test_an_interval_is_drawn_only_where_both_ends_are() -> None:
    axes = canvas.axes(canvas.blank(100, 100), (0, 0, 100, 100))
    canvas.span(axes, 1, np.nan, 0, "#222832")
    assert not axes.lines
    canvas.span(axes, 1, 2, 0, "#222832")
    canvas.dot(axes, 1.5, 0, "#222832")
    assert [line.get_xdata().tolist() for line in axes.lines[:1]] == [[1, 2]]
    assert axes.lines[1].get_linestyle() == "None"
