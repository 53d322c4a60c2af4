"""Summaries as figures take them: plain tuples of what `summary.make` gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from softlabel_book.figures.estimates import Dots, Interval, interval
from softlabel_core.data import TOP, UNANIMOUS


class Bins(TypedDict):
    """What `by_bin` takes of one metric: names of the bins, how many items each holds, intervals by arm."""

    bins: list[str]
    n_items: list[int]
    arms: dict[str, list[Interval]]


def dots(summary: Mapping[str, Any]) -> dict[str, dict[str, Dots]]:
    """Every arm's metrics, as `metric_dots` takes them."""
    return {
        arm: {key: (*interval(held), held["per_seed"]) for key, held in values.items()}
        for arm, values in summary["metrics"].items()
    }


def bins(summary: Mapping[str, Any], metric: str, arms: Sequence[str] | None = None) -> Bins:
    """One metric of some arms, or of all, by ambiguity, as `by_bin` takes it; bins without an item are left out."""
    filled = [part for part in summary["bins"] if part["n"]]
    return {
        "bins": [_name(part["low"], part["high"]) for part in filled],
        "n_items": [part["n"] for part in filled],
        "arms": {
            arm: [interval(part["metrics"][arm][metric]) for part in filled]
            for arm in arms or summary["metrics"]
        },
    }


def _name(low: float, high: float) -> str:
    if high <= UNANIMOUS:
        return "unanimous"
    return f"over {low:.1f}" if high >= TOP else f"{max(low, 0):.1f}–{high:.1f}"
