"""What holds for every figure, whoever draws it: its words stay inside, apart and readable, and it follows its page."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from softlabel_book import figures
from softlabel_book.palette import COLOURS, PAGE, PHONE

WIDTHS = (PAGE, PHONE)
NARROWEST_PAGE = 624  # pixels, the book's text column between its two side bars


class Call(NamedTuple):
    """A drawing function with what it is given."""

    draw: Callable[..., Figure]
    given: tuple[Any, ...]
    options: dict[str, Any]

    def at(self, width: float) -> Figure:
        """The figure so wide."""
        return self.draw(*self.given, **self.options, width=width)


def call(draw: Callable[..., Figure], *given: Any, **options: Any) -> Call:
    """A drawing function with what it is given, to be drawn at several widths."""
    return Call(draw, given, options)


def texts(figure: Figure) -> list[Text]:
    """Every text that a figure shows, after layout, without the labels that matplotlib keeps off the axes."""
    with mpl.rc_context({"text.hinting": "none"}):
        FigureCanvasAgg(figure).draw()
    off = []
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        unseen = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
        off += [label for tick in unseen for label in (tick.label1, tick.label2)]
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in shown if text not in off]


def words(figure: Figure) -> list[str]:
    """What a figure says."""
    return [text.get_text() for text in texts(figure)]


def check_words(drawn: Call, width: float, *, apart: bool = True) -> None:
    """See that all words lie inside the figure, can be read where it is narrowest, and do not touch if so asked."""
    figure = drawn.at(width)
    placed = [(text.get_text(), text.get_window_extent(), text.get_fontsize()) for text in texts(figure)]
    for text, box, size in placed:
        inside = min(box.x0, box.y0, figure.bbox.x1 - box.x1, figure.bbox.y1 - box.y1)
        assert inside >= -2, f"{text!r} reaches {np.round(box.extents, 1)} in a figure of {figure.bbox.size}"
        assert size >= 12
        assert size * min(1, NARROWEST_PAGE / width) >= 11
    for (first, one, _), (second, other, _) in combinations(placed, 2) if apart else ():
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        along = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or along <= 3, f"{first!r} and {second!r} overlap by {across:.1f} x {along:.1f}"


def check_page(drawn: Call) -> str:
    """See that a page can hold a figure at both widths and recolour it; returns what the page is given."""
    html = figures.show(drawn.draw, *drawn.given, alt="What it shows.", **drawn.options).html
    assert "http" not in html
    links = re.findall(r'href="([^"]*)', html)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    wide, narrow = ElementTree.fromstring(html).findall("svg")
    for svg, width in ((wide, PAGE), (narrow, PHONE)):
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-label"] == "What it shows."
        assert float(svg.attrib["viewBox"].split()[2]) == width
        assert not {"width", "height", "id", "xmlns"} & set(svg.attrib)
        assert not list(svg.iter("style")), "a style sheet inside would leak to the whole page"
    drawings = re.sub(r"<style>.*?</style>|data:image[^\"]*", "", html)
    paints = set(re.findall(r"(?:fill|stroke):\s*([^;\"]+)", drawings)) - {"none"}
    assert paints
    assert paints <= {f"var(--sl-{token},{steps['light']})" for token, steps in COLOURS.items()}
    assert "rgb(" not in drawings
    check_ids(html)
    return html


def check_ids(page: str) -> None:
    """See that no id stands twice on a page, and that every one is referred to and found."""
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', page)) == set(ids)
