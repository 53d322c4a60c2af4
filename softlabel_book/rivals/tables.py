"""The planned comparisons as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from softlabel_book import tables
from softlabel_book.rivals.comparisons import LEVEL, PLANNED, Judged
from softlabel_core import arms

UNDECIDED = {"open": "undecided"}  # what a table calls a verdict, where not by its own name
SIGNS = {"lower": "<", "higher": ">", "no difference": "=", "no worse": "≥"}


def table(family: Sequence[Judged], titles: Mapping[str, str]) -> pd.DataFrame:
    """The family as people read it: a comparison a row, a data set a column.

    Parameters
    ----------
    family : sequence of Judged
    titles : mapping of str to str
        What each data set is called.

    Returns
    -------
    pandas.DataFrame of str
        Difference with interval; a star where Holm's p is below .05.
    """
    cells: dict[str, dict[str, str]] = {}
    for row in family:
        value, bracket, ends = tables.interval(row.difference).partition(" [")
        star = "*" if row.adjusted < LEVEL else ""
        cells.setdefault(_question(row), {})[titles[row.data]] = f"{value}{star}{bracket}{ends}"
    return pd.DataFrame.from_dict(cells, orient="index").fillna(tables.DASH)


def verdicts(family: Sequence[Judged], titles: Mapping[str, str]) -> pd.DataFrame:
    """The family with what was decided: a row a comparison and data set.

    Parameters
    ----------
    family : sequence of Judged
    titles : mapping of str to str
        What each data set is called.

    Returns
    -------
    pandas.DataFrame of str
        Difference with interval, p-value, Holm's p-value over the whole family, and a verdict in words. "No worse"
        has no p-values: its interval decides.
    """
    return pd.DataFrame.from_dict(
        {
            (_question(row), titles[row.data]): {
                "difference": tables.interval(row.difference),
                "p": tables.number(row.difference.p_value, 4),
                "p, Holm": tables.number(row.adjusted, 4),
                "verdict": UNDECIDED.get(row.verdict, row.verdict),
            }
            for row in family
        },
        orient="index",
    )


def _question(row: Judged) -> str:
    """A comparison in one line: "KL: soft (votes) < hard (majority)?"."""
    return (
        f"{tables.SHORT[row.metric]}: {arms.title(row.arm)} {SIGNS[row.expected]} {arms.title(row.against)}?"
    )


def planned() -> pd.DataFrame:
    """The plan itself, for the protocol's page: question, arms, metric, what is expected."""
    return pd.DataFrame(
        [
            {
                "question": f"{number}. {entry.question}",
                "difference": f"{arms.title(entry.arm)} − {arms.title(entry.against)}",
                "metric": tables.SHORT[entry.metric],
                "expected": entry.expected,
            }
            for number, entry in enumerate(PLANNED, 1)
        ]
    ).set_index("question")
