"""Static figures that follow their page from light to dark, from desk to phone.

Every figure is one function of plain arrays that returns a matplotlib Figure;
`show` draws it at two widths and hands the page one picture. All colours, sizes
and names come from ``style.json``; one unit of a figure is one CSS pixel.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, ParamSpec
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy.ndimage import convolve
from scipy.optimize import isotonic_regression
from scipy.special import expit

from softlabel_core import votes
from softlabel_core.metrics import METRICS

P = ParamSpec("P")
Floats = NDArray[np.float64]
Theme = Literal["light", "dark"]
Box = tuple[float, float, float, float]  # left, top, width, height in CSS pixels from the top left corner
Interval = tuple[float, float, float]  # value, low, high

STYLE: dict[str, Any] = json.loads(files("softlabel_core").joinpath("style.json").read_text(encoding="utf-8"))
FONT, LINE, MARK = STYLE["font"], STYLE["line"], STYLE["mark"]
PAGE: float = STYLE["width"]["page"]
PHONE: float = STYLE["width"]["phone"]

# ---------------------------------------------------------------- the style


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


_RC = {
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


def _styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the study's style, leaving the caller's matplotlib settings as they were."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(_RC):
            return draw(*args, **kwargs)

    return wrapped


# ---------------------------------------------------------------- on the page


@dataclass(frozen=True)
class Themed:
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


def show(draw: Callable[..., Figure], *args: Any, alt: str, **kwargs: Any) -> Themed:
    """Draw a figure of this module at page and at phone width, and make one themed picture of both.

    Parameters
    ----------
    draw : callable
        A figure function of this module, such as `entropy_joint`.
    *args, **kwargs
        Its arguments, without ``width``.
    alt : str
        What the picture shows and what it says, for those who do not see it.
    """
    return themed(draw(*args, **kwargs, width=PAGE), alt, narrow=draw(*args, **kwargs, width=PHONE))


def themed(figure: Figure, alt: str, narrow: Figure | None = None) -> Themed:
    """Make a figure follow its page: colours become CSS variables, text takes the page's font.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn with the colours of ``style.json``.
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
    return Themed(html, _save(figure, "png", dpi=144, facecolor=colour("paper")), alt)


