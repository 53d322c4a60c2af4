"""Figures of damaged images, of answers withheld, and of the parts of an ensemble's entropy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, text_colour
from softlabel_book.robustness import corruptions
from softlabel_book.robustness.analysis import ARMS
from softlabel_book.robustness.conditions import ATTACKS
from softlabel_book.robustness.ensembles import PARTS
from softlabel_core.metrics import METRICS

TITLES = {
    **{kind: wording.capital(title) for kind, title in corruptions.TITLES.items()},
    "fgsm": "Attack of one step (FGSM)",
    "pgd": "Attack of ten steps (PGD)",
}
RISKS = {"error": "Share wrong about the majority vote", "disagreement": "Share of annotators who disagree"}
SHORT = {
    "fgsm": "FGSM",
    "pgd": "PGD",
    "noise": "Noise",
    "blur": "Blur",
    "contrast": "Contrast",
    "jpeg": "JPEG",
}


@styled
def degradation(
    conditions: Mapping[str, Mapping[str, Any]],
    measure: str = "kl",
    *,
    difference: bool = False,
    columns: int = 3,
    width: float = PAGE,
) -> Figure:
    """A measure from clean images to the most damaged ones, a panel for each corruption or attack.

    Parameters
    ----------
    conditions : mapping of name to mapping
        As `analysis.make` gives them: "clean", "noise-1" and so on.
    measure : str
        A measure that they hold.
    difference : bool
        Whether to draw soft less hard, from paired resamples, instead of both arms.
    columns : int
        Panels beside one another on a page; a phone has two at most.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If nothing but clean images was measured.
    """
    kinds = list(dict.fromkeys(name.partition("-")[0] for name in conditions if name != "clean"))
    if not kinds:
        raise ValueError("only clean images were measured; measure a corruption or an attack too.")
    columns = columns if width >= PAGE else min(columns, 2)
    left, gap, start, head, h, foot = 42.0, 18.0, 58.0, 26.0, 132.0, 52.0
    w = (width - left - (columns - 1) * gap) / columns
    tall = head + h + foot
    figure = canvas.blank(width, start + tall * math.ceil(len(kinds) / columns) - 8)
    canvas.write(figure, 0, 16, wording.shorten(_title(measure, difference), 0.98 * width, FONT["label"]))
    if difference:
        canvas.note(figure, 0, 38, _verdict(measure))
    else:
        canvas.key(figure, 40, ARMS)
    drawn = []
    corners = canvas.corners(len(kinds), columns, w + gap, tall, left, start)
    for kind, (column, x, y) in zip(kinds, corners, strict=True):
        canvas.write(figure, x, y + 14, _kind_title(kind, w), weight="bold")
        names = ["clean", *(name for name in conditions if name.partition("-")[0] == kind)]
        axes = canvas.axes(figure, (x, y + head, w, h), "y")
        _lines(axes, [conditions[name] for name in names], measure, difference)
        axes.set_xticks(range(len(names)), ["0", *(name.partition("-")[2] for name in names[1:])])
        unit = "grey levels of 255" if kind in ATTACKS else "severity"
        canvas.note(figure, x + w / 2, y + head + h + 38, unit, ha="center")
        drawn.append((axes, column))
    _same_height(drawn, measure, difference)
    return figure


def _title(measure: str, difference: bool) -> str:
    words = wording.titled(measure)
    return f"Soft less hard: {words}" if difference else wording.capital(words)


def _kind_title(kind: str, width: float) -> str:
    """A kind's title, or a short one where its bold letters would not fit."""
    return TITLES[kind] if 1.12 * wording.width_of(TITLES[kind], FONT["label"]) < width else SHORT[kind]


def _verdict(measure: str) -> str:
    """What the dashed line of no difference divides."""
    better = METRICS[measure].better
    side = {"lower": "below", "higher": "above"}.get(better or "")
    return "dashed: no difference" + (f"; {side} it soft labels are better" if side else "")


