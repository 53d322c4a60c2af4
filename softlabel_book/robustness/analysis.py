"""Robustness: hard and soft labels on damaged and attacked images, and what models pay where they may pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_book.robustness import abstaining, conditions, ensembles
from softlabel_book.robustness.conditions import CLEAN
from softlabel_core import metrics, statistics, study
from softlabel_core.data import Dataset
from softlabel_core.statistics import MIN_SEEDS, Bootstrap, Estimate
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import Study
from softlabel_core.study.protocols import Protocol

ROBUSTNESS = Aggregate("wild.json", "softlabel robustness {data} --protocol {protocol}")
ARMS = ("hard", "soft")
MEASURES = ("kl", "accuracy", "entropy_bias", "entropy_pearson")
PASSING_ON = "noise-5"  # named before any result was seen: the strongest of the first corruption


@dataclass(frozen=True, eq=False)
class Predicted:
    """What models of both arms predict for the test items of the fixed split under every condition.

    Attributes
    ----------
    protocol : Protocol
    seeds : list of int
    log_p : dict of condition to dict of arm to numpy.ndarray of float32, shape [n_seeds, n_test, n_classes]
        Natural-log probabilities; "clean" is among the conditions.
    device : str
        What they were computed on.
    """

    protocol: Protocol
    seeds: list[int]
    log_p: dict[str, dict[str, NDArray[np.float32]]]
    device: str


def make(
    predicted: Predicted,
    dataset: Dataset,
    recorded: Study | None = None,
    *,
    passing_on: str | None = PASSING_ON,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """Every number of both arms under every condition, as plain values.

    Predictions on altered images are held against the votes of the clean ones: nobody voted on the others.

    Parameters
    ----------
    predicted : Predicted
    dataset : Dataset
    recorded : Study, optional
        See `recorded_study`; the parts of entropy come from it if it has three seeds.
    passing_on : str or None
        The altered condition on which passing is measured too.
    n_resamples : int
        Of the bootstrap.

    Returns
    -------
    dict
        `conditions` by name: `metrics` by arm with value, low, high and per_seed; `differences` soft less
        hard; `relative`, that of KL as a share; `moved`, the difference less the one on clean images.
        `selective` and `parts`, see `abstaining.passing` and `ensembles.decompose`; `facts`.
    """
    protocol, log_p = predicted.protocol, predicted.log_p
    test = dataset.take(study.split_of(dataset, protocol, 0).test)
    beside = _beside(recorded, log_p[CLEAN], predicted.seeds, test)
    chosen = [CLEAN] + ([passing_on] if passing_on in log_p else [])
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "facts": _facts(protocol, dataset, test, predicted.seeds, n_resamples)
        | {"device": predicted.device, "beside_record": beside},
        "conditions": _compared(log_p, test, n_resamples),
        "selective": {
            name: abstaining.passing(log_p[name], test.counts, test.groups, n_resamples) for name in chosen
        },
        "parts": _parts(recorded, dataset, log_p[CLEAN], test, n_resamples),
    }


def from_records(
    recorded: Study, dataset: Dataset, n_resamples: int = statistics.N_RESAMPLES
) -> dict[str, Any]:
    """What needs no new training, of any study: passing on clean items, and the parts of entropy.

    Parameters
    ----------
    recorded : Study
        With the arms hard and soft.
    dataset : Dataset
        The votes that it was recorded with.
    n_resamples : int

    Returns
    -------
    dict
        As of `make`, without conditions.
    """
    test, protocol = recorded.test_part(dataset), recorded.protocol
    log_p = {arm: recorded.log_p(arm) for arm in ARMS}
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "facts": _facts(protocol, dataset, test, recorded.seeds, n_resamples),
        "conditions": {},
        "selective": {"clean": abstaining.passing(log_p, test.counts, test.groups, n_resamples)},
        "parts": _parts(recorded, dataset, log_p, test, n_resamples),
    }


def recorded_study(protocol: Protocol, folder: Path | None) -> Study | None:
    """The protocol's recorded study with both arms, if there is one."""
    try:
        found = study.load(protocol, folder)
    except RecordError:
        return None
    return found if set(ARMS) <= set(found.arms) else None


def _compared(
    log_p: Mapping[str, Mapping[str, ArrayLike]], test: Dataset, n_resamples: int
) -> dict[str, Any]:
    """Metrics of both arms under each condition, their difference, and how it moved from clean images."""
    boots = {
        name: statistics.bootstrap(arms, test.counts, test.groups, n_resamples=n_resamples)
        for name, arms in log_p.items()
    }

    def moved(boot: Bootstrap, key: str) -> Estimate:
        return statistics.difference_of_differences((boot, key), (boots[CLEAN], key), "soft", "hard")

    return {
        name: {
            "metrics": {
                arm: {
                    key: boot.interval(arm, key).plain() | {"per_seed": boot.per_seed[arm][key].tolist()}
                    for key in MEASURES
                }
                for arm in ARMS
            },
            "differences": {key: boot.difference(key, "soft", "hard").plain() for key in MEASURES},
            "relative": {"kl": boot.relative_change("kl", "soft", "hard").plain()},
            "moved": {key: moved(boot, key).plain() for key in MEASURES},
        }
        for name, boot in boots.items()
    }


def _parts(
    recorded: Study | None,
    dataset: Dataset,
    log_p: Mapping[str, NDArray[Any]],
    test: Dataset,
    n_resamples: int,
) -> dict[str, Any]:
    """The parts of entropy from the record, or from the models at hand; empty where members are too few."""
    if recorded is not None and len(recorded.seeds) >= ensembles.MIN_MEMBERS:
        log_p = {arm: recorded.log_p(arm) for arm in ARMS}
        test = recorded.test_part(dataset)
    if len(next(iter(log_p.values()))) < ensembles.MIN_MEMBERS:
        return {}
    return ensembles.decompose(log_p, test.counts, test.groups, n_resamples)


def _beside(
    recorded: Study | None, clean: Mapping[str, NDArray[Any]], seeds: Sequence[int], test: Dataset
) -> dict[str, Any] | None:
    """KL of the models trained here beside that of the recorded ones, seed by seed; None without a record."""
    if recorded is None or recorded.folds != [0] or not set(seeds) <= set(recorded.seeds):
        return None
    row = {name: i for i, name in enumerate(recorded.test_ids)}
    rows = [row[name] for name in test.ids]
    return {
        arm: {
            "here": [_kl(one, test) for one in clean[arm]],
            "record": [_kl(recorded.log_p(arm)[recorded.seeds.index(seed)][rows], test) for seed in seeds],
        }
        for arm in ARMS
    }


def _kl(log_p: NDArray[Any], test: Dataset) -> float:
    return float(metrics.per_item(log_p, test.counts)["kl"].mean())


def _facts(
    protocol: Protocol, dataset: Dataset, test: Dataset, seeds: Sequence[int], n_resamples: int
) -> dict[str, Any]:
    """What was measured, on what."""
    return {
        "arms": list(ARMS),
        "seeds": list(seeds),
        "seeds_resampled": len(seeds) >= MIN_SEEDS,
        "settings": protocol.settings(),
        "n_test": test.n_items,
        "n_groups": len(np.unique(test.groups)),
        "n_resamples": n_resamples,
        "human_entropy": float(test.entropy.mean()),
        "ceiling": statistics.entropy_ceiling(test.counts).ceiling,
        "data_hash": dataset.hash,
        "provenance": dataset.provenance,
        "raters_shared": test.ratings is not None,
        "pgd_steps": conditions.STEPS,
    }
