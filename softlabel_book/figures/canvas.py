"""The canvas of a figure: what several figures share of places, words and marks, measured in CSS pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import convolve
from scipy.optimize import isotonic_regression

from softlabel_book.figures.wording import width_of
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, name_of, text_colour

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, width, height in CSS pixels from the top left corner

PERCENT = FuncFormatter(lambda value, _: f"{100 * value:.0f}%")


# Surfaces: a figure, its axes, where several panels stand.


def blank(width: float, height: float) -> Figure:
    """An empty figure of so many CSS pixels."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def width_in_pixels(figure: Figure) -> float:
    """Width of a figure in CSS pixels."""
    return float(figure.get_size_inches()[0] * 72)


def axes(figure: Figure, box: Box, grid: Literal["x", "y", "both"] | None = None) -> Axes:
    """Axes without a frame at a box of the canvas."""
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


def corners(
    n: int, columns: int, across: float, down: float, left: float = 0.0, top: float = 0.0
) -> Iterator[tuple[int, float, float]]:
    """Column, left end and top of each of `n` panels that stand in columns, so far across and down from one another."""
    for index in range(n):
        row, column = divmod(index, columns)
        yield column, left + column * across, top + row * down


def line_panel(
    arms: Sequence[str], x_name: str, y_name: str, width: float, foot: float = 50
) -> tuple[Figure, Axes, Box]:
    """A canvas with one panel of lines, its axes' names, and room for the lines' names."""
    wide = width >= PAGE
    room = max(width_of(name_of(arm), FONT["label"]) for arm in arms) + 16 if wide else 14.0
    top = 36 if wide else 60 + key_places(arms, width)[-1][2]
    box = (46.0, top, width - 46 - room, 270.0 if wide else 240.0)
    figure = blank(width, box[1] + box[3] + foot)
    write(figure, 0, 16, y_name)
    write(figure, box[0] + box[2] / 2, box[1] + box[3] + foot - 8, x_name, ha="center")
    return figure, axes(figure, box, "y"), box


def from_zero(axes: Axes) -> None:
    """Let the vertical axis begin at zero where nothing is negative, and end at a grid line."""
    low, high = axes.get_ylim()
    ticks = axes.yaxis.get_major_locator().tick_values(low if low < -0.05 * (high - low) else 0, high)
    axes.set_ylim(ticks[0], ticks[-1])


