"""The study's style: the colours, sizes, names and order of ``style.json``, and matplotlib set to them.

One unit of a figure is one CSS pixel; colours are those of the light page, which
a page swaps for its own.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

P = ParamSpec("P")
Theme = Literal["light", "dark"]

STYLE: dict[str, Any] = json.loads(files(__package__).joinpath("style.json").read_text(encoding="utf-8"))
FONT, LINE, MARK = STYLE["font"], STYLE["line"], STYLE["mark"]
PAGE: float = STYLE["width"]["page"]
PHONE: float = STYLE["width"]["phone"]


def colour(token: str) -> str:
    """The light-page colour of a token of ``style.json``, as #rrggbb; pages swap it for a CSS variable."""
    try:
        return STYLE["colours"][token]["light"]
    except KeyError:
        known = ", ".join(STYLE["colours"])
        raise ValueError(f"style.json has no colour {token!r}; use one of {known}.") from None


def css_variables(theme: Theme) -> str:
    """Every colour of a theme as CSS declarations, ``--sl-hard:#d55e00;...``."""
    return "".join(f"--sl-{token}:{steps[theme]};" for token, steps in STYLE["colours"].items())


def name_of(arm: str) -> str:
    """What a figure calls an arm: its name in ``style.json``, or the key in plain words."""
    return STYLE["names"].get(arm, arm.replace("_", " "))


def mark_colour(arm: str) -> str:
    """Colour of an arm's marks; arms without one of their own are rivals, in grey."""
    return colour(arm if arm in STYLE["names"] else "rival")


def text_colour(arm: str) -> str:
    """Colour of an arm's name: a step of its hue that is dark enough to read."""
    if arm == "human":
        return colour("ink")
    return colour(f"{arm}-text" if arm in STYLE["names"] else "muted")


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the order of every figure: human, hard, gold, soft, then rivals as they come."""
    given, order = list(arms), STYLE["order"]
    return [arm for arm in order if arm in given] + [arm for arm in given if arm not in order]


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
