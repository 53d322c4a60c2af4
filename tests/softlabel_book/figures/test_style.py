"""Tests of the style: colours that can be told apart, arms in one order, the book's variables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import style as style_tool

from softlabel_book.figures import style

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
    steps = {token: both[theme] for token, both in style.STYLE["colours"].items()}
    for token in ("human", "hard", "gold", "soft", "rival"):
        assert contrast(steps[token], steps["paper"]) >= 3, token
    for token in ("ink", "muted", "hard-text", "gold-text", "soft-text"):
        assert contrast(steps[token], steps["paper"]) >= 4.5, token
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_colours_of_one_light_shade_are_one_dark_shade() -> None:
    dark: dict[str, str] = {}
    for token, steps in style.STYLE["colours"].items():
        assert dark.setdefault(steps["light"], steps["dark"]) == steps["dark"], token
    assert (style.colour("hard"), style.colour("soft")) == ("#d55e00", "#0072b2")


def test_arms_stand_in_one_order_and_rivals_are_grey() -> None:
    assert style.ordered(["mixup", "soft", "gold", "human", "hard"]) == [
        "human",
        "hard",
        "gold",
        "soft",
        "mixup",
    ]
    assert style.mark_colour("label_smoothing") == style.colour("rival")
    assert style.name_of("label_smoothing") == "label smoothing"
    with pytest.raises(ValueError, match="no colour 'crimson'; use one of human"):
        style.colour("crimson")


def test_tokens_css_is_what_the_style_says() -> None:
    assert style_tool.main(["--check"]) == 0, "run python tools/style.py"
    css = style_tool.TARGET.read_text(encoding="utf-8")
    for token, steps in style.STYLE["colours"].items():
        assert css.count(f"--sl-{token}: {steps['light']};") == 1
        assert css.count(f"--sl-{token}: {steps['dark']};") == 2


def test_stale_tokens_are_told_and_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(style_tool, "ROOT", tmp_path)
    monkeypatch.setattr(style_tool, "TARGET", tmp_path / "book" / "tokens.css")
    assert style_tool.main(["--check"]) == 1
    assert "run python tools/style.py" in capsys.readouterr().err
    assert style_tool.main([]) == 0
    assert style_tool.main(["--check"]) == 0
    style_tool.TARGET.write_text(style_tool.TARGET.read_text().replace("#d55e00", "#d55e01"))
    assert style_tool.main(["--check"]) == 1
