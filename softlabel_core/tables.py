"""Tables: a study's summary as rows that people read, published rows beside it."""

from __future__ import annotations

import html
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from softlabel_core.metrics import METRICS

DASH = "–"
COLUMNS = (
    "kl",
    "js_distance",
    "total_variation",
    "entropy_error",
    "entropy_pearson",
    "entropy_spearman",
    "accuracy",
    "accuracy_gold",
    "nll",
    "ece",
)
SHORT = {
    "kl": "KL",
    "excess_kl": "KL − floor",
    "js_distance": "JS distance",
    "total_variation": "TV",
    "entropy_error": "|ΔH|",
    "entropy_bias": "ΔH",
    "entropy_pearson": "r(H)",
    "entropy_spearman": "ρ(H)",
    "accuracy": "accuracy",
    "accuracy_gold": "acc. (gold)",
    "nll": "NLL",
    "brier": "Brier",
    "ece": "ECE",
    "wasserstein": "W₁",
}
ARM_TITLES = {"hard": "hard (majority)", "gold": "gold (shipped label)", "soft": "soft (votes)"}
REFERENCE_TITLES = {
    "uniform": "uniform",
    "class_prior": "class shares",
    "oracle_smoothing": "oracle majority, smoothed",
}
PERFECT = "perfect model"  # its ceiling or floor


