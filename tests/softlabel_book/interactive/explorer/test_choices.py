"""What may be chosen in an explorer, and how what may not is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from explored import make, simulated

from softlabel_book.interactive.explorer import Explorer, payload


def test_an_unknown_item_arm_or_order_is_named():
    with pytest.raises(ValueError, match="no item in this explorer has the id '7'; it holds 40 item"):
        make().selected = 7
    for changes in ({"arm": "softer"}, {"order": "size"}):
        with pytest.raises(ValueError, match=f"no {next(iter(changes))} {next(iter(changes.values()))!r}"):
            Explorer(payload(**simulated()), **changes)


def test_of_one_arm_only_what_can_be_asked_of_one_is_asked():
    figure = make(p_model={"soft": simulated()["p_model"]["soft"]})
    assert (figure.arm, figure.beside) == ("soft", "soft")
    figure.filter = {"where": "first-wrong"}
    with pytest.raises(ValueError, match="no question 'differ'; choose one of all, first-wrong"):
        figure.filter = {"where": "differ"}


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
def test_a_region_may_be_an_array_of_any_numbers(kind):
    figure = make()
    figure.region = np.array([0, 1, 0, 1], dtype=kind)
    assert figure.region == [0.0, 1.0, 0.0, 1.0]
    json.dumps(figure.region)


@pytest.mark.parametrize("edges", ["abcd", (1, 0, 0, 1), (0, 1, np.nan, 1), (0, 1), 7])
def test_a_region_that_is_none_is_named(edges):
    with pytest.raises(ValueError, match=r"is not \[human from, human to, arm from, arm to\] in nats"):
        make().region = edges


def test_a_filter_that_is_none_is_named():
    with pytest.raises(ValueError, match="there is no class 'unicorn'; choose one of cat, dog"):
        make().filter = {"majority": "unicorn"}
    with pytest.raises(ValueError, match="there is no question 'why'"):
        make().filter = {"where": "why"}
    for wrong in ({"colour": "red"}, "all", None):
        with pytest.raises(ValueError, match=r"is not \{'majority'"):
            make().filter = wrong
