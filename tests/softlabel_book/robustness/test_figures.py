"""The figures of models out in the wild: where their marks lie, what they say, that they can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words

from softlabel_book.robustness import conditions
from softlabel_book.robustness import figures as robustness_figures
from softlabel_book.robustness.abstaining import COVERAGE
from softlabel_book.robustness.analysis import MEASURES
from softlabel_book.robustness.ensembles import PARTS

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")


def estimate(value: float, half: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def measured(names: list[str] | None = None) -> dict[str, Any]:
    """Hard gets worse by 0.1 a condition, soft by 0.05."""
    return {
        name: {
            "metrics": {
                arm: {key: estimate(0.2 + step * i) for key in MEASURES}
                for arm, step in (("hard", 0.1), ("soft", 0.05))
            },
            "differences": {key: estimate(-0.05 * i, 0.01) for key in MEASURES},
        }
        for i, name in enumerate(names or conditions.names())
    }


def passed(shift: float = 0.0) -> dict[str, Any]:
    coverage = np.array(COVERAGE)
    curve = lambda up: [[v, v - 0.01, v + 0.01] for v in 0.2 * coverage + up]  # noqa: E731
    return {
        "coverage": coverage.tolist(),
        "curves": {
            risk: {
                "hard": {"risk": curve(0.05 + shift), "best": (0.1 * coverage).tolist()},
                "soft": {"risk": curve(0.02 + shift), "best": (0.2 * coverage).tolist()},
            }
            for risk in ("error", "disagreement")
        },
    }


def split(low: float = 0.1) -> dict[str, Any]:
    arms = {
        arm: {part: {"pearson": estimate(low + up + 0.1 * i)} for i, part in enumerate(PARTS)}
        for arm, up in (("hard", 0.0), ("soft", 0.05))
    }
    return {"n_members": 3, "arms": arms}


def dotted(axes: Any) -> list[Any]:
    return [line for line in axes.lines if line.get_marker() == "o"]


def test_every_corruption_and_attack_has_its_panel_from_clean_on() -> None:
    figure = robustness_figures.degradation(measured())
    assert len(figure.axes) == 6
    said = words(figure)
    for title in (
        "Gaussian noise",
        "Low contrast",
        "Attack of ten steps (PGD)",
        "hard labels",
        "soft labels",
    ):
        assert title in said
    hard, soft = dotted(figure.axes[1])
    # Blur is conditions 6 to 10, and clean is condition 0.
    np.testing.assert_allclose(hard.get_ydata(), 0.2 + 0.1 * np.array([0, 6, 7, 8, 9, 10]))
    np.testing.assert_allclose(soft.get_ydata(), 0.2 + 0.05 * np.array([0, 6, 7, 8, 9, 10]))
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    labels = [label.get_text() for label in figure.axes[5].get_xticklabels()]
    assert labels == ["0", "1", "2", "4", "8"]


def test_differences_are_drawn_with_a_line_of_none() -> None:
    figure = robustness_figures.degradation(measured(["clean", "noise-1", "noise-3"]), "kl", difference=True)
    (axes,) = figure.axes
    (line,) = dotted(axes)
    np.testing.assert_allclose(line.get_ydata(), [0, -0.05, -0.1])
    assert any(set(other.get_ydata()) == {0} for other in axes.lines if other is not line)
    assert "dashed: no difference; below it soft labels are better" in words(figure)
    figure = robustness_figures.degradation(measured(["clean", "noise-1"]), "entropy_bias", difference=True)
    assert "dashed: no difference" in words(figure)


def test_what_does_not_exist_leaves_a_gap() -> None:
    numbers = measured(["clean", "noise-1", "noise-2"])
    numbers["noise-1"]["metrics"]["hard"]["entropy_pearson"] = dict.fromkeys(("value", "low", "high"), NAN)
    hard = dotted(robustness_figures.degradation(numbers, "entropy_pearson").axes[0])[0]
    assert np.isnan(hard.get_ydata()).tolist() == [False, True, False]


def test_only_clean_images_are_no_figure() -> None:
    with pytest.raises(ValueError, match=r"^only clean images were measured; .*\.$"):
        robustness_figures.degradation(measured(["clean"]))


def test_risk_curves_lie_where_they_should_over_one_best_curve() -> None:
    figure = robustness_figures.risk_coverage({"clean": passed(), "noisy": passed(0.1)}, "error")
    for axes, shift in zip(figure.axes, (0.0, 0.1), strict=True):
        hard, soft, best = axes.lines
        np.testing.assert_allclose(hard.get_ydata(), 0.25 + shift - 0.2 * (1 - COVERAGE))
        np.testing.assert_allclose(soft.get_ydata(), 0.22 + shift - 0.2 * (1 - COVERAGE))
        np.testing.assert_allclose(best.get_ydata(), 0.15 * COVERAGE)
        assert len(axes.collections) == 2
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert "Share wrong about the majority vote" in words(figure)


def test_parts_stand_in_rows_with_zero_in_sight() -> None:
    figure = robustness_figures.parts({"CIFAR-10H": split(), "politeness": split(0.3)})
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim()
    assert left.get_xlim()[0] < 0
    assert [float(line.get_xdata()[0]) for line in dotted(right)] == pytest.approx(
        [0.3, 0.35, 0.4, 0.45, 0.5, 0.55]
    )
    assert {"total", "aleatoric", "epistemic", "CIFAR-10H, 3 members"} <= set(words(figure))
    lost = split()
    lost["arms"]["hard"]["epistemic"]["pearson"] = dict.fromkeys(("value", "low", "high"), NAN)
    assert len(dotted(robustness_figures.parts({"one": lost}).axes[0])) == 5


def test_each_corruption_is_a_row_of_pictures() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), dtype=np.uint8)
    figure = robustness_figures.damage({"noise": images, "jpeg": images})
    assert len(figure.axes) == 12
    assert {"clean", "5", "Gaussian noise", "JPEG compression"} <= set(words(figure))


FIGURES = {
    "degradation": call(robustness_figures.degradation, measured(), "kl"),
    "accuracy": call(robustness_figures.degradation, measured(), "accuracy"),
    "risk": call(
        robustness_figures.risk_coverage,
        {"clean": passed(), "noise of severity 5": passed(0.1)},
        "disagreement",
    ),
    "parts": call(
        robustness_figures.parts, {name: split() for name in ("CIFAR-10H", "politeness", "a" * 70)}
    ),
    "damage": call(
        robustness_figures.damage,
        dict.fromkeys(("noise", "blur", "contrast", "jpeg"), np.zeros((6, 8, 8, 1), np.uint8)),
    ),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words(FIGURES[name], width)


@pytest.mark.parametrize("name", FIGURES)
def test_the_page_can_show_it(name: str) -> None:
    check_page(FIGURES[name])
