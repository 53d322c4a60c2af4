"""The readings of the headline as people read them: every tuning and temperature, certainty, the ambiguous half."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from softlabel_book import tables
from softlabel_book.headline.ambiguous_half import SCOPES, Halves
from softlabel_book.headline.analysis import ARM, KEYS, Mean, Row
from softlabel_book.headline.readings import Reading, too_sure
from softlabel_book.headline.tables import spread
from softlabel_book.summary import REFERENCE, Change
from softlabel_core.arms import title
from softlabel_core.data import entry
from softlabel_core.statistics import Estimate

TUNED = {"": "untuned", "own": "tuned by own labels", "votes": "tuned by the votes"}
CHANGES = {
    "KL change": "kl",
    "TV change": "total_variation",
    "JS change": "js_distance",
    "r(H) change": "entropy_pearson",
    "ρ(H) change": "entropy_spearman",
}  # heading -> metric whose relative change stands below it
ACCURACY = "accuracy difference"
LEAD = "KL, soft less this"
SCOPE_TITLES = {"all": "all items", "half": "ambiguous half"}
NOTES = (
    "Every row is held against the plain hard arm that was tuned the same way. A temperature is fitted on the validation "
    "items, by majorities or by the votes of these items, and changes no accuracy. All readings are over the same studies.",
    "Mean over sets: its interval treats these sets as fixed; lowest to highest says how far they lie apart.",
)


def table(readings: Sequence[Reading]) -> pd.DataFrame:
    """Every reading: a block a data set and one for the mean, a row a tuning and arm.

    Parameters
    ----------
    readings : sequence of Reading

    Returns
    -------
    pandas.DataFrame of str
        Relative changes against the plain hard arm, or differences where a percentage says nothing; the
        difference in accuracy; and in KL the soft arm less the arm of the row.
    """
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in dict.fromkeys(row.data for reading in readings for row in reading.rows):
        for reading in readings:
            cells |= {
                (entry(row).title, name_of(reading)): _cells(each, reading)
                for each in reading.rows
                if each.data == row
            }
    means = [reading for reading in readings if reading.rows]
    for reading in means:
        head = f"mean over {len(reading.rows)} sets"
        cells[head, name_of(reading)] = _mean_cells(reading.means)
    for reading in means:
        cells["lowest to highest", name_of(reading)] = {
            heading: spread(reading.means[key].spread) for heading, key in CHANGES.items()
        }
    columns = [*CHANGES, ACCURACY, LEAD]
    return pd.DataFrame.from_dict(cells, orient="index", columns=columns).fillna(tables.DASH)


def name_of(reading: Reading) -> str:
    """A reading in words: "untuned: soft", "tuned by the votes: hard, one temperature"."""
    return f"{TUNED[reading.criterion]}: {title(reading.arm).partition(' (')[0]}"


def _cells(row: Row, reading: Reading) -> dict[str, str]:
    found = {heading: tables.change(row.changes, key) for heading, key in CHANGES.items()}
    lead = reading.leads.get(row.data, {}).get("kl")
    return found | {
        ACCURACY: tables.interval(row.changes["accuracy"].difference),
        LEAD: tables.interval(lead.difference if lead else None),
    }


def _mean_cells(means: Mapping[str, Mean]) -> dict[str, str]:
    def share(mean: Mean) -> str:
        left = f", without {', '.join(entry(data).title for data in mean.left_out)}" if mean.left_out else ""
        return tables.share(mean.relative) + left

    found = {heading: share(means[key]) for heading, key in CHANGES.items()}
    return found | {ACCURACY: tables.interval(means["accuracy"].difference)}


def shares(readings: Sequence[Reading]) -> pd.DataFrame:
    """What a temperature buys of the soft arm's gain: a row a data set, tuning and temperature, a column a metric.

    Parameters
    ----------
    readings : sequence of Reading

    Returns
    -------
    pandas.DataFrame of str
        A dash where the soft arm gains nothing that could be shared.
    """
    cells = {
        (entry(data).title, name_of(reading)): {tables.SHORT[key]: bought(each) for key, each in held.items()}
        for reading in readings
        for data, held in reading.shares.items()
    }
    order = sorted(cells, key=lambda name: [entry(row.data).title for row in readings[0].rows].index(name[0]))
    return pd.DataFrame.from_dict({name: cells[name] for name in order}, orient="index")


def bought(share: Estimate) -> str:
    """A share of a gain without a sign, "83% [77%, 89%]"; a dash where there is none."""
    return tables.share(share).replace("+", "")


def certainty(
    studies: Mapping[str, Mapping[str, Any]], arms: Sequence[str] = (REFERENCE, ARM)
) -> pd.DataFrame:
    """How much too sure each arm is, a row a study.

    Parameters
    ----------
    studies : mapping of title to summary
    arms : sequence of str
        Arms, or arms with a rule.

    Returns
    -------
    pandas.DataFrame of str
        Nats of entropy that the predictions lack against a perfect model's, see `readings.too_sure`.
    """
    cells = {
        name: {f"{title(arm)}, too sure by": tables.interval(too_sure(numbers, arm)) for arm in arms}
        for name, numbers in studies.items()
    }
    return pd.DataFrame.from_dict(cells, orient="index")


def halves(found: Halves) -> pd.DataFrame:
    """All items beside the ambiguous half: two rows a study, two for the mean, then the check with other votes.

    Parameters
    ----------
    found : Halves

    Returns
    -------
    pandas.DataFrame of str
        Hard, soft and change of every metric of the headline; on other votes the changes alone.
    """
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for half in found.studies:
        name = entry(half.data).title
        for scope, row in half.rows.items():
            words = f"{SCOPE_TITLES[scope]} ({row.n_test})"
            cells[name, words] = {
                heading: cell
                for key in KEYS
                for heading, cell in _of_metric(key, row.hard[key], row.soft[key], row.changes).items()
            }
        for scope, changes in half.other_votes.items():
            words = f"{SCOPE_TITLES[scope]}, chosen and scored by different votes"
            cells[name, words] = _changes(changes)
    for scope in SCOPES:
        means = found.means[scope]
        cells["mean over the primary sets", SCOPE_TITLES[scope]] = {
            heading: cell
            for key in KEYS
            for heading, cell in _of_metric(
                key, means[key].hard, means[key].soft, {key: means[key].change}
            ).items()
        }
    for scope, changes in found.other_votes.items():
        words = f"{SCOPE_TITLES[scope]}, chosen and scored by different votes"
        cells["mean over the primary sets", words] = _changes(changes)
    return pd.DataFrame.from_dict(cells, orient="index").fillna(tables.DASH)


def _changes(changes: Mapping[str, Change]) -> dict[str, str]:
    return {f"{tables.SHORT[key]}, change": tables.change(changes, key) for key in changes}


def _of_metric(key: str, hard: Estimate, soft: Estimate, changes: Mapping[str, Change]) -> dict[str, str]:
    short = tables.SHORT[key]
    return {
        f"{short}, hard": tables.interval(hard),
        f"{short}, soft": tables.interval(soft),
        f"{short}, change": tables.change(changes, key),
        f"{short}, difference": tables.interval(changes[key].difference),
    }


def items(studies: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Soft less hard item by item, a row a study.

    Parameters
    ----------
    studies : mapping of title to summary

    Returns
    -------
    pandas.DataFrame of str
        See `statistics.item_by_item`; shares of items in percent, differences of KL in nats.
    """
    heads: dict[str, tuple[str, Callable[[Estimate], str]]] = {
        "hard is nearer on": ("reference_nearer", bought),
        "median difference": ("median_difference", tables.interval),
        "mean difference": ("mean_difference", tables.interval),
        "hard is wrong on": ("reference_wrong", bought),
        "where it is wrong": ("where_wrong", tables.interval),
        "where it is right": ("where_right", tables.interval),
        "of the mean from where it is wrong": ("from_wrong", bought),
    }
    cells = {
        name: {head: write(Estimate.of(numbers["item_by_item"][key])) for head, (key, write) in heads.items()}
        for name, numbers in studies.items()
        if numbers.get("item_by_item")
    }
    return pd.DataFrame.from_dict(cells, orient="index")


def text(readings: Sequence[Reading]) -> str:
    """Every reading for a terminal, a block a data set."""
    whole = table(readings)
    lines = ["Soft labels, and hard labels with one temperature, against hard labels."]
    for name in dict.fromkeys(whole.index.get_level_values(0)):
        lines += ["", f"{name}:", whole.loc[name].to_string()]
    bought_of = shares(readings)
    if len(bought_of):
        lines += ["", "Of the soft arm's gain, a temperature buys:"]
        for name in dict.fromkeys(bought_of.index.get_level_values(0)):
            lines += ["", f"{name}:", bought_of.loc[name].to_string()]
    return "\n".join([*lines, "", *NOTES])
