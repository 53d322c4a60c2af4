"""A made-up fair trial, and what is looked for in its figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn import Call
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

NAN = float("nan")
ARMS = (
    "hard", "hard/temperature", "hard/temperature-votes", "hard/ensemble", "gold", "soft", "soft/temperature",
    "soft/temperature-votes", "soft/ensemble", "smoothing", "sampled", "dirichlet", "shuffled", "dawid-skene",
    "mixup", "mc-dropout", "mc-dropout-soft",
)  # fmt: skip
IN_ORDER = [
    "hard", "hard/temperature", "hard/temperature-votes", "hard/ensemble", "gold", "smoothing", "mixup",
    "mc-dropout", "soft", "soft/temperature", "soft/temperature-votes", "soft/ensemble", "sampled", "dirichlet",
    "dawid-skene", "mc-dropout-soft", "shuffled",
]  # fmt: skip


def trial(arms: tuple[str, ...] = ARMS, **changed: Any) -> dict[str, Any]:
    """A made-up trial: the later an arm, the smaller its KL and the larger its correlation."""
    metrics = {}
    for index, arm in enumerate(arms):
        kl, r = 0.45 - 0.005 * index, 0.2 + 0.007 * index
        metrics[arm] = {
            "kl": {"value": kl, "low": kl - 0.03, "high": kl + 0.04, "per_seed": [kl]},
            "entropy_pearson": {"value": r, "low": r - 0.08, "high": r + 0.07, "per_seed": [r]},
        }
    return {
        "metrics": metrics,
        "ceilings": {"entropy_pearson": 0.45},
        "floors": {"kl": 0.3},
        "class_means": {"kl": 0.34, "entropy_pearson": 0.31},
    } | changed


def dots(axes: Axes, marker: str = "o") -> list[Line2D]:
    return [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata()) == 1]


def places(lines: list[Line2D]) -> list[float]:
    return [float(line.get_xdata()[0]) for line in lines]


def intervals(axes: Axes) -> list[tuple[float, float]]:
    """Both ends of every level line, from the top down."""
    level = [line for line in axes.lines if len(line.get_xdata()) == 2 and np.ptp(line.get_ydata()) == 0]
    return [tuple(map(float, line.get_xdata())) for line in level]  # type: ignore[misc]


def dashed(axes: Axes) -> set[float]:
    return {float(line.get_xdata()[0]) for line in axes.lines if line.is_dashed()}


def check_lines(drawn: Call, width: float) -> None:
    """See that no line of a figure leaves its axes."""
    for axes in drawn.at(width).axes:
        (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        for line in axes.lines:
            x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
            assert np.nanmin(x) >= left
            assert np.nanmax(x) <= right
            assert np.nanmin(y) >= low
            assert np.nanmax(y) <= high
