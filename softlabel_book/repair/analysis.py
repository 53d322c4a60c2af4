"""Repair: what each use of a number of voted items comes to on the test items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book.repair import design
from softlabel_core import statistics
from softlabel_core.arms import PAIR
from softlabel_core.data import Dataset
from softlabel_core.statistics import Bootstrap
from softlabel_core.storage import Aggregate
from softlabel_core.study import changed_settings, split_of
from softlabel_core.study.protocols import Protocol

REPAIR = Aggregate("repair.json", "softlabel repair {data} --protocol {protocol}")
MEASURES = ("kl", "total_variation", "entropy_pearson", "accuracy")
Numbers = dict[str, Any]
Predictions = Mapping[str, NDArray[np.floating[Any]]]  # by name, of one seed


def make(
    seeds: Mapping[int, Predictions],
    protocol: Protocol,
    dataset: Dataset,
    n_resamples: int = statistics.N_RESAMPLES,
) -> Numbers:
    """Every number of a comparison of uses.

    Parameters
    ----------
    seeds : mapping of int to mapping
        By seed, what its models predict for the test items [n_test, n_classes]: "hard", "soft", and by the names
        of `design.name_of` each way with each budget and draw; as "epochs of further 25 0" and so on, how long ways that
        train on did so.
    protocol : Protocol
    dataset : Dataset
    n_resamples : int
        Of the bootstrap of test groups, and of seeds from 5 on, each with its own draws of voted items.

    Returns
    -------
    dict
        `facts`; `references`, "hard" and "soft" with their `metrics`; `ways`: by the keys of `design.WAYS` a list, one
        entry a budget: `n_items`, `n_votes` (mean over draws), `metrics` and, against "hard", "soft" and, for the other
        ways, "temperature" with as many items, `differences` and of KL the `relative` change. Means over draws.
        Of ways that train on also `epochs`, see `_epochs`. `ceilings` and `floors` of a perfect model.
    """
    split = split_of(dataset, protocol, 0)
    test, held = dataset.take(split.test), dataset.take(split.validation)
    names = [name for name in next(iter(seeds.values())) if not name.startswith("epochs")]
    log_p = {name: np.stack([predicted[name] for predicted in seeds.values()]) for name in names}
    boot = _over_draws(
        statistics.bootstrap(log_p, test.counts, test.groups, n_resamples=n_resamples, ordinal=test.ordinal),
        held.n_items,
    )
    floors = statistics.floors(test.counts)
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "facts": _facts(protocol, dataset, list(seeds), held, test)
        | {"seeds_resampled": boot.seeds_resampled},
        "references": {arm: {"metrics": _metrics(boot, arm)} for arm in PAIR},
        "ways": {
            way: [
                _use(boot, way, n, held, list(seeds)) | _epochs(seeds, way, n, held.n_items, protocol)
                for n in design.budgets(held.n_items)
            ]
            for way in design.WAYS
        },
        "ceilings": {"entropy_pearson": statistics.entropy_ceiling(test.counts).ceiling},
        "floors": {key: floors[key] for key in ("kl", "total_variation")},
    }


def seeds_of(numbers: Numbers, protocol: Protocol, dataset: Dataset) -> list[int]:
    """Seeds that were measured with these settings, votes and rule; none where any of them was another."""
    facts = numbers["facts"]
    same = facts["data_hash"] == dataset.hash and facts["rule"] == design.RULE
    return list(facts["seeds"]) if same and not changed_settings(facts["settings"], protocol) else []


def _facts(
    protocol: Protocol, dataset: Dataset, seeds: Sequence[int], held: Dataset, test: Dataset
) -> Numbers:
    return {
        "settings": protocol.settings(),
        "rule": design.RULE,
        "seeds": list(seeds),
        "draws": design.DRAWS,
        "n_train": len(split_of(dataset, protocol, 0).train),
        "n_held": held.n_items,
        "n_test": test.n_items,
        "n_groups": len(np.unique(test.groups)),
        "data_hash": dataset.hash,
        "provenance": dataset.provenance,
        "raters_shared": test.ratings is not None,
    }


def _over_draws(boot: Bootstrap, n_held: int) -> Bootstrap:
    """The same with the draws of a way and budget averaged, and called by both: "temperature 25"."""
    members = {arm: [arm] for arm in PAIR} | {
        f"{way} {n}": [design.name_of(way, n, draw) for draw in design.draws(n, n_held)]
        for way in design.WAYS
        for n in design.budgets(n_held)
    }

    def mean(table: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: {key: np.mean([table[one][key] for one in ones], axis=0) for key in table[ones[0]]}
            for name, ones in members.items()
        }

    return replace(boot, estimate=mean(boot.estimate), per_seed=mean(boot.per_seed), draws=mean(boot.draws))


def _metrics(boot: Bootstrap, name: str) -> Numbers:
    return {
        key: boot.interval(name, key).plain() | {"per_seed": boot.per_seed[name][key].tolist()}
        for key in MEASURES
    }


def _use(boot: Bootstrap, way: str, n_items: int, held: Dataset, seeds: Sequence[int]) -> Numbers:
    """One way to use so many voted items."""
    name = f"{way} {n_items}"
    against = {arm: arm for arm in PAIR} | (
        {} if way == "temperature" else {"temperature": f"temperature {n_items}"}
    )
    counts = [
        held.counts[design.voted(n_items, held.n_items, seed, draw)].sum()
        for seed in seeds
        for draw in design.draws(n_items, held.n_items)
    ]
    return {
        "n_items": n_items,
        "n_votes": float(np.mean(counts)),
        "metrics": _metrics(boot, name),
        "differences": {
            title: {key: boot.difference(key, name, other).plain() for key in MEASURES}
            for title, other in against.items()
        },
        "relative": {
            title: {"kl": boot.relative_change("kl", name, other).plain()} for title, other in against.items()
        },
    }


def _epochs(
    seeds: Mapping[int, Predictions], way: str, n_items: int, n_held: int, protocol: Protocol
) -> Numbers:
    """How long a way trained on: epochs, mean over draws and seeds, and shares that did not at all or to the very end."""
    if way not in design.TAUGHT:
        return {}
    names = [design.name_of(f"epochs of {way}", n_items, draw) for draw in design.draws(n_items, n_held)]
    found = np.array([float(predicted[name]) for predicted in seeds.values() for name in names])
    return {
        "epochs": {
            "mean": float(found.mean()),
            "none": float((found == 0).mean()),
            "all": float((found == design.longest(protocol)).mean()),
        }
    }
