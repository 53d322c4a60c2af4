"""Tests of the forest: where marks lie, in which order and colour, how it bears far limits and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.colors import same_color
from trials import ARMS, IN_ORDER, NAN, check_lines, dashed, dots, intervals, places, trial

from softlabel_book.palette import colour
from softlabel_book.rivals import figures as rival_figures
from softlabel_core.arms import title

pytestmark = pytest.mark.filterwarnings("error")


DRAWN = {"forest": call(rival_figures.forest, {"Politeness": trial(), "digits": trial(("hard", "soft"))})}


@pytest.mark.parametrize("width", WIDTHS)
def test_forest_marks_values_with_intervals_in_order_and_colour(width: float) -> None:
    numbers = trial()
    figure = rival_figures.forest({"Politeness": numbers}, width=width)
    for axes, metric in zip(figure.axes, ("kl", "entropy_pearson"), strict=True):
        wanted = [numbers["metrics"][arm][metric] for arm in IN_ORDER]
        marks = dots(axes)
        np.testing.assert_allclose(places(marks), [cell["value"] for cell in wanted])
        np.testing.assert_allclose(intervals(axes), [(cell["low"], cell["high"]) for cell in wanted])
        heights = [float(mark.get_ydata()[0]) for mark in marks]
        assert heights == sorted(heights)
        for arm, mark in zip(IN_ORDER, marks, strict=True):
            token = arm if arm in ("hard", "soft") else "rival"
            assert same_color(mark.get_color(), colour(token)), arm
        steps = np.diff(heights)
        assert steps[IN_ORDER.index("soft") - 1] > 1.5 * np.median(steps)  # the group of votes stands apart
        assert places(dots(axes, "D")) == [numbers["class_means"][metric]]
    assert [dashed(axes) for axes in figure.axes] == [{0.3}, {0.45}]
    assert {"floor 0.30", "ceiling 0.45", "Politeness", "class means, majority known"} <= set(words(figure))
    assert {title(arm) for arm in ARMS} <= set(words(figure))


def test_limits_far_from_all_arms_are_named_with_an_arrow_instead_of_squeezing_them() -> None:
    far = trial(ceilings={"entropy_pearson": 3.0}, floors={"kl": 0.0}, class_means={"kl": 0.01})
    left, right = rival_figures.forest({"a": far}).axes
    assert (dashed(left), dashed(right)) == (set(), set())
    assert {"← floor 0.00", "ceiling 3.00 →"} <= set(words(left.figure))  # type: ignore[arg-type]
    low, high = left.get_xlim()
    assert low > 0.1
    assert high < 1
    assert len(dots(left, "<")) == 1
    assert not dots(right, "D")
    assert "0.010" in words(left.figure)  # type: ignore[arg-type]


def test_missing_arms_leave_no_gap_and_missing_numbers_a_dash() -> None:
    whole = rival_figures.forest({"a": trial()})
    few = trial(("hard", "soft"), ceilings={}, floors={}, class_means=None)
    few["metrics"]["soft"]["kl"] = {"value": NAN, "low": NAN, "high": NAN}
    figure = rival_figures.forest({"a": few})
    assert figure.bbox.height < whole.bbox.height / 2
    assert places(dots(figure.axes[0])) == [0.45]
    assert "–" in words(figure)
    assert not {"controls", "taught by majorities or gold"} & set(words(figure))


def test_each_data_set_is_a_block() -> None:
    figure = rival_figures.forest({"one": trial(), "two": trial(("hard", "soft"))})
    assert [len(dots(axes)) for axes in figure.axes] == [17, 17, 2, 2]
    assert {"one", "two"} <= set(words(figure))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read_and_lines_stay_in_their_axes(name: str, width: float) -> None:
    check_words(DRAWN[name], width)
    check_lines(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name: str) -> None:
    assert "var(--sl-soft," in check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no trial or no measure given; .*\.$"):
        rival_figures.forest({})
