"""Figures of what few votes tell, and of how raters differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, name_of, text_colour
from softlabel_core import votes


@styled
def half_against_half(panels: Mapping[str, Mapping[str, Any]], *, width: float = PAGE) -> Figure:
    """Entropy of one half of each item's votes against that of the other half, one panel a data set.

    Parameters
    ----------
    panels : mapping of title to mapping
        `first`, `second`: middles of cells of the two entropies, nats, shape [n_cells];
        `items`: how many items lie in each, drawn as the area of a dot (a `vote_summary`
        has merged cells of too few);
        `correlation` of the two halves; `ceiling`, the correlation of a perfect model
        with all the votes.
    width : float
        CSS pixels.
    """
    columns = min(len(panels), 2) if width >= PAGE else 1
    left, head, gap = 46.0, 70.0, 40.0
    side = min((width - left - (columns - 1) * gap) / columns - 8, 300.0)
    tall = head + side + 62
    figure = canvas.blank(width, tall * math.ceil(len(panels) / columns) - 6)
    top = max(float(np.max([panel["first"], panel["second"]])) for panel in panels.values()) + 0.05
    corners = canvas.corners(len(panels), columns, side + 8 + gap, tall, left)
    for (title, panel), (column, x, y) in zip(panels.items(), corners, strict=True):
        canvas.title(figure, x, y + 14, title)
        canvas.write(figure, x, y + 34, f"the halves correlate at {wording.number(panel['correlation'])}")
        canvas.note(figure, x, y + 52, f"ceiling {wording.number(panel['ceiling'])}")
        axes = canvas.axes(figure, (x, y + head, side, side), "both")
        axes.set(xlim=(-0.06 * top, 1.06 * top), ylim=(-0.06 * top, 1.06 * top))
        axes.plot([0, top], [0, top], color=colour("muted"), linewidth=LINE["rule"], zorder=1.5)
        share = np.asarray(panel["items"], dtype=float) / np.sum(panel["items"])
        look = {"s": (0.25 * side) ** 2 * share, "color": colour("human"), "alpha": 0.6, "linewidth": 0}
        axes.scatter(panel["first"], panel["second"], **look)
        canvas.write(figure, x + side / 2, y + head + side + 40, "entropy of one half, nats", ha="center")
        if column == 0:
            text = "entropy of the other half, nats"
            canvas.write(figure, 12, y + head + side / 2, text, rotation=90, ha="center")
    return figure


@styled
def by_number(
    x: ArrayLike,
    lines: Mapping[str, ArrayLike],
    *,
    axis: str,
    measure: str,
    names: Mapping[str, str] | None = None,
    hollow: Sequence[str] = (),
    reference: tuple[str, float] | None = None,
    points: Mapping[str, tuple[float, float]] | None = None,
    width: float = PAGE,
) -> Figure:
    """A measure by a number such as votes an item: one line an arm or an estimate.

    Parameters
    ----------
    x : array_like, shape [n]
        Numbers that rise; they stand at equal distances.
    lines : mapping of key to array_like, shape [n]
        What is NaN or infinite leaves a gap.
    axis, measure : str
        Names of the two axes, with units.
    names : mapping of key to str, optional
        What to call a line that is no arm.
    hollow : sequence of str
        Keys of lines with hollow dots, to tell them from others of their colour.
    reference : (name, value), optional
        A value to read the lines against, drawn dashed.
    points : mapping of name to (x, y), optional
        Single values to stand beside the lines.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If a line has another number of values than `x`.
    """
    numbers = np.asarray(x, dtype=float)
    places = np.arange(len(numbers), dtype=float)
    table = {key: _checked(key, line, numbers) for key, line in lines.items()}
    called = {key: (names or {}).get(key, name_of(key)) for key in lines}
    singles = {name: (float(np.interp(at, numbers, places)), y) for name, (at, y) in (points or {}).items()}
    figure, axes, _ = canvas.line_panel(list(called.values()), axis, measure, width)
    axes.set(xlim=(-0.25, len(numbers) - 0.75))
    for key, values in table.items():
        face = colour("paper") if key in hollow else mark_colour(key)
        look = {"marker": "o", "markersize": MARK["dot"] - 2, "markerfacecolor": face, "clip_on": False}
        axes.plot(places, values, color=mark_colour(key), linewidth=LINE["interval"], zorder=3, **look)
    axes.set_xticks(places, [f"{number:g}" for number in numbers])
    for at, value in singles.values():
        axes.plot(at, value, "D", color=colour("rival"), markersize=MARK["dot"] - 1)
    canvas.from_zero(axes)
    step = 0.05 * np.ptp(axes.get_ylim())
    middle = np.mean([np.asarray(line, dtype=float) for line in lines.values()], axis=0)
    for name, (at, value) in singles.items():
        away = step if value > np.interp(at, places, middle) else -step
        canvas.label(axes, at, value + away, name, ha="center")
    if reference:
        canvas.dash(axes, axes.get_xlim(), [reference[1]] * 2)
        canvas.label(axes, -0.1, reference[1] - step, f"{reference[0]} {wording.number(reference[1])}")
    if width >= PAGE:
        ends = {key: canvas.last_point(places, values) for key, values in table.items()}
        canvas.name_lines(figure, axes, ends, called)
    else:
        _key(figure, called, hollow)
    return figure


def _checked(key: str, line: ArrayLike, numbers: canvas.Floats) -> canvas.Floats:
    """A line's values, NaN where one is not finite."""
    values = np.asarray(line, dtype=float)
    if values.shape != numbers.shape:
        raise ValueError(
            f"line {key!r} has {values.size} values and the axis {numbers.size}; give one for each."
        )
    return np.where(np.isfinite(values), values, np.nan)


