"""Budget: what a number of votes buys, read off a measured vote curve and never beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from softlabel_book.vote_curves.analysis import MEASURES
from softlabel_core.metrics import METRICS

SLACK = 1e-9  # what rounding may add to a number at the very end of what was measured


class Option(NamedTuple):
    """One way to spend votes: on so many items, so many votes each, with what a model then scores.

    `low` and `high` are the ends of the 95% interval of the measured points, interpolated like the value.
    """

    n_items: float
    votes_an_item: float
    value: float
    low: float
    high: float


class Answer(NamedTuple):
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
        What `vote_curves.make` or `vote_curves.read` returns.
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
    cells = _cells(curve, arm)
    first, last = curve["levels"][0]["n_votes"], curve["levels"][-1]["n_votes"]
    sizes = [float(n_items)] if n_items else sorted({float(cell["n_items"]) for cell in cells}, reverse=True)
    least, most = min(cell["n_items"] for cell in cells), max(cell["n_items"] for cell in cells)
    possible = [
        size
        for size in sizes
        if least <= size <= most and first - SLACK <= n_votes / size <= last + SLACK * last
    ]
    if not possible:
        spent = f"{n_votes:,.0f} votes" + (f" on {n_items:,.0f} items" if n_items else "")
        raise ValueError(
            f"{curve['data']} was measured with {first:g} to {last:.3g} votes an item on {_sizes(least, most)}, and "
            f"{spent} would be outside of that; ask for {_range(curve, cells, n_items)}."
        )
    options = [at(curve, arm, measure, size, n_votes / size) for size in possible]
    sign = 1.0 if METRICS[measure].better == "lower" else -1.0
    best = int(np.argmin([sign * option.value for option in options]))
    chosen = options[best]
    more = None
    if chosen.votes_an_item + 1 <= last:
        more = at(curve, arm, measure, chosen.n_items, chosen.votes_an_item + 1)
    return Answer(float(n_votes), measure, arm, options, best, more)


def _check(curve: Mapping[str, Any], measure: str, arm: str) -> None:
    if measure not in MEASURES:
        raise ValueError(
            f"there is no measure {measure!r} in a vote curve; choose one of {', '.join(MEASURES)}."
        )
    if arm not in curve["grid"]:
        raise ValueError(
            f"the curve of {curve['data']} has no arm {arm!r}; choose one of {', '.join(curve['grid'])}."
        )


def _cells(curve: Mapping[str, Any], arm: str) -> list[Mapping[str, Any]]:
    return list(curve["grid"][arm])


def _range(curve: Mapping[str, Any], cells: list[Mapping[str, Any]], n_items: float | None) -> str:
    """Totals that have an answer, in words."""
    least, most = min(cell["n_items"] for cell in cells), max(cell["n_items"] for cell in cells)
    first, last = curve["levels"][0]["n_votes"], curve["levels"][-1]["n_votes"]
    if n_items and not least <= n_items <= most:
        return _sizes(least, most)
    low, high = (n_items, n_items) if n_items else (least, most)
    return f"{np.ceil(low * first):,.0f} to {np.floor(high * last):,.0f} votes"


def _sizes(least: int, most: int) -> str:
    return f"{least:,} to {most:,} items" if least < most else f"{most:,} items"


def at(curve: Mapping[str, Any], arm: str, measure: str, n_items: float, votes_an_item: float) -> Option:
    """The curve's value for so many items with so many votes each, interpolated between measured points.

    Linear in the logarithm of votes an item, then in that of items; at a measured point it is what was measured.

    Raises
    ------
    ValueError
        If the curve has no such measure or arm, or this lies outside of what was measured.
    """
    _check(curve, measure, arm)
    cells = _cells(curve, arm)
    sizes = sorted({cell["n_items"] for cell in cells})
    levels = [step["n_votes"] for step in curve["levels"]]
    inside = (
        levels[0] - SLACK <= votes_an_item <= levels[-1] * (1 + SLACK) and sizes[0] <= n_items <= sizes[-1]
    )
    if not inside:
        raise ValueError(
            f"{curve['data']} was measured with {levels[0]:g} to {levels[-1]:.3g} votes an item on "
            f"{_sizes(sizes[0], sizes[-1])}, not with "
            f"{votes_an_item:.3g} votes on {n_items:,.0f} items; ask within that range."
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
    place = np.log(np.asarray(known, dtype=np.float64))
    return float(np.interp(np.log(x), place, values))


def say(found: Answer, curve: Mapping[str, Any]) -> str:
    """An answer in a few lines of plain text, as `softlabel budget` prints it."""
    title, unit, better = METRICS[found.measure].named
    facts, levels = curve["facts"], curve["levels"]
    lines = [
        f"{found.votes:,.0f} votes on {curve['data']}, arm {found.arm}, protocol {curve['protocol']}: "
        f"{title}{f', {unit}' if unit else ''} ({better} is better)"
    ]
    for index, option in enumerate(found.options):
        mark = "  <- best of these" if index == found.best and len(found.options) > 1 else ""
        lines.append(
            f"  {option.n_items:>7,.0f} items, {option.votes_an_item:>5.1f} votes each: "
            f"{option.value:.3f} [{option.low:.3f}, {option.high:.3f}]{mark}"
        )
    best = found.options[found.best]
    if found.more is None:
        lines.append(
            f"One more vote an item was not measured: the curve ends at {levels[-1]['n_votes']:.3g}."
        )
    else:
        lines.append(
            f"One more vote on each of the {best.n_items:,.0f} items ({best.n_items:,.0f} more votes) changes it by "
            f"{found.more.value - best.value:+.3f}, to {found.more.value:.3f}."
        )
    lines.append(
        f"Measured with {levels[0]['n_votes']:g} to {levels[-1]['n_votes']:.3g} votes an item and interpolated between "
        f"measured points; {len(facts['draws'])} draws, {facts['n_test']:,} test items, one split, one model of "
        f"{facts['n_parameters']:,} parameters. Differences within the brackets may be noise."
    )
    return "\n".join(lines)
