"""Entropies: a model's against the votes', and how sure both are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.canvas import Box, Floats
from softlabel_book.figures.estimates import Interval
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, PAGE, colour, mark_colour, ordered, text_colour

HEAD, MARGIN = 62.0, 40.0  # of a joint panel: its words, its densities, CSS pixels


@styled
def entropy_joint(
    h_human: ArrayLike,
    models: Mapping[str, ArrayLike],
    *,
    correlation: Mapping[str, Interval] | None = None,
    ceiling: float | None = None,
    width: float = PAGE,
) -> Figure:
    """Model entropy against human entropy, one panel an arm, with their marginal densities.

    Parameters
    ----------
    h_human : array_like, shape [n_items]
        Entropy of the votes, nats.
    models : mapping of arm to array_like, shape [n_items]
        Entropy of the arm's predictions for the same items, nats.
    correlation : mapping of arm to (value, low, high), optional
        Correlation of the two with its 95% interval; NaN prints as a dash.
    ceiling : float, optional
        The correlation that a perfect model would reach with this many votes.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If an arm has another number of items than the votes.
    """
    human = np.asarray(h_human, dtype=float)
    entropies = {arm: np.asarray(models[arm], dtype=float) for arm in ordered(models)}
    same_shape(entropies, human.shape)
    top = max(0.1, *(float(np.nanmax(values)) for values in (human, *entropies.values())))
    columns = min(len(entropies), 3) if width >= PAGE else 1
    left, gap = 46.0, 24.0
    side = min((width - left - (columns - 1) * gap) / columns - MARGIN - 4, 300.0)
    tall = HEAD + MARGIN + side + 60
    figure = canvas.blank(width, tall * math.ceil(len(entropies) / columns) - 6)
    corners = canvas.corners(len(entropies), columns, side + MARGIN + 4 + gap, tall, left)
    for (arm, values), (column, x, y) in zip(entropies.items(), corners, strict=True):
        _joint_head(figure, x, y, arm, (correlation or {}).get(arm), ceiling, side + MARGIN)
        box = (x, y + HEAD + MARGIN + 4, side, side)
        axes = _joint_panel(figure, box, human, arm, values, top)
        canvas.write(figure, x + side / 2, box[1] + side + 40, "human entropy, nats", ha="center")
        if column:
            axes.tick_params(labelleft=False)
        else:
            canvas.write(figure, 12, box[1] + side / 2, "model entropy, nats", rotation=90, ha="center")
    return figure


def _joint_panel(figure: Figure, box: Box, human: Floats, arm: str, values: Floats, top: float) -> Axes:
    """An arm's cloud of items around the line of equal entropies, with the densities above and beside it."""
    left, above, side, _ = box
    axes = canvas.axes(figure, box, "both")
    limits = (-0.025 * top, 1.025 * top)
    axes.set(xlim=limits, ylim=limits)
    axes.plot([0, top], [0, top], color=colour("muted"), linewidth=LINE["rule"], zorder=3)
    canvas.label(axes, 0.88 * top, 0.93 * top, "equal", ha="right")
    canvas.cloud(axes, human, values, arm, side)
    _marginal(figure, (left, above - MARGIN - 4, side, MARGIN), limits, {"human": human}, "x")
    _marginal(figure, (left + side + 4, above, MARGIN, side), limits, {arm: values, "human": human}, "y")
    return axes


def same_shape(arms: Mapping[str, Floats], shape: tuple[int, ...]) -> None:
    """Refuse an arm that has another shape than the votes.

    Raises
    ------
    ValueError
        If there is one.
    """
    for arm, values in arms.items():
        if values.shape != shape:
            raise ValueError(
                f"arm {arm!r} has shape {values.shape} and the votes {shape}; give the same items for both."
            )


def _joint_head(
    figure: Figure,
    x: float,
    y: float,
    arm: str,
    correlation: Interval | None,
    ceiling: float | None,
    room: float,
) -> None:
    """An arm's name, its correlation in words, and the best that there is to reach."""
    canvas.heading(figure, x, y + 14, arm)
    if correlation is not None:
        value, low, high = correlation
        text = wording.number(value) + (
            f" ({wording.number(low)} to {wording.number(high)})" if np.isfinite([low, high]).all() else ""
        )
        fits = wording.width_of(f"correlation {text}", FONT["label"]) <= room
        canvas.write(figure, x, y + 34, f"{'correlation' if fits else 'r ='} {text}")
    if ceiling is not None:
        canvas.note(figure, x, y + 52, f"a perfect model: {wording.number(ceiling)}")


