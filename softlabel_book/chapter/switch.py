"""How a chapter runs: it reads the record, trains something small, or trains the study."""

from __future__ import annotations

import os

RUN_VARIABLE = "SOFTLABEL_RUN"
MODES = ("recorded", "quick", "full")


def mode(default: str = "recorded") -> str:
    """How a chapter runs: what its first cell says, unless SOFTLABEL_RUN says otherwise.

    Raises
    ------
    ValueError
        If it is none of "recorded", "quick", "full".
    """
    chosen = os.environ.get(RUN_VARIABLE) or default
    if chosen not in MODES:
        raise ValueError(f"RUN is {chosen!r}; choose one of {', '.join(MODES)}.")
    return chosen
