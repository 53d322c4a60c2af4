"""The orders of an explorer: what comes first, and every item once."""

from __future__ import annotations

from explored import simulated
from hypothesis import given, settings
from hypothesis import strategies as st

from softlabel_book.interactive.explorer import payload


def test_orders():
    counts = [[10, 0, 0], [5, 5, 0], [0, 9, 1], [8, 1, 1]]
    hard = [[0.1, 0.9, 0.0], [0.5, 0.5, 0.0], [0.98, 0.01, 0.01], [0.9, 0.05, 0.05]]
    shown = payload(["i10", "i9", "i2", "i1"], ["x", "y", "z"], counts, {"hard": hard}, title="t")
    orders = {order["key"]: order["items"] for order in shown["orders"]}
    assert orders["ambiguous"] == [1, 3, 2, 0]
    # rows 2 (.98 against 0 votes) and 0 (.90) are wrong; rows 3 and 1 are right, 3 with the larger KL
    assert orders["wrong"] == [2, 0, 3, 1]
    assert orders["id"] == [3, 2, 1, 0]
    assert "apart" not in orders  # one arm is never apart from itself


def test_orders_of_two_arms():
    counts = [[10, 0], [10, 0], [0, 10]]
    arms = {"hard": [[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], "soft": [[0.1, 0.9], [0.4, 0.6], [0.2, 0.8]]}
    shown = payload(["a", "b", "c"], ["x", "y"], counts, arms, title="t")
    orders = {order["key"]: order["items"] for order in shown["orders"]}
    assert orders["wrong"] == [1, 2, 0]  # .6, then .5 against no vote
    assert orders["wrong-soft"] == [0, 1, 2]  # .9 and .6 against no vote; the last is right
    assert orders["apart"] == [0, 2, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60))
def test_every_order_holds_every_item_once(seed, n):
    for order in payload(**simulated(n, seed))["orders"]:
        assert sorted(order["items"]) == list(range(n))
