"""Opening: the curves that a chapter shows, read or trained."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from softlabel_book.vote_curves import analysis
from softlabel_core import data, statistics
from softlabel_core.storage import RecordError
from softlabel_core.study import protocols

QUICK_ITEMS, QUICK_DRAWS, QUICK_EPOCHS, QUICK_SHARES = 1500, 2, 20, (0.2, 1.0)


def open_curves(names: Sequence[str], run: str) -> dict[str, dict[str, Any]]:
    """Curves as a chapter sees them, by data set.

    Parameters
    ----------
    names : sequence of str
        Data sets; those without a recorded curve are left out.
    run : {"recorded", "quick", "full"}
        Read the recorded ones; train a small one on `digits` instead, in half a minute, that is never compared with
        the record; or train what is missing of each and write it.

    Raises
    ------
    RecordError
        If there is no recorded curve of any.
    """
    if run == "quick":
        return {"digits": _quick()}
    known = {name: analysis.best_recorded(name) for name in names}
    recorded = {name: protocol for name, protocol in known.items() if protocol}
    if not recorded:
        raise RecordError(
            f"no curve of {', '.join(names)} is recorded; run: softlabel curve DATA --protocol PROTOCOL, "
            "which trains and writes one."
        )
    if run == "full":
        from softlabel_book.vote_curves import training  # torch, for who trains

        for name, protocol in recorded.items():
            training.record(protocol, data.load(name))
    return {name: analysis.CURVE.read(name, protocol.name) for name, protocol in recorded.items()}


def _quick() -> dict[str, Any]:
    """A small curve on digits, of which nothing is kept."""
    from softlabel_book.vote_curves import training  # torch, for who trains

    with tempfile.TemporaryDirectory() as folder:
        return training.measure(
            protocols.get("digits", "small", epochs=QUICK_EPOCHS),
            data.load("digits", n_items=QUICK_ITEMS),
            draws=QUICK_DRAWS,
            shares=QUICK_SHARES,
            n_resamples=statistics.N_QUICK,
            cache=Path(folder),
            progress=False,
        )
