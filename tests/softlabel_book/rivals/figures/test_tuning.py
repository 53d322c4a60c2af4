"""Tests of the changes with and without tuning, and on the ambiguous half: marks, cut intervals, the key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.colors import same_color
from trials import check_lines, dashed, dots, intervals, places

from softlabel_book import published, tables
from softlabel_book.palette import colour
from softlabel_book.rivals import figures as rival_figures
from softlabel_book.summary import Change
from softlabel_core.statistics import Estimate

pytestmark = pytest.mark.filterwarnings("error")


def moved(value: float, low: float, high: float, defined: bool = True) -> Change:
    return Change(Estimate(value, low, high), Estimate(value, low, high, defined))


def studies() -> list[tuple[str, dict[str, Any]]]:
    own = {"kl": moved(-0.1, -0.12, -0.08), "entropy_pearson": moved(0.2, 0.1, 0.3)}
    votes = {"kl": moved(-0.05, -0.07, -0.02), "entropy_pearson": moved(0.3, 0.05, 0.6)}
    untuned = {"kl": moved(-0.6, -0.65, -0.55), "entropy_pearson": moved(1.2, 0.5, 9.0)}
    unknown = {"kl": moved(-0.4, -0.45, -0.35), "entropy_pearson": moved(5.0, 1.0, 50.0, defined=False)}
    return [
        ("Politeness, frozen", {"untuned": untuned, "own": own, "votes": votes}),
        ("CIFAR-10H, scratch", {"untuned": unknown, "own": own}),
    ]


def halves() -> list[tuple[str, dict[str, Any]]]:
    lost = Change(Estimate(0.02, 0.01, 0.03), Estimate(9.0, -3.0, 30.0, defined=False))
    every = {"kl": moved(-0.2, -0.25, -0.15), "entropy_pearson": moved(0.1, 0.05, 0.15)}
    half = {"kl": moved(-0.4, -0.45, -0.35), "entropy_pearson": lost}
    checked = {"all, other votes": every, "half, other votes": every}
    return [
        ("ChaosNLI", {"all": every, "half": half}),
        ("Politeness", {"all": every, "half": half} | checked),
    ]


DRAWN = {
    "tuning_ratio": call(rival_figures.tuning_ratio, studies()),
    "halves_ratio": call(rival_figures.halves_ratio, halves()),
}


@pytest.mark.parametrize("width", WIDTHS)
def test_halves_have_a_mark_each_and_correlations_as_differences(width: float) -> None:
    figure = rival_figures.halves_ratio(halves(), width=width)
    left, right = figure.axes
    np.testing.assert_allclose(sorted(places(dots(left))), [-0.2] * 3)
    np.testing.assert_allclose(sorted(places(dots(left, "D"))), [-0.4, -0.4, -0.2])
    np.testing.assert_allclose(
        sorted(places(dots(right, "D"))), [0.02, 0.02, 0.1]
    )  # a difference always exists
    assert not any("no percentage" in word for word in words(figure))
    assert dashed(left) == {published.paper_claim().change("kl")}
    assert dashed(right) == set()  # the paper says no difference
    assert {
        "Difference of r(H), soft against hard",
        "Change of KL, soft against hard",
        "−40%",
        "0.020",
    } <= set(words(figure))


def test_halves_without_a_check_leave_it_out_of_the_key() -> None:
    found = words(rival_figures.halves_ratio(halves()[:1]))
    assert {"all items", "ambiguous half"} <= set(found)
    assert not any("other votes" in word for word in found)


@pytest.mark.parametrize("width", WIDTHS)
def test_tuning_draws_three_marks_a_study_beside_zero_and_the_paper(width: float) -> None:
    figure = rival_figures.tuning_ratio(studies(), width=width)
    left, right = figure.axes
    np.testing.assert_allclose(sorted(places(dots(left))), [-0.6, -0.4, -0.1, -0.1])
    np.testing.assert_allclose(places(dots(left, "D")), [-0.05])
    np.testing.assert_allclose(
        sorted(places(dots(right))), [0.2, 0.2, 1.2]
    )  # what has no percentage is left out
    assert {"r(H) not tuned: no", "percentage"} <= set(words(figure)) or (
        "r(H) not tuned: no percentage" in words(figure)
    )
    claim = published.paper_claim()
    assert dashed(left) == {claim.change("kl")}
    assert dashed(right) == {claim.change("entropy_pearson")}
    assert {f"the paper {tables.percent(share)}" for share in (-0.32, 0.61)} <= set(words(figure))
    for axes in figure.axes:
        assert any(
            np.nanmax(np.abs(line.get_xdata())) == 0 and same_color(line.get_color(), colour("muted"))
            for line in axes.lines
        )
    assert (-0.65, -0.55) in intervals(left)
    assert len(dots(right, ">")) == 1  # the interval up to 900% is cut, and says so


def test_a_study_without_tuning_by_votes_has_two_rows() -> None:
    figure = rival_figures.tuning_ratio(studies()[1:])
    heights = {float(mark.get_ydata()[0]) for mark in dots(figure.axes[0])}
    assert len(heights) == 2
    assert not dots(figure.axes[0], "D")


def test_the_key_names_only_what_is_drawn():
    change = dict.fromkeys(("kl", "entropy_pearson"), moved(0.1, 0.0, 0.2))
    found = words(rival_figures.tuning_ratio([("A", {"untuned": change, "own": change})]))
    assert {"not tuned", "tuned by own labels"} <= set(found)
    assert "tuned by the votes" not in found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read_and_lines_stay_in_their_axes(name: str, width: float) -> None:
    check_words(DRAWN[name], width)
    check_lines(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name: str) -> None:
    assert "var(--sl-soft," in check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no study given; .*\.$"):
        rival_figures.tuning_ratio([])
    with pytest.raises(ValueError, match=r"^no study given; .*\.$"):
        rival_figures.halves_ratio([])
