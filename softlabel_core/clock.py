"""Clock: work that stops clean when the time that was given for it is over."""

from __future__ import annotations

import time

FOREVER = float("inf")


class OutOfTime(RuntimeError):
    """The time that was given is over; what was done until then is kept."""


class Clock:
    """Lets one piece of work after another begin, as long as there is time for it.

    Parameters
    ----------
    until : float
        Time by `time.monotonic`.
    """

    def __init__(self, until: float = FOREVER) -> None:
        self.until = until
        self._begun: tuple[float, float] | None = None  # when the last piece was begun, and how large it was
        self._pace = 0.0  # seconds that a piece of size 1 took

    def begin(self, size: float = 1.0) -> None:
        """Say that a piece of work begins, of some size in any unit, such as epochs.

        Raises
        ------
        OutOfTime
            If the time is over, or would be before the piece is done, as far as the one before it tells.
        """
        now = time.monotonic()
        if self._begun:
            then, done = self._begun
            self._pace = (now - then) / done
        if now + self._pace * size >= self.until:
            raise OutOfTime("the time is over; the same command goes on where it was.")
        self._begun = now, size


def after(minutes: float) -> float:
    """Time by `time.monotonic` when so many minutes from now are over."""
    return time.monotonic() + 60 * minutes
