"""A playground for readers without JavaScript."""

from __future__ import annotations

import re

from softlabel_book.interactive.playground import Playground, learn
from softlabel_core.arms import PAIR


def test_without_javascript_the_outcome_is_told_and_shown():
    figure = Playground(annotators=4)
    still = re.search(r"<noscript>(.*?)</noscript>", figure.to_html(standalone=True), re.DOTALL)[1]
    found = learn(figure.settings)
    for arm in PAIR:
        assert f"{found.kl[arm]:.3f}" in still
        assert f"{found.entropy[arm]:.3f}" in still
    assert "4 annotators vote on each of 60 items" in still
    assert still.count('src="data:image/png;base64,') == 3
