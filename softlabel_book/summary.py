"""Summary: a study's numbers with intervals, kept so that readers without the votes see them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from softlabel_core import statistics
from softlabel_core.data import Dataset, entry
from softlabel_core.statistics import Bootstrap, Estimate
from softlabel_core.statistics.ambiguous_half import N_SPLITS, ambiguous_half, on_other_votes
from softlabel_core.statistics.item_by_item import item_by_item
from softlabel_core.statistics.shares import share_of_gain
from softlabel_core.statistics.within import entropy_within
from softlabel_core.storage import Aggregate
from softlabel_core.study import rules

if TYPE_CHECKING:
    from softlabel_core.study import Study

REFERENCE, ARM = "hard", "soft"
SHARED = ("kl", "js_distance", "total_variation", "entropy_pearson", "entropy_spearman")
"""Metrics in which a temperature may buy a share of the gain; accuracy it cannot change."""
SUMMARY = Aggregate("summary.json", "softlabel study {data} --protocol {protocol}")
SUMMARIES = {"": SUMMARY} | {
    criterion: Aggregate(f"summary-tuned-{criterion}.json", f"{SUMMARY.command} --tuned {criterion}")
    for criterion in ("own", "votes")
}
"""Summaries of studies by what their arms were tuned by, "" where they were not."""
FOLDED = {
    criterion: Aggregate(kind.file.replace(".json", "-folds.json"), f"{kind.command} --folds 0,1,2,3,4")
    for criterion, kind in SUMMARIES.items()
}
"""The same of studies on more folds than their protocol has, which may have other seeds and arms."""


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
    criterion : str
        What the arms were tuned by, if they were.

    Returns
    -------
    dict
        What `of_arms` gives, and from the same predictions: `rules`, what one temperature after training makes
        of the arms, see `_rules`, with the `temperatures` themselves; `within`, the correlation of entropies
        pooled within parts; `ambiguous`, the more ambiguous half of the items, see `_ambiguous`;
        `item_by_item`, the soft arm's KL less the hard arm's. What a study does not have (validation
        items, parts, one of the two arms) is empty.

    Raises
    ------
    RecordError
        If the records were made for other votes or items.
    """
    log_p = {arm: study.log_p(arm) for arm in study.arms}
    numbers = of_arms(study, dataset, log_p, n_resamples, criterion)
    test = study.test_part(dataset)
    ruled, temperatures = _ruled(study, dataset)
    return numbers | {
        "rules": _rules({**log_p, **ruled}, list(ruled), test, numbers["floors"]["kl"], n_resamples)
        | ({"temperatures": temperatures} if temperatures else {}),
        "within": _within(log_p, test, n_resamples),
        "ambiguous": _ambiguous(log_p, test, n_resamples),
        "item_by_item": _item_by_item(log_p, test, n_resamples),
    }


def of_arms(
    study: Study,
    dataset: Dataset,
    log_p: Mapping[str, Any],
    n_resamples: int = statistics.N_RESAMPLES,
    criterion: str = "",
) -> dict[str, Any]:
    """Metrics of predictions for a study's test items, and what they are read against, as plain values.

    Parameters
    ----------
    study, dataset, n_resamples, criterion
        See `make`.
    log_p : dict of str to array_like
        Predictions by name, of arms or of arms with rules, see `statistics.bootstrap`.

    Returns
    -------
    dict
        `metrics` by arm with value, low, high, per_seed, `excess_kl` among them; `changes` against the hard arm,
        absolute and relative; `ceilings`, `floors`, `references`, `bins`, and the facts of the study. `parts`
        holds the same of each named part of the data set alone.

    Raises
    ------
    RecordError
        If the records were made for other votes or items.
    """
    test = study.test_part(dataset)
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


def _ruled(study: Study, dataset: Dataset) -> tuple[rules.Predictions, rules.Temperatures]:
    """A study's predictions with each rule that is fitted, and what was fitted; nothing without validation items."""
    log_p: rules.Predictions = {}
    fitted: rules.Temperatures = {}
    for arm in study.arms if rules.has_validation(study) else []:
        if arm in rules.RULED:
            changed, found = rules.ruled(study, dataset, arm)
            log_p |= changed
            fitted |= found
    return log_p, fitted


