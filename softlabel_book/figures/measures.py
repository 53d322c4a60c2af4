"""Measures: arms' values with intervals, seeds, ceilings and floors; by ambiguity and by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.canvas import Floats
from softlabel_book.figures.estimates import Dots, Interval
from softlabel_book.figures.style import styled
from softlabel_book.palette import (
    FONT,
    LINE,
    MARK,
    PAGE,
    colour,
    mark_colour,
    mark_token,
    name_of,
    ordered,
    text_colour,
)

NO_DOTS: Dots = (*estimates.NONE, ())
HEAD, LINE_HEIGHT, MIDDLE = (
    62.0,
    34.0,
    0.42,
)  # a panel's head and a row in CSS pixels; where in its row a dot lies
VALUES = 48.0  # room for printed values


@styled
def metric_dots(
    results: Mapping[str, Mapping[str, Dots]],
    metrics: Sequence[str],
    *,
    ceilings: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
    width: float = PAGE,
) -> Figure:
    """One panel a measure: each arm's value with its interval, its seeds as small dots below.

    Parameters
    ----------
    results : mapping of arm to mapping of measure to (value, low, high, per_seed)
        What is missing or NaN prints as a dash.
    metrics : sequence of str
        Keys of `metrics.evaluate`, in the order of the panels.
    ceilings, floors : mapping of measure to float, optional
        The best value that a perfect model would reach with this many votes.
    width : float
        CSS pixels.
    """
    arms = ordered(results)
    room = min(max(wording.width_of(name_of(arm), FONT["label"]) for arm in arms), 120.0)
    columns, gap = (2 if width >= PAGE and len(metrics) > 1 else 1), 32.0
    card = (width - (columns - 1) * gap) / columns
    tall = HEAD + LINE_HEIGHT * len(arms) + 50
    figure = canvas.blank(width, tall * math.ceil(len(metrics) / columns) - 16)
    corners = canvas.corners(len(metrics), columns, card + gap, tall)
    for metric, (_, left, top) in zip(metrics, corners, strict=True):
        cells = {arm: results[arm].get(metric, NO_DOTS) for arm in arms}
        bests = {"ceiling": (ceilings or {}).get(metric, np.nan), "floor": (floors or {}).get(metric, np.nan)}
        known = {word: best for word, best in bests.items() if np.isfinite(best)}
        _metric_panel(figure, left, top, card, room, metric, cells, known)
    return figure


def _metric_panel(
    figure: Figure,
    left: float,
    top: float,
    card: float,
    room: float,
    metric: str,
    cells: Mapping[str, Dots],
    bests: Mapping[str, float],
) -> None:
    """A measure's name, and a row for each arm: its name in so much room, its marks, its value."""
    name = wording.shorten(wording.capital(wording.measure(metric).title), card * 0.92, FONT["label"])
    canvas.write(figure, left, top + 14, name, weight="bold")
    canvas.note(figure, left, top + 32, wording.reading(metric))
    box = (left + room + 16, top + HEAD, card - room - 16 - VALUES, LINE_HEIGHT * len(cells))
    _dot_rows(canvas.axes(figure, box, "x"), cells, bests)
    for row, (arm, (value, low, high, _)) in enumerate(cells.items()):
        baseline = top + HEAD + (row + MIDDLE) * LINE_HEIGHT + 4.5
        called = wording.shorten(name_of(arm), room, FONT["label"])
        canvas.write(figure, left, baseline, called, color=text_colour(arm))
        digits = 3 if high - low < 0.04 else 2
        canvas.write(figure, left + card, baseline, wording.number(value, digits), ha="right")


def _dot_rows(axes: Axes, cells: Mapping[str, Dots], bests: Mapping[str, float]) -> None:
    """Dots, intervals, seeds below, ceiling or floor behind."""
    shown = [number for value, low, high, seeds in cells.values() for number in (value, low, high, *seeds)]
    axes.set(xlim=canvas.around([*shown, *bests.values()], 0.08), ylim=(len(cells), 0), yticks=[])
    for word, best in bests.items():
        canvas.dash(axes, [best, best], [0, len(cells)])
        side = "left" if best < np.mean(axes.get_xlim()) else "right"
        canvas.label(axes, best, -0.2, f"{word} {wording.number(best)}", ha=side)
    for row, (arm, (value, low, high, seeds)) in enumerate(cells.items()):
        middle, paint = row + MIDDLE, mark_colour(arm)
        canvas.span(axes, low, high, middle, paint)
        if np.isfinite(value):
            canvas.dot(axes, value, middle, paint, marker="D" if arm == "gold" else "o")
        if len(seeds) > 1:
            known = [seed for seed in seeds if np.isfinite(seed)]
            canvas.dots(axes, known, middle + 0.3, mark_token(arm), MARK["seed"], 0.6)


