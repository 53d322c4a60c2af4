"""Matplotlib set to the study's palette; one unit of a figure is one CSS pixel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

from softlabel_book.palette import FONT, colour

P = ParamSpec("P")

RC = {
    **sns.axes_style("white"),
    # DejaVu comes with matplotlib, so that layout is the same on every machine; pages show their own font.
    "font.family": ["DejaVu Sans"],
    "font.size": FONT["tick"],
    "text.color": colour("ink"),
    "text.parse_math": False,  # a class may be called "$5"
    "axes.edgecolor": colour("rule"),
    "axes.facecolor": "none",
    "axes.labelcolor": colour("ink"),
    "figure.facecolor": "none",
    "xtick.color": colour("muted"),
    "ytick.color": colour("muted"),
    "xtick.labelcolor": colour("muted"),
    "ytick.labelcolor": colour("muted"),
    "xtick.labelsize": FONT["tick"],
    "ytick.labelsize": FONT["tick"],
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "softlabel",
    "path.simplify": False,
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the study's style, leaving the caller's matplotlib settings as they were."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(RC):
            return draw(*args, **kwargs)

    return wrapped