def _lines(axes: Axes, points: Sequence[Mapping[str, Any]], measure: str, difference: bool) -> None:
    """One panel's lines, with their intervals."""
    x = np.arange(len(points), dtype=float)
    axes.set_xlim(-0.3, len(points) - 0.7)
    dots = {"marker": "o", "markersize": MARK["dot"] - 3, "markeredgewidth": 0, "linewidth": LINE["seed"]}
    shifts = {"difference": 0.0} if difference else {"hard": -0.07, "soft": 0.07}
    for arm, shift in shifts.items():
        cells = [p["differences"] if difference else p["metrics"][arm] for p in points]
        value, low, high = estimates.intervals(cell[measure] for cell in cells)
        paint = colour("human") if difference else mark_colour(arm)
        axes.vlines(x + shift, low, high, color=paint, linewidth=LINE["interval"])
        axes.plot(x + shift, value, color=paint, **dots)
    if difference:
        canvas.dash(axes, axes.get_xlim(), [0, 0])


def _same_height(drawn: Sequence[tuple[Axes, int]], measure: str, difference: bool) -> None:
    """One vertical axis for all panels; only the first of a row names its numbers."""
    ends = [axes.get_ylim() for axes, _ in drawn]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    for axes, column in drawn:
        axes.set_ylim(low, high)
        if measure == "kl" and not difference:
            canvas.from_zero(axes)
        if measure == "accuracy":
            axes.yaxis.set_major_formatter(canvas.PERCENT)
        if column:
            axes.tick_params(labelleft=False)


@styled
def risk_coverage(
    passing: Mapping[str, Mapping[str, Any]], risk: str = "error", *, width: float = PAGE
) -> Figure:
    """Risk of the surest items by how many are answered, a panel for each condition.

    Parameters
    ----------
    passing : mapping of title to mapping
        What `abstaining.passing` returns.
    risk : {"error", "disagreement"}
    width : float
        CSS pixels.
    """
    columns = min(len(passing), 2) if width >= PAGE else 1
    left, gap, start, head, h, foot = 46.0, 48.0, 80.0, 26.0, 190.0, 52.0
    w = (width - left - 22 - (columns - 1) * gap) / columns
    tall = head + h + foot
    figure = canvas.blank(width, start + tall * math.ceil(len(passing) / columns) - 8)
    canvas.write(figure, 0, 16, RISKS[risk])
    canvas.key(figure, 40, ARMS)
    canvas.note(figure, 0, 60, "dashed: the best order that there is")
    drawn = []
    corners = canvas.corners(len(passing), columns, w + gap, tall, left, start)
    for (title, found), (column, x, y) in zip(passing.items(), corners, strict=True):
        canvas.write(figure, x, y + 14, wording.shorten(title, 0.88 * w, FONT["label"]), weight="bold")
        axes = canvas.axes(figure, (x, y + head, w, h), "y")
        _risk_lines(axes, found["coverage"], found["curves"][risk])
        text = "share of items answered, surest first"
        canvas.note(figure, x + w / 2, y + head + h + 38, text, ha="center")
        axes.yaxis.set_major_formatter(canvas.PERCENT)
        axes.xaxis.set_major_formatter(canvas.PERCENT)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.tick_params(labelleft=not column)
        drawn.append(axes)
    top = max(axes.get_ylim()[1] for axes in drawn)
    for axes in drawn:
        axes.set_ylim(0, top)
    return figure


def _risk_lines(axes: Axes, coverage: ArrayLike, curves: Mapping[str, Mapping[str, Any]]) -> None:
    """Both arms' curves with intervals as bands, and the mean of their best curves."""
    x = np.asarray(coverage, dtype=float)
    axes.set_xlim(0, 1.02)
    for arm in ARMS:
        value, low, high = np.array(curves[arm]["risk"], dtype=float).T
        axes.fill_between(x, low, high, color=mark_colour(arm), alpha=0.16, linewidth=0)
        axes.plot(x, value, color=mark_colour(arm), linewidth=LINE["mean"], clip_on=False)
    best = np.mean([curves[arm]["best"] for arm in ARMS], axis=0)
    canvas.dash(axes, x, best)


