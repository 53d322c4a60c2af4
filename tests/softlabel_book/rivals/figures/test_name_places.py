"""Tests of where names find room: near their dot, clear of dots, lines and other names, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from softlabel_book.figures import wording
from softlabel_book.palette import FONT
from softlabel_book.rivals.figures.name_places import Dot, places

FRAME = (0.0, 0.0, 400.0, 300.0)


def test_a_name_alone_stands_beside_its_dot_without_a_line() -> None:
    place = places({"a": Dot("soft", 200, 150)}, [], FRAME)["a"]
    assert place.leader is None
    assert np.hypot(place.x - 200, place.y - 150) < wording.width_of("soft", FONT["note"])


def test_names_of_crowded_dots_touch_neither_dots_nor_one_another() -> None:
    dots = {k: Dot(f"name {k}", 200 + 3 * k, 150 + 2 * k) for k in range(8)}
    found = places(dots, [((0, 150), (400, 150))], FRAME)
    half = wording.width_of("name 0", FONT["note"]) / 2
    for key, place in found.items():
        assert half <= place.x <= 400 - half
        assert abs(place.y - 150) > 8.5  # the line
        for other in range(key):
            apart = abs(place.x - found[other].x), abs(place.y - found[other].y)
            assert apart[0] > 2 * half or apart[1] > 16
        for dot in dots.values():
            assert abs(place.x - dot.x) > half or abs(place.y - dot.y) > 8.5
    assert any(place.leader for place in found.values())


def test_a_name_without_room_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no room is left for the name 'far too long'; .*\.$"):
        places({"a": Dot("far too long", 10, 10)}, [], (0, 0, 20, 20))