def _key(figure: Figure, called: Mapping[str, str], hollow: Sequence[str]) -> None:
    """Names of lines above a panel on a phone, with dots as the lines have them."""
    places = canvas.key_places(called.values(), canvas.width_in_pixels(figure))
    for (key, name), (_, x, down) in zip(called.items(), places, strict=True):
        dot = "\N{WHITE CIRCLE}" if key in hollow else "\N{BLACK CIRCLE}"
        canvas.write(figure, x, 40 + down, dot, color=mark_colour(key), fontsize=FONT["note"])
        canvas.write(figure, x + 14, 40 + down, name, color=text_colour(key))


@styled
def leanings(panels: Mapping[str, Mapping[str, Any]], *, width: float = PAGE) -> Figure:
    """How far raters lean above or below others on the same items, with what chance alone would give.

    Parameters
    ----------
    panels : mapping of title to mapping
        `edges` of the bins in scale steps, shape [n_bins + 1]; `leanings` and `by_chance`,
        raters in each bin, shape [n_bins].
    width : float
        CSS pixels.
    """
    columns = min(len(panels), 2) if width >= PAGE else 1
    gap, head, h, foot = 32.0, 36.0, 190.0, 56.0
    w = (width - (columns - 1) * gap) / columns - 16
    tall = head + h + foot
    figure = canvas.blank(width, tall * math.ceil(len(panels) / columns))
    corners = canvas.corners(len(panels), columns, w + 16 + gap, tall, 8)
    for (title, panel), (_, left, top) in zip(panels.items(), corners, strict=True):
        canvas.title(figure, left, top + 14, title)
        axes = canvas.axes(figure, (left, top + head, w, h))
        edges = np.asarray(panel["edges"], dtype=float)
        seen, chance = (np.asarray(panel[key], dtype=float) for key in ("leanings", "by_chance"))
        seen, chance = seen / seen.sum(), chance / chance.sum()
        axes.stairs(seen, edges, fill=True, color=colour("human"), alpha=0.85, linewidth=0)
        axes.stairs(chance, edges, color=colour("rival"), linewidth=LINE["interval"], baseline=None)
        axes.axhline(0, color=colour("rule"), linewidth=LINE["rule"])
        reach, peak = float(np.abs(edges[[0, -1]]).max()), float(chance.max())
        axes.set(xlim=(-reach, reach), ylim=(0, 1.05 * max(seen.max(), peak)), yticks=[])
        axes.set_xticks(np.arange(-int(reach), int(reach) + 1))
        canvas.label(axes, 0.28, 0.92 * peak, "if raters did not differ")
        canvas.label(axes, 0.75, 0.32 * peak, "raters", color=colour("ink"))
        canvas.write(figure, left + w / 2, top + head + h + 40, "leaning, scale steps", ha="center")
    return figure


@styled
def scale_example(
    counts: Sequence[int],
    predictions: Mapping[str, ArrayLike],
    scores: Mapping[str, Mapping[str, float]],
    steps: Sequence[str],
    *,
    width: float = PAGE,
) -> Figure:
    """Votes on a scale and predictions for them as bars, each with its KL and its Wasserstein distance.

    Parameters
    ----------
    counts : sequence of int, shape [n_classes]
    predictions : mapping of title to array_like, shape [n_classes]
    scores : mapping of title to mapping
        Each prediction's `kl`, in nats, and `wasserstein`, in scale steps: see `halves.scores`.
    steps : sequence of str
        Names of the steps, lowest first.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If a prediction is no distribution.
    """
    panels = {"votes": (votes.distribution([counts])[0], f"{sum(counts)} raters", colour("human"))}
    for title, prediction in predictions.items():
        kl, away = (wording.number(scores[title][key]) for key in ("kl", "wasserstein"))
        said = f"KL {kl} nats, {away} steps away"
        panels[title] = (votes.check_distribution(prediction), said, colour("rival"))
    columns = len(panels) if width >= PAGE else 1
    gap, head, h, foot = 28.0, 46.0, 110.0, 44.0
    w = min((width - (columns - 1) * gap) / columns, 260.0)
    tall = head + h + foot
    figure = canvas.blank(width, tall * math.ceil(len(panels) / columns) - 12)
    corners = canvas.corners(len(panels), columns, w + gap, tall)
    for (title, (p, said, paint)), (_, left, top) in zip(panels.items(), corners, strict=True):
        canvas.title(figure, left, top + 14, title)
        canvas.note(figure, left, top + 32, said)
        axes = canvas.axes(figure, (left, top + head, w, h))
        axes.bar(np.arange(len(p)), p, width=0.72, color=paint, linewidth=0)
        axes.axhline(0, color=colour("rule"), linewidth=LINE["rule"])
        axes.set(xlim=(-0.5, len(p) - 0.5), ylim=(0, 0.8), yticks=[])
        axes.set_xticks(np.arange(len(p)), steps)
        for k in map(int, np.flatnonzero(p)):
            canvas.label(axes, k, p[k] + 0.06, wording.percent(p[k]), ha="center")
    return figure
