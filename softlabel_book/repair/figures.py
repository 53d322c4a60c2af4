"""Figure of what votes on a few more items buy for a model of hard labels, by what is done with them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from softlabel_book.figures import canvas, estimates, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, name_of, text_colour
from softlabel_book.repair.design import WAYS
from softlabel_core.arms import PAIR

Numbers = Mapping[str, Any]
TITLES = {"kl": "KL from the votes, nats", "entropy_pearson": "correlation of model and human entropy"}
# The ways that leave the network as it is in grey, those that teach it votes in ink.
LOOKS: dict[str, dict[str, Any]] = {
    "temperature": {"color": colour("rival"), "marker": "o", "markerfacecolor": colour("paper")},
    "vector": {"color": colour("rival"), "marker": "o"},
    "further": {"color": colour("human"), "marker": "o", "markerfacecolor": colour("paper")},
    "tempered": {"color": colour("human"), "marker": "o"},
}
DOTS = {"temperature": "○", "vector": "●", "further": "○", "tempered": "●"}
KEPT = {"hard": "no more votes", "soft": "on all training items"}
LEFT, GAP, HIGH, HEAD, FOOT = 40.0, 18.0, 132.0, 54.0, 26.0  # of panels and a block of them, CSS pixels


@styled
def uses(
    studies: Mapping[str, Numbers],
    measures: Sequence[str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """Measures by the number of voted items, a line for each use: a panel for each study and measure.

    Parameters
    ----------
    studies : mapping of title to mapping
        What `REPAIR.read` returns, in the order of the panels.
    measures : sequence of str
        Some of `analysis.MEASURES`, one block of panels each.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If there is no study.
    """
    if not studies:
        raise ValueError("no study given; pass what `REPAIR.read` returns for each.")
    columns = min(len(studies), 3 if width >= PAGE else 2)
    across, down = (width - GAP * (columns - 1)) / columns, HIGH + HEAD
    block = math.ceil(len(studies) / columns) * down + FOOT
    foot = len(measures) * block
    figure = canvas.blank(width, foot + 20 + 20 * (len(WAYS) + len(PAIR)))
    for index, measure in enumerate(measures):
        top = index * block
        named = TITLES.get(measure, wording.capital(wording.titled(measure)))
        canvas.write(figure, 0, top + 15, wording.shorten(named, 0.88 * width, FONT["label"]), weight="bold")
        corners = canvas.corners(len(studies), columns, across + GAP, down, LEFT, top + HEAD - 8)
        for (title, study), (_, x, y) in zip(studies.items(), corners, strict=True):
            canvas.small(figure, x, y - 8, wording.shorten(title, across - LEFT + 6, FONT["tick"]))
            axes = canvas.axes(figure, (x, y, across - LEFT - 6, HIGH), "y")
            _lines(axes, study, measure)
    canvas.write(figure, width / 2, foot, "voted items", ha="center")
    _key(figure, foot + 30)
    return figure


def _key(figure: Figure, y: float) -> None:
    """What each line is, from a baseline down."""
    rows = [(DOTS[way], LOOKS[way]["color"], text, colour("ink")) for way, text in WAYS.items()]
    rows += [("– –", mark_colour(arm), f"{name_of(arm)}, {KEPT[arm]}", text_colour(arm)) for arm in PAIR]
    for line, (mark, paint, text, ink) in enumerate(rows):
        canvas.write(figure, 11, y + 20 * line, mark, ha="center", color=paint, fontsize=FONT["note"])
        canvas.write(figure, 28, y + 20 * line, text, color=ink)


def _lines(axes: Axes, study: Numbers, measure: str) -> None:
    """Every way with its intervals, between the levels of hard and of soft labels."""
    known = [use["n_items"] for use in next(iter(study["ways"].values()))]
    axes.set_xscale("log")
    axes.set_xlim(known[0] / 1.25, known[-1] * 1.25)
    for step, (way, found) in enumerate(study["ways"].items()):
        value, low, high = estimates.intervals(use["metrics"][measure] for use in found)
        x = np.array(known) * 1.04 ** (step - 1.5)  # so that intervals stand beside one another
        look: dict[str, Any] = LOOKS[way] | {"markersize": MARK["seed"] + 1.4, "zorder": 3}
        axes.vlines(x, low, high, color=LOOKS[way]["color"], linewidth=LINE["ceiling"], alpha=0.7)
        axes.plot(x, value, linewidth=LINE["interval"], **look)
    for arm in PAIR:
        level = study["references"][arm]["metrics"][measure]["value"]
        style: dict[str, Any] = {"linewidth": LINE["interval"], "dashes": LINE["dash"], "zorder": 2}
        axes.plot(axes.get_xlim(), [level, level], color=mark_colour(arm), **style)
    ticks = _apart(known, axes.get_window_extent().width)
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _apart(known: Sequence[int], pixels: float) -> list[int]:
    """Budgets whose numbers do not touch below the axis: the largest, then each next one that has room."""
    spread = pixels / np.log(1.25**2 * known[-1] / known[0])
    kept = [known[-1]]
    for n in reversed(known[:-1]):
        room = (wording.width_of(f"{n}") + wording.width_of(f"{kept[-1]}")) / 2 + 6
        if np.log(kept[-1] / n) * spread > room:
            kept.append(n)
    return kept[::-1]
