"""A figure on its page: inline SVG that follows the page from light to dark and from desk to phone.

`show` draws a figure at two widths and hands the page one picture; hosts that
show no HTML get a PNG.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from softlabel_book.figures.style import RC
from softlabel_book.palette import PAGE, PALETTE, PHONE, colour, css_variables, token_of


@dataclass(frozen=True)
class Picture:
    """A picture for a page: inline SVG that takes the page's colours, with a PNG for everything else."""

    html: str
    png: bytes
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/html": self.html,
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": f"Figure: {self.alt}",
        }


def show(draw: Callable[..., Figure], *args: Any, alt: str, **kwargs: Any) -> Picture:
    """Draw a figure at page and at phone width, and make one picture of both.

    Parameters
    ----------
    draw : callable
        A drawing function, such as `entropy_joint`.
    *args, **kwargs
        Its arguments, without ``width``.
    alt : str
        What the picture shows and what it says, for those who do not see it.
    """
    return for_page(draw(*args, **kwargs, width=PAGE), alt, narrow=draw(*args, **kwargs, width=PHONE))


def for_page(figure: Figure, alt: str, narrow: Figure | None = None) -> Picture:
    """Make a figure follow its page: colours become CSS variables, text takes the page's font.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn with the colours of ``palette.json``.
    alt : str
        What the picture shows and what it says, for those who do not see it.
    narrow : matplotlib.figure.Figure, optional
        The same figure laid out for a phone; the page shows whichever fits.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    alt = " ".join(alt.split())
    if not alt:
        raise ValueError(
            "alt is empty; say in a sentence what the figure shows, for readers who do not see it."
        )
    drawings = [_inline_svg(figure, alt, "sl-wide" if narrow else "sl-only")]
    if narrow:
        drawings.append(_inline_svg(narrow, alt, "sl-narrow"))
    html = f'<div class="sl-figure"><style>{_page_css()}</style>{"".join(drawings)}</div>'
    # For hosts that show no HTML: on paper, at twice its size.
    return Picture(html, _save(figure, "png", dpi=144, facecolor=colour("paper")), alt)


def _page_css() -> str:
    """Rules that every picture brings along: which width to show, and colours for dark notebooks."""
    switch, largest = PALETTE["width"]["switch"], PALETTE["width"]["largest"]
    dark_hosts = ",".join(
        f"{host} .sl-figure" for host in ('[data-jp-theme-light="false"]', "html[theme=dark]", ".vscode-dark")
    )
    return (
        f".sl-figure{{width:100%;max-width:{largest}px;margin:1rem auto;container-type:inline-size}}"
        ".sl-halo{paint-order:stroke;stroke:var(--sl-paper,#fff);stroke-width:3px}"
        # The book's theme lays a light sheet below whatever a cell puts out in dark mode.
        ".text_html:has(>.sl-figure){background:none!important;padding:0!important}"
        ".sl-figure svg{display:block;width:100%;height:auto}"
        ".sl-figure .sl-narrow{display:none;max-width:420px}"
        f"@container (max-width:{switch}px)"
        "{.sl-figure .sl-wide{display:none}.sl-figure .sl-narrow{display:block}}"
        f"{dark_hosts}{{{css_variables('dark')}}}"
    )


def _save(figure: Figure, kind: Literal["svg", "png"], **options: Any) -> bytes:
    """A figure as bytes that depend on nothing but the figure."""
    buffer = io.BytesIO()
    with mpl.rc_context(RC), warnings.catch_warnings():
        # Class names in any script: matplotlib's own font may lack a glyph that the page's font has.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        undated = {"Date" if kind == "svg" else "Software": None}
        figure.savefig(buffer, format=kind, metadata=undated, **options)
    return buffer.getvalue()


def _inline_svg(figure: Figure, alt: str, css_class: str) -> str:
    """A figure as SVG to be written into a page: no size, colours, fonts or ids of its own."""
    markup = _save(figure, "svg").decode("utf-8")
    for unwanted in (r"<\?xml.*?\?>", r"<!DOCTYPE.*?>", r"<metadata>.*?</metadata>", r"<style.*?</style>"):
        markup = re.sub(unwanted, "", markup, flags=re.DOTALL)
    root = ElementTree.fromstring(re.sub(r' xmlns(:\w+)?="[^"]*"|xlink:(?=href)', "", markup))
    view_box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"class": css_class, "viewBox": view_box, "role": "img", "aria-label": alt})
    root.attrib["style"] = "font-family:var(--sl-font,inherit);stroke-linejoin:round;overflow:visible"
    for element in list(root.iter()):
        if element is not root:
            _adapt(element)
        for index, child in enumerate(list(element)):
            if child.tag == "image" and (token := _single_colour(child)):
                element[index] = _mask(child, token)
    return _own_ids(re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode")))


def _adapt(element: ElementTree.Element) -> None:
    """Round an element's numbers, give its colours to the page, drop what only matplotlib needs."""
    for key in ("d", "x", "y", "width", "height"):
        if key in element.attrib:
            rounded = " ".join(_rounded(element.attrib[key], 2).split())
            element.attrib[key] = re.sub(r" ?([MLCQZ]) ?", r"\1", rounded)
    if "transform" in element.attrib:
        element.attrib["transform"] = _rounded(element.attrib["transform"], 4)
    if element.attrib.get("id") == "sl-halo":
        element.attrib["class"] = "sl-halo"
    if element.tag == "image" and max(_pixels(element).shape[:2]) > 16:
        del element.attrib["style"]  # photographs read better smooth than as blocks; 8 x 8 strokes do not
    style = (
        re.sub(r"font-family:[^;]*;?", "", element.attrib.pop("style", ""))
        .replace(": ", ":")
        .replace("; ", ";")
    )
    if style:
        element.attrib["style"] = re.sub(r"#[0-9a-f]{6}", _variable, style.strip("; "))


