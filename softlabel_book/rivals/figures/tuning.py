"""What soft labels change against hard ones: with and without tuning, on all items and on the ambiguous half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softlabel_book import published, tables
from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.estimates import Interval
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour
from softlabel_book.rivals.figures import arm_looks
from softlabel_book.summary import Change
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Estimate


class Look(NamedTuple):
    """How one kind of change is named and marked: marker "o" or "D", and a token of the palette."""

    name: str
    marker: str
    token: str


TUNINGS = {
    "untuned": Look("not tuned", "o", "rival"),
    "own": Look("tuned by own labels", "o", "soft"),
    "votes": Look("tuned by the votes", "D", "human"),
}
HALVES = {
    "all": Look("all items", "o", "soft"),
    "half": Look("ambiguous half", "D", "soft"),
    "all, other votes": Look("all items, by other votes", "o", "rival"),
    "half, other votes": Look("ambiguous half, by other votes", "D", "rival"),
}
LINE_HEIGHT = 18.0  # of a mark, CSS pixels

Study = tuple[str, Mapping[str, Mapping[str, Change]]]  # title, changes by kind and measure


class Drawn(NamedTuple):
    """What is drawn: the kinds of change by key, in order, and the measures whose plain difference is shown."""

    kinds: Mapping[str, Look]
    differences: frozenset[str] = frozenset()

    def shown(self, change: Change, metric: str) -> Estimate:
        """The part of a change that is drawn: a share of the hard arm's value, or the difference."""
        return change.difference if metric in self.differences else change.relative

    def written(self, value: float, metric: str, digits: int = 2) -> str:
        """A value as a label or a tick says it; so many digits of a difference."""
        if metric in self.differences:
            return wording.number(value, digits)
        return tables.percent(value) if abs(value) > 1e-9 else "0%"


