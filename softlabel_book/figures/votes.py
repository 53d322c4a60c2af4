"""Votes: what annotators chose, and what a majority throws away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.canvas import Floats
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, text_colour
from softlabel_core import votes

LINE_HEIGHT = 20.0  # of a class, CSS pixels


class Scale(NamedTuple):
    """How votes are drawn: dots to a line and their distance, 0 for bars; the most votes, and a bar's length for them."""

    per_line: int
    step: float
    most: float
    longest: float


@styled
def vote_bars(
    counts: ArrayLike,
    class_names: Sequence[str],
    images: Sequence[ArrayLike] | None = None,
    captions: Sequence[str] | None = None,
    *,
    width: float = PAGE,
) -> Figure:
    """A few items, each with its votes: one dot a vote, or bars where there are too many to count.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    class_names : sequence of str
    images : sequence of arrays, optional
        Photographs uint8 [H, W, 3], or strokes [H, W] or [H, W, 1] (255, or 1.0, is full ink).
    captions : sequence of str, optional
        One line over each item.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `counts` are no votes, or there is not one name a class.
    """
    shown, names = largest(votes.check_counts(counts).astype(float), class_names, 12)
    chosen = np.flatnonzero(shown.any(axis=0))
    left_out, shown, names = len(names) - len(chosen), shown[:, chosen], [names[k] for k in chosen]
    room = min(max(wording.width_of(name) for name in names), 104.0)
    rows = math.ceil(len(shown) / (4 if width >= PAGE else 2))
    columns, gap = math.ceil(len(shown) / rows), 24.0 if width >= PAGE else 14.0
    start = room + 12
    panel = (width - start - gap * (columns - 1)) / columns
    tile = min(96.0, panel) if images is not None else 0.0
    head = (24.0 if captions else 2.0) + (tile + 10 if tile else 0.0)
    tall = head + LINE_HEIGHT * len(names) + 24
    figure = canvas.blank(width, rows * tall + (30 if left_out else 14))
    scale = _scale(shown.max(), panel)
    corners = canvas.corners(len(shown), columns, panel + gap, tall, start)
    for item, (column, left, top) in enumerate(corners):
        if captions:
            canvas.write(figure, left, top + 14, wording.shorten(captions[item], panel, FONT["label"]))
        if images is not None:
            picture = canvas.axes(figure, (left, top + head - tile - 10, tile, tile))
            canvas.item_image(picture, images[item])
        _item_votes(figure, (left, top + head, panel), shown[item], names, scale, 0 if column else room)
    canvas.note(figure, start, rows * tall + 4, "one dot is one vote" if scale.step else "numbers of votes")
    if left_out:
        text = "classes without a vote are left out"
        canvas.note(figure, max(0, min(start, width - wording.width_of(text))), rows * tall + 21, text)
    return figure


def _item_votes(
    figure: Figure,
    corner: tuple[float, float, float],
    numbers: Floats,
    names: Sequence[str],
    scale: Scale,
    room: float,
) -> None:
    """One item's votes from a corner (left, top, width) on, a line a class; names stand left of it where there is room."""
    left, top, panel = corner
    axes = canvas.axes(figure, (left, top, panel, LINE_HEIGHT * len(names)))
    axes.set(xlim=(0, panel), ylim=(LINE_HEIGHT * len(names), 0), xticks=[], yticks=[])
    for k, (name, number) in enumerate(zip(names, numbers, strict=True)):
        middle = LINE_HEIGHT * (k + 0.5)
        if room:
            canvas.small(figure, room, top + middle + 4.5, wording.shorten(name, room), ha="right")
        end = _votes(axes, number, middle, scale)
        if number:
            canvas.label(axes, end + 5, middle, f"{number:.0f}")


def _scale(most: float, panel: float) -> Scale:
    """Dots that fill a panel's width best, or bars where dots would be dust."""
    room, tall = panel - 30, LINE_HEIGHT - 3
    options = [(math.ceil(most / deep), deep) for deep in (1, 2, 3)]
    step, per_line = max((min(room / per_line, tall / deep, 8.0), per_line) for per_line, deep in options)
    return Scale(per_line, step if step >= 4 else 0.0, most, panel - 36)


