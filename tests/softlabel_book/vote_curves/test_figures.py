"""The figures of what votes buy: where lines lie, what they say, on a page and on a phone."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.colors import to_hex
from shared import sentence_of

from softlabel_book import palette
from softlabel_book.vote_curves import figures as vote_curve_figures
from softlabel_book.vote_curves.design import MEASURES, SHARES

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
LEVELS = [("1", 1.0), ("2", 2.0), ("3", 3.0), ("5", 5.0), ("10", 10.0), ("20", 20.0), ("all", 51.3)]


def measured(levels: list[tuple[str, float]] = LEVELS, n_items: int = 7200) -> dict[str, Any]:
    """A curve as `analysis.CURVE` reads it, with numbers that differ everywhere."""
    n = np.array([number for _, number in levels])
    better = {"hard": 0.3 + 0.02 * np.log(n), "soft": 0.3 + 0.06 * np.log(n)}

    def point(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.02, "high": value + 0.03}

    def line(arm: str, measure: str) -> list[float]:
        good = better[arm]
        return list(good if measure in ("entropy_pearson", "accuracy") else 1 - good)

    saturated = {
        m: {"gain": point(0.1), "level": "5", "n_votes": 5.0, "low": "3", "high": "all"} for m in MEASURES
    }
    grid = [
        {
            "level": level, "n_votes": number, "share": share, "n_items": round(share * n_items),
            **{m: point(line("soft", m)[index] + 0.1 * share) for m in MEASURES},
        }
        for share in SHARES
        for index, (level, number) in enumerate(levels)
    ]  # fmt: skip
    return {
        "levels": [{"level": level, "n_votes": number} for level, number in levels],
        "curves": {arm: {m: [point(v) for v in line(arm, m)] for m in MEASURES} for arm in better},
        "saturation": {"hard": {m: {"gain": point(0.0)} for m in MEASURES}, "soft": saturated},
        "humans": [
            {
                "n_votes": number,
                **{
                    m: point(NAN if number == 1 and m == "entropy_pearson" else 0.5 / number)
                    for m in MEASURES
                },
            }
            for _, number in levels[:4]
        ],
        "ceilings": {"entropy_pearson": 0.93},
        "floors": {"kl": 0.02, "total_variation": 0.05},
        "grid": {"soft": grid, "hard": grid},
    }


FEW = [("1", 1.0), ("2", 2.0), ("3", 3.0), ("5", 5.0), ("all", 6.8)]
FOUR = {
    "CIFAR-10H": measured(),
    "ChaosNLI": measured([*LEVELS[:6], ("50", 50.0), ("all", 100.0)], 2243),
    "politeness": measured(FEW, 2666),
    "offensiveness": measured(FEW, 1080),
}
ONE = {"digits": measured()}
DRAWN = {
    "four sets": call(vote_curve_figures.what_votes_buy, FOUR),
    "one set, all measures": call(vote_curve_figures.what_votes_buy, ONE, MEASURES),
    "items or votes": call(vote_curve_figures.items_or_votes, FOUR),
    "items or votes of one": call(vote_curve_figures.items_or_votes, ONE, ("kl",)),
}


def line_of(axes: Any, token: str, points: int) -> np.ndarray:
    """The one line of a colour with so many points, [n, 2]."""
    (found,) = [
        line
        for line in axes.lines
        if to_hex(line.get_color()) == palette.colour(token)
        and len(line.get_xdata()) == points
        and line.get_linewidth()
    ]
    return np.array(found.get_xydata())


def test_lines_lie_where_the_curve_says():
    figure = vote_curve_figures.what_votes_buy({"digits": measured()}, ("kl", "entropy_pearson"))
    numbers = [n for _, n in LEVELS]
    for axes, measure in zip(figure.axes, ("kl", "entropy_pearson"), strict=True):
        for arm in ("hard", "soft"):
            drawn = line_of(axes, arm, len(LEVELS))
            wanted = [point["value"] for point in measured()["curves"][arm][measure]]
            np.testing.assert_allclose(drawn, np.column_stack([numbers, wanted]))
        assert axes.get_xscale() == "log"
    people = line_of(figure.axes[1], "human", 3)  # entropies of one vote do not correlate with anything
    np.testing.assert_allclose(people, [[n, 0.5 / n] for n in (2, 3, 5)])


def test_the_ring_is_where_the_curve_saturates_and_nowhere_else():
    figure = vote_curve_figures.what_votes_buy({"digits": measured()}, ("kl",))
    rings = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]
    ((x, y),) = [ring.get_xydata()[0] for ring in rings]
    assert (x, y) == (5, measured()["curves"]["soft"]["kl"][3]["value"])
    never = copy.deepcopy(measured())
    never["saturation"]["soft"]["kl"]["level"] = "all"
    figure = vote_curve_figures.what_votes_buy({"digits": never}, ("kl",))
    assert not [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]


@pytest.mark.parametrize(
    ("measure", "best"), [("kl", 0.02), ("total_variation", 0.05), ("entropy_pearson", 0.93)]
)
def test_a_perfect_model_is_a_dashed_line_within_the_panel(measure, best):
    axes = vote_curve_figures.what_votes_buy({"digits": measured()}, (measure,)).axes[0]
    (dashed,) = [line for line in axes.lines if line.is_dashed()]
    assert set(dashed.get_ydata()) == {best}
    low, high = axes.get_ylim()
    assert low <= best <= high


def test_accuracy_has_no_such_line():
    axes = vote_curve_figures.what_votes_buy({"digits": measured()}, ("accuracy",)).axes[0]
    assert not [line for line in axes.lines if line.is_dashed()]


def test_shares_are_lines_over_the_votes_in_all():
    figure = vote_curve_figures.items_or_votes({"digits": measured()}, ("kl",))
    lines = [line.get_xydata() for line in figure.axes[0].lines]
    assert len(lines) == len(SHARES)
    for share, line in zip(SHARES, lines, strict=True):
        cells = [cell for cell in measured()["grid"]["soft"] if cell["share"] == share]
        np.testing.assert_allclose(line[:, 0], [cell["n_items"] * cell["n_votes"] for cell in cells])
        np.testing.assert_allclose(line[:, 1], [cell["kl"]["value"] for cell in cells])
    alpha = [line.get_alpha() for line in figure.axes[0].lines]
    assert sorted(alpha) == alpha
    assert {"all items", "10% of them"} <= set(words(figure))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read(name, width):
    check_words(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name):
    check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence():
    for function in (vote_curve_figures.what_votes_buy, vote_curve_figures.items_or_votes):
        with pytest.raises(ValueError, match="no curve given") as error:
            function({})
        sentence_of(error)


def test_other_shares_cannot_share_a_key():
    other = measured()
    other["grid"]["soft"] = [cell for cell in other["grid"]["soft"] if cell["share"] == 1]
    with pytest.raises(ValueError, match="different shares") as error:
        vote_curve_figures.items_or_votes({"a": measured(), "b": other})
    sentence_of(error)
