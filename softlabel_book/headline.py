"""Headline: soft against hard labels over all data sets, beside the claim of the paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from softlabel_book import summary, tables
from softlabel_book.summary import REFERENCE
from softlabel_core import statistics
from softlabel_core.data import DATA_SETS, part_title
from softlabel_core.statistics import Estimate
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol

ARM = "soft"
PRIMARY = ("chaosnli", "politeness", "cifar10h")  # the paper's three, as far as is known
BESIDE = ("offensiveness",)
WITH_PARTS = ("chaosnli",)
TITLES = {name: DATA_SETS[name].title for name in (*PRIMARY, *BESIDE)}
KEYS = ("kl", "excess_kl", "entropy_pearson", "entropy_spearman", "accuracy")
# Heading -> what of a row or of the mean stands below it, and of which metric.
COLUMNS = {
    "KL, hard": (REFERENCE, "kl"),
    "KL, soft": (ARM, "kl"),
    "KL change": ("change", "kl"),
    "KL difference": ("difference", "kl"),
    "KL floor": ("floor", "kl"),
    "KL − floor change": ("change", "excess_kl"),
    "r(H), hard": (REFERENCE, "entropy_pearson"),
    "r(H), soft": (ARM, "entropy_pearson"),
    "r(H) change": ("change", "entropy_pearson"),
    "r(H) difference": ("difference", "entropy_pearson"),
    "r(H) ceiling": ("ceiling", "entropy_pearson"),
    "ρ(H) change": ("change", "entropy_spearman"),
    "accuracy difference": ("difference", "accuracy"),
}
METHOD = (
    "Change: (soft − hard) / hard, or the plain difference where hard's interval touches 0. KL(votes ‖ model) and its "
    "floor, which counts as known, in nats.",
    "95% intervals. On a set: paired bootstrap, conditional on the split. Mean over sets, which are independent: each set's "
    "interval arms added in squares (Zou & Donner 2008). Ratio of means: normal, from the sets' intervals (delta method).",
)
# By criterion of tuning, see `tuning`.
SETTINGS = {
    "": "Provisional: on a set one setting for all arms, not tuned.",
    "own": "Every arm tuned with the same number of trials, by cross-entropy with its own labels on the validation items.",
    "votes": "Every arm tuned with the same number of trials, by cross-entropy with the votes on the validation items.",
}


def make(
    folder: Path | None = None, criterion: str = "", only: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The headline's numbers, from whatever studies are recorded.

    A set is represented by its first protocol with a summary, in the order of
    `protocols`; its other recorded protocols stand beside.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.
    criterion : {"", "own", "votes"}
        Of the studies without tuning, or of those that were tuned by this criterion.
    only : dict of str to str, optional
        For a data set the one protocol to take; others are left to the order.

    Returns
    -------
    dict
        `criterion`; `primary` and `beside`, lists of rows (see `_row`); `means` by metric over the
        primary rows (see `_mean`); `missing`, data sets without a record; `paper`, its claim.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    primary: list[dict[str, Any]] = []
    beside: list[dict[str, Any]] = []
    missing: list[str] = []
    for data in (*PRIMARY, *BESIDE):
        known = [protocol for protocol in protocols.PROTOCOLS.values() if protocol.data == data]
        if only and data in only:
            known = [protocol for protocol in known if protocol.name == only[data]]
        studies = [numbers for protocol in known if (numbers := _recorded(protocol, folder, criterion))]
        if not studies:
            missing.append(data)
            continue
        first, *others = [_row(numbers) for numbers in studies]
        if first["protocol"] != known[0].name:
            first["instead_of"] = known[0].name
        parts = [_row(studies[0], part) for part in studies[0]["parts"] if data in WITH_PARTS]
        (primary if data in PRIMARY else beside).append(first)
        beside += parts + others
    return {
        "criterion": criterion,
        "primary": primary,
        "means": {key: _mean(primary, key) for key in KEYS},
        "beside": beside,
        "missing": missing,
        "paper": tables.headline(),
    }


def with_and_without_tuning(folder: Path | None = None) -> list[dict[str, Any]]:
    """Soft against hard labels in every study that was recorded both without tuning and with it.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.

    Returns
    -------
    list of dict
        `data`, `protocol`, and `changes`: by criterion, "" for none, what `summary.make` gives as the soft
        arm's changes; in the order of the headline.
    """
    rows = []
    for data in (*PRIMARY, *BESIDE):
        for protocol in protocols.PROTOCOLS.values():
            if protocol.data == data:
                found = {criterion: _recorded(protocol, folder, criterion) for criterion in SETTINGS}
                changes = {key: numbers["changes"][ARM] for key, numbers in found.items() if numbers}
                if "" in changes and len(changes) > 1:
                    rows.append({"data": data, "protocol": protocol.name, "changes": changes})
    return rows


def _recorded(protocol: Protocol, folder: Path | None, criterion: str) -> dict[str, Any] | None:
    """A protocol's summary, if there is one and it holds both arms."""
    kind, study = summary.SUMMARIES[criterion], (protocol.data, protocol.name, folder)
    numbers = kind.read(*study) if kind.exists(*study) else None
    return numbers if numbers and ARM in numbers["changes"] else None


