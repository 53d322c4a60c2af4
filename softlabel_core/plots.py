"""The book's figures: every one a function of plain arrays that returns a matplotlib Figure.

`show` draws a figure at two widths and hands the page one picture of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.special import expit

from softlabel_core import board, votes
from softlabel_core.board import Box, Floats
from softlabel_core.metrics import METRICS
from softlabel_core.style import (
    FONT,
    LINE,
    MARK,
    PAGE,
    PHONE,
    STYLE,
    colour,
    mark_colour,
    name_of,
    ordered,
    styled,
    text_colour,
)
from softlabel_core.themed import Themed, show, themed

__all__ = [
    "PAGE",
    "PHONE",
    "STYLE",
    "Themed",
    "by_bin",
    "colour",
    "confidence_hist",
    "entropy_curve",
    "entropy_joint",
    "item_gallery",
    "loss_of_confidence",
    "majority_discards",
    "mark_colour",
    "metric_dots",
    "name_of",
    "ordered",
    "show",
    "themed",
    "training_curves",
    "truth_curve",
    "vote_bars",
]

Interval = tuple[float, float, float]  # value, low, high

# ---------------------------------------------------------------- votes


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
    """
    shown, names = _largest(votes.check_counts(counts).astype(float), class_names, 12)
    chosen = np.flatnonzero(shown.any(axis=0))
    left_out, shown, names = len(names) - len(chosen), shown[:, chosen], [names[k] for k in chosen]
    room = min(max(board.width_of(name) for name in names), 104.0)
    rows = -(-len(shown) // (4 if width >= PAGE else 2))
    columns, gap = -(-len(shown) // rows), 24.0 if width >= PAGE else 14.0
    start, line = room + 12, 20.0
    panel = (width - start - gap * (columns - 1)) / columns
    tile = min(96.0, panel) if images is not None else 0.0
    head = (24.0 if captions else 2.0) + (tile + 10 if tile else 0.0)
    tall = head + line * len(names) + 24
    figure = board.board(width, rows * tall + (30 if left_out else 14))
    per_line, step = _dot_block(shown.max(), panel - 30, line - 3)
    for item, (row, column) in enumerate(np.ndindex(rows, columns)):
        if item == len(shown):
            break
        left, top = start + column * (panel + gap), row * tall
        if captions:
            board.write(figure, left, top + 14, board.shorten(captions[item], panel, FONT["label"]))
        if images is not None:
            board.picture(board.axes(figure, (left, top + head - tile - 10, tile, tile)), images[item])
        axes = board.axes(figure, (left, top + head, panel, line * len(names)))
        axes.set(xlim=(0, panel), ylim=(line * len(names), 0), xticks=[], yticks=[])
        for k, (name, number) in enumerate(zip(names, shown[item], strict=True)):
            middle = line * (k + 0.5)
            if column == 0:
                board.write(
                    figure,
                    room,
                    top + head + middle + 4.5,
                    board.shorten(name, room),
                    ha="right",
                    fontsize=FONT["tick"],
                )
            end = _votes(axes, number, shown.max(), middle, panel - 36, per_line, step)
            if number:
                board.label(axes, end + 5, middle, f"{number:.0f}")
    board.note(figure, start, rows * tall + 4, "one dot is one vote" if step else "numbers of votes")
    if left_out:
        text = "classes without a vote are left out"
        board.note(figure, max(0, min(start, width - board.width_of(text))), rows * tall + 21, text)
    return figure


def _dot_block(most: float, room: float, tall: float) -> tuple[int, float]:
    """Dots to a line, and their distance, that fill the room best; distance 0 where bars serve better."""
    options = [(int(-(-most // deep)), deep) for deep in (1, 2, 3)]
    step, per_line = max((min(room / per_line, tall / deep, 8.0), per_line) for per_line, deep in options)
    return per_line, step if step >= 4 else 0.0


def _votes(
    axes: Axes, number: float, most: float, middle: float, room: float, per_line: int, step: float
) -> float:
    """Draw one class's votes as a block of dots, or as a bar; return where it ends."""
    if not step:
        axes.barh(middle, number / most * room, height=9, color=colour("human"), linewidth=0)
        return number / most * room
    index = np.arange(int(number))
    lines = -(-int(number) // per_line)
    y = middle + (index // per_line - (lines - 1) / 2) * step
    board.dots(axes, step / 2 + index % per_line * step, y, "human", 0.8 * step)
    return min(number, per_line) * step


def _largest(table: Floats, class_names: Sequence[str], limit: int) -> tuple[Floats, list[str]]:
    """The columns worth showing, in their own order, with the rest added up as "others"."""
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
    """
    checked = votes.check_counts(counts)
    order = np.lexsort((~votes.ties(checked), votes.majority_share(checked)))
    share, tie = votes.majority_share(checked)[order], votes.ties(checked)[order]
    lost, unanimous = 1 - checked.max(axis=1).sum() / checked.sum(), float(np.mean(share == 1))
    figure = board.board(width, 336)
    axes = board.axes(figure, (46, 46, width - 46 - 22, 240))
    edges = np.linspace(0, 1, min(len(share), 300) + 1)
    heights = share[(edges[:-1] * len(share)).astype(int)]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.stairs(heights, edges, fill=True, color=colour("human"), alpha=0.13, linewidth=0)
    lost_area = {"baseline": heights, "fill": True, "color": colour("hard"), "alpha": 0.85, "linewidth": 0}
    axes.stairs(np.ones_like(heights), edges, **lost_area)
    axes.stairs(heights, edges, color=colour("human"), linewidth=LINE["interval"], baseline=None)
    axes.xaxis.set_major_formatter(board.PERCENT)
    axes.yaxis.set_major_formatter(board.PERCENT)
    board.write(figure, 0, 14, "share of an item's votes")
    board.write(figure, 46, 38, f"thrown away: {board.percent(lost)} of all votes", color=text_colour("hard"))
    board.write(figure, 46 + (width - 68) / 2, 328, "items, from the most to the least disputed", ha="center")
    plain = {"gid": None, "color": colour("ink")}
    board.label(axes, 0.985, 0.3, f"kept: {board.percent(1 - lost)} of all votes", ha="right", **plain)
    if unanimous > 0.03:
        bracket = [1 - unanimous, 1 - unanimous, 1, 1]
        axes.plot(bracket, [0.09, 0.065, 0.065, 0.09], color=colour("ink"), linewidth=1)
    text = f"unanimous: {board.percent(unanimous)} of items" if unanimous else "no item is unanimous"
    board.label(axes, 0.985, 0.15, text, ha="right", **plain)
    if tied := int(tie.sum()):
        places = (np.unique(np.flatnonzero(tie) * 200 // len(tie)) + 0.5) / 200
        board.dots(axes, places, 0.02, "hard", MARK["seed"])
        text = f"{tied:,} {'item is a tie' if tied == 1 else 'items tie'}"
        board.label(axes, 0.015, 0.085, text, gid=None, color=text_colour("hard"))
    return figure


# ---------------------------------------------------------------- results


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
    _same_shape(entropies, human.shape)
    top = max(0.1, *(float(np.nanmax(values)) for values in (human, *entropies.values())))
    columns = min(len(entropies), 3) if width >= PAGE else 1
    left, head, margin, gap = 46.0, 62.0, 40.0, 24.0
    side = min((width - left - (columns - 1) * gap) / columns - margin - 4, 300.0)
    tall = head + margin + side + 60
    figure = board.board(width, tall * -(-len(entropies) // columns) - 6)
    for index, (arm, values) in enumerate(entropies.items()):
        row, column = divmod(index, columns)
        x, y = left + column * (side + margin + 4 + gap), row * tall
        box = (x, y + head + margin + 4, side, side)
        _joint_head(figure, x, y, arm, (correlation or {}).get(arm), ceiling, side + margin)
        axes = board.axes(figure, box, "both")
        axes.set(xlim=(-0.025 * top, 1.025 * top), ylim=(-0.025 * top, 1.025 * top))
        axes.plot([0, top], [0, top], color=colour("muted"), linewidth=LINE["rule"], zorder=3)
        board.label(axes, 0.88 * top, 0.93 * top, "equal", ha="right")
        board.cloud(axes, human, values, arm, side)
        _marginal(figure, (x, y + head, side, margin), axes.get_xlim(), {"human": human}, "x")
        _marginal(
            figure, (x + side + 4, box[1], margin, side), axes.get_ylim(), {arm: values, "human": human}, "y"
        )
        board.write(figure, x + side / 2, box[1] + side + 40, "human entropy, nats", ha="center")
        if column:
            axes.tick_params(labelleft=False)
        else:
            board.write(figure, 12, box[1] + side / 2, "model entropy, nats", rotation=90, ha="center")
    return figure


def _same_shape(arms: Mapping[str, Floats], shape: tuple[int, ...]) -> None:
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
    board.heading(figure, x, y + 14, arm)
    if correlation is not None:
        value, low, high = correlation
        text = board.number(value) + (
            f" ({board.number(low)} to {board.number(high)})" if np.isfinite([low, high]).all() else ""
        )
        fits = board.width_of(f"correlation {text}", FONT["label"]) <= room
        board.write(figure, x, y + 34, f"{'correlation' if fits else 'r ='} {text}")
    if ceiling is not None:
        board.note(figure, x, y + 52, f"a perfect model: {board.number(ceiling)}")


def _marginal(
    figure: Figure,
    box: Box,
    limits: tuple[float, float],
    sides: Mapping[str, Floats],
    direction: Literal["x", "y"],
) -> None:
    """Densities along a side of a panel, the first filled; a spike at zero is cut, its share printed."""
    axes = board.axes(figure, box)
    edges = np.linspace(0, limits[1], 1 + int(np.clip(len(next(iter(sides.values()))) ** 0.5, 8, 36)))
    shares = {arm: np.histogram(values, edges)[0] / max(len(values), 1) for arm, values in sides.items()}
    bulk = 1.25 * max(float(share[2:].max()) for share in shares.values())
    tallest = max(float(share.max()) for share in shares.values()) or 1.0
    limit = bulk if 0 < bulk < tallest else tallest
    for order, (arm, values) in enumerate(sides.items()):
        style = {"element": "step", "stat": "proportion", "color": mark_colour(arm), "linewidth": 1.2}
        sns.histplot(
            **{direction: values}, bins=edges, ax=axes, fill=order == 0, alpha=0.9 if order else 0.25, **style
        )
    axes.set(xlabel="", ylabel="", xticks=[], yticks=[])
    axes.set(**{f"{direction}lim": limits, f"{'y' if direction == 'x' else 'x'}lim": (0, limit)})
    first = next(iter(sides))
    if shares[first][0] > limit:
        along, across = (0.09 if direction == "x" else 0.07) * limits[1], 0.8 * limit
        place = (along, across) if direction == "x" else (across, along)
        board.label(
            axes,
            *place,
            board.percent(shares[first][0]),
            color=text_colour(first),
            ha="left" if direction == "x" else "right",
        )


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
    title, unit, better = METRICS[metric] if metric in METRICS else (metric.replace("_", " "), "", None)
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
def item_gallery(
    images: Sequence[ArrayLike] | None,
    counts: ArrayLike,
    arms: Mapping[str, ArrayLike],
    class_names: Sequence[str],
    captions: Sequence[str] | None = None,
    *,
    width: float = PAGE,
) -> Figure:
    """Items with their votes and each arm's prediction, class by class, beside the picture.

    Parameters
    ----------
    images : sequence of arrays, or None
        Photographs uint8 [H, W, 3], or strokes [H, W] or [H, W, 1] (255, or 1.0, is full ink); texts: None.
    counts : array_like, shape [n_items, n_classes]
    arms : mapping of arm to array_like, shape [n_items, n_classes]
        Predicted probabilities.
    class_names : sequence of str
    captions : sequence of str, optional
        One line over each item.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If an arm has another shape than the votes.
    """
    human = votes.distribution(counts)
    rows = {"human": human} | {arm: np.asarray(arms[arm], dtype=float) for arm in ordered(arms)}
    _same_shape(rows, human.shape)
    tables = [_largest(np.stack([p[i] for p in rows.values()]), class_names, 4) for i in range(len(human))]
    columns, gap, bar = (2 if width >= PAGE and len(human) > 1 else 1), 36.0, 6.0
    card = min((width - (columns - 1) * gap) / columns, 480.0)
    tile = 92.0 if images is not None else 0.0
    room = min(max(board.width_of(name) for _, names in tables for name in names), 0.26 * card)
    group = bar * len(rows) + 9
    body = max(tile, group * max(len(names) for _, names in tables) + 16)
    head = 24.0 if captions else 0.0
    top = 34 + board.key_places(rows, width)[-1][2]
    figure = board.board(width, top + (head + body + 26) * -(-len(human) // columns) - 20)
    board.key(figure, 14, rows)
    for item, (table, names) in enumerate(tables):
        x, y = item % columns * (card + gap), top + item // columns * (head + body + 26)
        if captions:
            board.write(figure, x, y + 14, board.shorten(captions[item], card, FONT["label"]))
        if images is not None:
            board.picture(board.axes(figure, (x, y + head, tile, tile)), images[item])
        start = x + (tile + 16 if tile else 0) + room + 8
        _class_bars(
            figure,
            (start, y + head - 4, x + card - start - 20, group * len(names)),
            table,
            names,
            list(rows),
            room,
        )
    return figure


def _class_bars(
    figure: Figure, box: Box, table: Floats, names: Sequence[str], arms: Sequence[str], room: float
) -> None:
    """One group of thin bars a class: the votes, then each arm."""
    left, top, _, h = box
    group = h / len(names)
    bar = (group - 9) / len(arms)
    axes = board.axes(figure, box, "x")
    axes.set(xlim=(0, 1), ylim=(h, 0), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100%"])
    axes.tick_params(labelsize=FONT["note"], pad=2)
    for k, name in enumerate(names):
        board.write(
            figure,
            left - 8,
            top + (k + 0.5) * group + 4.5,
            board.shorten(name, room),
            ha="right",
            fontsize=FONT["tick"],
        )
        for row, arm in enumerate(arms):
            middle = k * group + 4.5 + bar * (row + 0.5)
            axes.barh(middle, table[row, k], height=bar - 1, color=mark_colour(arm), linewidth=0, zorder=2)


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
    shares = {arm: np.histogram(values, edges)[0] / max(len(values), 1) for arm, values in rows.items()}
    top = 1.02 * max(float(share.max()) for share in shares.values()) or 1.0
    head, tall, middle = 44.0, 124.0, 14 + (width - 36) / 2
    figure = board.board(width, len(rows) * tall + 42)
    for row, (arm, values) in enumerate(rows.items()):
        board.heading(figure, 14, row * tall + 14, arm)
        sure = board.percent(float(np.mean(values >= 0.95))) if values.size else "–"
        board.note(figure, 14, row * tall + 32, f"{sure} of items at 95% or more")
        axes = board.axes(figure, (14, row * tall + head, width - 36, tall - head - 10))
        axes.stairs(shares[arm], edges, fill=True, color=mark_colour(arm), linewidth=0, alpha=0.9)
        if row:
            axes.stairs(shares["human"], edges, color=colour("human"), linewidth=1.2, baseline=None)
        axes.axhline(0, color=colour("rule"), linewidth=LINE["rule"])
        axes.set(xlim=(edges[0], 1), ylim=(0, top), yticks=[])
        axes.xaxis.set_major_formatter(board.PERCENT)
        axes.tick_params(labelbottom=row == len(rows) - 1)
    text = "largest share of votes, largest probability"
    board.write(figure, middle, len(rows) * tall + 34, text, ha="center")
    return figure


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


# ---------------------------------------------------------------- losses and the truth


@styled
def loss_of_confidence(share: float = 0.7, *, width: float = PAGE) -> Figure:
    """Two classes: the loss, and its pull on the logit, as the model grows more confident.

    The hard label asks for certainty whatever the votes; the soft label's loss
    is least, and its pull is zero, where the prediction equals the vote share.
    The derivative of cross-entropy by the logit is p_model minus the target.

    Parameters
    ----------
    share : float
        Share of the votes for the majority class, above one half and below one.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `share` is not above one half and below one.
    """
    p, targets = _probabilities(), {"hard": 1.0, "soft": _checked_share(share)}
    losses = {arm: -target * np.log(p) - (1 - target) * np.log(1 - p) for arm, target in targets.items()}
    pulls = {arm: p - target for arm, target in targets.items()}
    wide = width >= PAGE
    w, h = ((width - 2 * 62 - 32) / 2, 240.0) if wide else (width - 62, 210.0)
    figure = board.board(width, h + 110 if wide else 2 * h + 202)
    board.key(figure, 15, list(targets))
    for index, (name, curves) in enumerate(
        (("loss, nats", losses), ("pull on the logit: p \N{MINUS SIGN} target", pulls))
    ):
        left, top = (40 + index * (w + 62 + 32), 62.0) if wide else (40.0, 62.0 + index * (h + 90))
        axes = board.axes(figure, (left, top, w, h), "y")
        low, high = ((-1, 1), (0, 3))[index == 0]
        axes.set(xlim=(0, 1), ylim=(low, high))
        axes.xaxis.set_major_formatter(board.PERCENT)
        board.dash(axes, [share, share], [low, high])
        board.label(
            axes, share - 0.02, low + 0.08 * (high - low), f"votes: {board.percent(share)}", ha="right"
        )
        for arm, target in targets.items():
            axes.plot(p, curves[arm], color=mark_colour(arm), linewidth=LINE["mean"])
            least = float(votes.entropy([target, 1 - target])) if index == 0 else 0.0
            axes.plot(
                target,
                least,
                "o",
                color=mark_colour(arm),
                markersize=MARK["dot"],
                markeredgewidth=0,
                clip_on=False,
            )
        board.write(figure, left - 40, top - 14, name)
        board.write(
            figure, left + w / 2, top + h + 40, "predicted probability of the majority class", ha="center"
        )
    return figure


def _probabilities() -> Floats:
    """Probabilities from almost 0 to almost 1, closer together towards both ends."""
    return np.asarray(expit(np.linspace(-7.5, 7.5, 301)))


def _checked_share(share: float) -> float:
    if not 0.5 < share < 1:
        raise ValueError(f"share is {share}; give a majority's share of the votes, above 0.5 and below 1.")
    return share


@styled
def entropy_curve(*, width: float = PAGE) -> Figure:
    """Two classes: entropy by the share of votes for one of them, in nats."""
    box = (46.0, 36.0, width - 46 - 22, 220.0)
    figure = board.board(width, box[1] + box[3] + 50)
    axes = board.axes(figure, box, "y")
    axes.set(xlim=(0, 1), ylim=(0, 0.8))
    axes.xaxis.set_major_formatter(board.PERCENT)
    p = np.linspace(0, 1, 201)
    axes.plot(
        p,
        votes.entropy(np.stack([p, 1 - p], -1)),
        color=colour("human"),
        linewidth=LINE["mean"],
        clip_on=False,
    )
    even, most, all_of_them = (
        (0.5, "an even split: ln 2 = 0.69"),
        (0.9, "9 to 1: 0.33"),
        (1.0, "all agree: 0"),
    )
    for (share, text), side, shift in (
        (even, "center", (0, 12)),
        (most, "right", (-10, -2)),
        (all_of_them, "right", (-14, 9)),
    ):
        height = float(votes.entropy([share, 1 - share]))
        axes.plot(
            share,
            height,
            "o",
            color=colour("human"),
            markersize=MARK["dot"],
            markeredgewidth=0,
            clip_on=False,
        )
        board.label(
            axes,
            share + shift[0] / box[2],
            height + 0.8 * shift[1] / box[3],
            text,
            ha=side,
            color=colour("ink"),
        )
    board.write(figure, 0, 16, "entropy, nats")
    board.write(
        figure,
        box[0] + box[2] / 2,
        box[1] + box[3] + 42,
        "share of the votes for one of two classes",
        ha="center",
    )
    return figure


@styled
def truth_curve(
    blend: ArrayLike,
    p_true: ArrayLike,
    arms: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    votes_seen: tuple[ArrayLike, ArrayLike] | None = None,
    axis: str = "blend weight of the second digit",
    measure: str = "probability of the second digit",
    width: float = PAGE,
) -> Figure:
    """Where the truth is known: the true probability against what each arm predicts.

    Parameters
    ----------
    blend, p_true : array_like, shape [n]
        The blend weight, from 0 to 1 and rising, and the true probability there.
    arms : mapping of arm to (mean, low, high), each array_like of shape [n]
        Mean prediction and the band around it.
    votes_seen : (blend, share), optional
        Items' observed vote shares, as faint dots.
    axis, measure : str
        Names of the two axes.
    width : float
        CSS pixels.
    """
    x, truth = np.asarray(blend, dtype=float), np.asarray(p_true, dtype=float)
    figure, axes, _ = board.line_panel(["human", *arms], axis, measure, width)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    if votes_seen is not None:
        board.dots(axes, *votes_seen, "human", MARK["seed"], 0.18)
    ends = {"human": (float(x[-1]), float(truth[-1]))}
    for arm in ordered(arms):
        mean, low, high = (np.asarray(part, dtype=float) for part in arms[arm])
        axes.fill_between(
            x, np.clip(low, 0, 1), np.clip(high, 0, 1), color=mark_colour(arm), alpha=0.2, linewidth=0
        )
        axes.plot(x, mean, color=mark_colour(arm), linewidth=LINE["mean"])
        ends[arm] = (float(x[-1]), float(mean[-1]))
    axes.plot(x, truth, color=colour("human"), linewidth=LINE["mean"])
    board.name_lines(figure, axes, ends, {"human": "the truth"})
    return figure
