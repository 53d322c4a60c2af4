"""Tables: a study's summary as rows that people read, published rows beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from softlabel_book import published
from softlabel_book.summary import Change
from softlabel_core.arms import title
from softlabel_core.data import part_title
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Estimate

DASH = "–"
RATERS_SHARED = "Items share raters: these intervals also vary as the raters do."
EXCESS = "excess_kl"  # stands beside KL wherever KL stands
COLUMNS = tuple(
    key for key, metric in METRICS.items() if metric.in_tables and metric.needs != "ordinal" and key != EXCESS
)
SHORT = {key: metric.short for key, metric in METRICS.items()}
REFERENCE_TITLES = {
    "uniform": "uniform",
    "class_prior": "class shares",
    "part_prior": "class shares of the part",
    "oracle_smoothing": "oracle majority, smoothed",
}
PERFECT = "perfect model"  # its ceiling or floor


def number(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash where there is none."""
    if value is None or math.isnan(value):
        return DASH
    return "∞" if math.isinf(value) else f"{value:.{digits}f}".replace("-", "−")


def interval(estimate: Estimate | Mapping[str, Any] | None, digits: int = 3) -> str:
    """A value with its 95% interval in square brackets; a dash where there is none."""
    if estimate is None:
        return DASH
    found = _estimate(estimate)
    value = number(found.value, digits)
    if math.isnan(found.value) or math.isnan(found.low):
        return value
    return f"{value} [{number(found.low, digits)}, {number(found.high, digits)}]"


def _estimate(given: Estimate | Mapping[str, Any]) -> Estimate:
    """An estimate, or what a file holds of one."""
    return given if isinstance(given, Estimate) else Estimate.of(given)


def change(changes: Mapping[str, Change | Mapping[str, Any]], key: str) -> str:
    """A change against the hard arm: a percentage, or a difference where the reference may be zero."""
    if key not in changes:
        return DASH
    given = changes[key]
    found = given if isinstance(given, Change) else Change.of(given)
    return share(found.relative) if found.relative.defined else interval(found.difference)


def share(estimate: Estimate | Mapping[str, Any]) -> str:
    """A relative change in percent with its interval; a dash where it should not be printed."""
    found = _estimate(estimate)
    if not found.defined:
        return DASH
    return f"{percent(found.value)} [{percent(found.low)}, {percent(found.high)}]"


def percent(share: float) -> str:
    """A signed percentage, such as −32%."""
    return DASH if math.isnan(share) else f"{100 * share:+.0f}%".replace("-", "−")