def _marginal(
    figure: Figure,
    box: Box,
    limits: tuple[float, float],
    sides: Mapping[str, Floats],
    direction: Literal["x", "y"],
) -> None:
    """Densities along a side of a panel, the first filled; a spike at zero is cut, its share printed."""
    axes = canvas.axes(figure, box)
    edges = np.linspace(0, limits[1], 1 + int(np.clip(len(next(iter(sides.values()))) ** 0.5, 8, 36)))
    shares = {arm: _shares(values, edges) for arm, values in sides.items()}
    bulk = 1.25 * max(float(share[2:].max()) for share in shares.values())
    tallest = max(float(share.max()) for share in shares.values()) or 1.0
    limit = bulk if 0 < bulk < tallest else tallest
    for order, (arm, values) in enumerate(sides.items()):
        look = {
            "color": mark_colour(arm),
            "linewidth": 1.2,
            "fill": order == 0,
            "alpha": 0.9 if order else 0.25,
        }
        sns.histplot(**{direction: values}, bins=edges, ax=axes, element="step", stat="proportion", **look)
    axes.set(xlabel="", ylabel="", xticks=[], yticks=[])
    axes.set(**{f"{direction}lim": limits, f"{'y' if direction == 'x' else 'x'}lim": (0, limit)})
    first = next(iter(sides))
    if (spike := shares[first][0]) > limit:
        along, across = (0.09 if direction == "x" else 0.07) * limits[1], 0.8 * limit
        x, y = (along, across) if direction == "x" else (across, along)
        side = "left" if direction == "x" else "right"
        canvas.label(axes, x, y, wording.percent(spike), color=text_colour(first), ha=side)


def _shares(values: Floats, edges: Floats) -> Floats:
    """Share of the values in each bin."""
    return np.histogram(values, edges)[0] / max(len(values), 1)


@styled
def confidence_hist(
    share_human: ArrayLike, models: Mapping[str, ArrayLike], *, width: float = PAGE
) -> Figure:
    """How sure the crowd is, and how sure each arm: histograms of the largest share or probability.

    Parameters
    ----------
    share_human : array_like, shape [n_items]
        Majority share of the votes.
    models : mapping of arm to array_like, shape [n_items]
        Largest predicted probability.
    width : float
        CSS pixels.
    """
    rows = {arm: np.asarray(models[arm], dtype=float) for arm in ordered(models)}
    rows = {"human": np.asarray(share_human, dtype=float)} | rows
    rows = {arm: np.clip(values[np.isfinite(values)], 0, 1) for arm, values in rows.items()}
    lowest = min((float(values.min()) for values in rows.values() if values.size), default=0.0)
    first = min(int(lowest * 20), 10)
    edges = np.linspace(first / 20, 1, 21 - first)
    shares = {arm: _shares(values, edges) for arm, values in rows.items()}
    top = 1.02 * max(float(share.max()) for share in shares.values()) or 1.0
    head, tall, middle = 44.0, 124.0, 14 + (width - 36) / 2
    figure = canvas.blank(width, len(rows) * tall + 42)
    for row, (arm, values) in enumerate(rows.items()):
        canvas.heading(figure, 14, row * tall + 14, arm)
        sure = wording.percent(float(np.mean(values >= 0.95))) if values.size else "–"
        canvas.note(figure, 14, row * tall + 32, f"{sure} of items at 95% or more")
        axes = canvas.axes(figure, (14, row * tall + head, width - 36, tall - head - 10))
        axes.stairs(shares[arm], edges, fill=True, color=mark_colour(arm), linewidth=0, alpha=0.9)
        if row:
            axes.stairs(shares["human"], edges, color=colour("human"), linewidth=1.2, baseline=None)
        axes.axhline(0, color=colour("rule"), linewidth=LINE["rule"])
        axes.set(xlim=(edges[0], 1), ylim=(0, top), yticks=[])
        axes.xaxis.set_major_formatter(canvas.PERCENT)
        axes.tick_params(labelbottom=row == len(rows) - 1)
    text = "largest share of votes, largest probability"
    canvas.write(figure, middle, len(rows) * tall + 34, text, ha="center")
    return figure
