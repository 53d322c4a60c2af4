"""Training from small models to large and from briefly to long: what is missing is trained, cell by cell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from softlabel_book.capacity import analysis, design
from softlabel_book.capacity.analysis import CAPACITY, Read
from softlabel_book.capacity.design import Series
from softlabel_core import models, statistics, study, training
from softlabel_core.arms import PAIR
from softlabel_core.clock import FOREVER, Clock
from softlabel_core.data import Dataset
from softlabel_core.study import Run, cache, fitting, networks
from softlabel_core.study.protocols import Protocol

KIND = "capacity"  # folder in the cache of what each run predicts: of a cell that was cut off nothing is lost
SEEDS = 3


class Readings(NamedTuple):
    """What one run predicts: "20 test" -> log-probabilities [n_items, n_classes]; and what is known of it besides."""

    log_p: dict[str, torch.Tensor]
    losses: list[float]  # of every epoch
    n_parameters: int


def record(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] = range(SEEDS),
    *,
    device: str | None = None,
    folder: Path | None = None,
    progress: bool = True,
    until: float = FOREVER,
    n_resamples: int = statistics.N_RESAMPLES,
) -> Path:
    """Train what is missing, write each cell as soon as it is there, and say where: what `softlabel capacity` does.

    Parameters
    ----------
    protocol : Protocol
        Its model and epochs are varied, see `design.plan`.
    dataset : Dataset
    seeds : sequence of int
    device : str, optional
        By default a GPU where there is one.
    folder : pathlib.Path, optional
        Results folder, by default the repository's.
    progress : bool
        Whether to show a bar on standard error.
    until : float
        Time by `time.monotonic`, see `clock.Clock`.
    n_resamples : int

    Raises
    ------
    ValueError
        If the protocol's model has no widths to choose from.
    RecordError
        If training diverged, or what was measured before had other settings, seeds or votes.
    OutOfTime
        If cells are left when the time is over.
    """
    where = (protocol.data, protocol.name, folder)
    plan, split = design.plan(protocol), study.split_of(dataset, protocol, 0)
    held, test = dataset.take(split.validation), dataset.take(split.test)
    wanted = analysis.empty(protocol, dataset, seeds, held, test)
    numbers = CAPACITY.read(*where) if CAPACITY.exists(*where) else wanted
    analysis.check(numbers, wanted, protocol, str(CAPACITY.path(*where)))
    missing = [
        (series, left)
        for series in plan
        if (left := [epoch for epoch in series.read if not analysis.holds(numbers, series, epoch)])
    ]
    clock = Clock(until)
    bar = tqdm(missing, desc="capacity", unit="model", disable=not progress, file=sys.stderr)
    for series, left in bar:
        runs = {(arm, seed): Run(series.protocol, arm, 0, seed) for arm in PAIR for seed in seeds}
        found = {}
        for key, run in runs.items():
            clock.begin(_work(series))
            found[key] = readings(run, series.read, dataset, device)
        for epoch in left:
            read = {arm: _read([found[arm, seed] for seed in seeds], epoch) for arm in PAIR}
            size = found[PAIR[0], seeds[0]].n_parameters
            analysis.put(numbers, analysis.cell(series, epoch, size, read, held, test, n_resamples))
        CAPACITY.write(numbers, *where)
    return CAPACITY.path(*where)


def _work(series: Series) -> float:
    """How long a run of a series takes, about, in no unit: epochs, and of wide models more."""
    return series.protocol.epochs * (1 + (series.width or 0) / 512)


def _read(runs: Sequence[Readings], epoch: int) -> Read:
    """One arm's predictions after an epoch, seed by seed."""
    validation, test = (
        np.stack([run.log_p[f"{epoch} {part}"].numpy() for run in runs]) for part in ("validation", "test")
    )
    return Read(validation, test, [run.losses[epoch - 1] for run in runs])


# ---------------------------------------------------------------- one run


def readings(run: Run, read: Sequence[int], dataset: Dataset, device: str | None = None) -> Readings:
    """What a run predicts after some of its epochs, from the cache or trained now.

    The last reading is what the study itself would record of this run.

    Raises
    ------
    RecordError
        If training diverged, or a file in the cache is broken.
    """
    named = f"{run.protocol.model}-{run.protocol.epochs}epochs"
    path = cache.path_of(KIND, networks.path_of(run, dataset, named).name)
    who = networks.facts_of(run, dataset) | {"read": list(read)}
    if path.exists():
        kept = cache.read_tensors(path)
        if all(kept.facts[key] == value for key, value in who.items()):
            return Readings(kept.tensors, kept.facts["losses"], kept.facts["n_parameters"])
    made = _train(run, read, dataset, device)
    cache.write_tensors(path, made.log_p, who | {"losses": made.losses, "n_parameters": made.n_parameters})
    return made


def _train(run: Run, read: Sequence[int], dataset: Dataset, device: str | None) -> Readings:
    begun = fitting.begin(run, dataset, device)
    log_p: dict[str, torch.Tensor] = {}
    losses = []
    for epoch in begun.learner.epochs:
        losses.append(fitting.checked(epoch.loss, run, epoch.number))
        for part in ("validation", "test") if epoch.number in read else ():
            found: Any = training.predict(begun.learner.model, begun.inputs[part])
            log_p[f"{epoch.number} {part}"] = torch.from_numpy(fitting.checked(found, run, epoch.number))
    return Readings(log_p, losses, models.n_parameters(begun.learner.model))
