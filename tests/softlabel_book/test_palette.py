"""Tests of the palette: colours that can be told apart, arms in one order, nothing heavy imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from softlabel_book import palette

pytestmark = pytest.mark.filterwarnings("error")


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, WCAG 2."""
    light = []
    for value in (first, second):
        parts = np.array(list(bytes.fromhex(value[1:]))) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        light.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(light) / min(light)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_from_the_paper(theme: str) -> None:
    steps = {token: both[theme] for token, both in palette.COLOURS.items()}
    for token in ("human", "hard", "gold", "soft", "rival"):
        assert contrast(steps[token], steps["paper"]) >= 3, token
    for token in ("ink", "muted", "hard-text", "gold-text", "soft-text"):
        assert contrast(steps[token], steps["paper"]) >= 4.5, token
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_colours_of_one_light_shade_are_one_dark_shade() -> None:
    dark: dict[str, str] = {}
    for token, steps in palette.COLOURS.items():
        assert dark.setdefault(steps["light"], steps["dark"]) == steps["dark"], token
    assert (palette.colour("hard"), palette.colour("soft")) == ("#d55e00", "#0072b2")


def test_arms_stand_in_one_order_and_rivals_are_grey() -> None:
    assert palette.ordered(["mixup", "soft", "gold", "human", "hard"]) == [
        "human",
        "hard",
        "gold",
        "soft",
        "mixup",
    ]
    assert palette.mark_colour("label_smoothing") == palette.colour("rival")
    assert palette.name_of("label_smoothing") == "label smoothing"
    with pytest.raises(ValueError, match="no colour 'crimson'; use one of human"):
        palette.colour("crimson")


def test_a_light_colour_leads_back_to_its_token() -> None:
    assert palette.token_of(palette.colour("soft")) == "soft"
    assert palette.token_of("#ff0000") is None


def test_it_imports_nothing_that_draws_or_trains() -> None:
    code = (
        "import sys, softlabel_book.palette; "
        "print([name for name in ('matplotlib', 'numpy', 'pandas', 'torch') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
