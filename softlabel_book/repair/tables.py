"""Table of what votes on a few more items buy, by what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from softlabel_book import tables
from softlabel_book.palette import name_of
from softlabel_book.repair.analysis import MEASURES
from softlabel_book.repair.design import WAYS
from softlabel_core.arms import PAIR


def uses(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """A row for the network of hard labels, for each use of each number of items, and for soft labels throughout.

    Parameters
    ----------
    numbers : mapping
        See `analysis.make`.

    Returns
    -------
    pandas.DataFrame of str
        A column a measure, and the change of KL against the network that was left alone.
    """
    hard, soft = (name_of(arm) for arm in PAIR)
    rows = {hard: _row(numbers["references"]["hard"])}
    for way, title in WAYS.items():
        for use in numbers["ways"][way]:
            rows[f"{title}, {use['n_items']} items"] = _row(use)
    rows[soft] = _row(numbers["references"]["soft"])
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(found: Mapping[str, Any]) -> dict[str, str]:
    row = {tables.SHORT[key]: tables.interval(found["metrics"][key]) for key in MEASURES}
    relative = found.get("relative", {}).get("hard")
    return row | {"KL change": tables.share(relative["kl"]) if relative else tables.DASH}
