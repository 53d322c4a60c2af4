"""The figures of the fair trial: where their marks lie, in which order and colour, that they can be read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from shared import texts, words

from softlabel_book import figures, palette, published, tables
from softlabel_book.figures.style import colour
from softlabel_book.rivals import figures as rival_figures
from softlabel_book.summary import Change
from softlabel_core.arms import title
from softlabel_core.statistics import Estimate

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
ARMS = (
    "hard", "hard/temperature", "hard/temperature-votes", "hard/ensemble", "gold", "soft", "soft/temperature",
    "soft/temperature-votes", "soft/ensemble", "smoothing", "sampled", "dirichlet", "shuffled", "dawid-skene",
    "mixup", "mc-dropout", "mc-dropout-soft",
)  # fmt: skip
IN_ORDER = [
    "hard", "hard/temperature", "hard/temperature-votes", "hard/ensemble", "gold", "smoothing", "mixup",
    "mc-dropout", "soft", "soft/temperature", "soft/temperature-votes", "soft/ensemble", "sampled", "dirichlet",
    "dawid-skene", "mc-dropout-soft", "shuffled",
]  # fmt: skip


def trial(arms: tuple[str, ...] = ARMS, **changed: Any) -> dict[str, Any]:
    """A made-up trial: the later an arm, the smaller its KL and the larger its correlation."""
    metrics = {}
    for index, arm in enumerate(arms):
        kl, r = 0.45 - 0.005 * index, 0.2 + 0.007 * index
        metrics[arm] = {
            "kl": {"value": kl, "low": kl - 0.03, "high": kl + 0.04, "per_seed": [kl]},
            "entropy_pearson": {"value": r, "low": r - 0.08, "high": r + 0.07, "per_seed": [r]},
        }
    return {
        "metrics": metrics,
        "ceilings": {"entropy_pearson": 0.45},
        "floors": {"kl": 0.3},
        "class_means": {"kl": 0.34, "entropy_pearson": 0.31},
    } | changed


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


def dots(axes: Axes, marker: str = "o") -> list[Line2D]:
    return [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata()) == 1]


def places(lines: list[Line2D]) -> list[float]:
    return [float(line.get_xdata()[0]) for line in lines]


def intervals(axes: Axes) -> list[tuple[float, float]]:
    """Both ends of every level line, from the top down."""
    level = [line for line in axes.lines if len(line.get_xdata()) == 2 and np.ptp(line.get_ydata()) == 0]
    return [tuple(map(float, line.get_xdata())) for line in level]  # type: ignore[misc]


def dashed(axes: Axes) -> set[float]:
    return {float(line.get_xdata()[0]) for line in axes.lines if line.is_dashed()}


# ---------------------------------------------------------------- forest


def test_arms_stand_by_what_they_were_taught_with_rules_behind_their_arm() -> None:
    groups = rival_figures.grouped(ARMS)
    assert [arm for arms in groups.values() for arm in arms] == IN_ORDER
    assert list(groups) == ["taught by majorities or gold", "taught by votes", "controls"]
    assert list(rival_figures.grouped(["hard", "shuffled"])) == ["taught by majorities", "controls"]
    assert rival_figures.grouped(["hard", "new", "new/temperature"])["others"] == ["new", "new/temperature"]


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
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


# ---------------------------------------------------------------- tuning


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
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


# ---------------------------------------------------------------- plane


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
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


# ---------------------------------------------------------------- all

CROWDED = trial()
for _cell in CROWDED["metrics"].values():
    _cell["kl"]["value"] = 0.4 + 0.05 * (_cell["kl"]["value"] - 0.4)
DRAWN: dict[str, tuple[Callable[..., Figure], Any]] = {
    "forest": (rival_figures.forest, {"Politeness": trial(), "digits": trial(("hard", "soft"))}),
    "tuning_ratio": (rival_figures.tuning_ratio, studies()),
    "plane": (rival_figures.plane, trial()),
    "plane, crowded": (rival_figures.plane, CROWDED),
}


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_leaves_the_figure_or_its_axes_and_no_words_touch(name: str, width: float) -> None:
    draw, numbers = DRAWN[name]
    figure = draw(numbers, width=width)
    placed = [(text.get_text(), text.get_window_extent(), text.get_fontsize()) for text in texts(figure)]
    for text, box, size in placed:
        inside = min(box.x0, box.y0, figure.bbox.x1 - box.x1, figure.bbox.y1 - box.y1)
        assert inside >= -2, f"{text!r} reaches {np.round(box.extents, 1)} on {figure.bbox.size}"
        assert size >= 12
    for (first, one, _), (second, other, _) in combinations(placed, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        along = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or along <= 3, f"{first!r} and {second!r} overlap by {across:.1f} x {along:.1f}"
    for axes in figure.axes:
        (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        for line in axes.lines:
            x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
            assert np.nanmin(x) >= left
            assert np.nanmax(x) <= right
            assert np.nanmin(y) >= low
            assert np.nanmax(y) <= high


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_shows_it_at_both_widths(name: str) -> None:
    draw, numbers = DRAWN[name]
    shown = figures.show(draw, numbers, alt="The fair trial.")
    assert shown.html.count("<svg") == 2
    assert "var(--sl-soft," in shown.html


def test_nothing_to_draw_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^no trial or no measure given; .*\.$"):
        rival_figures.forest({})
    with pytest.raises(ValueError, match=r"^no study given; .*\.$"):
        rival_figures.tuning_ratio([])
    with pytest.raises(ValueError, match=r"^no arm has both .*\.$"):
        rival_figures.plane({"metrics": {}})


def test_the_key_names_only_what_is_drawn():
    change = dict.fromkeys(("kl", "entropy_pearson"), moved(0.1, 0.0, 0.2))
    found = words(rival_figures.tuning_ratio([("A", {"untuned": change, "own": change})]))
    assert {"not tuned", "tuned by own labels"} <= set(found)
    assert "tuned by the votes" not in found
