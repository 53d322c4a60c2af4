"""Tables of vote curves: what they say holds the numbers."""

from __future__ import annotations

import pytest

from softlabel_book.tables import DASH
from softlabel_book.vote_curves import tables
from softlabel_book.vote_curves.budget import Answer, Option
from softlabel_book.vote_curves.one_vote import OneVote
from softlabel_core.statistics import Estimate

CURVE = {
    "data": "people",
    "protocol": "small",
    "facts": {"draws": [0, 1, 2], "n_test": 300, "n_parameters": 12345},
    "levels": [{"level": "1", "n_votes": 1.0}, {"level": "all", "n_votes": 8.0}],
}
OPTIONS = [Option(1000, 2, 0.61, 0.6, 0.63), Option(500, 4, 0.55, 0.54, 0.57)]


def test_an_answer_holds_the_numbers():
    said = tables.answer(Answer(2000, "kl", "soft", OPTIONS, 1, Option(500, 5, 0.53, 0.52, 0.55)), CURVE)
    first, *_ = said.splitlines()
    assert first == (
        "2,000 votes on people, arm soft, protocol small: KL divergence from the votes, nats (lower is better)"
    )
    assert "1,000 items,   2.0 votes each: 0.610 [0.600, 0.630]\n" in said
    assert "500 items,   4.0 votes each: 0.550 [0.540, 0.570]  <- best of these\n" in said
    assert "(500 more votes) changes it by -0.020, to 0.530." in said
    assert "Measured with 1 to 8 votes an item" in said
    assert "3 draws, 300 test items, one split, one model of 12,345 parameters" in said


def test_an_answer_of_one_way_at_the_end_of_the_curve_says_so():
    said = tables.answer(Answer(7500, "kl", "soft", OPTIONS[:1], 0, None), CURVE)
    assert "best of these" not in said
    assert "not measured: the curve ends at 8." in said


def test_one_vote_stands_beside_the_majority_with_and_without_a_temperature():
    def told(value):
        return Estimate(value, value - 0.01, value + 0.01)

    held = OneVote(told(0.4), told(0.5), told(0.3), told(-0.1), {"temperature-votes": told(0.45)})
    shown = tables.one_vote({"People": dict.fromkeys(tables.COLUMNS.values(), held)})
    row = shown.loc[("People", "KL")]
    assert row["one vote an item"] == "0.400 [0.390, 0.410]"
    assert row["one less majority"] == "−0.100 [−0.110, −0.090]"
    assert row["majority, one temperature, from votes"] == "0.450 [0.440, 0.460]"
    assert row["majority, one temperature"] == DASH
    assert list(shown.loc["People"].index) == list(tables.COLUMNS)


GAIN = {"value": 0.1, "low": 0.05, "high": 0.15}


@pytest.mark.parametrize(
    ("found", "cell", "sentence"),
    [
        (
            {"gain": GAIN, "level": "5", "n_votes": 5.0, "low": "3", "high": "all"},
            "5 [3, all]",
            "from 5 votes on [3, all]",
        ),
        (
            {"gain": GAIN, "level": "all", "n_votes": 8.0, "low": "20", "high": "all"},
            "all [20, all]",
            "only with all votes [20, all]",
        ),
        ({"gain": {"value": 0.0, "low": -0.1, "high": 0.1}}, "no gain", "nowhere (no gain)"),
        ({"gain": {"value": -0.2, "low": -0.3, "high": -0.1}}, "worse", "nowhere (no gain)"),
    ],
)
def test_a_saturation_in_words(found, cell, sentence):
    assert tables.reached(found) == cell
    assert tables.since(found) == sentence
    saturation = {arm: dict.fromkeys(tables.COLUMNS.values(), found) for arm in ("hard", "soft")}
    table = tables.saturation({"people": {"saturation": saturation}})
    assert list(table.index) == ["people, soft", "people, hard"]
    assert list(table.columns) == list(tables.COLUMNS)
    assert (table == cell).all(axis=None)