def _page_css() -> str:
    """Rules that every picture brings along: which width to show, and colours for dark notebooks."""
    switch, largest = STYLE["width"]["switch"], STYLE["width"]["largest"]
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
    with mpl.rc_context(_RC), warnings.catch_warnings():
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
    for token, steps in STYLE["colours"].items():
        if steps["light"] == match.group():
            return f"var(--sl-{token},{match.group()})"
    raise ValueError(
        f"a figure uses the colour {match.group()}, which style.json lacks; take one by colour(token)."
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
    value = "#" + bytes(pixels[0, 0, :3]).hex()
    return next((token for token, steps in STYLE["colours"].items() if steps["light"] == value), None)


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


# ---------------------------------------------------------------- the drawing board

_PERCENT = FuncFormatter(lambda value, _: f"{100 * value:.0f}%")


def _board(width: float, height: float) -> Figure:
    """An empty figure of so many CSS pixels."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def _axes(figure: Figure, box: Box, grid: Literal["x", "y", "both"] | None = None) -> Axes:
    """Axes without a frame at a box of the board."""
    width, height = figure.get_size_inches() * 72
    left, top, w, h = box
    axes = figure.add_axes((left / width, 1 - (top + h) / height, w / width, h / height))
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0, pad=6)
    for axis in (axes.xaxis, axes.yaxis):
        formatter = ScalarFormatter(useOffset=False)
        formatter.set_scientific(False)
        axis.set_major_formatter(formatter)
        axis.set_major_locator(MaxNLocator(nbins=5 if w > 240 else 4, steps=[1, 2, 5, 10]))
    if grid:
        axes.grid(axis=grid, color=colour("rule"), linewidth=LINE["rule"])
        axes.set_axisbelow(True)
    return axes


def _write(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Text on the board: `y` is the baseline, in CSS pixels from the top."""
    width, height = figure.get_size_inches() * 72
    options = {"fontsize": FONT["label"], "va": "baseline", "rotation_mode": "anchor"} | options
    figure.text(x / width, 1 - y / height, text, **options)


def _note(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Small quiet text on the board."""
    _write(figure, x, y, text, **({"color": colour("muted"), "fontsize": FONT["note"]} | options))


def _label(axes: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """A direct label at data coordinates, with a halo of paper that keeps it readable over marks."""
    quiet = {
        "fontsize": FONT["note"],
        "va": "center",
        "gid": "sl-halo",
        "zorder": 6,
        "color": colour("muted"),
    }
    axes.text(x, y, text, **(quiet | options))


def _dash(axes: Axes, x: ArrayLike, y: ArrayLike) -> None:
    """A ceiling, a floor or another line to read against: thin and dashed."""
    style = {"linewidth": LINE["ceiling"], "dashes": LINE["dash"], "zorder": 1.5}
    axes.plot(x, y, color=colour("muted"), scalex=False, scaley=False, **style)


@functools.cache
def _width_of(text: str, size: float = FONT["tick"]) -> float:
    """Width of a text in CSS pixels, generously: matplotlib's font is wider than most pages' fonts."""
    if not text.strip():
        return 0.0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        outline = TextPath((0, 0), text, prop=FontProperties(family="DejaVu Sans", size=size))
    return float(outline.get_extents().x1) + 2


def _shorten(text: str, width: float, size: float = FONT["tick"]) -> str:
    """The text, or as much of it as fits followed by an ellipsis."""
    if _width_of(text, size) <= width:
        return text
    fits = bisect_right(range(1, len(text)), width, key=lambda end: _width_of(text[:end] + "…", size))
    return text[: max(fits, 1)].rstrip() + "…"


def _number(value: float, digits: int = 2) -> str:
    """A number for a label; an en dash for one that does not exist."""
    if not np.isfinite(value):
        return "∞" if value == np.inf else "–"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _percent(share: float) -> str:
    """A share as a percentage that never rounds something to nothing, or almost all to all."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{min(max(100 * share, 0.1), 99.9):.1f}%"
    return f"{100 * share:.0f}%"


def _spread(places: Sequence[float], gap: float) -> Floats:
    """Nearest places at least `gap` apart, in the same order, so that names do not touch."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(order))
    fitted = isotonic_regression(np.asarray(places, dtype=float)[order] - steps).x
    result = np.empty(len(order))
    result[order] = fitted + steps
    return result


def _heading(figure: Figure, x: float, y: float, arm: str) -> None:
    """An arm's name over its panel."""
    _write(figure, x, y, name_of(arm), color=text_colour(arm), fontsize=FONT["title"], weight="bold")


def _key_places(arms: Iterable[str], width: float) -> list[tuple[str, float, float]]:
    """Where each arm's name stands in a key so wide: arm, left end, distance from the first line."""
    places, x, y = [], 0.0, 0.0
    for arm in arms:
        room = 14 + _width_of(name_of(arm), FONT["label"])
        if x and x + room > width:
            x, y = 0.0, y + 20
        places.append((arm, x, y))
        x += room + 16
    return places


def _key(figure: Figure, y: float, arms: Iterable[str], names: Mapping[str, str] | None = None) -> None:
    """Names of arms in their colours from a baseline down, for panels too small for direct labels."""
    for arm, x, down in _key_places(arms, figure.get_size_inches()[0] * 72):
        _write(figure, x, y + down, "●", color=mark_colour(arm), fontsize=FONT["note"])
        _write(figure, x + 14, y + down, (names or {}).get(arm, name_of(arm)), color=text_colour(arm))


def _line_panel(
    arms: Sequence[str], x_name: str, y_name: str, width: float, foot: float = 50
) -> tuple[Figure, Axes, Box]:
    """A board with one panel of lines, its axes' names, and room for the lines' names."""
    wide = width >= PAGE
    room = max(_width_of(name_of(arm), FONT["label"]) for arm in arms) + 16 if wide else 14.0
    top = 36 if wide else 60 + _key_places(arms, width)[-1][2]
    box = (46.0, top, width - 46 - room, 270.0 if wide else 240.0)
    figure = _board(width, box[1] + box[3] + foot)
    _write(figure, 0, 16, y_name)
    _write(figure, box[0] + box[2] / 2, box[1] + box[3] + foot - 8, x_name, ha="center")
    return figure, _axes(figure, box, "y"), box


def _name_lines(
    figure: Figure,
    axes: Axes,
    ends: Mapping[str, tuple[float, float]],
    names: Mapping[str, str] | None = None,
) -> None:
    """Name each line of a `_line_panel` at its right end; on a phone, above the panel."""
    if figure.get_size_inches()[0] * 72 < PAGE:
        _key(figure, 40, ends, names)
        return
    known = {arm: axes.transData.transform(end) for arm, end in ends.items() if np.isfinite(end).all()}
    heights = _spread([float(point[1]) for point in known.values()], 18)
    for (arm, point), height in zip(known.items(), heights, strict=True):
        x, y = axes.transData.inverted().transform((point[0] + 8, height))
        name = (names or {}).get(arm, name_of(arm))
        _label(axes, x, y, name, color=text_colour(arm), fontsize=FONT["label"])


def _from_zero(axes: Axes) -> None:
    """Let the vertical axis begin at zero where nothing is negative, and end at a grid line."""
    low, high = axes.get_ylim()
    ticks = axes.yaxis.get_major_locator().tick_values(low if low < -0.05 * (high - low) else 0, high)
    axes.set_ylim(ticks[0], ticks[-1])


def _dots(axes: Axes, x: ArrayLike, y: ArrayLike, token: str, diameter: float, alpha: float = 1) -> None:
    """Many equal dots as one path of round-capped specks: a fifth of the bytes of as many circles."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    if not x.size:
        return
    speck = abs(np.subtract(*axes.get_xlim())) * 1e-4
    ends = np.stack([np.stack([x, y], -1), np.stack([x + speck, y], -1)], 1).reshape(-1, 2)
    path = Path(ends, np.tile([Path.MOVETO, Path.LINETO], x.size))
    look = {
        "fill": False,
        "edgecolor": colour(token),
        "linewidth": diameter,
        "capstyle": "round",
        "alpha": alpha,
    }
    axes.add_patch(PathPatch(path, clip_on=False, **look))


def _cloud(axes: Axes, x: Floats, y: Floats, arm: str, pixels: float) -> None:
    """Many see-through points: a few as vectors, a crowd as a raster in one colour, which pages recolour."""
    alpha = float(np.clip(500 / max(len(x), 1), 0.14, 0.75))
    if len(x) <= 400:
        axes.scatter(
            x, y, s=(MARK["cloud"] + 1) ** 2, color=mark_colour(arm), alpha=alpha, linewidth=0, zorder=2
        )
        return
    bins, radius = round(2 * pixels), MARK["cloud"]
    grid = np.histogram2d(y, x, bins=bins, range=(axes.get_ylim(), axes.get_xlim()))[0]
    steps = np.arange(-np.ceil(radius), np.ceil(radius) + 1)
    disc = np.clip(radius + 0.5 - np.hypot(*np.meshgrid(steps, steps)), 0, 1)
    strength = 1 - (1 - alpha) ** convolve(grid, disc, mode="constant")
    raster = _painted(
        np.round(strength * 31) / 31, mark_colour(arm)
    )  # 32 steps look like 256 at half the bytes
    extent = (*axes.get_xlim(), *axes.get_ylim())
    axes.imshow(raster, origin="lower", extent=extent, interpolation="none", aspect="auto", zorder=2)


def _painted(strength: Floats, paint: str) -> NDArray[np.uint8]:
    """A raster of one colour, as see-through as strength (0 to 1) says."""
    raster = np.empty((*strength.shape, 4), dtype=np.uint8)
    raster[..., :3] = list(bytes.fromhex(paint[1:]))
    raster[..., 3] = np.round(255 * np.clip(strength, 0, 1))
    return raster


def _picture(axes: Axes, image: ArrayLike) -> None:
    """An item's picture: a photograph [H, W, 3], or strokes [H, W] or [H, W, 1], drawn in the page's ink."""
    pixels = np.asarray(image)
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        strokes = pixels.reshape(pixels.shape[:2]) / (255 if pixels.dtype == np.uint8 else 1)
        pixels = _painted(strokes, colour("ink"))
    axes.imshow(pixels, interpolation="none")
    axes.set_axis_off()


# ---------------------------------------------------------------- votes


@_styled
def vote_bars(
    counts: ArrayLike,
    class_names: Sequence[str],
    images: Sequence[ArrayLike] | None = None,
    captions: Sequence[str] | None = None,
    *,
    width: float = PAGE,
) -> Figure:
    """A few items, each with its votes: one dot a vote, or bars where there are too many to count.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    class_names : sequence of str
    images : sequence of arrays, optional
        Photographs uint8 [H, W, 3], or strokes [H, W] or [H, W, 1] (255, or 1.0, is full ink).
    captions : sequence of str, optional
        One line over each item.
    width : float
        CSS pixels.
    """
    shown, names = _largest(votes.check_counts(counts).astype(float), class_names, 12)
    chosen = np.flatnonzero(shown.any(axis=0))
    left_out, shown, names = len(names) - len(chosen), shown[:, chosen], [names[k] for k in chosen]
    room = min(max(_width_of(name) for name in names), 104.0)
    rows = -(-len(shown) // (4 if width >= PAGE else 2))
    columns, gap = -(-len(shown) // rows), 24.0 if width >= PAGE else 14.0
    start, line = room + 12, 20.0
    panel = (width - start - gap * (columns - 1)) / columns
    tile = min(96.0, panel) if images is not None else 0.0
    head = (24.0 if captions else 2.0) + (tile + 10 if tile else 0.0)
    tall = head + line * len(names) + 24
    figure = _board(width, rows * tall + (30 if left_out else 14))
    per_line, step = _dot_block(shown.max(), panel - 30, line - 3)
    for item, (row, column) in enumerate(np.ndindex(rows, columns)):
        if item == len(shown):
            break
        left, top = start + column * (panel + gap), row * tall
        if captions:
            _write(figure, left, top + 14, _shorten(captions[item], panel, FONT["label"]))
        if images is not None:
            _picture(_axes(figure, (left, top + head - tile - 10, tile, tile)), images[item])
        axes = _axes(figure, (left, top + head, panel, line * len(names)))
        axes.set(xlim=(0, panel), ylim=(line * len(names), 0), xticks=[], yticks=[])
        for k, (name, number) in enumerate(zip(names, shown[item], strict=True)):
            middle = line * (k + 0.5)
            if column == 0:
                _write(
                    figure,
                    room,
                    top + head + middle + 4.5,
                    _shorten(name, room),
                    ha="right",
                    fontsize=FONT["tick"],
                )
            end = _votes(axes, number, shown.max(), middle, panel - 36, per_line, step)
            if number:
                _label(axes, end + 5, middle, f"{number:.0f}")
    _note(figure, start, rows * tall + 4, "one dot is one vote" if step else "numbers of votes")
    if left_out:
        text = "classes without a vote are left out"
        _note(figure, max(0, min(start, width - _width_of(text))), rows * tall + 21, text)
    return figure


def _dot_block(most: float, room: float, tall: float) -> tuple[int, float]:
    """Dots to a line, and their distance, that fill the room best; distance 0 where bars serve better."""
    options = [(int(-(-most // deep)), deep) for deep in (1, 2, 3)]
    step, per_line = max((min(room / per_line, tall / deep, 8.0), per_line) for per_line, deep in options)
    return per_line, step if step >= 4 else 0.0


def _votes(
    axes: Axes, number: float, most: float, middle: float, room: float, per_line: int, step: float
) -> float:
    """Draw one class's votes as a block of dots, or as a bar; return where it ends."""
    if not step:
        axes.barh(middle, number / most * room, height=9, color=colour("human"), linewidth=0)
        return number / most * room
    index = np.arange(int(number))
    lines = -(-int(number) // per_line)
    y = middle + (index // per_line - (lines - 1) / 2) * step
    _dots(axes, step / 2 + index % per_line * step, y, "human", 0.8 * step)
    return min(number, per_line) * step


def _largest(table: Floats, class_names: Sequence[str], limit: int) -> tuple[Floats, list[str]]:
    """The columns worth showing, in their own order, with the rest added up as "others"."""
    if table.shape[1] != len(class_names):
        raise ValueError(
            f"there are {table.shape[1]} classes and {len(class_names)} class names; give one name a class."
        )
    if table.shape[1] <= limit:
        return table, list(class_names)
    keep = np.sort(np.argsort(-table.max(axis=0), kind="stable")[: limit - 1])
    rest = np.clip(table.sum(axis=1) - table[:, keep].sum(axis=1), 0, None)
    return np.column_stack([table[:, keep], rest]), [*(class_names[k] for k in keep), "others"]


@_styled
def majority_discards(counts: ArrayLike, *, width: float = PAGE) -> Figure:
    """What a majority vote keeps of the votes, and what it throws away, item by item.

    Items stand in a row from the most to the least disputed; below the curve
    lie the votes that agree with the majority, above it those that are lost.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    width : float
        CSS pixels.
    """
    checked = votes.check_counts(counts)
    order = np.lexsort((~votes.ties(checked), votes.majority_share(checked)))
    share, tie = votes.majority_share(checked)[order], votes.ties(checked)[order]
    lost, unanimous = 1 - checked.max(axis=1).sum() / checked.sum(), float(np.mean(share == 1))
    figure = _board(width, 336)
    axes = _axes(figure, (46, 46, width - 46 - 22, 240))
    edges = np.linspace(0, 1, min(len(share), 300) + 1)
    heights = share[(edges[:-1] * len(share)).astype(int)]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.stairs(heights, edges, fill=True, color=colour("human"), alpha=0.13, linewidth=0)
    lost_area = {"baseline": heights, "fill": True, "color": colour("hard"), "alpha": 0.85, "linewidth": 0}
    axes.stairs(np.ones_like(heights), edges, **lost_area)
    axes.stairs(heights, edges, color=colour("human"), linewidth=LINE["interval"], baseline=None)
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.yaxis.set_major_formatter(_PERCENT)
    _write(figure, 0, 14, "share of an item's votes")
    _write(figure, 46, 38, f"thrown away: {_percent(lost)} of all votes", color=text_colour("hard"))
    _write(figure, 46 + (width - 68) / 2, 328, "items, from the most to the least disputed", ha="center")
    plain = {"gid": None, "color": colour("ink")}
    _label(axes, 0.985, 0.3, f"kept: {_percent(1 - lost)} of all votes", ha="right", **plain)
    if unanimous > 0.03:
        bracket = [1 - unanimous, 1 - unanimous, 1, 1]
        axes.plot(bracket, [0.09, 0.065, 0.065, 0.09], color=colour("ink"), linewidth=1)
    text = f"unanimous: {_percent(unanimous)} of items" if unanimous else "no item is unanimous"
    _label(axes, 0.985, 0.15, text, ha="right", **plain)
    if tied := int(tie.sum()):
        places = (np.unique(np.flatnonzero(tie) * 200 // len(tie)) + 0.5) / 200
        _dots(axes, places, 0.02, "hard", MARK["seed"])
        text = f"{tied:,} {'item is a tie' if tied == 1 else 'items tie'}"
        _label(axes, 0.015, 0.085, text, gid=None, color=text_colour("hard"))
    return figure


# ---------------------------------------------------------------- results


@_styled
def entropy_joint(
    h_human: ArrayLike,
    models: Mapping[str, ArrayLike],
    *,
    correlation: Mapping[str, Interval] | None = None,
    ceiling: float | None = None,
    width: float = PAGE,
) -> Figure:
    """Model entropy against human entropy, one panel an arm, with their marginal densities.

    Parameters
    ----------
    h_human : array_like, shape [n_items]
        Entropy of the votes, nats.
    models : mapping of arm to array_like, shape [n_items]
        Entropy of the arm's predictions for the same items, nats.
    correlation : mapping of arm to (value, low, high), optional
        Correlation of the two with its 95% interval; NaN prints as a dash.
    ceiling : float, optional
        The correlation that a perfect model would reach with this many votes.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If an arm has another number of items than the votes.
    """
    human = np.asarray(h_human, dtype=float)
    entropies = {arm: np.asarray(models[arm], dtype=float) for arm in ordered(models)}
    _same_shape(entropies, human.shape)
    top = max(0.1, *(float(np.nanmax(values)) for values in (human, *entropies.values())))
    columns = min(len(entropies), 3) if width >= PAGE else 1
    left, head, margin, gap = 46.0, 62.0, 40.0, 24.0
    side = min((width - left - (columns - 1) * gap) / columns - margin - 4, 300.0)
    tall = head + margin + side + 60
    figure = _board(width, tall * -(-len(entropies) // columns) - 6)
    for index, (arm, values) in enumerate(entropies.items()):
        row, column = divmod(index, columns)
        x, y = left + column * (side + margin + 4 + gap), row * tall
        box = (x, y + head + margin + 4, side, side)
        _joint_head(figure, x, y, arm, (correlation or {}).get(arm), ceiling, side + margin)
        axes = _axes(figure, box, "both")
        axes.set(xlim=(-0.025 * top, 1.025 * top), ylim=(-0.025 * top, 1.025 * top))
        axes.plot([0, top], [0, top], color=colour("muted"), linewidth=LINE["rule"], zorder=3)
        _label(axes, 0.88 * top, 0.93 * top, "equal", ha="right")
        _cloud(axes, human, values, arm, side)
        _marginal(figure, (x, y + head, side, margin), axes.get_xlim(), {"human": human}, "x")
        _marginal(
            figure, (x + side + 4, box[1], margin, side), axes.get_ylim(), {arm: values, "human": human}, "y"
        )
        _write(figure, x + side / 2, box[1] + side + 40, "human entropy, nats", ha="center")
        if column:
            axes.tick_params(labelleft=False)
        else:
            _write(figure, 12, box[1] + side / 2, "model entropy, nats", rotation=90, ha="center")
    return figure


def _same_shape(arms: Mapping[str, Floats], shape: tuple[int, ...]) -> None:
    for arm, values in arms.items():
        if values.shape != shape:
            raise ValueError(
                f"arm {arm!r} has shape {values.shape} and the votes {shape}; give the same items for both."
            )


def _joint_head(
    figure: Figure,
    x: float,
    y: float,
    arm: str,
    correlation: Interval | None,
    ceiling: float | None,
    room: float,
) -> None:
    """An arm's name, its correlation in words, and the best that there is to reach."""
    _heading(figure, x, y + 14, arm)
    if correlation is not None:
        value, low, high = correlation
        text = _number(value) + (
            f" ({_number(low)} to {_number(high)})" if np.isfinite([low, high]).all() else ""
        )
        fits = _width_of(f"correlation {text}", FONT["label"]) <= room
        _write(figure, x, y + 34, f"{'correlation' if fits else 'r ='} {text}")
    if ceiling is not None:
        _note(figure, x, y + 52, f"a perfect model: {_number(ceiling)}")


def _marginal(
    figure: Figure,
    box: Box,
    limits: tuple[float, float],
    sides: Mapping[str, Floats],
    direction: Literal["x", "y"],
) -> None:
    """Densities along a side of a panel, the first filled; a spike at zero is cut, its share printed."""
    axes = _axes(figure, box)
    edges = np.linspace(0, limits[1], 1 + int(np.clip(len(next(iter(sides.values()))) ** 0.5, 8, 36)))
    shares = {arm: np.histogram(values, edges)[0] / max(len(values), 1) for arm, values in sides.items()}
    bulk = 1.25 * max(float(share[2:].max()) for share in shares.values())
    tallest = max(float(share.max()) for share in shares.values()) or 1.0
    limit = bulk if 0 < bulk < tallest else tallest
    for order, (arm, values) in enumerate(sides.items()):
        style = {"element": "step", "stat": "proportion", "color": mark_colour(arm), "linewidth": 1.2}
        sns.histplot(
            **{direction: values}, bins=edges, ax=axes, fill=order == 0, alpha=0.9 if order else 0.25, **style
        )
    axes.set(xlabel="", ylabel="", xticks=[], yticks=[])
    axes.set(**{f"{direction}lim": limits, f"{'y' if direction == 'x' else 'x'}lim": (0, limit)})
    first = next(iter(sides))
    if shares[first][0] > limit:
        along, across = (0.09 if direction == "x" else 0.07) * limits[1], 0.8 * limit
        place = (along, across) if direction == "x" else (across, along)
        _label(
            axes,
            *place,
            _percent(shares[first][0]),
            color=text_colour(first),
            ha="left" if direction == "x" else "right",
        )


@_styled
def metric_dots(
    results: Mapping[str, Mapping[str, tuple[float, float, float, Sequence[float]]]],
    metrics: Sequence[str],
    *,
    ceilings: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
    width: float = PAGE,
) -> Figure:
    """One panel a measure: each arm's value with its interval, its seeds as small dots below.

    Parameters
    ----------
    results : mapping of arm to mapping of measure to (value, low, high, per_seed)
        What is missing or NaN prints as a dash.
    metrics : sequence of str
        Keys of `metrics.evaluate`, in the order of the panels.
    ceilings, floors : mapping of measure to float, optional
        The best value that a perfect model would reach with this many votes.
    width : float
        CSS pixels.
    """
    arms = ordered(results)
    room = min(max(_width_of(name_of(arm), FONT["label"]) for arm in arms), 120.0)
    columns, gap, values = (2 if width >= PAGE and len(metrics) > 1 else 1), 32.0, 48.0
    card = (width - (columns - 1) * gap) / columns
    head, line = 62.0, 34.0
    tall = head + line * len(arms) + 50
    figure = _board(width, tall * -(-len(metrics) // columns) - 16)
    for index, metric in enumerate(metrics):
        start, top = index % columns * (card + gap), index // columns * tall
        _metric_head(figure, start, top, metric, card)
        box = (start + room + 16, top + head, card - room - 16 - values, line * len(arms))
        axes = _axes(figure, box, "x")
        cells = {arm: results[arm].get(metric, (np.nan, np.nan, np.nan, ())) for arm in arms}
        bests = {"ceiling": (ceilings or {}).get(metric, np.nan), "floor": (floors or {}).get(metric, np.nan)}
        _dot_rows(axes, cells, {word: best for word, best in bests.items() if np.isfinite(best)})
        for row, (arm, cell) in enumerate(cells.items()):
            baseline, digits = (
                top + head + (row + 0.42) * line + 4.5,
                2 if not cell[2] - cell[1] < 0.04 else 3,
            )
            _write(
                figure, start, baseline, _shorten(name_of(arm), room, FONT["label"]), color=text_colour(arm)
            )
            _write(figure, start + card, baseline, _number(cell[0], digits), ha="right")
    return figure


def _metric_head(figure: Figure, x: float, y: float, metric: str, room: float) -> None:
    """A measure's name, unit and better direction."""
    title, unit, better = METRICS[metric] if metric in METRICS else (metric.replace("_", " "), "", None)
    title = title[:1].upper() + title[1:]
    _write(figure, x, y + 14, _shorten(title, room * 0.92, FONT["label"]), weight="bold")
    notes = [unit, f"{better} is better" if better else ""]
    _note(figure, x, y + 32, ", ".join(note for note in notes if note))


def _dot_rows(
    axes: Axes, cells: Mapping[str, tuple[float, float, float, Sequence[float]]], bests: Mapping[str, float]
) -> None:
    """The marks of one panel of `metric_dots`: dots, intervals, seeds below, ceiling or floor behind."""
    numbers = [number for value, low, high, seeds in cells.values() for number in (value, low, high, *seeds)]
    finite = np.array([number for number in (*numbers, *bests.values()) if np.isfinite(number)] or [0.0, 1.0])
    low_end, high_end = finite.min(), finite.max()
    space = 0.08 * (high_end - low_end) or 0.05 * abs(high_end) or 0.05
    axes.set(xlim=(low_end - space, high_end + space), ylim=(len(cells), 0), yticks=[])
    for word, best in bests.items():
        _dash(axes, [best, best], [0, len(cells)])
        side = "left" if best < (low_end + high_end) / 2 else "right"
        _label(axes, best, -0.2, f"{word} {_number(best)}", ha=side)
    for row, (arm, (value, low, high, seeds)) in enumerate(cells.items()):
        middle, paint = row + 0.42, mark_colour(arm)
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [middle, middle], color=paint, linewidth=LINE["interval"])
        if np.isfinite(value):
            marker = "D" if arm == "gold" else "o"
            axes.plot(value, middle, marker, color=paint, markersize=MARK["dot"], markeredgewidth=0)
        if len(seeds) > 1:
            token = arm if arm in STYLE["names"] else "rival"
            _dots(axes, [seed for seed in seeds if np.isfinite(seed)], middle + 0.3, token, MARK["seed"], 0.6)


@_styled
def by_bin(
    bins: Sequence[str],
    n_items: Sequence[int],
    arms: Mapping[str, Sequence[Interval]],
    *,
    measure: str = "KL to the votes, nats",
    axis: str = "human entropy, nats",
    reference: tuple[str, Sequence[float]] | None = None,
    width: float = PAGE,
) -> Figure:
    """A measure from the clear to the ambiguous items, one line an arm, with intervals.

    Parameters
    ----------
    bins : sequence of str
        What each bin is called, such as "0 to 0.25".
    n_items : sequence of int
        How many items each bin holds.
    arms : mapping of arm to one (value, low, high) a bin
        A bin without a value (NaN) leaves a gap.
    measure, axis : str
        Names of the two axes, with units.
    reference : (name, one value a bin), optional
        A ceiling or floor, drawn dashed.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If an arm has another number of bins than `bins`.
    """
    table = {arm: np.asarray(arms[arm], dtype=float).reshape(-1, 3) for arm in ordered(arms)}
    _same_bins(table, len(bins))
    foot = 90.0
    figure, axes, (left, top, w, h) = _line_panel(list(table), axis, measure, width, foot)
    slot = w / len(bins)
    crowded = max(_width_of(name) for name in bins) > slot - 6  # then every second name stands lower
    axes.set_xlim(-0.5, len(bins) - 0.5)
    shifts = (np.arange(len(table)) - (len(table) - 1) / 2) * min(10.0, 0.2 * slot) / slot
    ends = {}
    for shift, (arm, values) in zip(shifts, table.items(), strict=True):
        x, paint, values = (
            np.arange(len(bins)) + shift,
            mark_colour(arm),
            np.where(np.isfinite(values), values, np.nan),
        )
        axes.vlines(x, values[:, 1], values[:, 2], color=paint, linewidth=LINE["interval"])
        dots = {"marker": "o", "markersize": MARK["dot"] - 1, "markeredgewidth": 0}
        axes.plot(x, values[:, 0], color=paint, linewidth=LINE["seed"], **dots)
        last = np.flatnonzero(np.isfinite(values[:, 0]))
        ends[arm] = (x[last[-1]], values[last[-1], 0]) if last.size else (np.nan, np.nan)
    _from_zero(axes)
    if reference:
        _dash(axes, np.arange(len(bins)), reference[1])
        _label(axes, -0.45, float(reference[1][0]) + 0.035 * axes.get_ylim()[1], reference[0])
    axes.set_xticks([])
    for k, (name, number) in enumerate(zip(bins, n_items, strict=True)):
        at, down = left + (k + 0.5) * slot, 16 * (k % 2) if crowded else 0
        text = _shorten(name, (2 if crowded else 1) * slot - 6)
        _write(
            figure, at, top + h + 20 + down, text, ha="center", color=colour("muted"), fontsize=FONT["tick"]
        )
        _note(figure, at, top + h + foot - 40, f"{number:,}", ha="center")
    _note(figure, left - 7, top + h + foot - 40, "items", ha="right")
    _name_lines(figure, axes, ends)
    return figure


def _same_bins(table: Mapping[str, Floats], n_bins: int) -> None:
    for arm, values in table.items():
        if len(values) != n_bins:
            raise ValueError(
                f"arm {arm!r} has {len(values)} bins and the axis {n_bins}; give one interval a bin."
            )


@_styled
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
        If an arm has another shape than the votes.
    """
    human = votes.distribution(counts)
    rows = {"human": human} | {arm: np.asarray(arms[arm], dtype=float) for arm in ordered(arms)}
    _same_shape(rows, human.shape)
    tables = [_largest(np.stack([p[i] for p in rows.values()]), class_names, 4) for i in range(len(human))]
    columns, gap, bar = (2 if width >= PAGE and len(human) > 1 else 1), 36.0, 6.0
    card = min((width - (columns - 1) * gap) / columns, 480.0)
    tile = 92.0 if images is not None else 0.0
    room = min(max(_width_of(name) for _, names in tables for name in names), 0.26 * card)
    group = bar * len(rows) + 9
    body = max(tile, group * max(len(names) for _, names in tables) + 16)
    head = 24.0 if captions else 0.0
    top = 34 + _key_places(rows, width)[-1][2]
    figure = _board(width, top + (head + body + 26) * -(-len(human) // columns) - 20)
    _key(figure, 14, rows)
    for item, (table, names) in enumerate(tables):
        x, y = item % columns * (card + gap), top + item // columns * (head + body + 26)
        if captions:
            _write(figure, x, y + 14, _shorten(captions[item], card, FONT["label"]))
        if images is not None:
            _picture(_axes(figure, (x, y + head, tile, tile)), images[item])
        start = x + (tile + 16 if tile else 0) + room + 8
        _class_bars(
            figure,
            (start, y + head - 4, x + card - start - 20, group * len(names)),
            table,
            names,
            list(rows),
            room,
        )
    return figure


def _class_bars(
    figure: Figure, box: Box, table: Floats, names: Sequence[str], arms: Sequence[str], room: float
) -> None:
    """One group of thin bars a class: the votes, then each arm."""
    left, top, _, h = box
    group = h / len(names)
    bar = (group - 9) / len(arms)
    axes = _axes(figure, box, "x")
    axes.set(xlim=(0, 1), ylim=(h, 0), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100%"])
    axes.tick_params(labelsize=FONT["note"], pad=2)
    for k, name in enumerate(names):
        _write(
            figure,
            left - 8,
            top + (k + 0.5) * group + 4.5,
            _shorten(name, room),
            ha="right",
            fontsize=FONT["tick"],
        )
        for row, arm in enumerate(arms):
            middle = k * group + 4.5 + bar * (row + 0.5)
            axes.barh(middle, table[row, k], height=bar - 1, color=mark_colour(arm), linewidth=0, zorder=2)


@_styled
def confidence_hist(
    share_human: ArrayLike, models: Mapping[str, ArrayLike], *, width: float = PAGE
) -> Figure:
    """How sure the crowd is, and how sure each arm: histograms of the largest share or probability.

    Parameters
    ----------
    share_human : array_like, shape [n_items]
        Majority share of the votes.
    models : mapping of arm to array_like, shape [n_items]
        Largest predicted probability.
    width : float
        CSS pixels.
    """
    rows = {arm: np.asarray(models[arm], dtype=float) for arm in ordered(models)}
    rows = {"human": np.asarray(share_human, dtype=float)} | rows
    rows = {arm: np.clip(values[np.isfinite(values)], 0, 1) for arm, values in rows.items()}
    lowest = min((float(values.min()) for values in rows.values() if values.size), default=0.0)
    first = min(int(lowest * 20), 10)
    edges = np.linspace(first / 20, 1, 21 - first)
    shares = {arm: np.histogram(values, edges)[0] / max(len(values), 1) for arm, values in rows.items()}
    top = 1.02 * max(float(share.max()) for share in shares.values()) or 1.0
    head, tall, middle = 44.0, 124.0, 14 + (width - 36) / 2
    figure = _board(width, len(rows) * tall + 42)
    for row, (arm, values) in enumerate(rows.items()):
        _heading(figure, 14, row * tall + 14, arm)
        sure = _percent(float(np.mean(values >= 0.95))) if values.size else "–"
        _note(figure, 14, row * tall + 32, f"{sure} of items at 95% or more")
        axes = _axes(figure, (14, row * tall + head, width - 36, tall - head - 10))
        axes.stairs(shares[arm], edges, fill=True, color=mark_colour(arm), linewidth=0, alpha=0.9)
        if row:
            axes.stairs(shares["human"], edges, color=colour("human"), linewidth=1.2, baseline=None)
        axes.axhline(0, color=colour("rule"), linewidth=LINE["rule"])
        axes.set(xlim=(edges[0], 1), ylim=(0, top), yticks=[])
        axes.xaxis.set_major_formatter(_PERCENT)
        axes.tick_params(labelbottom=row == len(rows) - 1)
    text = "largest share of votes, largest probability"
    _write(figure, middle, len(rows) * tall + 34, text, ha="center")
    return figure


@_styled
def training_curves(
    history: Mapping[str, ArrayLike],
    *,
    measure: str = "KL to the validation votes, nats",
    floor: float | None = None,
    top: float | None = None,
    width: float = PAGE,
) -> Figure:
    """A validation measure by epoch: every seed as a thin line, their mean as a thick one.

    Parameters
    ----------
    history : mapping of arm to array_like, shape [n_seeds, n_epochs]
    measure : str
        Name of the vertical axis, with its unit.
    floor : float, optional
        What a perfect model would still score.
    top : float, optional
        Upper end of the axis, where early epochs would squeeze the rest; lines above it are cut.
    width : float
        CSS pixels.
    """
    table = {arm: np.atleast_2d(np.asarray(history[arm], dtype=float)) for arm in ordered(history)}
    figure, axes, _ = _line_panel(list(table), "epoch", measure, width)
    ends = {}
    for arm, runs in table.items():
        epochs, mean = np.arange(1, runs.shape[1] + 1), runs.mean(axis=0)
        if len(runs) > 1:
            axes.plot(epochs, runs.T, color=mark_colour(arm), linewidth=LINE["seed"], alpha=0.4)
        point = "o" if len(epochs) == 1 else None
        axes.plot(epochs, mean, color=mark_colour(arm), linewidth=LINE["mean"], marker=point, clip_on=False)
        ends[arm] = (float(epochs[-1]), float(mean[-1]))
    longest = max(runs.shape[1] for runs in table.values())
    axes.set_xlim(1, max(longest, 2))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    _from_zero(axes)
    if top is not None:
        axes.set_ylim(0, top)
        for line in axes.get_lines():
            line.set_clip_on(True)
    if floor is not None:
        _dash(axes, axes.get_xlim(), [floor, floor])
        _label(axes, 1 + 0.01 * longest, floor, f"floor {_number(floor)}", va="bottom")
    _name_lines(figure, axes, ends)
    return figure


# ---------------------------------------------------------------- losses and the truth


@_styled
def loss_of_confidence(share: float = 0.7, *, width: float = PAGE) -> Figure:
    """Two classes: the loss, and its pull on the logit, as the model grows more confident.

    The hard label asks for certainty whatever the votes; the soft label's loss
    is least, and its pull is zero, where the prediction equals the vote share.
    The derivative of cross-entropy by the logit is p_model minus the target.

    Parameters
    ----------
    share : float
        Share of the votes for the majority class, above one half and below one.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `share` is not above one half and below one.
    """
    p, targets = _probabilities(), {"hard": 1.0, "soft": _checked_share(share)}
    losses = {arm: -target * np.log(p) - (1 - target) * np.log(1 - p) for arm, target in targets.items()}
    pulls = {arm: p - target for arm, target in targets.items()}
    wide = width >= PAGE
    w, h = ((width - 2 * 62 - 32) / 2, 240.0) if wide else (width - 62, 210.0)
    figure = _board(width, h + 110 if wide else 2 * h + 202)
    _key(figure, 15, list(targets))
    for index, (name, curves) in enumerate(
        (("loss, nats", losses), ("pull on the logit: p \N{MINUS SIGN} target", pulls))
    ):
        left, top = (40 + index * (w + 62 + 32), 62.0) if wide else (40.0, 62.0 + index * (h + 90))
        axes = _axes(figure, (left, top, w, h), "y")
        low, high = ((-1, 1), (0, 3))[index == 0]
        axes.set(xlim=(0, 1), ylim=(low, high))
        axes.xaxis.set_major_formatter(_PERCENT)
        _dash(axes, [share, share], [low, high])
        _label(axes, share - 0.02, low + 0.08 * (high - low), f"votes: {_percent(share)}", ha="right")
        for arm, target in targets.items():
            axes.plot(p, curves[arm], color=mark_colour(arm), linewidth=LINE["mean"])
            least = float(votes.entropy([target, 1 - target])) if index == 0 else 0.0
            axes.plot(
                target,
                least,
                "o",
                color=mark_colour(arm),
                markersize=MARK["dot"],
                markeredgewidth=0,
                clip_on=False,
            )
        _write(figure, left - 40, top - 14, name)
        _write(figure, left + w / 2, top + h + 40, "predicted probability of the majority class", ha="center")
    return figure


def _probabilities() -> Floats:
    """Probabilities from almost 0 to almost 1, closer together towards both ends."""
    return np.asarray(expit(np.linspace(-7.5, 7.5, 301)))


def _checked_share(share: float) -> float:
    if not 0.5 < share < 1:
        raise ValueError(f"share is {share}; give a majority's share of the votes, above 0.5 and below 1.")
    return share


@_styled
def kl_directions(share: float = 0.9, *, width: float = PAGE) -> Figure:
    """Two classes: KL from the votes to the model and back, as the prediction moves.

    KL(p_human ‖ p_model) grows without end as the model rules out what people
    chose; the other direction stays finite there, and so forgives it.

    Parameters
    ----------
    share : float
        Share of the votes for the majority class, above one half and below one.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `share` is not above one half and below one.
    """
    p, human = _probabilities(), _checked_share(share)
    forward = human * np.log(human / p) + (1 - human) * np.log((1 - human) / (1 - p))
    backward = p * np.log(p / human) + (1 - p) * np.log((1 - p) / (1 - human))
    top, box = 3.0, (40.0, 36.0, width - 40 - 22, 250.0)
    figure = _board(width, box[1] + box[3] + 50)
    axes = _axes(figure, box, "y")
    axes.set(xlim=(0, 1), ylim=(0, top))
    axes.xaxis.set_major_formatter(_PERCENT)
    _dash(axes, [human, human], [0, 0.2 * top])
    _label(axes, human + 0.02, 0.25 * top, f"votes: {_percent(human)}", ha="right")
    names = (
        ("KL(model ‖ human)", backward, "rival", "muted", 0.55 * backward.max()),
        ("KL(human ‖ model)", forward, "human", "ink", 0.93 * top),
    )
    for name, curve, paint, ink, height in names:
        axes.plot(p, curve, color=colour(paint), linewidth=LINE["mean"])
        at = int(np.argmin(np.abs(curve - height) + 9 * (p > human)))
        _label(axes, p[at] + 0.025, curve[at], name, color=colour(ink), fontsize=FONT["label"])
    _write(figure, 0, 16, "divergence, nats")
    _write(
        figure,
        box[0] + box[2] / 2,
        box[1] + box[3] + 42,
        "predicted probability of the majority class",
        ha="center",
    )
    return figure


@_styled
def entropy_curve(*, width: float = PAGE) -> Figure:
    """Two classes: entropy by the share of votes for one of them, in nats."""
    box = (46.0, 36.0, width - 46 - 22, 220.0)
    figure = _board(width, box[1] + box[3] + 50)
    axes = _axes(figure, box, "y")
    axes.set(xlim=(0, 1), ylim=(0, 0.8))
    axes.xaxis.set_major_formatter(_PERCENT)
    p = np.linspace(0, 1, 201)
    axes.plot(
        p,
        votes.entropy(np.stack([p, 1 - p], -1)),
        color=colour("human"),
        linewidth=LINE["mean"],
        clip_on=False,
    )
    even, most, all_of_them = (
        (0.5, "an even split: ln 2 = 0.69"),
        (0.9, "9 to 1: 0.33"),
        (1.0, "all agree: 0"),
    )
    for (share, text), side, shift in (
        (even, "center", (0, 12)),
        (most, "right", (-10, -2)),
        (all_of_them, "right", (-14, 9)),
    ):
        height = float(votes.entropy([share, 1 - share]))
        axes.plot(
            share,
            height,
            "o",
            color=colour("human"),
            markersize=MARK["dot"],
            markeredgewidth=0,
            clip_on=False,
        )
        _label(
            axes,
            share + shift[0] / box[2],
            height + 0.8 * shift[1] / box[3],
            text,
            ha=side,
            color=colour("ink"),
        )
    _write(figure, 0, 16, "entropy, nats")
    _write(
        figure,
        box[0] + box[2] / 2,
        box[1] + box[3] + 42,
        "share of the votes for one of two classes",
        ha="center",
    )
    return figure


@_styled
def truth_curve(
    blend: ArrayLike,
    p_true: ArrayLike,
    arms: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    votes_seen: tuple[ArrayLike, ArrayLike] | None = None,
    axis: str = "blend weight of the second digit",
    measure: str = "probability of the second digit",
    width: float = PAGE,
) -> Figure:
    """Where the truth is known: the true probability against what each arm predicts.

    Parameters
    ----------
    blend, p_true : array_like, shape [n]
        The blend weight, from 0 to 1 and rising, and the true probability there.
    arms : mapping of arm to (mean, low, high), each array_like of shape [n]
        Mean prediction and the band around it.
    votes_seen : (blend, share), optional
        Items' observed vote shares, as faint dots.
    axis, measure : str
        Names of the two axes.
    width : float
        CSS pixels.
    """
    x, truth = np.asarray(blend, dtype=float), np.asarray(p_true, dtype=float)
    figure, axes, _ = _line_panel(["human", *arms], axis, measure, width)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    if votes_seen is not None:
        _dots(axes, *votes_seen, "human", MARK["seed"], 0.18)
    ends = {"human": (float(x[-1]), float(truth[-1]))}
    for arm in ordered(arms):
        mean, low, high = (np.asarray(part, dtype=float) for part in arms[arm])
        axes.fill_between(
            x, np.clip(low, 0, 1), np.clip(high, 0, 1), color=mark_colour(arm), alpha=0.2, linewidth=0
        )
        axes.plot(x, mean, color=mark_colour(arm), linewidth=LINE["mean"])
        ends[arm] = (float(x[-1]), float(mean[-1]))
    axes.plot(x, truth, color=colour("human"), linewidth=LINE["mean"])
    _name_lines(figure, axes, ends, {"human": "the truth"})
    return figure