def arms(summary: dict[str, Any], columns: tuple[str, ...] | None = None) -> pd.DataFrame:
    """One row an arm with means and intervals, then the ceiling or floor, then reference predictors.

    Parameters
    ----------
    summary : dict
        See `summary.make`; one of its `parts` will do as well.
    columns : tuple of str, optional
        Keys of `metrics.METRICS`, by default `COLUMNS` and what else the data set has;
        `excess_kl` follows `kl`.

    Returns
    -------
    pandas.DataFrame of str
    """
    keys = _with_excess(columns or _columns(summary))
    rows = {
        title(arm): {SHORT[key]: interval(values.get(key)) for key in keys}
        for arm, values in summary["metrics"].items()
    }
    known = {**summary["floors"], EXCESS: 0.0, **_ceilings(summary["ceilings"])}
    others = {PERFECT: known} | {
        REFERENCE_TITLES.get(name, name): values for name, values in summary["references"].items()
    }
    rows |= {name: {SHORT[key]: number(values.get(key)) for key in keys} for name, values in others.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _ceilings(ceilings: dict[str, float]) -> dict[str, float]:
    """Ceilings by metric; a summary made before there was one of ranks lacks it."""
    return {
        key: ceilings[key] for key, metric in METRICS.items() if metric.limit == "ceiling" and key in ceilings
    }


def _columns(summary: dict[str, Any]) -> tuple[str, ...]:
    """The usual measures, and those that only ordered classes have where they are ordered."""
    ordered = (key for key, metric in METRICS.items() if metric.in_tables and metric.needs == "ordinal")
    return COLUMNS + tuple(
        key for key in ordered if any(key in values for values in summary["metrics"].values())
    )


def _with_excess(columns: tuple[str, ...]) -> tuple[str, ...]:
    """KL less its floor stands beside KL wherever KL stands."""
    return tuple(part for key in columns for part in ((key, EXCESS) if key == "kl" else (key,)))


def changes(summary: dict[str, Any], columns: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Each arm's change against the hard arm: relative, or a difference where a percentage says nothing."""
    rows = {
        arm: {SHORT[key]: change(values, key) for key in _with_excess(columns or _columns(summary))}
        for arm, values in summary["changes"].items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def beside(summary: dict[str, Any]) -> pd.DataFrame:
    """Our arms, those on each part alone, and what others report on the same votes, in the measures of others."""
    rows = published.rows(summary["data"])
    columns = tuple(key for key in COLUMNS if any(key in row.values for row in rows))
    parts = {f"here, {name}": part for name, part in _parts(summary).items()}
    tables = []
    for source, numbers in ({"here": summary} | parts).items():
        ours = arms(numbers, columns).iloc[: len(numbers["metrics"])]
        ours.index = pd.Index([f"{source}: {name}" for name in ours.index])
        tables.append(ours)
    return pd.concat([*tables, of_others(summary["data"], columns)])[[SHORT[key] for key in columns]]


def _parts(summary: dict[str, Any]) -> dict[str, Any]:
    """Numbers of each named part of a data set, under the name that people write."""
    return {part_title(summary["data"], name): part for name, part in summary["parts"].items()}


def of_others(data: str, columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    """What others report on the same votes; never our result. A row on one part of them names the part."""
    cells = {
        f"{row.source}{', ' + part_title(data, row.part) if row.part else ''}: {row.label}": {
            SHORT[key]: number(row.values.get(key)) for key in columns
        }
        for row in published.rows(data)
    }
    return pd.DataFrame.from_dict(cells, orient="index")


def text(summary: dict[str, Any]) -> str:
    """The whole table for a terminal."""
    facts, data = summary["facts"], summary["data"]
    seeds = f"{len(facts['seeds'])} seeds"
    resampled = "groups and seeds" if facts["seeds_resampled"] else "groups only (fewer than 5 seeds)"
    lines = [
        f"{data}, protocol {summary['protocol']}: {facts['n_train']} training items, {facts['n_test']} test items, "
        f"{seeds}, folds {', '.join(map(str, facts['folds']))}; {_tuned(facts)}.",
        f"{model(facts)}; {'; '.join(facts['device'])}; {'; '.join(facts['provenance'])}.",
        f"95% intervals: paired bootstrap of {resampled}, conditional on the split. Entropy and KL in nats, "
        "KL(votes ‖ model); its floor counts as known.",
    ]
    if facts["raters_shared"]:
        lines += [RATERS_SHARED]
    lines += ["", *_numbers(summary)]
    for name, part in _parts(summary).items():
        lines += ["", f"{name} alone, {part['n_test']} test items:", *_numbers(part)]
    reported = published.rows(data)
    if reported:
        beside = of_others(data)
        lines += ["", "Published on the same votes under other protocols, not our results:"]
        lines += [beside.loc[:, (beside != DASH).any()].to_string()]
        lines += sorted({f"  {row.source}: {row.note}" for row in reported})
    return "\n".join(lines)


def _tuned(facts: dict[str, Any]) -> str:
    """How an arm's settings were found, in words."""
    told = {"own": "its own labels", "votes": "the votes"}
    criterion = facts.get("criterion")
    return (
        f"every arm tuned by {told[criterion]}"
        if criterion
        else "provisional: one setting for all arms, not tuned"
    )


def model(facts: dict[str, Any]) -> str:
    """The model of a study in words: its name, what it reads or started from, its size."""
    settings, before = facts["settings"], facts["pretraining"]
    base = f" on embeddings of {settings['encoder']}, frozen" if settings.get("encoder") else ""
    origin = f" ({facts['encoder']['from']})" if facts["encoder"] else ""
    start = f", trained first on {before['n_train']:,} items of {before['data']}" if before else ""
    return f"{settings['model']}{base}{origin}{start}, {facts['n_parameters']:,} parameters"


def _numbers(numbers: dict[str, Any]) -> list[str]:
    return [_wide(arms(numbers)), "", "Change against the hard arm:", _wide(changes(numbers))]


def _wide(table: pd.DataFrame) -> str:
    """A data frame, one metric a line: intervals are too long to stand side by side."""
    kept = table.loc[:, (table != DASH).any()]
    return kept.T.to_string()