def number(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash where there is none."""
    if value is None or math.isnan(value):
        return DASH
    return "∞" if math.isinf(value) else f"{value:.{digits}f}".replace("-", "−")


def interval(estimate: dict[str, Any] | None, digits: int = 3) -> str:
    """A value with its 95% interval in square brackets."""
    if estimate is None or math.isnan(estimate["value"]):
        return DASH
    value = number(estimate["value"], digits)
    if math.isnan(estimate["low"]):
        return value
    return f"{value} [{number(estimate['low'], digits)}, {number(estimate['high'], digits)}]"


def change(changes: dict[str, Any], key: str) -> str:
    """A change against the hard arm: a percentage, or a difference where the reference may be zero."""
    if key not in changes:
        return DASH
    relative, difference = changes[key]["relative"], changes[key]["difference"]
    if relative.get("defined", True):
        return f"{percent(relative['value'])} [{percent(relative['low'])}, {percent(relative['high'])}]"
    return interval(difference)


def percent(share: float) -> str:
    """A signed percentage, such as −32%."""
    return DASH if math.isnan(share) else f"{100 * share:+.0f}%".replace("-", "−")


def arms(summary: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    """One row an arm with means and intervals, then the ceiling or floor, then reference predictors.

    Parameters
    ----------
    summary : dict
        See `summary.make`.
    columns : tuple of str
        Keys of `metrics.METRICS`; `excess_kl` follows `kl`.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = {ARM_TITLES.get(arm, arm): _arm_row(summary, arm, columns) for arm in summary["metrics"]}
    rows[PERFECT] = _perfect_row(summary, columns)
    for name, values in summary["references"].items():
        rows[REFERENCE_TITLES.get(name, name)] = {SHORT[key]: number(values.get(key)) for key in columns}
    return _with_excess(pd.DataFrame.from_dict(rows, orient="index"), summary, columns)


def _arm_row(summary: dict[str, Any], arm: str, columns: tuple[str, ...]) -> dict[str, str]:
    return {SHORT[key]: interval(summary["metrics"][arm].get(key)) for key in columns}


def _perfect_row(summary: dict[str, Any], columns: tuple[str, ...]) -> dict[str, str]:
    known = {**summary["floors"], "entropy_pearson": summary["ceilings"]["entropy_pearson"]}
    return {SHORT[key]: number(known.get(key)) for key in columns}


def _with_excess(table: pd.DataFrame, summary: dict[str, Any], columns: tuple[str, ...]) -> pd.DataFrame:
    """Put KL less its floor beside KL."""
    if "kl" not in columns:
        return table
    floor = summary["floors"]["kl"]
    excess = [number(values["kl"]["value"] - floor) for values in summary["metrics"].values()] + [number(0.0)]
    excess += [number(values["kl"] - floor) for values in summary["references"].values()]
    table.insert(columns.index("kl") + 1, SHORT["excess_kl"], excess)
    return table


def changes(summary: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    """Each arm's change against the hard arm: relative, or a difference where a percentage says nothing."""
    rows = {
        arm: {SHORT[key]: change(values, key) for key in columns}
        for arm, values in summary["changes"].items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def beside(summary: dict[str, Any]) -> pd.DataFrame:
    """Our arms and what others report on the same votes, in the measures that others report."""
    rows = published_rows(summary["data"])
    columns = tuple(key for key in COLUMNS if any(key in row["values"] for row in rows))
    ours = arms(summary, columns).iloc[: len(summary["metrics"])]
    ours.index = pd.Index([f"here: {name}" for name in ours.index])
    return pd.concat([ours, published(summary["data"], columns)])[[SHORT[key] for key in columns]]


def published(data: str, columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    """What others report on the same votes; never our result."""
    rows = {
        f"{row['source']}: {row['label']}": {SHORT[key]: number(row["values"].get(key)) for key in columns}
        for row in published_rows(data)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def published_rows(data: str) -> list[dict[str, Any]]:
    """Published rows of a data set, with source, arm, values and a note each."""
    return _published().get(data, [])


def headline() -> dict[str, Any]:
    """The claim of the paper that this project rebuilds."""
    return _published()["headline"]


def _published() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "published.json").read_text())


class Shown:
    """A table for a page, intervals small below their values; plain text elsewhere."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        small = self.table.map(_stacked)
        small.columns = small.columns.map(html.escape)
        small.index = small.index.map(html.escape)
        page = small.to_html(escape=False, border=0, classes="sl-table")
        return {
            "text/html": f'<div class="sl-scroll" tabindex="0" role="region" aria-label="table, may scroll">{page}</div>',
            "text/plain": self.table.to_string(),
        }


def _stacked(cell: str) -> str:
    """A cell with its interval on a line of its own."""
    value, bracket, rest = html.escape(cell).partition(" [")
    return f'{value}<br><span class="sl-interval">[{rest}</span>' if bracket else value


def text(summary: dict[str, Any]) -> str:
    """The whole table for a terminal."""
    facts, data = summary["facts"], summary["data"]
    seeds = f"{len(facts['seeds'])} seeds"
    resampled = "groups and seeds" if facts["seeds_resampled"] else "groups only (fewer than 5 seeds)"
    lines = [
        f"{data}, protocol {summary['protocol']}: {facts['n_train']} training items, {facts['n_test']} test items, "
        f"{seeds}, folds {', '.join(map(str, facts['folds']))}; provisional: one setting for all arms, not yet tuned.",
        f"{facts['settings']['model']}, {facts['n_parameters']:,} parameters, {'; '.join(facts['device'])}; "
        f"{'; '.join(facts['provenance'])}.",
        f"95% intervals: paired bootstrap of {resampled}, conditional on the split. Entropy and KL in nats, "
        "KL(votes ‖ model).",
        "",
        _wide(arms(summary)),
        "",
        "Change against the hard arm:",
        _wide(changes(summary)),
    ]
    beside = published(data)
    if len(beside):
        lines += ["", "Published on the same votes under other protocols, not our results:"]
        lines += [beside.loc[:, (beside != DASH).any()].to_string()]
        lines += sorted(
            {f"  {row['source']}: {row['note']}" for row in published_rows(data) if row.get("note")}
        )
    return "\n".join(lines)


def _wide(table: pd.DataFrame) -> str:
    """A data frame, one metric a line: intervals are too long to stand side by side."""
    kept = table.loc[:, (table != DASH).any()]
    return kept.T.to_string()


def title(key: str) -> str:
    """A metric's plain title with its unit."""
    metric = METRICS[key]
    return f"{metric.title}, {metric.unit}" if metric.unit else metric.title
