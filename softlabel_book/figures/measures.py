"""Measures: arms' values with intervals, seeds, ceilings and floors; by ambiguity and by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas as board
from softlabel_book.figures.canvas import Floats
from softlabel_book.figures.style import (
    FONT,
    LINE,
    MARK,
    PAGE,
    STYLE,
    colour,
    mark_colour,
    name_of,
    ordered,
    styled,
    text_colour,
)
from softlabel_core.metrics import METRICS

Interval = tuple[float, float, float]  # value, low, high


@styled
def metric_dots(
    results: Mapping[str, Mapping[str, tuple[float, float, float, Sequence[float]]]],
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
    room = min(max(board.width_of(name_of(arm), FONT["label"]) for arm in arms), 120.0)
    columns, gap, values = (2 if width >= PAGE and len(metrics) > 1 else 1), 32.0, 48.0
    card = (width - (columns - 1) * gap) / columns
    head, line = 62.0, 34.0
    tall = head + line * len(arms) + 50
    figure = board.board(width, tall * -(-len(metrics) // columns) - 16)
    for index, metric in enumerate(metrics):
        start, top = index % columns * (card + gap), index // columns * tall
        _metric_head(figure, start, top, metric, card)
        box = (start + room + 16, top + head, card - room - 16 - values, line * len(arms))
        axes = board.axes(figure, box, "x")
        cells = {arm: results[arm].get(metric, (np.nan, np.nan, np.nan, ())) for arm in arms}
        bests = {"ceiling": (ceilings or {}).get(metric, np.nan), "floor": (floors or {}).get(metric, np.nan)}
        _dot_rows(axes, cells, {word: best for word, best in bests.items() if np.isfinite(best)})
        for row, (arm, cell) in enumerate(cells.items()):
            baseline, digits = (
                top + head + (row + 0.42) * line + 4.5,
                2 if not cell[2] - cell[1] < 0.04 else 3,
            )
            board.write(
                figure,
                start,
                baseline,
                board.shorten(name_of(arm), room, FONT["label"]),
                color=text_colour(arm),
            )
            board.write(figure, start + card, baseline, board.number(cell[0], digits), ha="right")
    return figure


def _metric_head(figure: Figure, x: float, y: float, metric: str, room: float) -> None:
    """A measure's name, unit and better direction."""
    title, unit, better = METRICS[metric].named if metric in METRICS else (metric.replace("_", " "), "", None)
    title = title[:1].upper() + title[1:]
    board.write(figure, x, y + 14, board.shorten(title, room * 0.92, FONT["label"]), weight="bold")
    notes = [unit, f"{better} is better" if better else ""]
    board.note(figure, x, y + 32, ", ".join(note for note in notes if note))


def _dot_rows(
    axes: Axes, cells: Mapping[str, tuple[float, float, float, Sequence[float]]], bests: Mapping[str, float]
) -> None:
    """The marks of one panel of `metric_dots`: dots, intervals, seeds below, ceiling or floor behind."""
    numbers = [number for value, low, high, seeds in cells.values() for number in (value, low, high, *seeds)]
    finite = np.array([number for number in (*numbers, *bests.values()) if np.isfinite(number)] or [0.0, 1.0])
    low_end, high_end = finite.min(), finite.max()
    space = 0.08 * (high_end - low_end) or 0.05 * abs(high_end) or 0.05
    axes.set(xlim=(low_end - space, high_end + space), ylim=(len(cells), 0), yticks=[])
    for word, best in bests.items():
        board.dash(axes, [best, best], [0, len(cells)])
        side = "left" if best < (low_end + high_end) / 2 else "right"
        board.label(axes, best, -0.2, f"{word} {board.number(best)}", ha=side)
    for row, (arm, (value, low, high, seeds)) in enumerate(cells.items()):
        middle, paint = row + 0.42, mark_colour(arm)
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [middle, middle], color=paint, linewidth=LINE["interval"])
        if np.isfinite(value):
            marker = "D" if arm == "gold" else "o"
            axes.plot(value, middle, marker, color=paint, markersize=MARK["dot"], markeredgewidth=0)
        if len(seeds) > 1:
            token = arm if arm in STYLE["names"] else "rival"
            board.dots(
                axes, [seed for seed in seeds if np.isfinite(seed)], middle + 0.3, token, MARK["seed"], 0.6
            )


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
    figure, axes, (left, top, w, h) = board.line_panel(list(table), axis, measure, width, foot)
    slot = w / len(bins)
    crowded = max(board.width_of(name) for name in bins) > slot - 6  # then every second name stands lower
    axes.set_xlim(-0.5, len(bins) - 0.5)
    shifts = (np.arange(len(table)) - (len(table) - 1) / 2) * min(10.0, 0.2 * slot) / slot
    ends = {}
    for shift, (arm, values) in zip(shifts, table.items(), strict=True):
        x, paint, values = (
            np.arange(len(bins)) + shift,
            mark_colour(arm),
            np.where(np.isfinite(values), values, np.nan),
        )
        axes.vlines(x, values[:, 1], values[:, 2], color=paint, linewidth=LINE["interval"])
        dots = {"marker": "o", "markersize": MARK["dot"] - 1, "markeredgewidth": 0}
        axes.plot(x, values[:, 0], color=paint, linewidth=LINE["seed"], **dots)
        last = np.flatnonzero(np.isfinite(values[:, 0]))
        ends[arm] = (x[last[-1]], values[last[-1], 0]) if last.size else (np.nan, np.nan)
    board.from_zero(axes)
    if reference:
        board.dash(axes, np.arange(len(bins)), reference[1])
        board.label(axes, -0.45, float(reference[1][0]) + 0.035 * axes.get_ylim()[1], reference[0])
    axes.set_xticks([])
    for k, (name, number) in enumerate(zip(bins, n_items, strict=True)):
        at, down = left + (k + 0.5) * slot, 16 * (k % 2) if crowded else 0
        text = board.shorten(name, (2 if crowded else 1) * slot - 6)
        board.write(
            figure, at, top + h + 20 + down, text, ha="center", color=colour("muted"), fontsize=FONT["tick"]
        )
        board.note(figure, at, top + h + foot - 40, f"{number:,}", ha="center")
    board.note(figure, left - 7, top + h + foot - 40, "items", ha="right")
    board.name_lines(figure, axes, ends)
    return figure


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
    figure, axes, _ = board.line_panel(list(table), "epoch", measure, width)
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
    board.from_zero(axes)
    if top is not None:
        axes.set_ylim(0, top)
        for line in axes.get_lines():
            line.set_clip_on(True)
    if floor is not None:
        board.dash(axes, axes.get_xlim(), [floor, floor])
        board.label(axes, 1 + 0.01 * longest, floor, f"floor {board.number(floor)}", va="bottom")
    board.name_lines(figure, axes, ends)
    return figure
