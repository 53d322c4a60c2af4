"""Figure of what soft labels gain as a model learns its hard labels by heart, and of what a temperature leaves of that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour

Cells = Sequence[Mapping[str, Any]]
SHOWN = {"untouched": "as they are", "both": "after one temperature each, fitted on votes"}
PAINT = {"untouched": mark_colour("hard"), "both": colour("human")}
X_NAME = "training loss of hard labels, nats"
X_NOTE = "further right: more of them learnt by heart"
Y_NAME = "KL from the votes, soft labels against hard"
KEY = (
    *(("●", PAINT[name], text) for name, text in SHOWN.items()),
    ("●", colour("muted"), "the larger, the wider the model"),
    ("○", colour("muted"), "as the recorded study trains"),
)
CHANGE = FuncFormatter(lambda share, _: f"{wording.number(100 * share, 0)}%")
LEFT, GAP, START, HIGH, HEAD, FOOT = 48.0, 24.0, 24.0, 150.0, 26.0, 40.0  # of panels, CSS pixels


@styled
def gains(studies: Mapping[str, Mapping[str, Any]], *, width: float = PAGE) -> Figure:
    """Relative change of KL, soft against hard labels, by how well the hard ones are learnt, a panel for each study.

    Parameters
    ----------
    studies : mapping of title to mapping
        What `CAPACITY.read` returns, in the order of the panels.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If there is no study, or one without a cell.
    """
    if not studies or not all(study["cells"] for study in studies.values()):
        raise ValueError(
            "there is no study, or one without a cell; pass what `CAPACITY.read` returns for each."
        )
    columns = min(len(studies), 2 if width >= PAGE else 1)
    rows = math.ceil(len(studies) / columns)
    across, tall = (width - LEFT - GAP * (columns - 1)) / columns, HEAD + HIGH + FOOT
    foot = START + rows * tall
    figure = canvas.blank(width, foot + 46 + 20 * len(KEY))
    canvas.write(figure, 0, 16, wording.shorten(Y_NAME, 0.98 * width, FONT["label"]))
    corners = canvas.corners(len(studies), columns, across + GAP, tall, LEFT, START)
    reach = _reach(studies)
    for (title, study), (column, x, y) in zip(studies.items(), corners, strict=True):
        heading = wording.shorten(title, 0.88 * across, FONT["label"])
        canvas.write(figure, x, y + 16, heading, weight="bold")
        axes = canvas.axes(figure, (x, y + HEAD, across - 6, HIGH), "y")
        axes.set_ylim(*reach)
        axes.yaxis.set_major_formatter(CHANGE)
        axes.tick_params(labelleft=not column)
        _by_loss(axes, study["cells"])
        canvas.dash(axes, axes.get_xlim(), [0, 0])
        for name in SHOWN:
            _points(axes, study, name)
    canvas.write(figure, width / 2, foot + 2, X_NAME, ha="center")
    canvas.note(figure, width / 2, foot + 20, X_NOTE, ha="center")
    for line, (mark, paint, text) in enumerate(KEY):
        canvas.write(figure, 0, foot + 50 + 20 * line, mark, color=paint, fontsize=FONT["note"])
        canvas.write(figure, 16, foot + 50 + 20 * line, text)
    return figure


def _reach(studies: Mapping[str, Mapping[str, Any]]) -> tuple[float, float]:
    """One vertical axis for all panels, with zero in it."""
    ends = [
        end
        for study in studies.values()
        for cell in study["cells"]
        for name in SHOWN
        for end in estimates.interval(cell["changes"][name]["kl"])
    ]
    return canvas.around([0.0, *ends], 0.05)


def _loss(cell: Mapping[str, Any]) -> float:
    """Training loss of the hard labels in the last epoch, mean over seeds."""
    return float(np.mean(cell["train_loss"]["hard"]))


def _by_loss(axes: Axes, cells: Cells) -> None:
    """A logarithmic axis on which the loss falls to the right, as training goes."""
    known = [_loss(cell) for cell in cells]
    space = max((max(known) / min(known)) ** 0.06, 1.1)
    high, low = max(known) * space, min(known) / space
    axes.set_xscale("log")
    axes.set_xlim(high, low)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    steps = (1, 3) if high / low < 300 else (1,)
    inside = [tick for tick in np.outer(steps, powers).ravel() if low <= tick <= high]
    axes.set_xticks(inside, [f"{tick:g}" for tick in inside])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _points(axes: Axes, study: Mapping[str, Any], name: str) -> None:
    """Each cell with its interval, a faint line through those of one model, and a ring around the study's own."""
    paint = PAINT[name]
    sizes = sorted({cell["n_parameters"] for cell in study["cells"]})
    for rank, size in enumerate(sizes):
        same = [cell for cell in study["cells"] if cell["n_parameters"] == size]
        x = [_loss(cell) for cell in same]
        value, low, high = estimates.intervals(cell["changes"][name]["kl"] for cell in same)
        mark = {"markersize": MARK["seed"] + 5.4 * rank / max(len(sizes) - 1, 1), "markeredgewidth": 0}
        axes.plot(x, value, color=paint, linewidth=LINE["seed"], alpha=0.35)
        axes.vlines(x, low, high, color=paint, linewidth=LINE["ceiling"], alpha=0.6)
        axes.plot(x, value, "o", color=paint, **mark)
    own = study["settings"]["model"], *[study["settings"]["epochs"]] * 2
    for cell in study["cells"]:
        if (cell["model"], cell["of"], cell["epoch"]) == own:
            ring = {
                "markersize": MARK["dot"] + 5,
                "markerfacecolor": "none",
                "markeredgewidth": LINE["ceiling"],
            }
            axes.plot(_loss(cell), cell["changes"][name]["kl"]["value"], "o", color=paint, **ring)
