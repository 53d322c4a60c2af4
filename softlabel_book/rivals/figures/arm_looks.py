"""How the arms of the fair trial look: their order, names, colours and marks, and lines behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from softlabel_book.palette import LINE, MARK, colour, mark_colour, text_colour
from softlabel_core import arms as arm_rows
from softlabel_core.calibration import RULES

HEADINGS = {"majorities": "taught by majorities", "votes": "taught by votes", "control": "controls"}
WITH_GOLD, CONTROLS, OTHERS = "taught by majorities or gold", HEADINGS["control"], "others"
MEANS = "class means"
IN_COLOUR = ("hard", "soft")  # everything else is a rival, in grey


def grouped(arms: Sequence[str]) -> dict[str, list[str]]:
    """Arms by what they were taught, in the house's order, rules after training right behind their arm.

    Parameters
    ----------
    arms : sequence of str
        Names as in `analysis.make`, such as "hard" and "hard/temperature".

    Returns
    -------
    dict of str to list of str
        Only groups that have an arm.
    """
    trained = [*arm_rows.ARMS, *dict.fromkeys(arm.partition("/")[0] for arm in arms)]
    rules = ["", *RULES]

    def rank(arm: str) -> tuple[int, int]:
        before, _, rule = arm.partition("/")
        return trained.index(before), rules.index(rule) if rule in rules else len(rules)

    found: dict[str, list[str]] = {heading: [] for heading in (*HEADINGS.values(), OTHERS)}
    for arm in sorted(arms, key=rank):
        row = arm_rows.ARMS.get(arm.partition("/")[0])
        found[HEADINGS[row.taught_by] if row else OTHERS].append(arm)
    majorities = HEADINGS["majorities"]
    return {
        WITH_GOLD if heading == majorities and "gold" in members else heading: members
        for heading, members in found.items()
        if members
    }


def name(arm: str) -> str:
    """What a row or a dot is called."""
    return "class means, majority known" if arm == MEANS else arm_rows.title(arm)


def paint(arm: str) -> str:
    """Colour of an arm's marks."""
    return mark_colour(arm) if arm in IN_COLOUR else colour("rival")


def ink(arm: str) -> str:
    """Colour of an arm's name."""
    return text_colour(arm) if arm in IN_COLOUR else colour("muted")


def mark(arm: str) -> dict[str, Any]:
    """Dot of an arm; an open diamond for the class means, which no model was trained for."""
    if arm == MEANS:
        edge = {"color": colour("rival"), "markeredgewidth": LINE["interval"]}
        return {"marker": "D", "markerfacecolor": colour("paper"), "markersize": MARK["dot"] - 1} | edge
    size = MARK["dot"] if arm in IN_COLOUR else MARK["dot"] - 1.5
    return {"marker": "o", "color": paint(arm), "markersize": size, "markeredgewidth": 0, "zorder": 3}


Bands = Sequence[tuple[float, float]]


def upright(x: float, bands: Bands) -> tuple[list[float], list[float]]:
    """Ends of an upright line that is drawn in some bands only, so that it crosses no name on a phone."""
    return [x, x, np.nan] * len(bands), [end for band in bands for end in (*band, np.nan)]


def grid(axes: Axes, bands: Bands) -> None:
    """A grid line at every tick, in some bands only."""
    low, high = axes.get_xlim()
    for x in axes.get_xticks():
        if low <= x <= high:
            axes.plot(*upright(x, bands), color=colour("rule"), linewidth=LINE["rule"], zorder=1)
