"""Comparisons: which arm is held against which, named before the rivals were trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from softlabel_book import tables
from softlabel_core import arms
from softlabel_core.statistics import Bootstrap

MARGIN = 0.01  # of accuracy: what soft labels may cost and still count as no worse
LEVEL = 0.05  # of the family-wise error


class Comparison(NamedTuple):
    """One question: `arm` minus `against` in one metric, which sign is expected, and what a sceptic wants to know."""

    arm: str
    against: str
    metric: str
    expected: str  # "lower", "higher", "no difference" or "no worse"
    question: str


PLANNED = (
    Comparison("soft", "hard", "kl", "lower", "Does training on the votes bring predictions closer to them?"),
    Comparison("soft", "hard", "entropy_pearson", "higher", "Does it tell better which items people dispute?"),
    Comparison("soft", "hard", "accuracy", "no worse", "Does it cost accuracy?"),
    Comparison("soft", "gold", "kl", "lower", "Is it closer than training on the label that was shipped?"),
    Comparison("soft", "hard/temperature", "kl", "lower", "Would one temperature, fitted without votes, do?"),
    Comparison("soft", "hard/temperature-votes", "kl", "lower", "Would one temperature, fitted on votes, do?"),
    Comparison("soft", "hard/temperature", "entropy_pearson", "higher", "And for which items are disputed?"),
    Comparison("soft", "smoothing", "kl", "lower", "Would label smoothing do?"),
    Comparison("soft", "smoothing", "entropy_pearson", "higher", "And for which items are disputed?"),
    Comparison("soft", "mixup", "entropy_pearson", "higher", "Would mixup do?"),
    Comparison("soft", "shuffled", "entropy_pearson", "higher", "Is it the item's own votes, or those of its class?"),
    Comparison("soft", "shuffled", "kl", "lower", "And in KL?"),
    Comparison("sampled", "soft", "entropy_pearson", "no difference", "Is one vote a step as good as all of them?"),
    Comparison("dirichlet", "soft", "kl", "lower", "With few votes: do pseudo-votes help?"),
    Comparison("soft", "dawid-skene", "entropy_pearson", "higher", "Is modelling raters better than counting votes?"),
    Comparison("mc-dropout-soft", "mc-dropout", "entropy_pearson", "higher", "Does the gain survive dropout's own doubt?"),
    Comparison("soft/ensemble", "hard/ensemble", "entropy_pearson", "higher", "And an ensemble's?"),
    Comparison("soft", "hard/ensemble", "entropy_pearson", "higher", "Is one soft model worth an ensemble of hard ones?"),
)  # fmt: skip
"""Every comparison that was planned. Each is made on every data set that has both arms."""


def make(boot: Bootstrap) -> list[dict[str, Any]]:
    """The planned comparisons that a study's arms allow.

    Parameters
    ----------
    boot : Bootstrap
        Of the arms by name, without their numbers. An odd few resamples give p-values too coarse
        for Holm: take `statistics.N_PLANNED`.

    Returns
    -------
    list of dict
        The comparison's fields, `value`, `low`, `high` of the difference, and a two-sided `p_value`
        for no difference; None for "no worse", which its interval answers.
    """
    made = []
    for planned in PLANNED:
        if planned.arm in boot.estimate and planned.against in boot.estimate:
            found = boot.difference(planned.metric, planned.arm, planned.against)
            tested = planned.expected != "no worse"
            made.append(planned._asdict() | found.plain() | {"p_value": found.p_value if tested else None})
    return made


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """P-values adjusted so that the chance of one false alarm or more among all stays below the level.

    Parameters
    ----------
    p_values : array_like, shape [n_tests]
        A NaN stands for a test that was not made, and does not count.

    Raises
    ------
    ValueError
        If one is no probability.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6(2), 65-70.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if ((given < 0) | (given > 1)).any():
        raise ValueError("p_values must lie between 0 and 1; give NaN for a test that was not made.")
    adjusted = np.full(given.shape, np.nan)
    order = np.argsort(given, kind="stable")[: np.isfinite(given).sum()]
    steps = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def verdict(made: dict[str, Any], adjusted: float) -> str:
    """One word on a comparison: "as expected", "the reverse", "open", and for no worse "yes", "no" or "open"."""
    expected, low, high = made["expected"], made["low"], made["high"]
    if expected == "no worse":
        return "as expected" if low > -MARGIN else "the reverse" if high < -MARGIN else "open"
    if not adjusted < LEVEL:
        return "as expected" if expected == "no difference" else "open"
    if expected == "no difference":
        return "a difference"
    return "as expected" if (made["value"] < 0) == (expected == "lower") else "the reverse"


def family(studies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All comparisons of one rung of the ladder with Holm's p-values over all of them, over all data sets.

    Parameters
    ----------
    studies : sequence of dict
        As `rivals.make` gives them: `data`, and `comparisons` as from `make`.

    Returns
    -------
    list of dict
        Every comparison with its `data`, `adjusted` p-value and `verdict`.
    """
    rows = [{"data": numbers["data"], **made} for numbers in studies for made in numbers["comparisons"]]
    raw = [np.nan if row["p_value"] is None else row["p_value"] for row in rows]
    return [
        row | {"adjusted": float(p), "verdict": verdict(row, float(p))}
        for row, p in zip(rows, holm(raw), strict=True)
    ]


def table(rows: Sequence[dict[str, Any]], titles: dict[str, str]) -> pd.DataFrame:
    """The family as people read it: a comparison a row, a data set a column.

    Parameters
    ----------
    rows : sequence of dict
        See `family`.
    titles : dict of str
        What each data set is called.

    Returns
    -------
    pandas.DataFrame of str
        Difference with interval; a star where Holm's p is below .05.
    """
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        star = "*" if row["adjusted"] < LEVEL else ""
        wanted = {"lower": "<", "higher": ">", "no difference": "=", "no worse": "≥"}[row["expected"]]
        arm, against = (arms.title(row[key]) for key in ("arm", "against"))
        name = f"{tables.SHORT[row['metric']]}: {arm} {wanted} {against}?"
        value = tables.number(row["value"]) + star
        low, high = (tables.number(row[end]) for end in ("low", "high"))
        cells.setdefault(name, {})[titles[row["data"]]] = f"{value} [{low}, {high}]"
    return pd.DataFrame.from_dict(cells, orient="index").fillna(tables.DASH)


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