@styled
def parts(studies: Mapping[str, Mapping[str, Any]], *, width: float = PAGE) -> Figure:
    """Correlation of each part of an ensemble's entropy with human entropy, a panel for each study.

    Parameters
    ----------
    studies : mapping of title to mapping
        What `ensembles.decompose` returns.
    width : float
        CSS pixels.
    """
    columns = min(len(studies), 2) if width >= PAGE else 1
    gap, start, head, line, foot = 30.0, 58.0, 26.0, 40.0, 46.0
    card = (width - (columns - 1) * gap) / columns
    room, rows = max(wording.width_of(name) for name in PARTS), len(PARTS)
    tall = head + line * rows + foot
    figure = canvas.blank(width, start + tall * math.ceil(len(studies) / columns) - 8)
    canvas.write(figure, 0, 16, wording.shorten("Correlation with human entropy", width))
    canvas.key(figure, 40, ARMS)
    reach = _reach(studies)
    corners = canvas.corners(len(studies), columns, card + gap, tall, top=start)
    for (title, found), (_, x, y) in zip(studies.items(), corners, strict=True):
        heading = wording.shorten(f"{title}, {found['n_members']} members", 0.88 * card, FONT["label"])
        canvas.write(figure, x, y + 14, heading, weight="bold")
        axes = canvas.axes(figure, (x + room + 14, y + head, card - room - 14 - 4, line * rows), "x")
        axes.set(xlim=reach, ylim=(rows, 0), yticks=[])
        canvas.dash(axes, [0, 0], [0, rows])
        for row, part in enumerate(PARTS):
            canvas.small(figure, x, y + head + (row + 0.5) * line + 4.5, part, color=text_colour("human"))
            for arm, shift in (("hard", -0.14), ("soft", 0.14)):
                _dot(axes, found["arms"][arm][part]["pearson"], row + 0.5 + shift, arm)
    return figure


def _dot(axes: Axes, estimate: Mapping[str, float], height: float, arm: str) -> None:
    value, low, high = estimates.interval(estimate)
    canvas.span(axes, low, high, height, mark_colour(arm))
    if np.isfinite(value):
        canvas.dot(axes, value, height, mark_colour(arm), markersize=MARK["dot"] - 1)


def _reach(studies: Mapping[str, Mapping[str, Any]]) -> tuple[float, float]:
    """One horizontal axis for all studies, with zero in it."""
    cells = [
        estimates.interval(parts[part]["pearson"])
        for found in studies.values()
        for parts in found["arms"].values()
        for part in PARTS
    ]
    known = [end for cell in cells for end in cell[1:] if np.isfinite(end)] or [1.0]
    return canvas.around([0.0, *known], 0.05)


@styled
def damage(shown: Mapping[str, ArrayLike], *, width: float = PAGE) -> Figure:
    """One image as each corruption leaves it, a row a kind, mildest first.

    Parameters
    ----------
    shown : mapping of kind to array_like of uint8, shape [n_levels, height, width, channels]
        Each row begins with the clean image.
    width : float
        CSS pixels.
    """
    n = max(len(np.asarray(row)) for row in shown.values())
    name_room = max(wording.width_of(TITLES[kind]) for kind in shown) + 16
    wide = width >= PAGE
    left, gap = (name_room if wide else 0.0), 8.0
    tile = min((width - left - (n - 1) * gap) / n, 84.0)
    tall = tile + gap + (0 if wide else 22)
    figure = canvas.blank(width, 24 + tall * len(shown))
    for level in range(n):
        text = "clean" if level == 0 else f"{level}"
        canvas.note(figure, left + level * (tile + gap) + tile / 2, 14, text, ha="center")
    for row, (kind, images) in enumerate(shown.items()):
        y = 24 + row * tall
        canvas.small(figure, 0, y + (tile / 2 + 4 if wide else 13), TITLES[kind])
        for level, image in enumerate(np.asarray(images)):
            box = (left + level * (tile + gap), y + (0 if wide else 20), tile, tile)
            canvas.item_image(canvas.axes(figure, box), image)
    return figure
