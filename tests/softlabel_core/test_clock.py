"""Work that stops clean when its time is over."""

import time

import pytest

from softlabel_core import clock
from softlabel_core.clock import Clock, OutOfTime


@pytest.fixture
def passing(monkeypatch):
    """A clock that goes only when it is told to."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_without_an_end_all_may_begin(passing):
    forever = Clock()
    for _ in range(3):
        forever.begin()
        passing[0] += 1e9


def test_nothing_begins_when_the_time_is_over(passing):
    ten = Clock(clock.after(10))
    passing[0] += 599.0
    ten.begin()
    with pytest.raises(OutOfTime, match="the same command goes on where it was"):
        Clock(passing[0]).begin()


def test_nothing_begins_that_would_not_be_done(passing):
    hour = Clock(clock.after(60))
    hour.begin(10)  # of which nothing is known
    passing[0] += 1000.0  # 100 seconds for one
    hour.begin(20)
    passing[0] += 1000.0  # 50 seconds for one, so 1600 seconds are enough for 31, but not for 33
    with pytest.raises(OutOfTime):
        hour.begin(33)
    hour.begin(31)
