"""Tests of the style: a figure is drawn in it, and matplotlib is left as it was."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from softlabel_book.figures import style
from softlabel_book.palette import FONT, colour


def test_a_styled_function_draws_in_the_style_and_keeps_its_name() -> None:
    @style.styled
    def draw(size: float) -> Figure:
        """What it draws."""
        assert mpl.rcParams["font.size"] == FONT["tick"]
        return Figure((size, size))

    with mpl.rc_context({"font.size": 23}):
        figure = draw(2)
        assert mpl.rcParams["font.size"] == 23
    assert (draw.__name__, draw.__doc__) == ("draw", "What it draws.")
    assert figure.get_size_inches().tolist() == [2, 2]


def test_everything_painted_is_of_the_palette() -> None:
    painted = {value for value in style.RC.values() if isinstance(value, str) and value.startswith("#")}
    assert {colour("ink"), colour("rule"), colour("muted")} <= painted
    assert style.RC["text.parse_math"] is False
