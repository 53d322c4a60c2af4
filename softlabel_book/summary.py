"""Summary: a study's numbers with intervals, kept so that readers without the votes see them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from softlabel_core import statistics
from softlabel_core.data import Dataset, entry
from softlabel_core.statistics import Bootstrap, Estimate
from softlabel_core.storage import Aggregate

if TYPE_CHECKING:
    from softlabel_core.study import Study

REFERENCE = "hard"
SUMMARY = Aggregate("summary.json", "softlabel study {data} --protocol {protocol}")
SUMMARIES = {"": SUMMARY} | {
    criterion: Aggregate(f"summary-tuned-{criterion}.json", f"{SUMMARY.command} --tuned {criterion}")
    for criterion in ("own", "votes")
}
"""Summaries of studies by what their arms were tuned by, "" where they were not."""


@dataclass(frozen=True)
class Change:
    """An arm's change against the hard arm in one metric: the difference, and the same as a share."""

    difference: Estimate
    relative: Estimate

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Change:
        """A change as a summary holds it."""
        return cls(Estimate.of(plain["difference"]), Estimate.of(plain["relative"]))


def make(
    study: Study,
    dataset: Dataset,
    n_resamples: int = statistics.N_RESAMPLES,
    log_p: Mapping[str, Any] | None = None,
    criterion: str = "",
) -> dict[str, Any]:
    """Every number of a study that a table or a figure of aggregates needs, as plain values.

    Parameters
    ----------
    study : Study
    dataset : Dataset
        The votes that the study was recorded with.
    n_resamples : int
        Of the bootstrap.
    log_p : dict of str to array_like, optional
        Predictions by name instead of the study's arms, see `statistics.bootstrap`.
    criterion : str
        What the arms were tuned by, if they were.

    Returns
    -------
    dict
        `metrics` by arm with value, low, high, per_seed; `changes` against the hard
        arm, absolute and relative; `ceilings`, `floors`, `references`, `bins`, and
        the facts of the study. `parts` holds the same of each named part of the data
        set alone, from the same predictions. Metrics include `excess_kl`.

    Raises
    ------
    RecordError
        If the records were made for other votes or items.
    """
    test = study.test_part(dataset)
    log_p = {arm: study.log_p(arm) for arm in study.arms} if log_p is None else log_p
    bins = statistics.by_bin(
        log_p,
        test.counts,
        test.groups,
        entry(test.name).bands,
        test.gold,
        n_resamples,
        ordinal=test.ordinal,
        ratings=test.ratings,
    )
    return {
        "data": study.protocol.data,
        "protocol": study.protocol.name,
        "facts": _facts(study, test, criterion),
        **_numbers(log_p, test, n_resamples),
        "floor_sensitivity": statistics.floor_sensitivity(test.counts),
        "bins": _bins(bins),
        "parts": _parts(log_p, test, n_resamples),
    }


def _numbers(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """Metrics, changes, and what they are read against, of predictions [n_seeds, n_test, n_classes] by arm."""

    def resampled(predictions: Mapping[str, Any], n: int) -> Bootstrap:
        boot = statistics.bootstrap(
            predictions, test.counts, test.groups, test.gold, n, ordinal=test.ordinal, ratings=test.ratings
        )
        return statistics.with_excess(boot, floors["kl"])

    floors = statistics.floors(test.counts, ordinal=test.ordinal)
    boot, reliability = resampled(log_p, n_resamples), statistics.entropy_ceiling(test.counts)
    of_ranks = statistics.entropy_ceiling(test.counts, correlation="spearman")
    return {
        "metrics": {arm: _metrics(boot, arm) for arm in log_p},
        "changes": {arm: _changes(boot, arm) for arm in log_p if arm != REFERENCE and REFERENCE in log_p},
        "ceilings": {
            "entropy_pearson": reliability.ceiling,
            "split_half": reliability.split_half,
            "entropy_spearman": of_ranks.ceiling,
        },
        "floors": floors,
        "references": resampled(statistics.reference_predictions(test.counts, test.part), 1).estimate,
    }


def _parts(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """The numbers of each named part alone; empty for a data set without parts."""
    parts = {}
    for name in [] if test.part is None else np.unique(test.part):
        rows = np.flatnonzero(test.part == name)
        alone = test.take(rows)
        parts[str(name)] = {
            "n_test": alone.n_items,
            "n_groups": len(np.unique(alone.groups)),
            **_numbers({arm: values[..., rows, :] for arm, values in log_p.items()}, alone, n_resamples),
        }
    return parts


def _facts(study: Study, test: Dataset, criterion: str) -> dict[str, Any]:
    """What was run, on what, where."""
    records = list(study.records.values())
    meta = records[0].meta
    return {
        "arms": study.arms,
        "seeds": study.seeds,
        "folds": study.folds,
        "settings": study.protocol.settings(),
        "criterion": criterion or None,
        "chosen": {run.arm: run.trial for run in study.records},
        "encoder": meta.get("encoder"),
        "pretraining": _pretraining(meta.get("pretraining")),
        "n_train": meta["n_train"],
        "n_test": test.n_items,
        "n_groups": len(np.unique(test.groups)),
        "seeds_resampled": len(study.seeds) >= statistics.MIN_SEEDS,
        "raters_shared": test.ratings is not None,
        "n_parameters": meta["n_parameters"],
        "n_votes": int(test.counts.sum()),
        "data_hash": meta["data_hash"],
        "provenance": sorted({record.meta["provenance"] for record in records}),
        "device": sorted({record.meta["device"] for record in records}),
        "versions": meta["versions"],
        "seconds_per_run": float(np.median([record.meta["seconds"] for record in records])),
        "peak_memory_bytes": max(record.meta["peak_memory_bytes"] for record in records),
    }


def _pretraining(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    """Which weights a study started from: data set, protocol, how many items taught them."""
    if facts is None:
        return None
    settings = facts["settings"]
    return {"data": settings["data"], "protocol": settings["name"], "n_train": facts["n_train"]}


def _metrics(boot: Bootstrap, arm: str) -> dict[str, Any]:
    return {
        key: {**boot.interval(arm, key).plain(), "per_seed": boot.per_seed[arm][key]}
        for key in boot.estimate[arm]
    }


def _changes(boot: Bootstrap, arm: str) -> dict[str, Any]:
    return {
        key: {
            "difference": boot.difference(key, arm, REFERENCE).plain(),
            "relative": boot.relative_change(key, arm, REFERENCE).plain(),
        }
        for key in boot.estimate[arm]
    }


def _bins(bins: list[statistics.Bin]) -> list[dict[str, Any]]:
    return [
        {
            "low": part.low,
            "high": part.high,
            "n": part.n,
            "metrics": {
                arm: {key: estimate.plain() for key, estimate in values.items()}
                for arm, values in part.intervals.items()
            },
        }
        for part in bins
    ]