def _row(numbers: dict[str, Any], part: str | None = None) -> dict[str, Any]:
    """What the headline takes from a study, or from one part of its test items.

    Returns
    -------
    dict
        data, protocol, part; `instead_of`, the protocol that it stands in for, if any;
        n_test, seeds; `hard`, `soft` and `changes` by metric of `KEYS`; `floor` of KL in
        nats, `ceiling` of r.
    """
    held = numbers["parts"][part] if part else numbers
    facts = numbers["facts"]
    return {
        "data": numbers["data"],
        "protocol": numbers["protocol"],
        "part": part,
        "instead_of": None,
        "n_test": held["n_test"] if part else facts["n_test"],
        **{key: facts[key] for key in ("seeds", "seeds_resampled", "raters_shared")},
        **{
            arm: {key: Estimate.of(held["metrics"][arm][key]).plain() for key in KEYS}
            for arm in (REFERENCE, ARM)
        },
        "changes": {key: held["changes"][ARM][key] for key in KEYS},
        "floor": held["floors"]["kl"],
        "ceiling": held["ceilings"]["entropy_pearson"],
    }


def _mean(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """One metric over the primary sets.

    Returns
    -------
    dict
        `hard`, `soft` and `difference`: means over all rows; `relative`: mean of the
        relative changes of the sets that have one; `left_out`: the other sets;
        `ratio`: relative change of the mean, over all rows.
    """
    changed = [row["changes"][key] for row in rows]
    sound = [change["relative"].get("defined", True) for change in changed]
    hard, soft = ([Estimate.of(row[arm][key]) for row in rows] for arm in (REFERENCE, ARM))
    difference = [Estimate.of(change["difference"]) for change in changed]
    shares = [Estimate.of(change["relative"]) for change, kept in zip(changed, sound, strict=True) if kept]
    return {
        "hard": statistics.mean_over_sets(hard).plain(),
        "soft": statistics.mean_over_sets(soft).plain(),
        "difference": statistics.mean_over_sets(difference).plain(),
        "relative": statistics.mean_over_sets(shares).plain(),
        "left_out": [row["data"] for row, kept in zip(rows, sound, strict=True) if not kept],
        "ratio": statistics.ratio_of_means(soft, hard, difference).plain(),
    }


def table(numbers: dict[str, Any]) -> pd.DataFrame:
    """The headline as people read it: the primary sets, what they come to, the paper, and what stands beside.

    Parameters
    ----------
    numbers : dict
        See `make`.

    Returns
    -------
    pandas.DataFrame of str
        For a page: `tables.Shown(table(numbers))`, or of its transpose.
    """
    means, claim = numbers["means"], numbers["paper"]["relative"]
    rows = {
        **{title(row): _cells(row) for row in numbers["primary"]},
        f"mean over {len(numbers['primary'])} of {len(PRIMARY)} sets": _mean_cells(numbers),
        "ratio of means": {
            heading: tables.share(means[key]["ratio"])
            for heading, (what, key) in COLUMNS.items()
            if what == "change"
        },
        "the paper: mean over its three": {
            "KL change": tables.percent(claim["kl"]),
            "r(H) change": tables.percent(claim["entropy_correlation"]),
        },
        **{title(row): _cells(row) for row in numbers["beside"]},
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).fillna(tables.DASH)


def title(row: dict[str, Any]) -> str:
    """A row's name: data set, part, protocol, and which protocol it stands in for."""
    part = f", {part_title(row['data'], row['part'])} alone" if row["part"] else ""
    wanted = f", no {row['instead_of']} yet" if row["instead_of"] else ""
    return f"{TITLES[row['data']]}{part}: {row['protocol']}{wanted}"


def _cells(row: dict[str, Any]) -> dict[str, str]:
    cells = {}
    for heading, (what, key) in COLUMNS.items():
        if what == "change":
            cells[heading] = tables.change(row["changes"], key)
        elif what == "difference":
            cells[heading] = tables.interval(row["changes"][key]["difference"])
        else:
            cells[heading] = (
                tables.number(row[what]) if what in ("floor", "ceiling") else tables.interval(row[what][key])
            )
    return cells


def _mean_cells(numbers: dict[str, Any]) -> dict[str, str]:
    cells = {}
    for heading, (what, key) in COLUMNS.items():
        mean = numbers["means"][key]
        if what == "change":
            left = len(numbers["primary"]) - len(mean["left_out"])
            few = f", {left} set{'s' * (left != 1)}" if mean["left_out"] and left else ""
            cells[heading] = tables.share(mean["relative"]) + few
        elif what in mean:
            cells[heading] = tables.interval(mean[what])
    return cells


def notes(numbers: dict[str, Any]) -> list[str]:
    """Sentences that belong below the table: what is missing, left out or stood in for, and how it was made."""
    rows = numbers["primary"] + numbers["beside"]
    said = [
        f"{TITLES[data]} is not recorded, so it is in no number above; run: softlabel study {data}"
        for data in numbers["missing"]
    ]
    waiting = [f"{TITLES[row['data']]} {row['instead_of']}" for row in rows if row["instead_of"]]
    if waiting:
        said.append(f"No record yet of {', '.join(waiting)}: the next recorded protocol stands in its place.")
    for key, mean in numbers["means"].items():
        if mean["left_out"]:
            left_out = ", ".join(TITLES[data] for data in mean["left_out"])
            said.append(
                f"{tables.SHORT[key]}: {left_out} left out of the mean of percentages, because hard's interval touches 0 "
                "there or is not finite; kept in the mean difference and in the ratio of means."
            )
    if any(row["raters_shared"] for row in rows):
        shared = [
            TITLES[data]
            for data in TITLES
            if any(row["data"] == data and row["raters_shared"] for row in rows)
        ]
        said.append(f"{', '.join(shared)}: {tables.RATERS_SHARED}")
    few = {
        f"{TITLES[row['data']]} {row['protocol']}": len(row["seeds"])
        for row in rows
        if not row["seeds_resampled"]
    }
    if few:
        listed = ", ".join(f"{name} ({n})" for name, n in few.items())
        said.append(f"Fewer than 5 seeds, so intervals are of these seeds alone: {listed}.")
    paper = numbers["paper"]
    return [*said, *METHOD, SETTINGS[numbers["criterion"]], f"{paper['source']}: {paper['note']}"]


def text(numbers: dict[str, Any]) -> str:
    """The headline for a terminal."""
    whole, first = table(numbers), len(numbers["primary"]) + 3  # the mean, the ratio, the paper
    lines = ["Soft labels against hard labels.", "", _upright(whole.iloc[:first])]
    if len(whole) > first:
        lines += ["", "Beside it:", _upright(whole.iloc[first:])]
    return "\n".join([*lines, "", *notes(numbers)])


def _upright(rows: pd.DataFrame) -> str:
    """Rows as columns, their long names over two lines."""
    upright = rows.T
    upright.columns = pd.MultiIndex.from_tuples([name.partition(": ")[::2] for name in rows.index])
    return upright.to_string(sparsify=False)
