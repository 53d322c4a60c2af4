"""Figures of what votes buy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, name_of, ordered, text_colour
from softlabel_core.metrics import METRICS

Curves = Mapping[str, Mapping[str, Any]]
TITLES = {  # where a panel says more than the measure's row
    "total_variation": "total variation distance from the votes",
    "entropy_pearson": "correlation of model and human entropy",
}
PEOPLE = "N people"  # whose votes predict those of the others
DASHED = "dashed: a perfect model"
RING = "ring: nine tenths of what all votes buy"
LEFT, GAP, HIGH = 38.0, 18.0, 132.0  # room for a panel's numbers, between panels, a panel's height
DECADES = (1, 2, 5)


@styled
def what_votes_buy(
    curves: Curves,
    measures: Sequence[str] = ("kl", "entropy_pearson"),
    arms: Sequence[str] = ("hard", "soft"),
    *,
    width: float = PAGE,
) -> Figure:
    """Measures by votes an item, on a logarithmic axis: a panel for each data set and measure.

    Parameters
    ----------
    curves : mapping of title to mapping
        What `CURVE.read` returns, in the order of the panels.
    measures : sequence of str
        Some of `design.MEASURES`, one block of panels each.
    arms : sequence of str
        Some that every curve has.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If there is no curve.
    """
    names = {arm: name_of(arm) for arm in ordered(arms)} | {"human": PEOPLE}
    wraps = canvas.key_places(names, width)[-1][2]
    notes = [f"{DASHED};  {RING}"]
    if wording.width_of(notes[0], FONT["note"]) > width:
        notes = [DASHED, RING]
    figure, panels, foot = _panels(curves, measures, width, 48 + wraps + 18 * len(notes))
    for title, curve, measure, box in panels:
        known = [step["n_votes"] for step in curve["levels"]]
        axes = _axes(figure, box, title)
        axes.set_xlim(known[0] / 1.12, known[-1] * 1.12)
        _ticks(axes, known[0], known[-1], box[2], last="all")
        _lines(axes, curve, measure, ordered(arms))
    canvas.write(figure, width / 2, foot + 2, "N, votes on each training item", ha="center")
    canvas.key(figure, foot + 28, names, names)
    for line, text in enumerate(notes):
        canvas.note(figure, 0, foot + 48 + wraps + 18 * line, text)
    return figure


def _panels(
    curves: Curves, measures: Sequence[str], width: float, key: float
) -> tuple[Figure, list[tuple[str, Mapping[str, Any], str, canvas.Box]], float]:
    """A canvas with a block of panels below each measure's name; what each panel shows, and where the foot begins."""
    if not curves:
        raise ValueError("no curve given; pass what `CURVE.read` returns for each data set.")
    columns = min(len(curves), 4 if width >= PAGE else 2)
    card = (width - GAP * (columns - 1)) / columns
    head, line, tall = 30.0, 24.0, HIGH + 34.0
    block = head + math.ceil(len(curves) / columns) * (line + tall)
    foot = len(measures) * block + 6
    figure, panels = canvas.blank(width, foot + key), []
    for index, measure in enumerate(measures):
        top = index * block
        canvas.write(figure, 0, top + 15, TITLES.get(measure, wording.titled(measure)), weight="bold")
        corners = canvas.corners(len(curves), columns, card + GAP, line + tall, LEFT, top + head + line)
        for (title, curve), (_, x, y) in zip(curves.items(), corners, strict=True):
            panels.append((title, curve, measure, (x, y, card - LEFT - 6, HIGH)))
    return figure, panels, foot


def _axes(figure: Figure, box: canvas.Box, title: str) -> Axes:
    """A data set's panel: its name, and axes with votes on a logarithmic scale."""
    left, top, w, _ = box
    canvas.small(figure, left, top - 8, wording.shorten(title, w + 6, FONT["tick"]))
    axes = canvas.axes(figure, box, "y")
    axes.set_xscale("log")
    return axes


def _ticks(axes: Axes, low: float, high: float, pixels: float, last: str = "") -> None:
    """Ticks at 1, 2, 5, 10 ... as far as their numbers do not touch, and at the end if it has a name."""
    spread = pixels / np.log(axes.get_xlim()[1] / axes.get_xlim()[0])
    taken: list[tuple[float, str]] = [(high, last)] if last else []
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for step in DECADES:
        for number in step * powers:
            text = f"{number:.0f}" if number < 1000 else f"{number / 1000:.0f}k"
            room = (wording.width_of(text) + 10) / 2
            inside = np.log(axes.get_xlim()[1] / number) * spread > wording.width_of(text) / 2 - 6
            clear = inside and all(
                abs(np.log(number / other)) * spread > room + wording.width_of(name) / 2
                for other, name in taken
            )
            if low <= number <= high and clear:
                taken.append((number, text))
    axes.set_xticks([number for number, _ in taken], [text for _, text in taken])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _lines(axes: Axes, curve: Mapping[str, Any], measure: str, arms: Sequence[str]) -> None:
    """Each arm with its interval, people beside them, and what a perfect model would score."""
    n_votes = np.array([step["n_votes"] for step in curve["levels"]])
    names = [step["level"] for step in curve["levels"]]
    for arm in arms:
        value, low, high = estimates.intervals(curve["curves"][arm][measure])
        paint = mark_colour(arm)
        axes.fill_between(n_votes, low, high, color=paint, alpha=0.2, linewidth=0)
        look = {"marker": "o", "markersize": MARK["seed"], "clip_on": False}
        axes.plot(n_votes, value, color=paint, linewidth=LINE["interval"], zorder=3, **look)
        reached = curve["saturation"][arm][measure].get("level", "all")
        if reached != "all":
            at = names.index(reached)
            ring = {"markersize": MARK["dot"] + 1.5, "markerfacecolor": "none", "markeredgewidth": 1.6}
            axes.plot(n_votes[at], value[at], "o", color=paint, clip_on=False, zorder=4, **ring)
    limit = METRICS[measure].limit
    best = curve[f"{limit}s"][measure] if limit else None
    if best is not None:
        axes.plot(n_votes[[0, -1]], [best, best], linewidth=0)  # so that the axis reaches it
    _reach_up(axes, measure)
    _people(axes, curve, measure)
    if best is not None:
        canvas.dash(axes, axes.get_xlim(), [best, best])