def around(numbers: Iterable[float], space: float) -> tuple[float, float]:
    """Ends of an axis that holds all finite numbers, with a share of their range as space beside them."""
    finite = np.array([number for number in numbers if np.isfinite(number)] or [0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    beside = space * (high - low) or 0.05 * abs(high) or 0.05
    return low - beside, high + beside


# Words.


def write(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Text on the canvas: `y` is the baseline, in CSS pixels from the top."""
    width, height = figure.get_size_inches() * 72
    options = {"fontsize": FONT["label"], "va": "baseline", "rotation_mode": "anchor"} | options
    figure.text(x / width, 1 - y / height, text, **options)


def small(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Text of the size of a tick's label on the canvas."""
    write(figure, x, y, text, **({"fontsize": FONT["tick"]} | options))


def note(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Small quiet text on the canvas."""
    write(figure, x, y, text, **({"color": colour("muted"), "fontsize": FONT["note"]} | options))


def title(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """A panel's title on the canvas."""
    write(figure, x, y, text, **({"fontsize": FONT["title"], "weight": "bold"} | options))


def heading(figure: Figure, x: float, y: float, arm: str) -> None:
    """An arm's name over its panel."""
    title(figure, x, y, name_of(arm), color=text_colour(arm))


def label(axes: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """A direct label at data coordinates, with a halo of paper that keeps it readable over marks."""
    quiet = {
        "fontsize": FONT["note"],
        "va": "center",
        "gid": "sl-halo",
        "zorder": 6,
        "color": colour("muted"),
    }
    axes.text(x, y, text, **(quiet | options))


def key_places(arms: Iterable[str], width: float) -> list[tuple[str, float, float]]:
    """Where each arm's name stands in a key so wide: arm, left end, distance from the first line."""
    places, x, y = [], 0.0, 0.0
    for arm in arms:
        room = 14 + width_of(name_of(arm), FONT["label"])
        if x and x + room > width:
            x, y = 0.0, y + 20
        places.append((arm, x, y))
        x += room + 16
    return places


def key(figure: Figure, y: float, arms: Iterable[str], names: Mapping[str, str] | None = None) -> None:
    """Names of arms in their colours from a baseline down, for panels too small for direct labels."""
    for arm, x, down in key_places(arms, width_in_pixels(figure)):
        write(figure, x, y + down, "●", color=mark_colour(arm), fontsize=FONT["note"])
        write(figure, x + 14, y + down, (names or {}).get(arm, name_of(arm)), color=text_colour(arm))


def name_lines(
    figure: Figure,
    axes: Axes,
    ends: Mapping[str, tuple[float, float]],
    names: Mapping[str, str] | None = None,
) -> None:
    """Name each line of a `line_panel` at its right end; on a phone, above the panel."""
    if width_in_pixels(figure) < PAGE:
        key(figure, 40, ends, names)
        return
    known = {arm: axes.transData.transform(end) for arm, end in ends.items() if np.isfinite(end).all()}
    heights = _spread([float(point[1]) for point in known.values()], 18)
    for (arm, point), height in zip(known.items(), heights, strict=True):
        x, y = axes.transData.inverted().transform((point[0] + 8, height))
        name = (names or {}).get(arm, name_of(arm))
        label(axes, x, y, name, color=text_colour(arm), fontsize=FONT["label"])


def last_point(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """The last point of a line that has a value, NaN where none has."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    drawn = np.flatnonzero(np.isfinite(y))
    return (float(x[drawn[-1]]), float(y[drawn[-1]])) if drawn.size else (np.nan, np.nan)


def _spread(places: Sequence[float], gap: float) -> Floats:
    """Nearest places at least `gap` apart, in the same order, so that names do not touch."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(order))
    fitted = isotonic_regression(np.asarray(places, dtype=float)[order] - steps).x
    result = np.empty(len(order))
    result[order] = fitted + steps
    return result


# Marks.


def dash(axes: Axes, x: ArrayLike, y: ArrayLike) -> None:
    """A ceiling, a floor or another line to read against: thin and dashed."""
    style = {"linewidth": LINE["ceiling"], "dashes": LINE["dash"], "zorder": 1.5}
    axes.plot(x, y, color=colour("muted"), scalex=False, scaley=False, **style)


def dot(axes: Axes, x: float, y: float, paint: str, **options: Any) -> None:
    """One value as a dot, or as another marker."""
    look = {"marker": "o", "linestyle": "none", "markersize": MARK["dot"], "markeredgewidth": 0}
    axes.plot(x, y, color=paint, **(look | options))


def span(axes: Axes, low: float, high: float, y: float, paint: str) -> None:
    """An interval from left to right, where there is one."""
    if np.isfinite([low, high]).all():
        axes.plot([low, high], [y, y], color=paint, linewidth=LINE["interval"])


def dots(axes: Axes, x: ArrayLike, y: ArrayLike, token: str, diameter: float, alpha: float = 1) -> None:
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


def cloud(axes: Axes, x: Floats, y: Floats, arm: str, pixels: float) -> None:
    """Many see-through points: a few as vectors, a crowd as a raster in one colour, which pages recolour."""
    alpha = float(np.clip(500 / max(len(x), 1), 0.14, 0.75))
    if len(x) <= 400:
        size = (MARK["cloud"] + 1) ** 2
        axes.scatter(x, y, s=size, color=mark_colour(arm), alpha=alpha, linewidth=0, zorder=2)
        return
    bins, radius = round(2 * pixels), MARK["cloud"]
    grid = np.histogram2d(y, x, bins=bins, range=(axes.get_ylim(), axes.get_xlim()))[0]
    steps = np.arange(-np.ceil(radius), np.ceil(radius) + 1)
    disc = np.clip(radius + 0.5 - np.hypot(*np.meshgrid(steps, steps)), 0, 1)
    strength = 1 - (1 - alpha) ** convolve(grid, disc, mode="constant")
    coarse = np.round(strength * 31) / 31  # 32 steps look like 256 at half the bytes
    extent = (*axes.get_xlim(), *axes.get_ylim())
    look: dict[str, Any] = {
        "origin": "lower",
        "extent": extent,
        "interpolation": "none",
        "aspect": "auto",
        "zorder": 2,
    }
    axes.imshow(_painted(coarse, mark_colour(arm)), **look)


def _painted(strength: Floats, paint: str) -> NDArray[np.uint8]:
    """A raster of one colour, as see-through as strength (0 to 1) says."""
    raster = np.empty((*strength.shape, 4), dtype=np.uint8)
    raster[..., :3] = list(bytes.fromhex(paint[1:]))
    raster[..., 3] = np.round(255 * np.clip(strength, 0, 1))
    return raster


def item_image(axes: Axes, image: ArrayLike) -> None:
    """An item's picture: a photograph [H, W, 3], or strokes [H, W] or [H, W, 1], drawn in the page's ink."""
    pixels = np.asarray(image)
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        strokes = pixels.reshape(pixels.shape[:2]) / (255 if pixels.dtype == np.uint8 else 1)
        pixels = _painted(strokes, colour("ink"))
    axes.imshow(pixels, interpolation="none")
    axes.set_axis_off()