def _votes(axes: Axes, number: float, middle: float, scale: Scale) -> float:
    """Draw one class's votes as a block of dots, or as a bar; return where it ends."""
    per_line, step, most, longest = scale
    if not step:
        axes.barh(middle, number / most * longest, height=9, color=colour("human"), linewidth=0)
        return number / most * longest
    index = np.arange(int(number))
    lines = math.ceil(int(number) / per_line)
    y = middle + (index // per_line - (lines - 1) / 2) * step
    canvas.dots(axes, step / 2 + index % per_line * step, y, "human", 0.8 * step)
    return min(number, per_line) * step


def largest(table: Floats, class_names: Sequence[str], limit: int) -> tuple[Floats, list[str]]:
    """The columns worth showing, in their own order, with the rest added up as "others".

    Parameters
    ----------
    table : numpy.ndarray, shape [n_rows, n_classes]
    class_names : sequence of str
    limit : int
        How many columns there may be, "others" among them.

    Raises
    ------
    ValueError
        If there is not one name a class.
    """
    if table.shape[1] != len(class_names):
        raise ValueError(
            f"there are {table.shape[1]} classes and {len(class_names)} class names; give one name a class."
        )
    if table.shape[1] <= limit:
        return table, list(class_names)
    keep = np.sort(np.argsort(-table.max(axis=0), kind="stable")[: limit - 1])
    rest = np.clip(table.sum(axis=1) - table[:, keep].sum(axis=1), 0, None)
    return np.column_stack([table[:, keep], rest]), [*(class_names[k] for k in keep), "others"]


@styled
def majority_discards(counts: ArrayLike, *, width: float = PAGE) -> Figure:
    """What a majority vote keeps of the votes, and what it throws away, item by item.

    Items stand in a row from the most to the least disputed; below the curve
    lie the votes that agree with the majority, above it those that are lost.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `counts` are no votes.
    """
    checked = votes.check_counts(counts)
    order = np.lexsort((~votes.ties(checked), votes.majority_share(checked)))
    share, tie = votes.majority_share(checked)[order], votes.ties(checked)[order]
    lost, unanimous = 1 - checked.max(axis=1).sum() / checked.sum(), float(np.mean(share == 1))
    figure = canvas.blank(width, 336)
    axes = canvas.axes(figure, (46, 46, width - 46 - 22, 240))
    _kept_and_lost(axes, share)
    axes.xaxis.set_major_formatter(canvas.PERCENT)
    axes.yaxis.set_major_formatter(canvas.PERCENT)
    canvas.write(figure, 0, 14, "share of an item's votes")
    text = f"thrown away: {wording.percent(lost)} of all votes"
    canvas.write(figure, 46, 38, text, color=text_colour("hard"))
    text = "items, from the most to the least disputed"
    canvas.write(figure, 46 + (width - 68) / 2, 328, text, ha="center")
    plain = {"gid": None, "color": colour("ink"), "ha": "right"}
    canvas.label(axes, 0.985, 0.3, f"kept: {wording.percent(1 - lost)} of all votes", **plain)
    if unanimous > 0.03:
        bracket = [1 - unanimous, 1 - unanimous, 1, 1]
        axes.plot(bracket, [0.09, 0.065, 0.065, 0.09], color=colour("ink"), linewidth=1)
    text = f"unanimous: {wording.percent(unanimous)} of items" if unanimous else "no item is unanimous"
    canvas.label(axes, 0.985, 0.15, text, **plain)
    if tied := int(tie.sum()):
        places = (np.unique(np.flatnonzero(tie) * 200 // len(tie)) + 0.5) / 200
        canvas.dots(axes, places, 0.02, "hard", MARK["seed"])
        text = f"{tied:,} {'item is a tie' if tied == 1 else 'items tie'}"
        canvas.label(axes, 0.015, 0.085, text, gid=None, color=text_colour("hard"))
    return figure


def _kept_and_lost(axes: Axes, share: Floats) -> None:
    """Below the curve of the majorities' rising shares what is kept, above it what is lost."""
    edges = np.linspace(0, 1, min(len(share), 300) + 1)
    heights = share[(edges[:-1] * len(share)).astype(int)]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.stairs(heights, edges, fill=True, color=colour("human"), alpha=0.13, linewidth=0)
    lost_area = {"baseline": heights, "fill": True, "color": colour("hard"), "alpha": 0.85, "linewidth": 0}
    axes.stairs(np.ones_like(heights), edges, **lost_area)
    axes.stairs(heights, edges, color=colour("human"), linewidth=LINE["interval"], baseline=None)