def _reach_up(axes: Axes, measure: str) -> None:
    """Give accuracy some space at both ends, and let every other measure begin at zero."""
    low, high = axes.get_ylim()
    if measure == "accuracy":
        spare = 0.1 * (high - low)
        axes.set_ylim(low - spare, high + spare)
    else:
        axes.set_ylim(min(0.0, low), high)
        canvas.from_zero(axes)


def _people(axes: Axes, curve: Mapping[str, Any], measure: str) -> None:
    """How well some people's votes predict those of the others; what lies outside the axes stays there."""
    found = [(row["n_votes"], row[measure]["value"]) for row in curve["humans"]]
    points = np.array([point for point in found if np.isfinite(point[1])], dtype=float).reshape(-1, 2)
    look = {"linewidth": LINE["interval"], "marker": "o", "markersize": MARK["seed"], "zorder": 2.5}
    axes.plot(*points.T, color=colour("human"), scaley=False, scalex=False, **look)


@styled
def items_or_votes(
    curves: Curves,
    measures: Sequence[str] = ("kl", "entropy_pearson"),
    arm: str = "soft",
    *,
    width: float = PAGE,
) -> Figure:
    """Measures by the total number of votes, one line for each share of the training items that they are spent on.

    Parameters
    ----------
    curves : mapping of title to mapping
        What `CURVE.read` returns, in the order of the panels; all with the same shares.
    measures : sequence of str
    arm : str
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If there is no curve, or they have different shares.
    """
    figure, panels, foot = _panels(curves, measures, width, 48 if width >= PAGE else 68)
    shares = {tuple(sorted({cell["share"] for cell in curve["grid"][arm]})) for curve in curves.values()}
    if len(shares) > 1:
        raise ValueError("the curves have different shares of the items; measure them with the same ones.")
    known = shares.pop()
    for title, curve, measure, box in panels:
        axes = _axes(figure, box, title)
        _shares(axes, curve, measure, arm, known)
        total = [cell["n_items"] * cell["n_votes"] for cell in curve["grid"][arm]]
        axes.set_xlim(min(total) / 1.2, max(total) * 1.2)
        _ticks(axes, min(total), max(total), box[2])
    text = "votes in all, number of items times votes each"
    canvas.write(figure, width / 2, foot + 2, text, ha="center")
    _share_key(figure, foot + 28, arm, known)
    return figure


def _share_key(figure: Figure, y: float, arm: str, shares: Sequence[float]) -> None:
    """Which line spends its votes on which share of the items, from a baseline down."""
    x = 0.0
    for share in reversed(shares):
        name = "all items" if share == 1 else f"{wording.percent(share)} of them"
        room = 24 + wording.width_of(name, FONT["label"])
        if x + room > canvas.width_in_pixels(figure):
            x, y = 0.0, y + 20
        look = {"color": mark_colour(arm), "alpha": _strength(share), "fontsize": FONT["note"]}
        canvas.write(figure, x, y, "●", **look)
        canvas.write(figure, x + 14, y, name, color=text_colour(arm))
        x += room + 16


def _strength(share: float) -> float:
    """How dense a share's line is: a tenth of the items faint, all of them full."""
    return float(np.clip(1 + 0.28 * np.log(share), 0.3, 1.0))


def _shares(axes: Axes, curve: Mapping[str, Any], measure: str, arm: str, shares: Sequence[float]) -> None:
    """One line a share of the items."""
    for share in shares:
        cells = [cell for cell in curve["grid"][arm] if cell["share"] == share]
        total = [cell["n_items"] * cell["n_votes"] for cell in cells]
        value, low, high = estimates.intervals(cell[measure] for cell in cells)
        paint, alpha = mark_colour(arm), _strength(share)
        axes.fill_between(total, low, high, color=paint, alpha=0.12 * alpha, linewidth=0)
        look = {"marker": "o", "markersize": MARK["seed"] + (1 if share == 1 else 0), "alpha": alpha}
        axes.plot(total, value, color=paint, linewidth=LINE["mean" if share == 1 else "interval"], **look)
    bottom, top = axes.get_ylim()
    spare = 0.05 * (top - bottom)
    axes.set_ylim(bottom - spare, top + spare)
