"""The explorer from Python: what is chosen at first, and what follows a choice."""

from __future__ import annotations

import pytest
from explored import make, simulated

from softlabel_book.interactive.explorer import Explorer, payload


def test_the_first_choice_is_the_first_of_the_order():
    shown = payload(**simulated())
    for order in shown["orders"]:
        figure = Explorer(shown, order=order["key"])
        assert figure.selected == shown["ids"][order["items"][0]]
    assert Explorer(shown, selected=111).selected == "111"


def test_no_arm_is_compared_with_itself():
    given_ = simulated()
    given_["p_model"]["gold"] = given_["p_model"]["hard"][::-1]
    figure = make(**given_)
    assert (figure.arm, figure.beside) == ("hard", "soft")
    seen = []
    figure.observe(seen.append, "beside")
    figure.arm = "soft"  # the two change places
    assert (figure.arm, figure.beside) == ("soft", "hard")
    assert [change.new for change in seen] == ["hard"]
    figure.beside = "soft"
    assert (figure.arm, figure.beside) == ("hard", "soft")
    figure.widget.arm = "soft"  # as another widget that is linked does
    assert (figure.widget.arm, figure.widget.beside, figure.beside) == ("soft", "hard", "hard")
    figure.arm = "gold"
    assert (figure.arm, figure.beside) == ("gold", "hard")
    assert Explorer(payload(**given_), arm="soft").beside == "gold"
    with pytest.raises(ValueError, match="arm and beside are both 'soft'; compare it with one of hard, gold"):
        Explorer(payload(**given_), arm="soft", beside="soft")


def test_order_and_colour_are_written_as_the_others_are():
    figure = make()
    figure.order, figure.colour = "id", "class"
    assert (figure._state()["order"], figure._state()["colour"]) == ("id", "class")
    assert figure.shown == figure.payload["ids"]
    with pytest.raises(ValueError, match="there is no colour 'mood'"):
        figure.colour = "mood"