def _rounded(text: str, digits: int) -> str:
    return re.sub(r"-?\d+\.\d+", lambda match: f"{round(float(match.group()), digits):.7g}", text)


def _variable(match: re.Match[str]) -> str:
    """The CSS variable of a light-page colour, with the colour for pages that know no tokens."""
    value = match.group()
    if token := token_of(value):
        return f"var(--sl-{token},{value})"
    raise ValueError(
        f"a figure uses the colour {value}, which palette.json lacks; take one by colour(token)."
    )


def _own_ids(svg: str) -> str:
    """Keep only the ids that something refers to, and mark them with a digest of the drawing."""
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    digest = hashlib.sha256(svg.encode()).hexdigest()[:10]
    svg = re.sub(r' id="([^"]*)"', lambda match: match.group() if match.group(1) in used else "", svg)
    return re.sub(r'( id="|url\(#|href="#)', rf"\g<1>sl-{digest}-", svg)


def _single_colour(image: ElementTree.Element) -> str | None:
    """The token of a raster that holds one colour of the style in varying strength, else None."""
    pixels = _pixels(image)
    if (pixels[..., :3] != pixels[0, 0, :3]).any():
        return None
    return token_of("#" + bytes(pixels[0, 0, :3]).hex())


def _pixels(image: ElementTree.Element) -> NDArray[np.uint8]:
    data = base64.b64decode(image.attrib["href"].split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def _mask(image: ElementTree.Element, token: str) -> ElementTree.Element:
    """A one-colour raster as a mask over that colour, so that clouds of points follow the page as well."""
    buffer = io.BytesIO()
    Image.fromarray(_pixels(image)[..., 3]).save(buffer, format="png", optimize=True)
    image.attrib["href"] = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    key = hashlib.sha256(ElementTree.tostring(image)).hexdigest()[:10]  # place and picture, not picture alone
    group = ElementTree.Element("g")
    ElementTree.SubElement(group, "mask", {"id": key}).append(image)
    painted = ElementTree.SubElement(group, "g", {"mask": f"url(#{key})"})
    style = f"fill:var(--sl-{token},{colour(token)})"
    ElementTree.SubElement(painted, "rect", {"width": "100%", "height": "100%", "style": style})
    return group
