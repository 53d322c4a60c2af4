"""An explorer of a study shows all of its items, or a sample, with the study's own numbers."""

import numpy as np

from softlabel_book import chapter
from softlabel_book.interactive.base import unpack
from softlabel_book.interactive.explorer import of_study
from softlabel_core import data, votes
from softlabel_core.study import protocols


def test_a_study_explores_itself():
    whole = data.load("digits").take(np.arange(400))
    protocol = protocols.get("digits", "small", epochs=1)
    opened = chapter.train_here(whole, protocol, ["hard", "soft"], [0, 1], "quick")
    shown = of_study(opened.study, whole)
    assert shown["ids"] == list(map(str, opened.test.ids))
    assert shown["arms"] == ["hard", "soft"]
    assert shown["note"].startswith("Predictions are means over 2 seeds, ")
    assert shown["name"] == "digits-small"
    np.testing.assert_allclose(shown["entropy"], votes.entropy(opened.test.p_human), atol=1e-7)
    mean = opened.study.p_model("soft")
    np.testing.assert_allclose(unpack(shown["models"]["soft"]["p"], len(mean)), mean, atol=2e-7)
    few = of_study(opened.study, opened.test, n_items=50, arms=["soft"], note="More.")
    assert len(few["ids"]) == 50
    assert few["note"].startswith(f"A sample of 50 of {opened.test.n_items:,} items")
    assert few["note"].endswith("More.")
