"""Tests of the book's style variables: the file is what the palette says, and a stale one is told."""

from __future__ import annotations

from pathlib import Path

import palette as tool
import pytest

from softlabel_book.palette import COLOURS


def test_palette_css_is_what_the_palette_says() -> None:
    assert tool.main(["--check"]) == 0, "run python tools/palette.py"
    css = tool.TARGET.read_text(encoding="utf-8")
    for token, steps in COLOURS.items():
        assert css.count(f"--sl-{token}: {steps['light']};") == 1
        assert css.count(f"--sl-{token}: {steps['dark']};") == 2


def test_a_stale_sheet_is_told_and_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "TARGET", tmp_path / "book" / "palette.css")
    assert tool.main(["--check"]) == 1
    assert "run python tools/palette.py" in capsys.readouterr().err
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0
    tool.TARGET.write_text(tool.TARGET.read_text().replace("#d55e00", "#d55e01"))
    assert tool.main(["--check"]) == 1
