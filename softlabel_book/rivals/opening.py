"""Opening: the fair trials that a chapter shows, read or trained."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from softlabel_book.rivals.analysis import PROTOCOL, RIVALS
from softlabel_core import data, statistics
from softlabel_core.arms import possible
from softlabel_core.storage import RecordError
from softlabel_core.study import protocols


def open_rivals(names: Sequence[str], run: str) -> dict[str, dict[str, Any]]:
    """The fair trial as a chapter sees it, by data set.

    Parameters
    ----------
    names : sequence of str
        Data sets; those without a recorded trial are left out.
    run : {"recorded", "quick", "full"}
        Read the recorded ones; tune and train a small one on `digits` instead, in a minute, that is
        never compared with the record; or train what is missing of each and write it.

    Raises
    ------
    RecordError
        If there is no recorded trial of any.
    """
    if run == "quick":
        return {"digits": _quick()}
    if run == "full":
        from softlabel_book.rivals import training  # torch, for who trains

        for name in names:
            training.record(protocols.get(name, PROTOCOL), data.load(name))
    found = {name: RIVALS.read(name, PROTOCOL) for name in names if RIVALS.exists(name, PROTOCOL)}
    if not found:
        raise RecordError(
            f"no fair trial of {', '.join(names)} is recorded; run: softlabel tune DATA --protocol {PROTOCOL} --arms all, "
            "then softlabel study with the same and --tuned."
        )
    return found


def open_fine_tuned(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The recorded trials of the fine-tuned models by data set, for `comparisons.family`, which is then of their rung.

    Parameters
    ----------
    names : sequence of str
        Data sets; each is represented by its first protocol with a trial, in the order of `protocols`; those
        without one are left out.

    Raises
    ------
    RecordError
        If a trial is broken.
    """
    known = [key for key in protocols.PROTOCOLS if key[1] != PROTOCOL and RIVALS.exists(*key)]
    first = {name: protocol for name, protocol in reversed(known) if name in names}
    return {name: RIVALS.read(name, first[name]) for name in names if name in first}


def _quick() -> dict[str, Any]:
    """A small trial on digits, of which nothing is kept."""
    from softlabel_book.rivals import training  # torch, for who trains

    quick = protocols.get("digits", "small", epochs=20, seeds=2, search=(("epochs", (10, 20)),), trials=2)
    digits = data.load("digits", n_items=800)
    arms = [arm for arm in possible(digits) if arm != "dirichlet"]
    with tempfile.TemporaryDirectory() as folder:
        return training.compete(quick, digits, Path(folder), arms, statistics.N_QUICK)
