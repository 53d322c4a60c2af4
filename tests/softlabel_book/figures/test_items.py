"""Tests of items drawn: pictures, votes and predictions side by side."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words
from matplotlib.patches import Rectangle

from softlabel_book import figures

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
COUNTS = RNG.multinomial(51, RNG.dirichlet(np.full(10, 0.15), 3))
PHOTOS = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
P_MODEL = {arm: RNG.dirichlet(np.full(10, 0.3), 3) for arm in ("soft", "hard")}
LONG = ("a very long class name that nobody would choose", "$5 & <b> or $6", "quite")
EVEN = np.ones((2, 100), int), {"gold": np.full((2, 100), 0.01)}, [str(i) for i in range(100)]
USUAL = {
    "item_gallery": call(figures.item_gallery, PHOTOS, COUNTS, P_MODEL, CLASSES, ["one", "two", "three"]),
}
ODD = {
    "texts": call(figures.item_gallery, None, [[3, 1, 0]], {"soft": [[0.5, 0.3, 0.2]]}, LONG, ["a text"]),
    "strokes": call(figures.item_gallery, np.ones((2, 8, 8, 1)), *EVEN),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name: str) -> None:
    check_page((USUAL | ODD)[name])


def test_gallery_bars_are_the_probabilities() -> None:
    figure = figures.item_gallery(
        None, [[3, 1]], {"hard": [[1.0, 0.0]], "soft": [[0.6, 0.4]]}, ("cat", "dog")
    )
    bars = [bar.get_width() for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert bars == [0.75, 1.0, 0.6, 0.25, 0.0, 0.4]


def test_other_classes_than_the_votes_are_named() -> None:
    with pytest.raises(ValueError, match="arm 'hard' has shape"):
        figures.item_gallery(None, [[1, 2]], {"hard": [[1, 0, 0]]}, ("a", "b"))
