"""Design: nested draws of votes and items, and a plan that is complete draw by draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.vote_curves import design
from softlabel_core.data import Dataset
from softlabel_core.study import Trial


def uneven(n_items: int = 200) -> np.ndarray:
    """Items with 5 to 9 votes on four classes."""
    rng = np.random.default_rng(0)
    return np.stack([rng.multinomial(rng.integers(5, 10), rng.dirichlet(np.ones(4))) for _ in range(n_items)])


@pytest.mark.parametrize(
    ("least", "most", "wanted"),
    [
        (100, 100, [1, 2, 3, 5, 10, 20, 50, None]),
        (47, 63, [1, 2, 3, 5, 10, 20, None]),
        (5, 9, [1, 2, 3, 5, None]),
        (20, 20, [1, 2, 3, 5, 10, None]),
        (1, 1, [None]),
    ],
)
def test_levels_are_those_that_every_item_allows(least, most, wanted):
    assert design.levels([[least, 0], [0, most]]) == wanted


def test_each_draw_has_its_own_order_and_leaves_other_items_alone(digits, rows):
    first, second = (design.taught(digits, rows, 3, draw) for draw in (0, 1))
    assert (first.counts[rows] != second.counts[rows]).any(axis=1).mean() > 0.1
    others = np.setdiff1d(np.arange(digits.n_items), rows)
    for part in (first, second):
        np.testing.assert_array_equal(part.counts[others], digits.counts[others])
    assert design.taught(digits, rows, None, 0) is digits


def test_items_of_few_votes_are_left_out():
    counts = np.array([[4, 0], [5, 0], [3, 3]])
    few = Dataset("few", counts, np.zeros((3, 1)), ("a", "b"), np.array(list("abc")), np.arange(3))
    assert design.usable(few, np.arange(3)).tolist() == [1, 2]
    with pytest.raises(ValueError, match="no item of few has 5 votes") as error:
        design.usable(few, np.array([0]))
    sentence_of(error)


def test_ratings_are_dropped_with_the_votes():
    counts = uneven(50)
    ratings = np.full((50, 9), -1, dtype=np.int8)
    for row, item in enumerate(counts):
        ratings[row, : item.sum()] = np.repeat(np.arange(4), item)
    rated = Dataset(
        "rated",
        counts,
        np.zeros((50, 1)),
        tuple("abcd"),
        np.arange(50).astype(str),
        np.arange(50),
        ratings=ratings,
    )
    assert design.taught(rated, np.arange(50), 2, 0).ratings is None


def test_a_smaller_share_is_part_of_a_larger_one():
    rows = np.arange(100, 300)
    tenth, half, whole = (design.some(rows, share, 3) for share in (0.1, 0.5, 1.0))
    assert len(tenth) == 20
    assert set(tenth) < set(half) < set(whole)
    np.testing.assert_array_equal(whole, rows)
    assert set(design.some(rows, 0.1, 4)) != set(tenth)


def test_a_plan_is_complete_draw_by_draw(runs):
    per_draw = len(runs) // 2
    assert [run.run.seed for run in runs] == [draw for draw in range(2) for _ in range(per_draw)]
    assert len({run.file for run in runs}) == len(runs)
    assert {run.arm for run in runs[:per_draw]} == {run.arm for run in runs[per_draw:]}
    assert {"hard-1", "soft-all", "soft-10-of-0.2"} <= {run.arm for run in runs}


def test_tuned_settings_hold_at_all_levels(digits, protocol):
    chosen = replace(protocol, epochs=3)
    planned = design.plan(protocol, digits.counts, [0], shares=[1], tuned={"soft": Trial(4, chosen)})
    assert {run.run.protocol.epochs for run in planned if run.run.arm == "soft"} == {3}
    assert {run.run.trial for run in planned if run.run.arm == "soft"} == {4}
    assert {run.run.protocol.epochs for run in planned if run.run.arm == "hard"} == {protocol.epochs}


def test_fewer_items_are_seen_more_often_but_make_fewer_steps(digits, protocol):
    planned = design.plan(protocol, digits.counts, [0], shares=(0.25, 1.0))
    epochs = {run.share: run.run.protocol.epochs for run in planned}
    assert epochs == {1.0: protocol.epochs, 0.25: 2 * protocol.epochs}


@pytest.mark.parametrize("shares", [(0.5,), (0.0, 1.0), (1.0, 2.0)])
def test_shares_out_of_range_are_refused(digits, shares, protocol):
    with pytest.raises(ValueError, match="shares are") as error:
        design.plan(protocol, digits.counts, [0], shares=shares)
    sentence_of(error)
