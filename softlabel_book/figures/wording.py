"""Wording: numbers and names as figures write them, and how much of a text fits."""

from __future__ import annotations

import functools
import warnings
from bisect import bisect_right

import matplotlib as mpl
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from softlabel_book.palette import FONT
from softlabel_core.metrics import METRICS, Metric


def number(value: float, digits: int = 2) -> str:
    """A number for a label; an en dash for one that does not exist."""
    if not np.isfinite(value):
        return "∞" if value == np.inf else "–"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share as a percentage that never rounds something to nothing, or almost all to all."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{min(max(100 * share, 0.1), 99.9):.1f}%"
    return f"{100 * share:.0f}%"


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def measure(key: str) -> Metric:
    """A measure's row; one that `metrics.METRICS` does not know has its key in plain words for a title."""
    plain = key.replace("_", " ")
    return METRICS.get(key) or Metric(plain, plain, "", None)


def titled(key: str) -> str:
    """A measure's title with its unit, such as "KL divergence from the votes, nats"."""
    return ", ".join(filter(None, (measure(key).title, measure(key).unit)))


def reading(key: str) -> str:
    """How to read a measure: its unit and its better direction, such as "nats, lower is better"."""
    better = measure(key).better
    return ", ".join(filter(None, (measure(key).unit, f"{better} is better" if better else "")))


@functools.cache
def width_of(text: str, size: float = FONT["tick"]) -> float:
    """Width of a text in CSS pixels, generously: matplotlib's font is wider than most pages' fonts."""
    if not text.strip():
        return 0.0
    with mpl.rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        outline = TextPath((0, 0), text, prop=FontProperties(family="DejaVu Sans", size=size))
    return float(outline.get_extents().x1) + 2


def shorten(text: str, width: float, size: float = FONT["tick"]) -> str:
    """The text, or as much of it as fits followed by an ellipsis."""
    if width_of(text, size) <= width:
        return text
    fits = bisect_right(range(1, len(text)), width, key=lambda end: width_of(text[:end] + "…", size))
    return text[: max(fits, 1)].rstrip() + "…"


def wrapped(text: str, width: float, size: float = FONT["label"]) -> list[str]:
    """Words of a text on as few lines as a width allows."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
