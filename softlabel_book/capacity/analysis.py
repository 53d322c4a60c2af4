"""Capacity: soft against hard labels for each model and length of training, before and after a temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softlabel_book.capacity.design import Series
from softlabel_core import statistics, storage
from softlabel_core.arms import PAIR
from softlabel_core.calibration import RULES
from softlabel_core.data import Dataset
from softlabel_core.statistics import MIN_SEEDS, Bootstrap
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import changed_settings
from softlabel_core.study.protocols import Protocol

CAPACITY = Aggregate(
    "capacity.json", "softlabel capacity {data} --protocol {protocol}", facts=("facts", "settings")
)
MEASURES = ("kl", "total_variation", "entropy_bias", "entropy_pearson", "accuracy")
FITTED = ("temperature", "temperature-votes")  # rules after training, on the validation items
AGAINST = {
    "untouched": ("soft", "hard"),
    "temperature": ("soft", "hard/temperature"),
    "temperature-votes": ("soft", "hard/temperature-votes"),
    "both": ("soft/temperature-votes", "hard/temperature-votes"),
}
"""What is held against what: soft labels against hard ones as they are, or after a temperature of one or both."""
Numbers = dict[str, Any]


class Read(NamedTuple):
    """What the models of one arm predict after some epoch, a seed a row, and the mean loss in that epoch, nats.

    Log-probabilities are float32 [n_seeds, n_items, n_classes].
    """

    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    train_loss: list[float]


# ---------------------------------------------------------------- one cell


def cell(
    series: Series,
    epoch: int,
    n_parameters: int,
    read: Mapping[str, Read],
    held: Dataset,
    test: Dataset,
    n_resamples: int = statistics.N_RESAMPLES,
) -> Numbers:
    """Every number of one model after one length of training.

    Parameters
    ----------
    series : Series
    epoch, n_parameters : int
    read : mapping of arm to Read
        Of "hard" and "soft".
    held, test : Dataset
        The validation items, on which temperatures are fitted, and the test items.
    n_resamples : int

    Returns
    -------
    dict
        `model`, `width`, `n_parameters`, `epoch` and `of`, the epochs that its schedule was made for; `train_loss`
        by arm and seed; `metrics` by arm, without and with a rule, as "hard/temperature"; `temperatures` by name and
        seed; `changes` by the keys of `AGAINST`: of KL relative, of other measures the difference.
    """
    log_p: dict[str, NDArray[Any]] = {}
    temperatures: dict[str, list[float]] = {}
    for arm in PAIR:
        log_p[arm] = read[arm].test
        for rule in FITTED:
            fit = RULES[rule].fit
            assert fit is not None
            found = [fit(one, held.counts) for one in read[arm].validation]
            log_p[f"{arm}/{rule}"] = np.stack([t(one) for t, one in zip(found, read[arm].test, strict=True)])
            temperatures[f"{arm}/{rule}"] = [t.value for t in found]
    boot = statistics.bootstrap(
        log_p, test.counts, test.groups, n_resamples=n_resamples, ordinal=test.ordinal
    )
    return {
        "model": series.protocol.model,
        "width": series.width,
        "n_parameters": n_parameters,
        "epoch": epoch,
        "of": series.protocol.epochs,
        "train_loss": {arm: list(read[arm].train_loss) for arm in PAIR},
        "metrics": {arm: _metrics(boot, arm) for arm in log_p},
        "temperatures": temperatures,
        "changes": {name: _changes(boot, *pair) for name, pair in AGAINST.items()},
    }


def _metrics(boot: Bootstrap, arm: str) -> Numbers:
    return {
        key: boot.interval(arm, key).plain() | {"per_seed": boot.per_seed[arm][key].tolist()}
        for key in MEASURES
    }


def _changes(boot: Bootstrap, arm: str, reference: str) -> Numbers:
    found = {key: boot.difference(key, arm, reference).plain() for key in MEASURES if key != "kl"}
    relative = boot.relative_change("kl", arm, reference).plain()
    return {"kl": relative | {"per_seed": _per_seed(boot, arm, reference)}} | found


def _per_seed(boot: Bootstrap, arm: str, reference: str) -> list[float]:
    """The relative change of KL, seed by seed."""
    above, below = (boot.per_seed[name]["kl"] for name in (arm, reference))
    return list((above - below) / below)


# ---------------------------------------------------------------- all cells of a protocol


def empty(
    protocol: Protocol, dataset: Dataset, seeds: Sequence[int], held: Dataset, test: Dataset
) -> Numbers:
    """What is known before the first cell."""
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "settings": storage.plain(protocol.settings()),
        "facts": {
            "seeds": list(seeds),
            "seeds_resampled": len(seeds) >= MIN_SEEDS,
            "n_test": test.n_items,
            "n_validation": held.n_items,
            "n_groups": len(np.unique(test.groups)),
            "human_entropy": float(test.entropy.mean()),
            "data_hash": dataset.hash,
            "provenance": dataset.provenance,
            "raters_shared": test.ratings is not None,
        },
        "ceilings": {"entropy_pearson": statistics.entropy_ceiling(test.counts).ceiling},
        "floors": {key: statistics.floors(test.counts)[key] for key in ("kl", "total_variation")},
        "cells": [],
    }


def check(numbers: Numbers, wanted: Numbers, protocol: Protocol, where: str) -> None:
    """Refuse to go on with cells of other settings, seeds or votes.

    Raises
    ------
    RecordError
        Then.
    """
    changed = changed_settings(numbers["settings"], protocol)
    changed += [key for key in ("seeds", "data_hash") if numbers["facts"][key] != wanted["facts"][key]]
    if changed:
        raise RecordError(
            f"{where} was measured with another {', '.join(changed)}; give another results folder, or delete it."
        )


def holds(numbers: Numbers, series: Series, epoch: int) -> bool:
    """Whether a series was measured after an epoch."""
    named = (series.protocol.model, series.protocol.epochs, epoch)
    return any((known["model"], known["of"], known["epoch"]) == named for known in numbers["cells"])


def put(numbers: Numbers, measured: Numbers) -> None:
    """Put a cell among the others: from the smallest model up, and from the shortest training."""
    numbers["cells"] = sorted(
        [*numbers["cells"], measured], key=lambda one: (one["n_parameters"], one["of"], one["epoch"])
    )
