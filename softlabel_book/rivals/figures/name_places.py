"""Where the names of dots find room: the nearest place that touches neither dot, line nor name."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from softlabel_book.figures import wording
from softlabel_book.palette import FONT, MARK

Key = TypeVar("Key", bound=Hashable)
Point = tuple[float, float]
Extent = tuple[float, float, float, float]  # left, bottom, right, top
REACH = MARK["dot"] / 2 + 1  # from a dot's middle to where a name may begin


class Dot(NamedTuple):
    """A name, and the middle of the dot that bears it, in CSS pixels."""

    name: str
    x: float
    y: float


class Place(NamedTuple):
    """The middle of a name, and where a line from it to its dot ends, None where there need be no line."""

    x: float
    y: float
    leader: Point | None


def places(
    dots: Mapping[Key, Dot], lines: Iterable[tuple[Point, Point]], frame: Sequence[float]
) -> dict[Key, Place]:
    """The nearest free place of each dot's name, the first dot's first.

    A place is free if it touches no dot, no line and no name before it, and lies inside of the frame;
    the line to its dot crosses as few names as can be.

    Parameters
    ----------
    dots : mapping of key to Dot
    lines : iterable of (point, point)
        Ends of lines to be kept clear of, CSS pixels.
    frame : (left, bottom, right, top)
        CSS pixels.

    Raises
    ------
    ValueError
        If a name finds no room.
    """
    taken: list[Extent] = [(x - REACH, y - REACH, x + REACH, y + REACH) for _, x, y in dots.values()]
    taken += [speck for ends in lines for speck in _specks(*ends)]
    named: list[Extent] = []
    found = {}
    for key, dot in dots.items():
        others = [(other.x, other.y) for name, other in dots.items() if name != key]
        box, leader = _best(dot, others, taken, named, frame)
        named.append(box)
        taken += [box, *(_specks((dot.x, dot.y), leader, step=3.0) if leader else [])]
        found[key] = Place((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, leader)
    return found


def _best(
    dot: Dot,
    others: Sequence[Point],
    taken: Sequence[Extent],
    named: Sequence[Extent],
    frame: Sequence[float],
) -> tuple[Extent, Point | None]:
    """The nearest free box for a dot's name whose line crosses fewest names, and where that line ends."""
    w, h = wording.width_of(dot.name, FONT["note"]) / 2 + 3, 8.5
    middle = (dot.x, dot.y)
    best: tuple[int, Extent, Point | None] | None = None
    for x, y in _around(middle, w + REACH, h + REACH):
        box = (x - w, y - h, x + w, y + h)
        if not _lies_in(box, frame) or any(_touch(box, other) for other in taken):
            continue
        near, away = _nearest(box, middle)
        unclear = any(_nearest(box, other)[1] < 2 * away + 4 for other in others)
        leader = near if away > 12 or unclear else None
        line = _specks(middle, near, step=3.0) if leader else []
        crossed = sum(any(_touch(speck, name) for speck in line) for name in named)
        if best is None or crossed < best[0]:
            best = (crossed, box, leader)
        if not crossed:
            break
    if best is None:
        raise ValueError(f"no room is left for the name {dot.name!r}; draw fewer arms or a wider figure.")
    return best[1], best[2]


def _around(dot: Point, w: float, h: float) -> Iterator[Point]:
    """Middles of a name so wide and high around a dot, the nearest first."""
    for far in range(0, 420, 6):
        for angle in np.linspace(0, 2 * np.pi, 32, endpoint=False) + np.pi / 16:
            yield dot[0] + float(np.cos(angle)) * (w + far), dot[1] + float(np.sin(angle)) * (h + far)


def _specks(one: Point, other: Point, step: float = 6.0) -> list[Extent]:
    """Small boxes along a line, to be kept clear of."""
    n = int(np.hypot(other[0] - one[0], other[1] - one[1]) // step) + 2
    along = np.linspace(one, other, n)
    return [(x - 1.0, y - 1.0, x + 1.0, y + 1.0) for x, y in along]


def _nearest(box: Extent, dot: Point) -> tuple[Point, float]:
    """The point of a box that is nearest to a dot, and how far it is."""
    near = (float(np.clip(dot[0], box[0], box[2])), float(np.clip(dot[1], box[1], box[3])))
    return near, float(np.hypot(near[0] - dot[0], near[1] - dot[1]))


def _lies_in(box: Extent, frame: Sequence[float]) -> bool:
    return bool(frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3])


def _touch(one: Extent, other: Extent) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
