"""A chapter's one switch."""

import pytest

from softlabel_book import chapter


def test_mode_is_the_cells_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("SOFTLABEL_RUN", raising=False)
    assert chapter.mode() == "recorded"
    assert chapter.mode("full") == "full"
    monkeypatch.setenv("SOFTLABEL_RUN", "quick")
    assert chapter.mode("full") == "quick"
    monkeypatch.setenv("SOFTLABEL_RUN", "fast")
    with pytest.raises(ValueError, match=r"'fast'.*recorded, quick, full"):
        chapter.mode()