@styled
def by_bin(
    bins: Sequence[str],
    n_items: Sequence[int],
    arms: Mapping[str, Sequence[Interval]],
    *,
    measure: str = "KL to the votes, nats",
    axis: str = "human entropy, nats",
    reference: tuple[str, Sequence[float]] | None = None,
    width: float = PAGE,
) -> Figure:
    """A measure from the clear to the ambiguous items, one line an arm, with intervals.

    Parameters
    ----------
    bins : sequence of str
        What each bin is called, such as "0 to 0.25".
    n_items : sequence of int
        How many items each bin holds.
    arms : mapping of arm to one (value, low, high) a bin
        A bin without a value (NaN) leaves a gap.
    measure, axis : str
        Names of the two axes, with units.
    reference : (name, one value a bin), optional
        A ceiling or floor, drawn dashed.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If an arm has another number of bins than `bins`.
    """
    table = {arm: np.asarray(arms[arm], dtype=float).reshape(-1, 3) for arm in ordered(arms)}
    _same_bins(table, len(bins))
    foot = 90.0
    figure, axes, box = canvas.line_panel(list(table), axis, measure, width, foot)
    axes.set_xlim(-0.5, len(bins) - 0.5)
    ends = _bin_lines(axes, table, box[2] / len(bins))
    canvas.from_zero(axes)
    if reference:
        canvas.dash(axes, np.arange(len(bins)), reference[1])
        canvas.label(axes, -0.45, float(reference[1][0]) + 0.035 * axes.get_ylim()[1], reference[0])
    axes.set_xticks([])
    _bin_names(figure, box, bins, n_items, foot)
    canvas.name_lines(figure, axes, ends)
    return figure


def _bin_lines(axes: Axes, table: Mapping[str, Floats], slot: float) -> dict[str, tuple[float, float]]:
    """Lines with intervals, the arms beside one another in each bin's slot of so many pixels; where each line ends."""
    shifts = (np.arange(len(table)) - (len(table) - 1) / 2) * min(10.0, 0.2 * slot) / slot
    dots = {"marker": "o", "markersize": MARK["dot"] - 1, "markeredgewidth": 0}
    ends = {}
    for shift, (arm, cells) in zip(shifts, table.items(), strict=True):
        x, paint = np.arange(len(cells)) + shift, mark_colour(arm)
        value, low, high = np.where(np.isfinite(cells), cells, np.nan).T
        axes.vlines(x, low, high, color=paint, linewidth=LINE["interval"])
        axes.plot(x, value, color=paint, linewidth=LINE["seed"], **dots)
        ends[arm] = canvas.last_point(x, value)
    return ends


def _bin_names(
    figure: Figure, box: canvas.Box, bins: Sequence[str], n_items: Sequence[int], foot: float
) -> None:
    """Below the panel each bin's name and how many items it holds; where names crowd, every second one is lower."""
    left, top, w, h = box
    slot, below = w / len(bins), top + h
    crowded = max(wording.width_of(name) for name in bins) > slot - 6
    for k, (name, number) in enumerate(zip(bins, n_items, strict=True)):
        at, down = left + (k + 0.5) * slot, 16 * (k % 2) if crowded else 0
        text = wording.shorten(name, (2 if crowded else 1) * slot - 6)
        canvas.small(figure, at, below + 20 + down, text, ha="center", color=colour("muted"))
        canvas.note(figure, at, below + foot - 40, f"{number:,}", ha="center")
    canvas.note(figure, left - 7, below + foot - 40, "items", ha="right")


def _same_bins(table: Mapping[str, Floats], n_bins: int) -> None:
    for arm, values in table.items():
        if len(values) != n_bins:
            raise ValueError(
                f"arm {arm!r} has {len(values)} bins and the axis {n_bins}; give one interval a bin."
            )


@styled
def training_curves(
    history: Mapping[str, ArrayLike],
    *,
    measure: str = "KL to the validation votes, nats",
    floor: float | None = None,
    top: float | None = None,
    width: float = PAGE,
) -> Figure:
    """A validation measure by epoch: every seed as a thin line, their mean as a thick one.

    Parameters
    ----------
    history : mapping of arm to array_like, shape [n_seeds, n_epochs]
    measure : str
        Name of the vertical axis, with its unit.
    floor : float, optional
        What a perfect model would still score.
    top : float, optional
        Upper end of the axis, where early epochs would squeeze the rest; lines above it are cut.
    width : float
        CSS pixels.
    """
    table = {arm: np.atleast_2d(np.asarray(history[arm], dtype=float)) for arm in ordered(history)}
    figure, axes, _ = canvas.line_panel(list(table), "epoch", measure, width)
    ends = {}
    for arm, runs in table.items():
        epochs, mean = np.arange(1, runs.shape[1] + 1), runs.mean(axis=0)
        if len(runs) > 1:
            axes.plot(epochs, runs.T, color=mark_colour(arm), linewidth=LINE["seed"], alpha=0.4)
        point = "o" if len(epochs) == 1 else None
        axes.plot(epochs, mean, color=mark_colour(arm), linewidth=LINE["mean"], marker=point, clip_on=False)
        ends[arm] = (float(epochs[-1]), float(mean[-1]))
    longest = max(runs.shape[1] for runs in table.values())
    axes.set_xlim(1, max(longest, 2))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    canvas.from_zero(axes)
    if top is not None:
        axes.set_ylim(0, top)
        for line in axes.get_lines():
            line.set_clip_on(True)
    if floor is not None:
        canvas.dash(axes, axes.get_xlim(), [floor, floor])
        canvas.label(axes, 1 + 0.01 * longest, floor, f"floor {wording.number(floor)}", va="bottom")
    canvas.name_lines(figure, axes, ends)
    return figure
