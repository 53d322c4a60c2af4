"""Tests of the canvas: where names go that would touch."""

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
