"""Tables of robustness: conditions in plain words, and both arms under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from softlabel_book import tables
from softlabel_book.robustness import conditions, corruptions
from softlabel_book.robustness.analysis import ARMS


def title(name: str) -> str:
    """A condition in plain words: "Gaussian noise, severity 5" or "PGD, 8 of 255"."""
    kind, strength = conditions.parts(name)
    if kind in conditions.ATTACKS:
        return f"{kind.upper()}, {strength} of 255"
    return f"{corruptions.TITLES[kind]}, severity {strength}" if strength else name


def compared(numbers: Mapping[str, Any], keys: Sequence[str] = ("kl", "accuracy")) -> pd.DataFrame:
    """Both arms and their difference, clean and at the strongest of each kind.

    Parameters
    ----------
    numbers : mapping
        See `analysis.make`.
    keys : sequence of str
        Some of `analysis.MEASURES`.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = {}
    for name in conditions.strongest(numbers["conditions"]):
        found = numbers["conditions"][name]
        row = {}
        for key in keys:
            for arm in ARMS:
                row[f"{tables.SHORT[key]}, {arm}"] = tables.number(found["metrics"][arm][key]["value"], 2)
            row[f"{tables.SHORT[key]}, soft − hard"] = tables.interval(found["differences"][key])
        rows[title(name)] = row
    return pd.DataFrame(rows).T
