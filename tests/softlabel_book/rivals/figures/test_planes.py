"""Tests of the plane: every arm with its cross and its name, also where they crowd."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.colors import same_color
from trials import ARMS, check_lines, dots, intervals, trial

from softlabel_book import palette
from softlabel_book.palette import colour
from softlabel_book.rivals import figures as rival_figures
from softlabel_core.arms import title

pytestmark = pytest.mark.filterwarnings("error")


CROWDED = trial()
for _cell in CROWDED["metrics"].values():
    _cell["kl"]["value"] = 0.4 + 0.05 * (_cell["kl"]["value"] - 0.4)
DRAWN = {"plane": call(rival_figures.plane, trial()), "crowded": call(rival_figures.plane, CROWDED)}


@pytest.mark.parametrize("width", WIDTHS)
def test_plane_draws_every_arm_with_its_cross_and_its_name(width: float) -> None:
    numbers = trial()
    figure = rival_figures.plane(numbers, width=width)
    (axes,) = figure.axes
    at = {(float(mark.get_xdata()[0]), float(mark.get_ydata()[0])) for mark in dots(axes)}
    cells = numbers["metrics"].values()
    assert at == {(cell["kl"]["value"], cell["entropy_pearson"]["value"]) for cell in cells}
    assert {(cell["kl"]["low"], cell["kl"]["high"]) for cell in cells} <= set(intervals(axes))
    assert {title(arm) for arm in ARMS} <= set(words(figure))
    if width == palette.PHONE:
        assert {str(number) for number in range(1, len(ARMS) + 1)} <= {text.get_text() for text in axes.texts}


def test_plane_joins_an_arm_with_its_rules() -> None:
    numbers = trial(("hard", "hard/temperature", "soft"))
    (axes,) = rival_figures.plane(numbers).axes
    hard, rule = (numbers["metrics"][arm] for arm in ("hard", "hard/temperature"))
    ends = [
        [cell["kl"]["value"] for cell in (hard, rule)],
        [cell["entropy_pearson"]["value"] for cell in (hard, rule)],
    ]
    joined = [line for line in axes.lines if np.array_equal(line.get_xydata().T, ends)]
    assert [same_color(line.get_color(), colour("hard")) for line in joined] == [True]


def test_plane_names_what_has_no_number() -> None:
    numbers = trial(("hard", "soft", "mixup"))
    numbers["metrics"]["mixup"]["entropy_pearson"]["value"] = None
    figure = rival_figures.plane(numbers)
    assert len(dots(figure.axes[0])) == 2
    assert "Without a number here: mixup" in words(figure)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read_and_lines_stay_in_their_axes(name: str, width: float) -> None:
    check_words(DRAWN[name], width)
    check_lines(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name: str) -> None:
    assert "var(--sl-soft," in check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no arm has both .*\.$"):
        rival_figures.plane({"metrics": {}})
