"""Tests of how the trial's arms look: what they were taught, in which order."""

from __future__ import annotations

import pytest
from trials import ARMS, IN_ORDER

from softlabel_book.rivals.figures import arm_looks

pytestmark = pytest.mark.filterwarnings("error")


def test_arms_stand_by_what_they_were_taught_with_rules_behind_their_arm() -> None:
    groups = arm_looks.grouped(ARMS)
    assert [arm for arms in groups.values() for arm in arms] == IN_ORDER
    assert list(groups) == ["taught by majorities or gold", "taught by votes", "controls"]
    assert list(arm_looks.grouped(["hard", "shuffled"])) == ["taught by majorities", "controls"]
    assert arm_looks.grouped(["hard", "new", "new/temperature"])["others"] == ["new", "new/temperature"]
