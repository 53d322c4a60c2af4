"""Tests of entropies drawn: where items lie, what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words

from softlabel_book import figures, palette

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
H_HUMAN = RNG.gamma(0.6, 0.4, 700)
H_MODEL = {"soft": RNG.gamma(0.8, 0.4, 700), "hard": RNG.gamma(0.5, 0.4, 700)}
CORRELATION = {"soft": (0.47, 0.44, 0.51), "hard": (0.25, 0.21, 0.29)}
FEW = np.linspace(0, 1, 21)
FOUR = dict.fromkeys(("mc_dropout", "soft", "gold", "hard"), FEW)
SURE = {arm: RNG.dirichlet(np.full(10, 0.3), 40).max(axis=1) for arm in ("soft", "hard")}
ONE = call(figures.entropy_joint, [0.5], {"soft": [0.2]}, correlation={"soft": (NAN,) * 3})
USUAL = {
    "entropy_joint": call(figures.entropy_joint, H_HUMAN, H_MODEL, correlation=CORRELATION, ceiling=0.935),
    "confidence_hist": call(figures.confidence_hist, RNG.beta(5, 1, 40), SURE),
}
ODD = {
    "joint of one": ONE,
    "joint of zeros": call(figures.entropy_joint, np.zeros(500), {"soft": np.zeros(500)}),
    "joint of four arms": call(figures.entropy_joint, FEW, FOUR, ceiling=0.9),
    "no confidence": call(figures.confidence_hist, [1.0], {"soft": [NAN]}),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name: str) -> None:
    check_page((USUAL | ODD)[name])


def test_entropy_joint_places_items_and_says_its_numbers() -> None:
    human, soft = np.array([0.1, 0.6]), np.array([0.2, 0.3])
    figure = figures.entropy_joint(
        human, {"soft": soft}, correlation={"soft": (0.5, 0.4, 0.61)}, ceiling=0.935
    )
    points = next(axes.collections[0] for axes in figure.axes if axes.collections)
    assert np.asarray(points.get_offsets()).tolist() == [[0.1, 0.2], [0.6, 0.3]]
    assert {"soft labels", "correlation 0.50 (0.40 to 0.61)", "a perfect model: 0.94"} <= set(words(figure))
    assert "correlation –" in words(ONE.at(palette.PAGE))


def test_a_crowd_of_points_lies_where_the_items_are() -> None:
    figure = figures.entropy_joint(np.full(900, 0.2), {"soft": np.full(900, 0.9)})
    axes = next(axes for axes in figure.axes if axes.images)
    strength = np.asarray(axes.images[0].get_array())[..., 3]
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    left, right, bottom, top = axes.images[0].get_extent()
    assert axes.images[0].origin == "lower"
    assert left + (column + 0.5) / strength.shape[1] * (right - left) == pytest.approx(0.2, abs=0.02)
    assert bottom + (row + 0.5) / strength.shape[0] * (top - bottom) == pytest.approx(0.9, abs=0.02)


def test_other_items_than_the_votes_are_named() -> None:
    with pytest.raises(ValueError, match=r"arm 'soft' has shape \(1,\)"):
        figures.entropy_joint([0.1, 0.2], {"soft": [0.1]})
