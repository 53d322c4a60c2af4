"""How far the ladder is climbed: of each step what is recorded, and what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from softlabel_book.capacity import design as capacity
from softlabel_book.capacity.analysis import CAPACITY
from softlabel_book.ladder.units import UNITS, Capacity, Pretrain, Repair, Step, Study, Tune, Unit
from softlabel_book.repair.analysis import REPAIR
from softlabel_core import storage
from softlabel_core.study import plan, protocols, tuning
from softlabel_core.study.record import facts_file


@dataclass(frozen=True)
class Standing:
    """How many runs, trials, sets of weights, cells or seeds of a step are recorded, of how many."""

    step: Step
    recorded: int
    planned: int

    @property
    def done(self) -> bool:
        """Whether nothing is missing."""
        return self.recorded == self.planned


def standings(unit: Unit, folder: Path | None = None) -> list[Standing]:
    """Where each step of a unit stands, from the files in the results folder, by default the repository's."""
    results = folder or storage.results_folder()
    return [Standing(step, *_counted(step, results)) for step in unit.steps]


def done(unit: Unit, folder: Path | None = None) -> bool:
    """Whether nothing of a unit is missing."""
    return all(standing.done for standing in standings(unit, folder))


def named(names: Sequence[str]) -> list[Unit]:
    """Units by name, in the ladder's order; all of them if none is named.

    Raises
    ------
    ValueError
        If there is no unit of a name.
    """
    known = {unit.name: unit for unit in UNITS}
    for name in names:
        if name not in known:
            raise ValueError(f"the ladder has no unit {name!r}; choose from {', '.join(known)}.")
    return [unit for unit in UNITS if not names or unit.name in names]


def _counted(step: Step, results: Path) -> tuple[int, int]:
    """How much of a step is recorded, and of how much."""
    if isinstance(step, Pretrain):
        before = protocols.pretraining(step.name)
        return int(facts_file(0).exists(before.data, before.name, results)), 1
    where = (step.data, step.protocol, results)
    protocol = protocols.get(step.data, step.protocol)
    if isinstance(step, Capacity):
        cells = CAPACITY.read(*where)["cells"] if CAPACITY.exists(*where) else []
        return len(cells), sum(len(series.read) for series in capacity.plan(protocol))
    if isinstance(step, Repair):
        seeds = REPAIR.read(*where)["facts"]["seeds"] if REPAIR.exists(*where) else []
        return min(len(seeds), step.seeds), step.seeds
    tuned = tuning.TUNING.read(*where) if tuning.TUNING.exists(*where) else None
    if isinstance(step, Tune):
        trials = [len(tuned["arms"].get(arm, {}).get("trials", {})) for arm in step.arms] if tuned else []
        return sum(trials), len(step.arms) * protocol.trials
    return _runs(step, tuned, results)


def _runs(step: Study, tuned: dict[str, Any] | None, results: Path) -> tuple[int, int]:
    """How many runs of a study are recorded, and of how many."""
    protocol = replace(protocols.get(step.data, step.protocol), folds=step.folds)
    planned = len(step.arms) * step.seeds * len(step.folds)
    seeds = list(range(step.seeds))
    if not step.tuned:
        runs = plan(protocol, step.arms, seeds)
    elif tuned and set(step.arms) <= set(tuned["arms"]):
        runs = tuning.plan(tuned, protocol, step.arms, seeds, step.tuned)
    else:
        return 0, planned
    return sum((results / run.file).exists() for run in runs), planned
