"""Two measures of the fair trial against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.estimates import Interval
from softlabel_book.figures.style import styled
from softlabel_book.palette import LINE, PAGE, colour
from softlabel_book.rivals.figures import arm_looks, name_places
from softlabel_core.metrics import METRICS

Cell = tuple[Interval, Interval]  # of the horizontal and the vertical axis


@styled
def plane(
    numbers: Mapping[str, Any],
    metrics: tuple[str, str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """Two measures against each other on one data set, every arm a dot with the cross of its intervals.

    Lines join the hard and the soft arm with what rules after training make of them.

    Parameters
    ----------
    numbers : mapping
        What `RIVALS.read` gives; used is `metrics`.
    metrics : (str, str)
        Keys of `metrics.METRICS`, of the horizontal and the vertical axis.
    width : float
        CSS pixels. Below a page's width, dots bear numbers and their names stand below.

    Raises
    ------
    ValueError
        If no arm has both measures.
    """
    order = [arm for arms in arm_looks.grouped(list(numbers["metrics"])).values() for arm in arms]
    found = {arm: _cell(numbers["metrics"][arm], metrics) for arm in order}
    cells = {arm: (x, y) for arm, (x, y) in found.items() if np.isfinite([x[0], y[0]]).all()}
    if not cells:
        raise ValueError(f"no arm has both {metrics[0]} and {metrics[1]}; pass what `RIVALS.read` returns.")
    absent = [arm_looks.name(arm) for arm in found if arm not in cells]
    notes = wording.wrapped(f"Without a number here: {'; '.join(absent)}", width) if absent else []
    wide = width >= PAGE
    names = {arm: arm_looks.name(arm) if wide else str(index) for index, arm in enumerate(cells, start=1)}
    box = (44.0, 46.0, width - 44 - 10, 430.0 if wide else 300.0)
    below = box[1] + box[3] + 50.0
    keyed = 0 if wide else 19 * len(cells)
    figure = canvas.blank(width, below + keyed + 18 * len(notes) + (24 if keyed or notes else 0))
    axes = canvas.axes(figure, box, "both")
    across, up = (
        canvas.around([end for cell in cells.values() for end in cell[side]], 0.04) for side in (0, 1)
    )
    axes.set(xlim=across, ylim=up)
    along, above = (wording.capital(wording.titled(metric)) for metric in metrics)
    canvas.write(figure, box[0] + box[2] / 2, below - 10, along, ha="center")
    canvas.write(figure, 0, 16, above)
    canvas.note(figure, 0, 33, _corner(metrics))
    _crosses(axes, cells)
    _names(axes, cells, names)
    if not wide:
        _numbered(figure, below + 20, names)
    for index, text in enumerate(notes):
        canvas.note(figure, 0, below + keyed + 18 + 18 * index, text)
    return figure


def _cell(values: Mapping[str, Any], metrics: tuple[str, str]) -> Cell:
    """An arm's two measures with their intervals."""
    x, y = (estimates.interval(values.get(metric)) for metric in metrics)
    return x, y


def _names(axes: Axes, cells: Mapping[str, Cell], names: Mapping[str, str]) -> None:
    """Every dot's name at the nearest free place, with a line to the dot where it is not plain whose it is."""
    dots = {arm: name_places.Dot(name, *_at(axes, cells[arm])) for arm, name in names.items()}
    first = sorted(dots, key=lambda arm: arm not in arm_looks.IN_COLOUR)
    lines = list(_lines(axes, cells))
    for arm, place in name_places.places({arm: dots[arm] for arm in first}, lines, axes.bbox.extents).items():
        if place.leader:
            start = (cells[arm][0][0], cells[arm][1][0])
            end = axes.transData.inverted().transform(place.leader)
            look: dict[str, Any] = {"linewidth": LINE["rule"], "zorder": 2.2}
            axes.plot(*zip(start, end, strict=True), color=colour("muted"), **look)
        x, y = axes.transData.inverted().transform((place.x, place.y))
        canvas.label(axes, x, y, names[arm], color=arm_looks.ink(arm), ha="center")


def _at(axes: Axes, cell: Cell) -> name_places.Point:
    """Where an arm's dot lies, in CSS pixels."""
    x, y = axes.transData.transform((cell[0][0], cell[1][0]))
    return float(x), float(y)


def _lines(axes: Axes, cells: Mapping[str, Cell]) -> Iterator[tuple[name_places.Point, name_places.Point]]:
    """Ends of lines that no name should cross: crosses of hard and soft, and lines to what rules make of them."""
    for arm, ((x, left, right), (y, low, high)) in cells.items():
        before, _, rule = arm.partition("/")
        if rule and before in cells:
            yield _at(axes, cells[before]), _at(axes, cells[arm])
        if arm in arm_looks.IN_COLOUR:
            for ends in (((left, y), (right, y)), ((x, low), (x, high))):
                if np.isfinite(ends).all():
                    one, other = axes.transData.transform(ends)
                    yield tuple(one), tuple(other)


def _numbered(figure: Figure, y: float, numbers: Mapping[str, str]) -> None:
    """What the numbers at the dots stand for, below one another."""
    room = canvas.width_in_pixels(figure) - 30
    for index, (arm, number) in enumerate(numbers.items()):
        baseline, ink = y + 19 * index, arm_looks.ink(arm)
        canvas.small(figure, 20, baseline, number, color=ink, ha="right")
        canvas.small(figure, 30, baseline, wording.shorten(arm_looks.name(arm), room), color=ink)


def _corner(metrics: tuple[str, str]) -> str:
    """Where the better models lie."""
    sides = {"lower": ("left", "bottom"), "higher": ("right", "top")}
    better = [METRICS[metric].better for metric in metrics]
    if None in better:
        return ""
    across, up = (sides[str(side)][index] for index, side in enumerate(better))
    return f"better towards the {up} {across}"


def _crosses(axes: Axes, cells: Mapping[str, Cell]) -> None:
    """Crosses, lines from an arm to its rules, and dots of `plane`."""
    for arm, ((x, left, right), (y, low, high)) in cells.items():
        look: dict[str, Any] = {"color": arm_looks.paint(arm), "linewidth": LINE["seed"], "zorder": 1.8}
        strength = 0.9 if arm in arm_looks.IN_COLOUR else 0.3
        if np.isfinite([left, right]).all():
            axes.plot([left, right], [y, y], alpha=strength, **look)
        if np.isfinite([low, high]).all():
            axes.plot([x, x], [low, high], alpha=strength, **look)
        before, _, rule = arm.partition("/")
        if rule and before in cells:
            at = cells[before]
            path = ([at[0][0], x], [at[1][0], y])
            axes.plot(*path, color=arm_looks.paint(before), linewidth=LINE["interval"], zorder=2.4)
        axes.plot(x, y, **arm_looks.mark(arm))
