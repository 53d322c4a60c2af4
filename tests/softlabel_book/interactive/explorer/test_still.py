"""An explorer for readers without JavaScript."""

from __future__ import annotations

import re

from explored import make, simulated

from softlabel_core import votes


def test_a_reader_without_script_is_told_what_the_figure_shows():
    page = make().to_html()
    told = re.search("<noscript>.*<p>(.*?)</p></noscript>", page)[1]
    mean = votes.entropy(votes.distribution(simulated()["counts"])).mean()
    assert f"for 40 items. Mean entropy in nats: the votes {mean:.3f}; the hard arm" in told
