"""Budget: what a number of votes buys, read off a measured vote curve and never beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from softlabel_book.vote_curves.design import MEASURES
from softlabel_core.metrics import METRICS

SLACK = 1e-9  # what rounding may add to a number at the very end of what was measured


@dataclass(frozen=True)
class Option:
    """One way to spend votes, with what a model then scores.

    Attributes
    ----------
    n_items, votes_an_item : float
        On so many items, so many votes each.
    value : float
    low, high : float
        Ends of the 95% interval of the measured points, interpolated like the value.
    """

    n_items: float
    votes_an_item: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Answer:
    """What a number of votes buys.

    Attributes
    ----------
    votes : float
    measure, arm : str
    options : list of Option
        Most items first.
    best : int
        Number of the option with the best value.
    more : Option or None
        The best one with one more vote an item; None where that was not measured.
    """

    votes: float
    measure: str
    arm: str
    options: list[Option]
    best: int
    more: Option | None


def answer(
    curve: Mapping[str, Any],
    n_votes: float,
    measure: str = "kl",
    arm: str = "soft",
    n_items: float | None = None,
) -> Answer:
    """What so many votes in all buy, for each measured number of training items that they may be spent on.

    Between measured points values are interpolated linearly in the logarithms of votes an item and of
    items; beyond them there is no answer.

    Parameters
    ----------
    curve : mapping
        As `analysis.make` gives it and `analysis.CURVE` reads it.
    n_votes : float
        Votes in all.
    measure : {"kl", "total_variation", "entropy_pearson", "accuracy"}
    arm : str
        One that the curve has.
    n_items : float, optional
        Spend them on this number of items only.

    Raises
    ------
    ValueError
        If the curve has no such measure or arm, or nothing was measured on both sides of what is asked.
    """
    _check(curve, measure, arm)
    options = [at(curve, arm, measure, size, n_votes / size) for size in _sizes(curve, arm, n_votes, n_items)]
    sign = 1.0 if METRICS[measure].better == "lower" else -1.0
    best = int(np.argmin([sign * option.value for option in options]))
    chosen, more = options[best], None
    if chosen.votes_an_item + 1 <= curve["levels"][-1]["n_votes"]:
        more = at(curve, arm, measure, chosen.n_items, chosen.votes_an_item + 1)
    return Answer(float(n_votes), measure, arm, options, best, more)


def _sizes(curve: Mapping[str, Any], arm: str, n_votes: float, n_items: float | None) -> list[float]:
    """Numbers of items that so many votes may be spent on, most items first; an error if there is none."""
    measured = sorted({float(cell["n_items"]) for cell in curve["grid"][arm]}, reverse=True)
    first, last = (curve["levels"][end]["n_votes"] for end in (0, -1))
    least, most = measured[-1], measured[0]
    possible = [
        size
        for size in ([float(n_items)] if n_items else measured)
        if least <= size <= most and first - SLACK <= n_votes / size <= last + SLACK * last
    ]
    if not possible:
        spent = f"{n_votes:,.0f} votes" + (f" on {n_items:,.0f} items" if n_items else "")
        raise ValueError(
            f"{_measured(curve, measured)}, and {spent} would be outside of that; "
            f"ask for {_range(measured, first, last, n_items)}."
        )
    return possible


def _measured(curve: Mapping[str, Any], sizes: Sequence[float]) -> str:
    first, last = (curve["levels"][end]["n_votes"] for end in (0, -1))
    return f"{curve['data']} was measured with {first:g} to {last:.3g} votes an item on {_items(sizes)}"


def _range(sizes: Sequence[float], first: float, last: float, n_items: float | None) -> str:
    """Totals that have an answer, in words."""
    least, most = min(sizes), max(sizes)
    if n_items and not least <= n_items <= most:
        return _items(sizes)
    low, high = (n_items, n_items) if n_items else (least, most)
    return f"{np.ceil(low * first):,.0f} to {np.floor(high * last):,.0f} votes"


def _items(sizes: Sequence[float]) -> str:
    least, most = min(sizes), max(sizes)
    return f"{least:,.0f} to {most:,.0f} items" if least < most else f"{most:,.0f} items"


def _check(curve: Mapping[str, Any], measure: str, arm: str) -> None:
    if measure not in MEASURES:
        raise ValueError(
            f"there is no measure {measure!r} in a vote curve; choose one of {', '.join(MEASURES)}."
        )
    if arm not in curve["grid"]:
        raise ValueError(
            f"the curve of {curve['data']} has no arm {arm!r}; choose one of {', '.join(curve['grid'])}."
        )


def at(curve: Mapping[str, Any], arm: str, measure: str, n_items: float, votes_an_item: float) -> Option:
    """The curve's value for so many items with so many votes each, interpolated between measured points.

    Linear in the logarithm of votes an item, then in that of items; at a measured point it is what was measured.

    Raises
    ------
    ValueError
        If the curve has no such measure or arm, or this lies outside of what was measured.
    """
    _check(curve, measure, arm)
    cells = curve["grid"][arm]
    sizes = sorted({cell["n_items"] for cell in cells})
    levels = [step["n_votes"] for step in curve["levels"]]
    inside = (
        levels[0] - SLACK <= votes_an_item <= levels[-1] * (1 + SLACK) and sizes[0] <= n_items <= sizes[-1]
    )
    if not inside:
        raise ValueError(
            f"{_measured(curve, sizes)}, not with {votes_an_item:.3g} votes on {n_items:,.0f} items; "
            "ask within that range."
        )

    def value(end: str) -> float:
        by_size = [
            _between(votes_an_item, levels, [c[measure][end] for c in cells if c["n_items"] == size])
            for size in sizes
        ]
        return _between(n_items, sizes, by_size)

    return Option(float(n_items), float(votes_an_item), value("value"), value("low"), value("high"))


def _between(x: float, known: list[Any], values: list[float]) -> float:
    """Linear interpolation in the logarithm of x, exact at the known points."""
    return float(np.interp(np.log(x), np.log(np.asarray(known, dtype=np.float64)), values))
