"""Tables of vote curves: where they saturate, and what a number of votes buys, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from softlabel_book import tables
from softlabel_book.vote_curves.budget import Answer
from softlabel_book.vote_curves.one_vote import RULES as TEMPERED
from softlabel_book.vote_curves.one_vote import OneVote
from softlabel_core.calibration import RULES
from softlabel_core.metrics import METRICS

COLUMNS = {
    "KL": "kl",
    "total variation": "total_variation",
    "entropy correlation": "entropy_pearson",
    "accuracy": "accuracy",
}


def saturation(curves: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Where each measure saturates, a row for each data set and arm.

    Parameters
    ----------
    curves : mapping of title to mapping
        As `analysis.make` gives them.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = {
        f"{title}, {arm}": {name: reached(curve["saturation"][arm][key]) for name, key in COLUMNS.items()}
        for title, curve in curves.items()
        for arm in ("soft", "hard")
    }
    return pd.DataFrame(rows).T


def one_vote(found: Mapping[str, Mapping[str, OneVote]], digits: int = 3) -> pd.DataFrame:
    """One vote an item beside the majority of all, plain and with one temperature, and beside all votes.

    Parameters
    ----------
    found : mapping of title to mapping
        As `one_vote.one_vote` gives them.
    digits : int

    Returns
    -------
    pandas.DataFrame of str
        A row a data set and measure.
    """
    rows = {
        (title, name): {
            "one vote an item": tables.interval(held[key].one, digits),
            "majority of all": tables.interval(held[key].majority, digits),
            "one less majority": tables.interval(held[key].less_majority, digits),
            **{
                f"majority, {RULES[rule].title}": tables.interval(held[key].tempered.get(rule), digits)
                for rule in TEMPERED
            },
            "all votes": tables.interval(held[key].everyone, digits),
        }
        for title, held in found.items()
        for name, key in COLUMNS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def reached(found: Mapping[str, Any]) -> str:
    """A saturation with its interval, for a cell: "5 [3, all]"."""
    if "level" not in found:
        return "worse" if found["gain"]["high"] < 0 else "no gain"
    return f"{found['level']} [{found['low']}, {found['high']}]"


def since(found: Mapping[str, Any]) -> str:
    """Where a curve saturates, for a sentence: "from 5 votes on [3, all]"."""
    if "level" not in found:
        return "nowhere (no gain)"
    where = "only with all votes" if found["level"] == "all" else f"from {found['level']} votes on"
    return f"{where} [{found['low']}, {found['high']}]"


def answer(found: Answer, curve: Mapping[str, Any]) -> str:
    """What a number of votes buys, in a few lines of plain text, as `softlabel budget` prints it."""
    title, unit, better = METRICS[found.measure].named
    facts, levels = curve["facts"], curve["levels"]
    lines = [
        f"{found.votes:,.0f} votes on {curve['data']}, arm {found.arm}, protocol {curve['protocol']}: "
        f"{title}{f', {unit}' if unit else ''} ({better} is better)"
    ]
    for index, option in enumerate(found.options):
        mark = "  <- best of these" if index == found.best and len(found.options) > 1 else ""
        lines.append(
            f"  {option.n_items:>7,.0f} items, {option.votes_an_item:>5.1f} votes each: "
            f"{option.value:.3f} [{option.low:.3f}, {option.high:.3f}]{mark}"
        )
    best = found.options[found.best]
    if found.more is None:
        lines.append(
            f"One more vote an item was not measured: the curve ends at {levels[-1]['n_votes']:.3g}."
        )
    else:
        lines.append(
            f"One more vote on each of the {best.n_items:,.0f} items ({best.n_items:,.0f} more votes) changes it by "
            f"{found.more.value - best.value:+.3f}, to {found.more.value:.3f}."
        )
    lines.append(
        f"Measured with {levels[0]['n_votes']:g} to {levels[-1]['n_votes']:.3g} votes an item and interpolated between "
        f"measured points; {len(facts['draws'])} draws, {facts['n_test']:,} test items, one split, one model of "
        f"{facts['n_parameters']:,} parameters. Differences within the brackets may be noise."
    )
    return "\n".join(lines)