def _rules(
    log_p: Mapping[str, Any], ruled: Sequence[str], test: Dataset, floor: float, n_resamples: int
) -> dict[str, Any]:
    """What rules after training come to; empty where no arm has one.

    Parameters
    ----------
    log_p : dict of str to array_like
        Of the arms and of the arms with rules, as "hard/temperature-votes".
    ruled : sequence of str
        Those of them whose metrics and changes are not held elsewhere.
    test : Dataset
    floor : float
        Of KL, in nats.
    n_resamples : int

    Returns
    -------
    dict
        `metrics`, and `changes` against the plain hard arm. `shares` by rule and metric: of what the soft arm gains
        over the hard arm, the part that the hard arm with this rule has, see `statistics.shares`. `leads`: the soft
        arm's changes against the hard arm with this rule.
    """
    held = {arm: log_p[arm] for arm in log_p if arm in rules.RULED or "/" in arm}
    if set(held) <= set(rules.RULED):
        return {}
    boot = statistics.with_excess(_bootstrap(held, test, n_resamples), floor)
    hard = [arm for arm in held if arm.startswith(f"{REFERENCE}/") and ARM in held]
    return {
        "metrics": {arm: _metrics(boot, arm) for arm in ruled},
        "changes": _changes_of(boot, ruled),
        "shares": {
            arm: {key: share_of_gain(boot, key, arm, ARM, REFERENCE).plain() for key in SHARED}
            for arm in hard
        },
        "leads": {arm: _changes(boot, ARM, arm) for arm in hard},
    }


def _numbers(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """Metrics, changes, and what they are read against, of predictions [n_seeds, n_test, n_classes] by arm."""
    floors = statistics.floors(test.counts, ordinal=test.ordinal)
    boot = statistics.with_excess(_bootstrap(log_p, test, n_resamples), floors["kl"])
    known = _bootstrap(statistics.reference_predictions(test.counts, test.part), test, 1)
    reliability = statistics.entropy_ceiling(test.counts)
    of_ranks = statistics.entropy_ceiling(test.counts, correlation="spearman")
    return {
        "metrics": {arm: _metrics(boot, arm) for arm in log_p},
        "changes": _changes_of(boot, log_p),
        "ceilings": {
            "entropy_pearson": reliability.ceiling,
            "split_half": reliability.split_half,
            "entropy_spearman": of_ranks.ceiling,
        },
        "floors": floors,
        "references": statistics.with_excess(known, floors["kl"]).estimate,
    }


def _bootstrap(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> Bootstrap:
    """The paired bootstrap of every metric; all of a study's have the same resamples."""
    return statistics.bootstrap(
        log_p, test.counts, test.groups, test.gold, n_resamples, ordinal=test.ordinal, ratings=test.ratings
    )


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


def _within(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """The correlation of entropies within parts, with its changes; empty for a data set without parts."""
    if test.part is None:
        return {}
    boot = entropy_within(log_p, test.counts, test.groups, test.part, n_resamples)
    return {"metrics": {arm: _metrics(boot, arm) for arm in log_p}, "changes": _changes_of(boot, log_p)}


def _ambiguous(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """The numbers of the more ambiguous half of the test items, chosen by their votes alone.

    `least` is the human entropy (nats) from which on an item belongs to it. `other_votes` holds the check of that
    choice, of "all" items and the "half": chosen by one half of each item's votes and scored against the other, see
    `statistics.ambiguous_half.on_other_votes`.
    """
    pair = {arm: log_p[arm] for arm in (REFERENCE, ARM) if arm in log_p}
    if not pair:
        return {}
    rows = np.flatnonzero(ambiguous_half(test.counts))
    half = test.take(rows)
    numbers = _numbers({arm: values[..., rows, :] for arm, values in pair.items()}, half, n_resamples)
    return {
        "n_test": half.n_items,
        "n_groups": len(np.unique(half.groups)),
        "least": float(half.entropy.min()),
        **{key: numbers[key] for key in ("metrics", "changes", "ceilings", "floors")},
        "other_votes": _on_other_votes(pair, test, min(n_resamples, statistics.N_QUICK)),
    }


def _on_other_votes(pair: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """The check of the ambiguous half; empty where nothing has two votes."""
    if test.counts.sum(axis=1).max() < 2:
        return {}
    checked = on_other_votes(pair, test.counts, test.groups, n_resamples=n_resamples)
    return {"n_splits": N_SPLITS} | {
        scope: {"metrics": {arm: _metrics(boot, arm) for arm in pair}, "changes": _changes_of(boot, pair)}
        for scope, boot in checked.items()
    }


def _item_by_item(log_p: Mapping[str, Any], test: Dataset, n_resamples: int) -> dict[str, Any]:
    """The soft arm's KL less the hard arm's item by item; empty where one of them is missing."""
    if not {ARM, REFERENCE} <= set(log_p):
        return {}
    return item_by_item(log_p[ARM], log_p[REFERENCE], test.counts, test.groups, n_resamples)


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


def _changes_of(boot: Bootstrap, arms: Iterable[str]) -> dict[str, Any]:
    """The changes of every arm against the hard arm, if that is among them."""
    return {arm: _changes(boot, arm) for arm in arms if arm != REFERENCE and REFERENCE in boot.estimate}


def _changes(boot: Bootstrap, arm: str, reference: str = REFERENCE) -> dict[str, Any]:
    return {
        key: {
            "difference": boot.difference(key, arm, reference).plain(),
            "relative": boot.relative_change(key, arm, reference).plain(),
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
