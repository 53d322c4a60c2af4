"""Tables of tuning: which settings were chosen for each arm, by which labels."""

from __future__ import annotations

from typing import Any

import pandas as pd

from softlabel_core.arms import title
from softlabel_core.study.tuning import CRITERIA


def table(numbers: dict[str, Any]) -> pd.DataFrame:
    """What tuning chose: an arm a row, the settings by each criterion, a star where one lies at an edge.

    Parameters
    ----------
    numbers : dict
        See `trials.tune`.

    Returns
    -------
    pandas.DataFrame of str
    """
    heads = {"own": "chosen by its own labels", "votes": "chosen by the votes"}
    return pd.DataFrame.from_dict(
        {
            title(name): {"trials": str(len(known["trials"]))}
            | {heads[criterion]: _settings(known, criterion) for criterion in CRITERIA}
            for name, known in numbers["arms"].items()
        },
        orient="index",
    )


def _settings(known: dict[str, Any], criterion: str) -> str:
    choice = known[criterion]
    values = known["trials"][choice["trial"]]["values"]
    return ", ".join(
        f"{key.replace('_', ' ')} {value:g}{'*' if key in choice['at_edge'] else ''}"
        for key, value in values.items()
    )


def text(numbers: dict[str, Any]) -> str:
    """What tuning chose, for a terminal."""
    searched = "; ".join(
        f"{key.replace('_', ' ')} {', '.join(f'{value:g}' for value in values)}"
        for key, values in numbers["search"].items()
    )
    n_seeds = numbers.get("n_seeds", 1)
    trials = f"{numbers['n_trials']} trials an arm" + (f", {n_seeds} seeds each," if n_seeds > 1 else "")
    return (
        f"{numbers['data']}, protocol {numbers['protocol']}: {trials} over {searched}.\n\n"
        f"{table(numbers).to_string()}\n\n* the lowest or highest value that was tried: the best may lie beyond.\n"
    )
