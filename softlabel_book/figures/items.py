"""Items: single ones with their votes and each arm's prediction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.canvas import Box, Floats
from softlabel_book.figures.entropies import same_shape
from softlabel_book.figures.style import styled
from softlabel_book.figures.votes import largest
from softlabel_book.palette import FONT, PAGE, mark_colour, ordered
from softlabel_core import votes

BAR = 6.0  # CSS pixels


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
        If an arm has another shape than the votes, or there is not one name a class.
    """
    human = votes.distribution(counts)
    rows = {"human": human} | {arm: np.asarray(arms[arm], dtype=float) for arm in ordered(arms)}
    same_shape(rows, human.shape)
    tables = [largest(np.stack([p[i] for p in rows.values()]), class_names, 4) for i in range(len(human))]
    columns, gap = (2 if width >= PAGE and len(human) > 1 else 1), 36.0
    card = min((width - (columns - 1) * gap) / columns, 480.0)
    tile = 92.0 if images is not None else 0.0
    room = min(max(wording.width_of(name) for _, names in tables for name in names), 0.26 * card)
    group = BAR * len(rows) + 9
    body = max(tile, group * max(len(names) for _, names in tables) + 16)
    head = 24.0 if captions else 0.0
    top, tall = 34 + canvas.key_places(rows, width)[-1][2], head + body + 26
    figure = canvas.blank(width, top + tall * math.ceil(len(human) / columns) - 20)
    canvas.key(figure, 14, rows)
    corners = canvas.corners(len(human), columns, card + gap, tall, top=top)
    for item, ((table, names), (_, x, y)) in enumerate(zip(tables, corners, strict=True)):
        if captions:
            canvas.write(figure, x, y + 14, wording.shorten(captions[item], card, FONT["label"]))
        if images is not None:
            canvas.item_image(canvas.axes(figure, (x, y + head, tile, tile)), images[item])
        start = x + (tile + 16 if tile else 0) + room + 8
        box = (start, y + head - 4, x + card - start - 20, group * len(names))
        _class_bars(figure, box, table, names, list(rows), room)
    return figure


def _class_bars(
    figure: Figure, box: Box, table: Floats, names: Sequence[str], arms: Sequence[str], room: float
) -> None:
    """One group of thin bars a class: the votes, then each arm."""
    left, top, _, h = box
    group = h / len(names)
    bar = (group - 9) / len(arms)
    axes = canvas.axes(figure, box, "x")
    axes.set(xlim=(0, 1), ylim=(h, 0), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100%"])
    axes.tick_params(labelsize=FONT["note"], pad=2)
    for k, name in enumerate(names):
        baseline = top + (k + 0.5) * group + 4.5
        canvas.small(figure, left - 8, baseline, wording.shorten(name, room), ha="right")
        for row, arm in enumerate(arms):
            middle = k * group + 4.5 + bar * (row + 0.5)
            axes.barh(middle, table[row, k], height=bar - 1, color=mark_colour(arm), linewidth=0, zorder=2)
