"""The figures of what a study could show: where their marks lie, what they say, that it can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words

from softlabel_book.figures import wording
from softlabel_book.power import figures as power_figures

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
NAMES = ("chaosnli", "chaosnli-snli", "chaosnli-mnli", "politeness", "offensiveness", "cifar10h")


def simulated(r: float = 0.3, kl: float = 0.4, least: float = 0.05, change: float = -0.06) -> dict[str, Any]:
    case = {
        "hard": {"entropy_pearson": r, "kl": kl},
        "smallest": {"entropy_pearson": {"value": least}, "kl": {"value": change}},
        "claims": {"entropy_pearson": {"change": 0.61 * r}, "kl": {"change": -0.32}},
    }
    return {"limits": {"ceiling_of_worlds": 0.9, "floor": 0.1}, "cases": [case]}


def test_marks_lie_where_the_simulation_says() -> None:
    figure = power_figures.reach({"politeness": simulated()})
    left, right = figure.axes
    dots = [
        [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o"]
        for axes in figure.axes
    ]
    np.testing.assert_allclose(dots, [[0.3, 0.3 * 1.61], [0.4, 0.4 * 0.68]])
    dashes = [next(line for line in axes.lines if line.get_marker() != "o") for axes in figure.axes]
    assert [float(line.get_xdata()[0]) for line in dashes] == [0.9, 0.1]
    bars = [(axes.patches[0].get_x(), axes.patches[0].get_width()) for axes in (left, right)]
    np.testing.assert_allclose(np.abs(bars), [(0.3, 0.05), (0.4, 0.4 * 0.06)])
    assert {"politeness", "+0.050", "\N{MINUS SIGN}6.0%"} <= set(words(figure))


def test_what_never_shows_hides_everything_up_to_the_best_and_prints_a_dash() -> None:
    figure = power_figures.reach({"politeness": simulated(least=NAN, change=NAN)})
    widths = [axes.patches[0].get_width() for axes in figure.axes]
    np.testing.assert_allclose(widths, [0.6, -0.3])
    assert words(figure).count("–") == 2


def test_another_case_is_drawn_on_request() -> None:
    numbers = simulated()
    numbers["cases"].append(simulated(r=0.2)["cases"][0])
    figure = power_figures.reach({"a": numbers}, case=1)
    assert (
        next(float(line.get_xdata()[0]) for line in figure.axes[0].lines if line.get_marker() == "o") == 0.2
    )


def test_nothing_to_draw_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no simulation given; .*\.$"):
        power_figures.reach({})


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", [NAMES, ("a data set with a very long name " * 3,)])
def test_words_can_be_read(names: tuple[str, ...], width: float) -> None:
    check_words(call(power_figures.reach, dict.fromkeys(names, simulated())), width)


def test_the_page_can_show_it() -> None:
    html = check_page(call(power_figures.reach, {"politeness": simulated()}))
    assert "var(--sl-hard," in html
    assert wording.number(0.05, 3) in html
