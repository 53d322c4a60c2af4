"""Budget: measured points come back as measured, between them there are straight lines, beyond them nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.vote_curves import budget
from softlabel_book.vote_curves.design import MEASURES

LEVELS = [("1", 1.0), ("2", 2.0), ("5", 5.0), ("all", 8.0)]
ITEMS = {0.1: 100, 0.5: 500, 1.0: 1000}


def value(measure: str, n_items: float, n_votes: float) -> float:
    """Better with items and votes, and linear in the logarithms of both."""
    good = np.log(n_items) / 20 + np.log(n_votes) / 10
    return float(1 - good if measure in ("kl", "total_variation") else good)


@pytest.fixture
def curve() -> dict[str, Any]:
    grid = [
        {
            "level": level, "n_votes": n_votes, "share": share, "n_items": n_items,
            **{
                m: {end: value(m, n_items, n_votes) + shift for end, shift in (("value", 0), ("low", -0.01), ("high", 0.02))}
                for m in MEASURES
            },
        }
        for share, n_items in ITEMS.items()
        for level, n_votes in LEVELS
    ]  # fmt: skip
    return {
        "data": "people",
        "protocol": "small",
        "facts": {"draws": [0, 1, 2], "n_test": 300, "n_parameters": 12345},
        "levels": [{"level": level, "n_votes": n_votes} for level, n_votes in LEVELS],
        "grid": {"hard": grid, "soft": grid},
    }


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("n_items", ITEMS.values())
@pytest.mark.parametrize("n_votes", [n for _, n in LEVELS])
def test_a_measured_point_comes_back_as_measured(curve, measure, n_items, n_votes):
    for cell in curve["grid"]["soft"]:  # so that only this very point can give the number
        cell[measure] = {
            end: float(hash((cell["share"], cell["n_votes"], end)) % 997) for end in cell[measure]
        }
    found = budget.at(curve, "soft", measure, n_items, n_votes)
    (cell,) = [c for c in curve["grid"]["soft"] if (c["n_items"], c["n_votes"]) == (n_items, n_votes)]
    assert (found.value, found.low, found.high) == tuple(
        cell[measure][end] for end in ("value", "low", "high")
    )


@pytest.mark.parametrize(("n_items", "n_votes"), [(1000, 3), (300, 1), (700, 6.5)])
def test_between_points_it_is_linear_in_the_logarithms(curve, n_items, n_votes):
    found = budget.at(curve, "soft", "kl", n_items, n_votes)
    assert found.value == pytest.approx(value("kl", n_items, n_votes))
    assert (found.low, found.high) == pytest.approx((found.value - 0.01, found.value + 0.02))


@pytest.mark.parametrize(("n_items", "n_votes"), [(1000, 0.9), (1000, 8.1), (99, 2), (1001, 2)])
def test_beyond_what_was_measured_there_is_no_value(curve, n_items, n_votes):
    with pytest.raises(ValueError, match="1 to 8 votes an item on 100 to 1,000 items") as error:
        budget.at(curve, "soft", "kl", n_items, n_votes)
    sentence_of(error)


@pytest.mark.parametrize(
    ("n_votes", "sizes"), [(100, [100]), (700, [500, 100]), (2000, [1000, 500]), (8000, [1000])]
)
def test_votes_are_spent_in_every_measured_way(curve, n_votes, sizes):
    found = budget.answer(curve, n_votes)
    assert [option.n_items for option in found.options] == sizes
    assert [option.votes_an_item for option in found.options] == [n_votes / size for size in sizes]


def test_the_best_way_is_the_best_by_the_measures_own_direction(curve):
    """Here a vote is worth twice an item in the logarithm, so that few items with many votes win both times."""
    for measure in ("kl", "entropy_pearson"):
        found = budget.answer(curve, 2500, measure)
        assert found.options[found.best].n_items == 500
        values = [option.value for option in found.options]
        assert values[found.best] == (min if measure == "kl" else max)(values)


def test_one_more_vote_is_read_off_the_curve_as_well(curve):
    found = budget.answer(curve, 2000, n_items=1000)
    assert found.more.votes_an_item == 3
    assert found.more.value == pytest.approx(value("kl", 1000, 3))
    assert budget.answer(curve, 7500, n_items=1000).more is None


@pytest.mark.parametrize(
    ("n_votes", "n_items", "cure"),
    [
        (99, None, "100 to 8,000 votes"),
        (8001, None, "100 to 8,000 votes"),
        (999, 1000, "1,000 to 8,000 votes"),
        (2000, 200, "200 to 1,600 votes"),
        (2000, 2000, "100 to 1,000 items"),
        (200, 50, "100 to 1,000 items"),
    ],
)
def test_it_refuses_to_extrapolate_and_names_the_range(curve, n_votes, n_items, cure):
    with pytest.raises(ValueError, match=f"would be outside of that; ask for {cure}") as error:
        budget.answer(curve, n_votes, n_items=n_items)
    assert "1 to 8 votes an item" in sentence_of(error)


def test_ends_of_the_range_have_an_answer_in_spite_of_rounding(curve):
    curve["levels"][-1]["n_votes"] = 20 / 3
    for cell in curve["grid"]["soft"]:
        cell["n_votes"] = 20 / 3 if cell["level"] == "all" else cell["n_votes"]
    found = budget.answer(curve, 1000 * 20 / 3)
    assert found.options[0].value == pytest.approx(value("kl", 1000, 8))


def test_unknown_measures_and_arms_are_named(curve):
    for arguments, word in (({"measure": "ece"}, "measure 'ece'"), ({"arm": "gold"}, "no arm 'gold'")):
        with pytest.raises(ValueError, match=word) as error:
            budget.answer(curve, 2000, **arguments)
        sentence_of(error)


def test_a_curve_of_one_share_has_answers_for_all_items_only(curve):
    curve["grid"]["soft"] = [cell for cell in curve["grid"]["soft"] if cell["share"] == 1]
    assert budget.answer(curve, 3000).options[0].value == pytest.approx(value("kl", 1000, 3))
    with pytest.raises(ValueError, match="1,000 to 8,000 votes"):
        budget.answer(curve, 900)
