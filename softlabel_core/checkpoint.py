"""Checkpoint: the state of a training that takes long, kept so that it goes on where it was cut off."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from softlabel_core import storage
from softlabel_core.clock import FOREVER, OutOfTime
from softlabel_core.storage import RecordError

OFTEN = 300.0  # seconds between two checkpoints: what a cut costs at most


@dataclass
class Checkpoint:
    """Where a training keeps its state, how often, and until when it may go on.

    Attributes
    ----------
    path : pathlib.Path
        Of the one file, which is written over.
    facts : dict
        Plain values that decide what is trained; a state that was kept under others is not gone on with.
    every : float
        Seconds between two checkpoints.
    until : float
        Time by `time.monotonic` at which the state is kept and training ends with `OutOfTime`.
    notes : dict
        Plain values that the caller wants to find again after a cut.
    """

    path: Path
    facts: Mapping[str, Any]
    every: float = OFTEN
    until: float = FOREVER
    notes: dict[str, Any] = field(default_factory=dict)
    _kept_at: float = field(default_factory=time.monotonic, init=False)

    def due(self) -> bool:
        """Whether the state should be kept now."""
        now = time.monotonic()
        return now - self._kept_at >= self.every or now >= self.until

    def write(self, state: Mapping[str, Any]) -> None:
        """Keep a state whole or not at all.

        Raises
        ------
        OutOfTime
            After that, if the time is over.
        RecordError
            If the disk refuses.
        """
        whole = io.BytesIO()
        facts, notes = storage.plain(dict(self.facts)), storage.plain(self.notes)
        torch.save({"facts": facts, "notes": notes, "state": dict(state)}, whole)
        content = whole.getvalue()
        storage.write_atomically(self.path, hashlib.sha256(content).digest() + content)
        self._kept_at = time.monotonic()
        if self._kept_at >= self.until:
            raise OutOfTime(f"the time is over; training goes on from {self.path} when it is called again.")

    def read(self) -> dict[str, Any] | None:
        """The state that was kept, on the CPU; None if there is none, or it belongs to another training.

        Raises
        ------
        RecordError
            If the file is truncated or altered.
        """
        if not self.path.exists():
            return None
        content = self.path.read_bytes()
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            raise RecordError(f"{self.path} is truncated or altered; delete it, and training begins anew.")
        kept = torch.load(io.BytesIO(content[32:]), map_location="cpu", weights_only=True)
        if kept["facts"] != storage.plain(dict(self.facts)):
            return None
        self.notes |= kept["notes"]
        state: dict[str, Any] = kept["state"]
        return state

    def forget(self) -> None:
        """Delete the file, if there is one: what it was kept for is done."""
        self.path.unlink(missing_ok=True)