@styled
def tuning_ratio(
    rows: Sequence[Study],
    metrics: Sequence[str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """What soft labels change against hard ones, in percent, without tuning and with it; the paper's claim dashed.

    An interval that would dwarf all values is cut at the panel's edge and ends in an arrow. A change that has no
    percentage, because the hard arm's value may be 0, has no mark; its row says so.

    Parameters
    ----------
    rows : sequence of (title, mapping)
        For each study: "untuned", "own" and "votes", as far as recorded, each the soft arm's
        changes by metric.
    metrics : sequence of str
        Keys of `metrics.METRICS`.
    width : float
        CSS pixels. Below a page's width, panels stand below one another.

    Raises
    ------
    ValueError
        If there is no study.
    """
    return _changes(rows, metrics, Drawn(TUNINGS), width)


@styled
def halves_ratio(
    rows: Sequence[Study],
    metrics: Sequence[str] = ("kl", "entropy_pearson"),
    differences: Sequence[str] = ("entropy_pearson",),
    *,
    width: float = PAGE,
) -> Figure:
    """What soft labels change on all items and on the more ambiguous half of them; the paper's claim dashed.

    In grey the check, which matters where votes are few: the half was chosen by one half of each item's votes, and
    all items as well as the half are scored against the other. Cut intervals and missing
    percentages as in `tuning_ratio`.

    Parameters
    ----------
    rows : sequence of (title, mapping)
        For each study: "all", "half", "all, other votes" and "half, other votes", as far as known, each the soft arm's
        changes by metric, see `headline.ambiguous_half`.
    metrics : sequence of str
        Keys of `metrics.METRICS`.
    differences : sequence of str
        Those of them that are shown as plain differences: on the ambiguous half a hard arm's correlation may be 0,
        and a percentage of it says nothing.
    width : float
        CSS pixels. Below a page's width, panels stand below one another.

    Raises
    ------
    ValueError
        If there is no study.
    """
    return _changes(rows, metrics, Drawn(HALVES, frozenset(differences)), width)


def _changes(rows: Sequence[Study], metrics: Sequence[str], drawn: Drawn, width: float) -> Figure:
    """Changes of every kind, a block a study and a panel a measure."""
    if not rows:
        raise ValueError("no study given; pass a title and the changes of each kind.")
    wide = width >= PAGE
    room, gap = (158.0 if wide else 0.0), 28.0
    card = (width - room - (len(metrics) - 1) * gap) / len(metrics) if wide else width
    top = 14.0 + (0 if wide else 18 * (len(drawn.kinds) - 1) + 4)
    blocks, height = _study_blocks(rows, metrics, drawn, room - 14 if wide else width, wide)
    head, foot = 74.0, 44.0
    tall = head + height + foot
    figure = canvas.blank(width, top + tall * (1 if wide else len(metrics)) - 12)
    _key(
        figure, 14, wide, [look for kind, look in drawn.kinds.items() if any(kind in row for _, row in rows)]
    )
    inset = 0 if wide else 16  # a phone's panel begins at the edge, where half of a tick's name would be lost
    corners = canvas.corners(len(metrics), len(metrics) if wide else 1, card + gap, tall, room, top + 18)
    for metric, (column, left, start) in zip(metrics, corners, strict=True):
        what = "Difference" if metric in drawn.differences else "Change"
        canvas.write(figure, left, start + 14, f"{what} of {_short(metric)}, soft against hard")
        better = METRICS[metric].better
        canvas.note(figure, left, start + 31, f"{better} is better" if better else "")
        box = (left + inset, start + head - 18, card - 52 - inset, height)
        _change_panel(figure, box, rows, metric, drawn, blocks, wide)
        if not column:
            _block_words(figure, box[1], blocks)
    return figure


class Block(NamedTuple):
    """A study's words, its top and the middles of its marks by kind, in CSS pixels."""

    title: list[str]
    notes: list[str]
    top: float
    marks: dict[str, float]


def _short(metric: str) -> str:
    return tables.SHORT.get(metric, metric)


def _block_words(figure: Figure, top: float, blocks: Sequence[Block]) -> None:
    """Titles of the studies and what has no percentage, below one another."""
    for block in blocks:
        baseline = top + block.top + 13
        for shift, text in enumerate(block.title):
            canvas.small(figure, 0, baseline + 16 * shift, text)
        for shift, text in enumerate(block.notes, start=len(block.title)):
            canvas.note(figure, 0, baseline + 16 * shift, text)


def _study_blocks(
    rows: Sequence[Study], metrics: Sequence[str], drawn: Drawn, room: float, wide: bool
) -> tuple[list[Block], float]:
    """A block for each study, and the height of all."""
    blocks, y = [], 0.0
    for title, changes in rows:
        kinds = [kind for kind in drawn.kinds if kind in changes]
        said = [
            f"{_short(metric)} {drawn.kinds[kind].name}: no percentage"
            for metric in metrics
            for kind in kinds
            if metric in changes[kind] and not _defined(drawn.shown(changes[kind][metric], metric))
        ]
        heading = wording.wrapped(title, room)
        notes = [part for text in said for part in wording.wrapped(text, room)]
        words = 16 * (len(heading) + len(notes)) + 4
        begin = 0 if wide else words + 2
        marks = {kind: y + begin + LINE_HEIGHT * (index + 0.5) for index, kind in enumerate(kinds)}
        blocks.append(Block(heading, notes, y, marks))
        tall = LINE_HEIGHT * len(kinds)
        y += (max(words, tall) if wide else begin + tall) + 16
    return blocks, y - 8


def _defined(shown: Estimate) -> bool:
    """Whether there is something worth drawing, see `tables.share`."""
    return shown.defined and bool(np.isfinite(shown.value))


def _key(figure: Figure, y: float, wide: bool, looks: Sequence[Look]) -> None:
    """What the marks that are drawn stand for, beside one another or below."""
    x = 0.0
    for index, look in enumerate(looks):
        dot = {"o": "●", "D": "◆"}[look.marker]
        down = 0 if wide else 18 * index
        canvas.write(figure, x, y + down, dot, color=colour(look.token), fontsize=FONT["note"])
        canvas.note(figure, x + 14, y + down, look.name)
        x += 14 + wording.width_of(look.name, FONT["note"]) + 18 if wide else 0


def _change_panel(
    figure: Figure,
    box: canvas.Box,
    rows: Sequence[Study],
    metric: str,
    drawn: Drawn,
    blocks: Sequence[Block],
    wide: bool,
) -> None:
    """Marks of one measure's changes; vertical data coordinates are CSS pixels from the panel's top."""
    left, top, w, height = box
    axes = canvas.axes(figure, box)
    axes.xaxis.set_major_formatter(lambda value, _: drawn.written(value, metric))
    marks = [
        (drawn.kinds[kind], y, drawn.shown(changes[kind][metric], metric))
        for (_, changes), block in zip(rows, blocks, strict=True)
        for kind, y in block.marks.items()
        if metric in changes[kind]
    ]
    cells = [(look, y, estimates.interval(each) if _defined(each) else None) for look, y, each in marks]
    shown = [cell for _, _, cell in cells if cell]
    claim = published.paper_claim().change(metric) if metric not in drawn.differences else np.nan
    axes.set(xlim=_cut([0.0, claim, *(cell[0] for cell in shown)], shown), ylim=(height, 0), yticks=[])
    ends = [list(block.marks.values()) for block in blocks]
    bands = [(0.0, height)] if wide else [(min(ys) - 9, max(ys) + 9) for ys in ends if ys]
    _zero_and_claim(axes, claim, bands)
    for look, y, cell in sorted(cells, key=lambda each: each[2] is None):  # what has no percentage comes last
        if cell:
            _change(axes, y, cell, look)
        said = drawn.written(cell[0], metric, digits=3) if cell else tables.DASH
        canvas.note(figure, left + w + 52, top + y + 4.5, said, ha="right")


def _zero_and_claim(axes: Axes, claim: float, bands: arm_looks.Bands) -> None:
    """What the marks are read against: a grid, no change, and the paper's change if it names one."""
    arm_looks.grid(axes, bands)
    look: dict[str, Any] = {"linewidth": LINE["ceiling"], "zorder": 1.7}
    axes.plot(*arm_looks.upright(0, bands), color=colour("muted"), **look)
    if np.isfinite(claim):
        canvas.dash(axes, *arm_looks.upright(claim, bands))
        side = "left" if claim < np.mean(axes.get_xlim()) else "right"
        canvas.label(axes, claim, -9, f"the paper {tables.percent(claim)}", ha=side)


def _cut(values: Sequence[float], cells: Sequence[Interval]) -> tuple[float, float]:
    """Ends of an axis with all values, and intervals up to a third of the values' range beyond them."""
    finite = [value for value in values if np.isfinite(value)]
    low, high = min(finite), max(finite)
    beyond = (high - low or 0.1) / 3
    ends = [float(np.clip(end, low - beyond, high + beyond)) for cell in cells for end in cell[1:]]
    return canvas.around([*finite, *ends], 0.06)


def _change(axes: Axes, y: float, cell: Interval, kind: Look) -> None:
    """One change with its interval; arrows where the interval goes on beyond the axes."""
    value, low, high = cell
    _, marker, token = kind
    left, right = axes.get_xlim()
    inset = 0.025 * (right - left)
    if np.isfinite([low, high]).all():
        seen = np.clip([low, high], left + inset, right - inset)
        axes.plot(seen, [y, y], color=colour(token), linewidth=LINE["interval"])
        for end, beyond, arrow in ((0, low < left, "<"), (1, high > right, ">")):
            if beyond:
                look: dict[str, Any] = {"markersize": MARK["dot"] - 2, "markeredgewidth": 0}
                axes.plot(seen[end], y, arrow, color=colour(token), **look)
    size = MARK["dot"] - (1.5 if marker == "D" else 0)
    axes.plot(value, y, marker, color=colour(token), markersize=size, markeredgewidth=0, zorder=3)
