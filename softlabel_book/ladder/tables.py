"""The ladder as people read it: what is recorded, what is provisional, what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from softlabel_book.ladder import analysis
from softlabel_book.ladder.units import UNITS, Unit


def table(units: Sequence[Unit] = UNITS, folder: Path | None = None) -> pd.DataFrame:
    """A row a unit: what it is, how far it has come, and what it takes."""
    rows = {unit.name: _row(unit, folder) for unit in units}
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(unit: Unit, folder: Path | None) -> dict[str, str]:
    standings = analysis.standings(unit, folder)
    recorded, planned = (sum(getattr(each, key) for each in standings) for key in ("recorded", "planned"))
    state = "recorded" if recorded == planned else f"{recorded} of {planned}" if recorded else "planned"
    where = "on a GPU" if unit.gpu else "on one core"
    return {"state": state, "takes about": f"{unit.hours:g} h {where}", "what": unit.what}


def text(units: Sequence[Unit] = UNITS, folder: Path | None = None) -> str:
    """The table for a terminal, a unit a paragraph."""
    return "\n".join(
        f"{name}: {row['state']}, {row['takes about']}\n    {row['what']}"
        for name, row in table(units, folder).iterrows()
    )
