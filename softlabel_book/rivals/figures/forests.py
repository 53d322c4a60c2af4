"""Every arm of the fair trial, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.estimates import Interval
from softlabel_book.figures.style import styled
from softlabel_book.palette import LINE, PAGE, colour
from softlabel_book.rivals.figures import arm_looks
from softlabel_core.metrics import METRICS

SPACE = 0.06  # beside the outermost marks, as a share of their range


class Row(NamedTuple):
    """Where a row of `forest` lies, in CSS pixels below the top of its panel."""

    arm: str
    label: float  # middle of its name
    mark: float  # middle of its marks


class Layout(NamedTuple):
    """Rows of a block, middles of its groups' names by name, and its height, in CSS pixels."""

    rows: list[Row]
    heads: dict[str, float]
    height: float


@styled
def forest(
    studies: Mapping[str, Mapping[str, Any]],
    metrics: Sequence[str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """Every arm's value with its interval, a row an arm, a column a measure, a block a data set.

    Arms stand by what they were taught. Thin lines carry the hard and the soft arm's value
    through all rows, so that a rival is read against both.

    Parameters
    ----------
    studies : mapping of title to mapping
        What `RIVALS.read` gives; used are `metrics`, `ceilings`, `floors`, `class_means`.
    metrics : sequence of str
        Keys of `metrics.METRICS`, in the order of the columns.
    width : float
        CSS pixels. Below a page's width, names stand above their marks and values are left out.

    Raises
    ------
    ValueError
        If there is no data set or no measure.
    """
    if not studies or not metrics:
        raise ValueError("no trial or no measure given; pass what `RIVALS.read` returns for each data set.")
    wide = width >= PAGE
    names = [arm_looks.name(arm) for each in studies.values() for arm in (*each["metrics"], arm_looks.MEANS)]
    room = min(max(map(wording.width_of, names)), 0.4 * width) + 12 if wide else 0.0
    gap = 24.0 if wide else 20.0
    card = (width - room - (len(metrics) - 1) * gap) / len(metrics)
    titles = {key: wording.wrapped(wording.capital(METRICS[key].title), card) for key in metrics}
    head = 34.0 + 17 * max(map(len, titles.values())) + 38
    layouts = {title: _rows(numbers, wide) for title, numbers in studies.items()}
    talls = [head + layout.height + 54 for layout in layouts.values()]
    figure, top = canvas.blank(width, sum(talls) - 20), 0.0
    for (title, layout), tall in zip(layouts.items(), talls, strict=True):
        canvas.title(figure, 0, top + 16, title)
        start, height = top + head, layout.height
        for group, y in layout.heads.items():
            canvas.note(figure, 0, start + y + 4.5, group, color=colour("ink"), weight="bold")
        for index, metric in enumerate(metrics):
            left = room + index * (card + gap)
            _measure_head(figure, left, top + 42, titles[metric], metric)
            box = (left, start, card - 44, height) if wide else (left + 8, start, card - 16, height)
            _forest_panel(figure, box, studies[title], metric, layout.rows, values=wide)
        for row in layout.rows:
            shown = wording.shorten(arm_looks.name(row.arm), room - 12 if wide else width)
            canvas.small(figure, 0, start + row.label + 4.5, shown, color=arm_looks.ink(row.arm))
        top += tall
    return figure


def _measure_head(figure: Figure, x: float, y: float, title: Sequence[str], metric: str) -> None:
    """A measure's name over its column, its unit and its better direction."""
    for index, line in enumerate(title):
        canvas.write(figure, x, y + 17 * index, line)
    canvas.note(figure, x, y + 17 * len(title), wording.reading(metric))


def _rows(numbers: Mapping[str, Any], wide: bool) -> Layout:
    """Where the rows of a block lie, and the names of its groups."""
    groups = arm_looks.grouped(list(numbers["metrics"]))
    if numbers.get("class_means"):
        groups[arm_looks.CONTROLS] = [*groups.get(arm_looks.CONTROLS, []), arm_looks.MEANS]
    rows, heads, y = [], {}, 0.0
    for group, members in groups.items():
        heads[group] = y + 12
        y += 26
        for arm in members:
            rows.append(Row(arm, y + 10, y + (10 if wide else 26)))
            y += 21 if wide else 38
        y += 12
    return Layout(rows, heads, y - 4)


def _forest_panel(
    figure: Figure,
    box: canvas.Box,
    numbers: Mapping[str, Any],
    metric: str,
    rows: Sequence[Row],
    values: bool,
) -> None:
    """Marks of one measure on one data set; vertical data coordinates are CSS pixels from the panel's top."""
    left, top, w, height = box
    axes = canvas.axes(figure, box)
    cells, bests = _cells(numbers, metric, rows), _bests(numbers, metric)
    trained = [end for arm, cell in cells.items() if arm != arm_looks.MEANS for end in cell]
    means = cells.get(arm_looks.MEANS, ())[:1]
    axes.set(xlim=_held(trained, [*bests.values(), *means]), ylim=(height, 0), yticks=[])
    bands = [(0.0, height)] if values else [(row.mark - 10, row.mark + 10) for row in rows]
    arm_looks.grid(axes, bands)
    for name, best in bests.items():
        _best(axes, name, best, bands)
    for arm in arm_looks.IN_COLOUR:
        if np.isfinite(cells.get(arm, estimates.NONE)[0]):
            look = {"color": arm_looks.paint(arm), "linewidth": LINE["rule"], "alpha": 0.6, "zorder": 1.6}
            axes.plot(*arm_looks.upright(cells[arm][0], bands), **look)
    for row in rows:
        _row(axes, row, cells[row.arm], number_beyond=not values)
        if values:
            said = wording.number(cells[row.arm][0], 3)
            baseline, ink = top + row.mark + 4.5, arm_looks.ink(row.arm)
            canvas.note(figure, left + w + 44, baseline, said, ha="right", color=ink)


def _cells(numbers: Mapping[str, Any], metric: str, rows: Sequence[Row]) -> dict[str, Interval]:
    """Every row's value with its interval; the class means have none."""
    means = {"value": (numbers.get("class_means") or {}).get(metric)}
    found = {row.arm: numbers["metrics"].get(row.arm, {}).get(metric) for row in rows}
    return {arm: estimates.interval(means if arm == arm_looks.MEANS else cell) for arm, cell in found.items()}


def _bests(numbers: Mapping[str, Any], metric: str) -> dict[str, float]:
    """The measure's ceiling or floor, by name, where it is known."""
    limit = METRICS[metric].limit
    best = (numbers.get(f"{limit}s") or {}).get(metric) if limit else None
    return {} if best is None or not np.isfinite(best) else {str(limit): float(best)}


def _row(axes: Axes, row: Row, cell: Interval, number_beyond: bool) -> None:
    """A row's mark with its interval; an arrow, and its number if wanted, where it lies beyond the axes."""
    value, low, high = cell
    canvas.span(axes, low, high, row.mark, arm_looks.paint(row.arm))
    if not np.isfinite(value):
        return
    at, beyond = _inside(axes, value)
    axes.plot(at, row.mark, **(arm_looks.mark(row.arm) | ({"marker": beyond} if beyond else {})))
    if beyond and number_beyond:
        side = 1 if beyond == "<" else -1
        x = at + side * 0.07 * np.ptp(axes.get_xlim())
        canvas.label(axes, x, row.mark, wording.number(value), ha="left" if side > 0 else "right")


def _best(axes: Axes, name: str, best: float, bands: arm_looks.Bands) -> None:
    """A ceiling or floor: a dashed line with its name, or the name with an arrow where it lies beyond the axes."""
    _, beyond = _inside(axes, best)
    if beyond:
        low, high = axes.get_xlim()
        said = f"{name} {wording.number(best)}"
        text = f"\N{LEFTWARDS ARROW} {said}" if beyond == "<" else f"{said} \N{RIGHTWARDS ARROW}"
        canvas.label(axes, low if beyond == "<" else high, -8, text, ha="left" if beyond == "<" else "right")
        return
    canvas.dash(axes, *arm_looks.upright(best, bands))
    side = "left" if best < np.mean(axes.get_xlim()) else "right"
    canvas.label(axes, best, -8, f"{name} {wording.number(best)}", ha=side)


def _inside(axes: Axes, value: float) -> tuple[float, str]:
    """A value, or the axes' end with the arrow that points to it."""
    low, high = axes.get_xlim()
    inset = 0.03 * (high - low)
    if value < low:
        return low + inset, "<"
    return (high - inset, ">") if value > high else (value, "")


def _held(trained: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis for all arms, and for what stands beside them unless it would squeeze them to less than half."""
    known = [end for end in trained if np.isfinite(end)]
    if not known:
        return canvas.around(others, SPACE)
    span = max(known) - min(known)
    for other in sorted(others, key=lambda value: max(value - max(known), min(known) - value)):
        if np.isfinite(other) and max([*known, other]) - min([*known, other]) <= 2 * span:
            known.append(other)
    return canvas.around(known, SPACE)
