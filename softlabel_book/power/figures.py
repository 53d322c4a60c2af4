"""Figure of what a study could show at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, MARK, PAGE, colour, mark_colour, text_colour
from softlabel_book.power import analysis
from softlabel_core.metrics import METRICS

LIMITS = {"entropy_pearson": "ceiling_of_worlds", "kl": "floor"}
KEY = {"hard": "hard labels, simulated", "soft": "soft labels, if they gain as in the paper"}
HEAD, LINE_HEIGHT = 62.0, 30.0  # a panel's words and a data set's row, CSS pixels
NOTES = ("bar: too little to show in 80% of simulated studies", "dashed: a perfect model")


@styled
def reach(numbers: Mapping[str, dict[str, Any]], case: int = 0, *, width: float = PAGE) -> Figure:
    """From where a hard arm stands to the best that there is: what is too small to show, and the paper's change.

    Parameters
    ----------
    numbers : mapping of data set to dict
        What `analysis.make` returns, in the order of the rows.
    case : int
        Which of the simulated cases.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If there is no data set.
    """
    if not numbers:
        raise ValueError("no simulation given; pass what `POWER.read` returns for each data set.")
    columns, gap = (2 if width >= PAGE else 1), 32.0
    card = (width - (columns - 1) * gap) / columns
    tall = HEAD + LINE_HEIGHT * len(numbers) + 46
    foot, n_panels = 40.0 if width >= PAGE else 80.0, len(analysis.ASKED)
    figure = canvas.blank(width, tall * (n_panels // columns) + foot)
    corners = canvas.corners(n_panels, columns, card + gap, tall)
    for measure, (_, left, top) in zip(analysis.ASKED, corners, strict=True):
        _panel(figure, left, top, card, numbers, measure, case)
    _key(figure, tall * (n_panels // columns) + 8, columns)
    return figure


def _key(figure: Figure, y: float, columns: int) -> None:
    """What the marks mean, from a baseline down, in so many columns."""
    half = canvas.width_in_pixels(figure) / 2 + 16
    for index, (arm, name) in enumerate(KEY.items()):
        x, down = (index % columns * half, index // columns * 20)
        canvas.write(figure, x, y + down, "●", color=mark_colour(arm), fontsize=FONT["note"])
        canvas.note(figure, x + 14, y + down, name, color=text_colour(arm))
    for index, text in enumerate(NOTES):
        x, down = (index % columns * half, (len(KEY) + index) // columns * 20)
        canvas.note(figure, x, y + down, text)


def _panel(
    figure: Figure,
    left: float,
    top: float,
    card: float,
    numbers: Mapping[str, dict[str, Any]],
    measure: str,
    case: int,
) -> None:
    """One measure from a corner on, a row for each data set."""
    title = wording.shorten(wording.capital(METRICS[measure].title), 0.94 * card)
    canvas.write(figure, left, top + 14, title, weight="bold")
    canvas.note(figure, left, top + 32, wording.reading(measure))
    canvas.note(figure, left + card, top + HEAD - 8, "shows from", ha="right")
    room = min(max(wording.width_of(name) for name in numbers), 110.0)
    box = (left + room + 14, top + HEAD, card - room - 14 - 62, LINE_HEIGHT * len(numbers))
    axes = canvas.axes(figure, box, "x")
    axes.set(ylim=(len(numbers), 0), yticks=[])
    ends = [_row(axes, row + 0.5, part, measure, case) for row, part in enumerate(numbers.values())]
    axes.set_xlim(0, 1.06 * max(ends))
    for row, (name, part) in enumerate(numbers.items()):
        baseline = top + HEAD + (row + 0.5) * LINE_HEIGHT + 4.5
        canvas.small(figure, left, baseline, wording.shorten(name, room))
        least = part["cases"][case]["smallest"][measure]["value"]
        canvas.small(figure, left + card, baseline, _least(measure, least), ha="right")


def _row(axes: Axes, middle: float, part: dict[str, Any], measure: str, case: int) -> float:
    """Marks of one data set; returns how far right they reach."""
    simulated = part["cases"][case]
    hard, best = simulated["hard"][measure], part["limits"][LIMITS[measure]]
    least, claim = simulated["smallest"][measure]["value"], simulated["claims"][measure]["change"]
    size = hard if measure == "kl" else 1.0  # of KL, the changes are relative
    blind = hard + size * least if np.isfinite(least) else best  # what never shows hides all that there is
    look: dict[str, Any] = {"height": 0.52, "color": colour("human"), "alpha": 0.22, "linewidth": 0}
    axes.barh(middle, blind - hard, left=hard, **look)
    canvas.dash(axes, [best, best], [middle - 0.42, middle + 0.42])
    paper = hard + size * claim
    canvas.dot(axes, hard, middle, mark_colour("hard"), markersize=MARK["dot"] - 1)
    canvas.dot(axes, paper, middle, mark_colour("soft"), markersize=MARK["dot"] - 1)
    return max(hard, best, paper, blind)


def _least(measure: str, change: float) -> str:
    """The smallest change that shows, with its sign: a difference of r, a share of KL."""
    if not np.isfinite(change):
        return "–"
    if measure == "kl":
        return f"{100 * change:+.1f}%".replace("-", "\N{MINUS SIGN}")
    return ("+" if change > 0 else "") + wording.number(change, 3)
