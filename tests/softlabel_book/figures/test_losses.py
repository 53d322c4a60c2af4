"""Tests of losses, entropy and the truth as curves."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words

from softlabel_book import figures, palette

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
BLEND = np.linspace(0, 1, 21)
BANDS = {"soft": (BLEND, BLEND - 0.1, BLEND + 0.1), "hard": (BLEND**2, BLEND**2, BLEND)}
USUAL = {
    "loss_of_confidence": call(figures.loss_of_confidence),
    "entropy_curve": call(figures.entropy_curve),
    "truth_curve": call(figures.truth_curve, BLEND, BLEND, BANDS, votes_seen=(BLEND, BLEND)),
}
ODD = {
    "all but sure": call(figures.loss_of_confidence, 0.99),
    "all but even": call(figures.loss_of_confidence, 0.51),
    "two points": call(figures.truth_curve, [0, 1], [0, 1], {"soft": ([0, 1], [0, 1], [0, 1])}),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name: str) -> None:
    check_page((USUAL | ODD)[name])


def test_the_soft_loss_is_least_at_the_vote_share() -> None:
    loss, pull = figures.loss_of_confidence(0.7).axes
    lowest = {}
    for axes, want in ((loss, min), (pull, lambda values: min(values, key=abs))):
        for line in axes.lines:
            p, values = np.asarray(line.get_xdata()), list(np.asarray(line.get_ydata()))
            if len(p) > 9:
                lowest[axes, line.get_color()] = p[values.index(want(values))]
    for axes in (loss, pull):
        assert lowest[axes, palette.colour("soft")] == pytest.approx(0.7, abs=0.01)
        assert lowest[axes, palette.colour("hard")] > 0.99


@pytest.mark.parametrize("share", [0.5, 1.0, NAN])
def test_a_share_that_is_no_majority_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"above 0\.5 and below 1"):
        figures.loss_of_confidence(share)
