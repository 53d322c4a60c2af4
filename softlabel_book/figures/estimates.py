"""Estimates as figures draw them: a value with the ends of its interval, NaN for what does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from softlabel_book.figures.canvas import Floats
from softlabel_core.statistics import Estimate

Interval = tuple[float, float, float]  # value, low, high
Dots = tuple[float, float, float, Sequence[float]]  # value, low, high, one value a seed
ENDS = ("value", "low", "high")
NONE: Interval = (np.nan, np.nan, np.nan)


def interval(estimate: Estimate | Mapping[str, Any] | None) -> Interval:
    """Value, low and high of an estimate, or of one as a file of aggregates holds it, where null is no number."""
    if isinstance(estimate, Estimate):
        return estimate.value, estimate.low, estimate.high
    found = [(estimate or {}).get(end) for end in ENDS]
    value, low, high = (np.nan if end is None else float(end) for end in found)
    return value, low, high


def intervals(estimates: Iterable[Mapping[str, Any] | None]) -> tuple[Floats, Floats, Floats]:
    """Values, lower and upper ends of several estimates; NaN where one is not finite."""
    table = np.array([interval(estimate) for estimate in estimates], dtype=float).reshape(-1, 3)
    value, low, high = np.where(np.isfinite(table), table, np.nan).T
    return value, low, high
