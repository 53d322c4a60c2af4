"""Tests of votes drawn: a dot a vote, what a majority throws away."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.patches import PathPatch, Rectangle

from softlabel_book import figures
from softlabel_book.figures.votes import largest

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
COUNTS = RNG.multinomial(51, RNG.dirichlet(np.full(10, 0.15), 40))
PHOTOS = RNG.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
LONG = ("a very long class name that nobody would choose", "$5 & <b> or $6", "quite")
MANY = RNG.integers(0, 3, (3, 100)), [f"class {i}" for i in range(100)]
USUAL = {
    "vote_bars": call(
        figures.vote_bars, COUNTS[:4], CLASSES, PHOTOS, ["item 1", "item 2", "item 3", "item 4"]
    ),
    "majority_discards": call(figures.majority_discards, COUNTS),
}
ODD = {
    "one item, long names": call(figures.vote_bars, [[1, 0, 3]], LONG),
    "hundred classes": call(figures.vote_bars, *MANY),
    "bars": call(figures.vote_bars, [[4000, 3]], ["yes", "no"], np.ones((1, 8, 8)), ["a caption " * 20]),
    "only ties": call(figures.majority_discards, [[2, 2]]),
    "only unanimous": call(figures.majority_discards, [[2, 0]] * 3),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name: str) -> None:
    check_page((USUAL | ODD)[name])


def test_vote_bars_draw_one_dot_a_vote() -> None:
    figure = figures.vote_bars([[3, 0, 7], [1, 0, 0]], ("cat", "dog", "elk"))
    dots = [len(patch.get_path()) // 2 for axes in figure.axes for patch in axes.findobj(PathPatch)]
    assert sorted(dots) == [1, 3, 7]
    assert "dog" not in words(figure)
    assert "classes without a vote are left out" in words(figure)


def test_vote_bars_are_bars_where_dots_would_be_dust() -> None:
    figure = figures.vote_bars([[4000, 1000]], ("yes", "no"))
    lengths = [bar.get_width() for axes in figure.axes for bar in axes.patches if isinstance(bar, Rectangle)]
    assert lengths[0] == pytest.approx(4 * lengths[1])
    assert {"4000", "1000", "numbers of votes"} <= set(words(figure))


def test_classes_beyond_the_limit_are_added_up() -> None:
    table, names = largest(np.array([[5.0, 1, 0, 9, 2]]), list("abcde"), 3)
    assert names == ["a", "d", "others"]
    assert table.tolist() == [[5, 9, 3]]


def test_majority_discards_counts_what_is_lost() -> None:
    said = words(figures.majority_discards([[4, 0], [3, 1], [2, 2], [4, 0]]))
    assert "thrown away: 19% of all votes" in said
    assert "kept: 81% of all votes" in said
    assert "unanimous: 50% of items" in said
    assert "1 item is a tie" in said


@pytest.mark.parametrize(
    ("counts", "message"), [([[1, 2, 3]], "3 classes and 2 class names"), ([[1, -2]], "row 0, column 1")]
)
def test_misshapen_votes_are_named(counts: list[list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        figures.vote_bars(counts, ("a", "b"))
