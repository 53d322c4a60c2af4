"""What could show at all, in words."""

import numpy as np
import pytest
from invented_votes import votes_of

from softlabel_book.power import analysis, tables
from softlabel_book.power.analysis import Case, Settings
from softlabel_book.tables import DASH


@pytest.fixture(scope="module")
def numbers():
    return analysis.make(votes_of(600), Settings(3, 50, seeds=1, steps=(0.0, 0.3, 1.0)), [Case(0.5, 0.8)])


def test_a_smallest_change_that_no_step_shows_prints_as_a_dash(numbers):
    case = numbers["cases"][0]
    nothing = {"value": np.nan, "low": np.nan, "high": np.nan}
    blind = {**numbers, "cases": [{**case, "smallest": dict.fromkeys(analysis.ASKED, nothing)}]}
    assert tables.table(blind)["smallest difference of r"].item() == DASH


def test_the_text_says_what_was_simulated_and_every_case(numbers):
    text = tables.text(numbers)
    assert text.startswith("drawn: 120 test items")
    assert "3 worlds, 50 resamples, 1 seeds" in text
    assert "Ceiling of r" in text
    assert "80%" in text


@pytest.mark.parametrize(
    ("share", "said"), [(0.5, "takes 50% of the room, shows in 90%"), (1.2, "out of reach")]
)
def test_a_claim_says_how_much_of_the_room_it_takes(numbers, share, said):
    claim = {"change": -0.32, "share_of_room": share, "reachable": share <= 1, "power": 0.9}
    case = numbers["cases"][0] | {"claims": dict.fromkeys(analysis.ASKED, claim)}
    assert said in tables.table(numbers | {"cases": [case]})["-32% of KL"].item()
