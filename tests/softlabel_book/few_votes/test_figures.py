"""Vote figures: what they draw and say, on a page and on a phone, and how they bear odd input."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, Call, call, check_page, check_words, texts, words
from matplotlib.patches import Rectangle, StepPatch
from shared import sentence_of

from softlabel_book import palette
from softlabel_book.few_votes import aggregates, halves
from softlabel_book.few_votes import figures as few_votes_figures

pytestmark = pytest.mark.filterwarnings("error")

HALVES = {"first": [0.0, 0.65, 1.1], "second": [0.65, 0.65, 0.0], "items": [10, 80, 10]}
HALVES |= {"correlation": 0.111, "ceiling": 0.447}
EDGES = np.round(np.arange(-2, 2.1, 0.5), 1)
LEANINGS = {"edges": EDGES, "leanings": [1, 2, 10, 20, 10, 5, 2, 0], "by_chance": [0, 0, 5, 20, 20, 5, 0, 0]}
NUMBERS = [2, 3, 5, 7, 10, 20, 50]
LINES = {
    "human": np.linspace(0.3, 0.6, 7),
    "miller_madow": np.linspace(0.4, 0.62, 7),
    "dirichlet": np.full(7, 0.66),
}
NAMES = {"human": "as counted", "miller_madow": "Miller–Madow", "dirichlet": "Dirichlet"}
AXES = {"axis": "votes an item", "measure": "mean entropy, nats"}
MISSES = {"a near miss": [0.6, 0.25, 0.15, 0, 0], "a far miss": [0.6, 0.25, 0, 0, 0.15]}


def example(counts: list[int], predictions: dict[str, list[float]], steps: str) -> Call:
    scores = halves.scores(counts, predictions)
    return call(few_votes_figures.scale_example, counts, predictions, scores, list(steps))


TWO_SETS = {"ChaosNLI, 50 votes and 50": HALVES, "politeness, about 3 and 3": HALVES}
LOOKS = {"names": NAMES, "hollow": ["dirichlet"], "reference": ("of 100 votes", 0.65)}
POINTS = {"politeness": (6.7, 0.2), "offensiveness": (8.7, 0.75)}
RATERS = {"politeness, 506 raters": LEANINGS, "offensiveness, 262 raters": LEANINGS}
GAPS = {"soft": [np.inf, np.nan], "hard": [1, np.inf]}
USUAL = {
    "half_against_half": call(few_votes_figures.half_against_half, TWO_SETS),
    "by_number": call(few_votes_figures.by_number, NUMBERS, LINES, **AXES, **LOOKS),
    "points": call(few_votes_figures.by_number, NUMBERS, {"human": LINES["human"]}, **AXES, points=POINTS),
    "leanings": call(few_votes_figures.leanings, RATERS),
    "scale_example": example([5, 2, 0, 0, 0], MISSES, "12345"),
}
ODD = {
    "one data set": call(few_votes_figures.half_against_half, {"alone": HALVES}),
    "three of them": call(few_votes_figures.half_against_half, dict.fromkeys("abc", HALVES)),
    "a line of nothing": call(few_votes_figures.by_number, [0, 1], GAPS, **AXES),
    "nobody leans": call(
        few_votes_figures.leanings, {"a": {**LEANINGS, "leanings": [0, 0, 0, 9, 0, 0, 0, 0]}}
    ),
    "ruled out": example([1, 1], {"sure": [1, 0]}, "ny"),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name, width):
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name):
    check_page((USUAL | ODD)[name])


# What they say


def test_half_against_half_draws_items_as_areas_and_says_the_ceiling():
    figure = few_votes_figures.half_against_half({"politeness": HALVES})
    dots = figure.axes[0].collections[0]
    assert np.asarray(dots.get_offsets()).tolist() == [[0.0, 0.65], [0.65, 0.65], [1.1, 0.0]]
    sizes = dots.get_sizes()
    assert sizes[1] == pytest.approx(8 * sizes[0])
    assert {"politeness", "the halves correlate at 0.11", "ceiling 0.45"} <= set(words(figure))


def test_lines_stand_at_their_numbers_and_gaps_stay_gaps():
    lines = {"soft": [np.inf, 0.2, 0.1], "network": [0.3, 0.25, 0.2]}
    figure = few_votes_figures.by_number([0, 0.1, 2], lines, **AXES, reference=("floor", 0.05))
    drawn = {line.get_color(): np.asarray(line.get_ydata()) for line in figure.axes[0].lines}
    np.testing.assert_array_equal(drawn[palette.colour("soft")], [np.nan, 0.2, 0.1])
    assert {"0", "0.1", "2", "floor 0.05", "soft labels", "network"} <= set(words(figure))
    assert [0.05, 0.05] in [np.asarray(line.get_ydata()).tolist() for line in figure.axes[0].lines]


@pytest.mark.parametrize(("value", "side"), [(0.2, -1), (0.8, 1)])
def test_a_single_point_is_named_away_from_the_lines(value, side):
    figure = few_votes_figures.by_number([4, 8], {"human": [0.5, 0.5]}, **AXES, points={"here": (5, value)})
    point = next(line for line in figure.axes[0].lines if line.get_marker() == "D")
    assert np.asarray(point.get_xydata()).tolist() == [[0.25, value]]
    label = next(text for text in texts(figure) if text.get_text() == "here")
    assert np.sign(label.get_position()[1] - value) == side


@pytest.mark.parametrize("width", WIDTHS)
def test_hollow_dots_are_hollow_in_the_key_too(width):
    figure = USUAL["by_number"].at(width)
    faces = [line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert faces == [palette.colour("human"), palette.colour("rival"), palette.colour("paper")]
    assert ("○" in words(figure)) == (width == palette.PHONE)


def test_leanings_are_shares_of_raters():
    axes = few_votes_figures.leanings({"a": LEANINGS}).axes[0]
    seen, chance = (patch.get_data().values for patch in axes.patches if isinstance(patch, StepPatch))
    np.testing.assert_allclose(seen, np.array(LEANINGS["leanings"]) / 50)
    np.testing.assert_allclose(chance, np.array(LEANINGS["by_chance"]) / 50)


def test_equal_kl_and_unequal_distance_are_said():
    figure = USUAL["scale_example"].at(palette.PAGE)
    assert {"7 raters", "KL 0.16 nats, 0.26 steps away", "KL 0.16 nats, 0.56 steps away"} <= set(
        words(figure)
    )
    bars = [bar.get_height() for axes in figure.axes for bar in axes.patches if isinstance(bar, Rectangle)]
    assert bars[5:10] == MISSES["a near miss"]


def test_a_line_of_another_length_is_named():
    with pytest.raises(ValueError, match="line 'soft' has 2 values and the axis 3") as error:
        few_votes_figures.by_number([1, 2, 3], {"soft": [1, 2]}, **AXES)
    sentence_of(error)


@pytest.mark.parametrize("name", ["chaosnli", "politeness", "offensiveness"])
def test_figures_take_what_a_summary_gives(name):
    found = aggregates.VOTES.read(name)
    few_votes_figures.half_against_half({name: {**found["halves"], **found["ceiling"]}})
    if "raters" in found:
        few_votes_figures.leanings({name: found["raters"]})
