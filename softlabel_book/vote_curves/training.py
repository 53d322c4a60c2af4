"""Training of a vote curve: what is missing of it is trained, and its numbers are written."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from softlabel_book.vote_curves import analysis, design
from softlabel_book.vote_curves.design import ARMS, SHARES, VoteRun
from softlabel_core import statistics, study
from softlabel_core.data import Dataset
from softlabel_core.study import Trial, fitting, tuning
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import write_record


def train(
    runs: Sequence[VoteRun],
    dataset: Dataset,
    folder: Path | None = None,
    *,
    device: str | None = None,
    progress: bool = True,
) -> int:
    """Train what is missing of a curve and keep each run's record as soon as it is there.

    A curve that was killed goes on where it was when the same call is made again.

    Parameters
    ----------
    runs : sequence of VoteRun
        Of one data set and split.
    dataset : Dataset
    folder : pathlib.Path, optional
        Where records are kept, by default `vote-curves` in the cache folder.
    device : str, optional
        By default a GPU where there is one.
    progress : bool
        Whether to show a bar on standard error.

    Returns
    -------
    int
        How many runs were trained.

    Raises
    ------
    RecordError
        If a record cannot be read or written, or training diverged.
    """
    kept_in = folder or design.cache_folder()
    split = study.split_of(dataset, runs[0].run.protocol, runs[0].run.fold)
    rows = design.usable(dataset, split.train)
    missing = [run for run in runs if design.kept(run, dataset, split, kept_in) is None]
    for run in tqdm(missing, unit="run", disable=not progress, file=sys.stderr):
        draw = run.run.seed
        trained = fitting.train(
            run.run,
            dataset,
            device,
            taught=design.taught(dataset, rows, run.n_votes, draw),
            rows=design.some(rows, run.share, draw),
        )
        named = replace(trained, meta={**trained.meta, "vote_curve": design.label(run)})
        write_record(named, kept_in / run.file)
    return len(missing)


def measure(
    protocol: Protocol,
    dataset: Dataset,
    arms: Sequence[str] = ARMS,
    draws: int = 5,
    shares: Sequence[float] = SHARES,
    tuned: Mapping[str, Trial] | None = None,
    *,
    n_resamples: int = statistics.N_RESAMPLES,
    cache: Path | None = None,
    device: str | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train what is missing of a curve and return its numbers; only single runs' records are kept.

    Parameters
    ----------
    protocol : Protocol
    dataset : Dataset
    arms, shares, tuned
        See `design.plan`.
    draws : int
        How many draws, each a model seed too; with 5 or more the intervals resample them.
    n_resamples : int
        Of the bootstrap.
    cache : pathlib.Path, optional
        Where records of single runs are kept, by default in the cache folder.
    device, progress
        See `train`.

    Returns
    -------
    dict
        See `analysis.make`.

    Raises
    ------
    ValueError
        If there are no draws, no item has votes enough, or as `design.plan` does.
    RecordError
        As `train` does.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; ask for at least one, and two or more to see how draws differ.")
    rows = design.usable(dataset, study.split_of(dataset, protocol, protocol.folds[0]).train)
    runs = design.plan(protocol, dataset.counts[rows], range(draws), arms, shares, tuned)
    train(runs, dataset, cache, device=device, progress=progress)
    return analysis.make(runs, dataset, cache, n_resamples)


def record(
    protocol: Protocol,
    dataset: Dataset,
    *,
    draws: int = 5,
    tuned: Mapping[str, Trial] | None = None,
    device: str | None = None,
    folder: Path | None = None,
    progress: bool = True,
) -> Path:
    """Train what is missing of a curve, write its numbers, and say where they lie: what `softlabel curve` does.

    Parameters
    ----------
    protocol : Protocol
    dataset : Dataset
    draws
        See `measure`.
    tuned : mapping of arm to Trial, optional
        By default what the protocol's recorded tuning chose by each arm's own labels, if there is one;
        give an empty mapping for the protocol's own settings.
    device, progress
        See `train`.
    folder : pathlib.Path, optional
        Results folder, by default the repository's.

    Raises
    ------
    ValueError
        As `measure` does.
    RecordError
        As `train` does, or if the numbers cannot be written.
    """
    where = (protocol.data, protocol.name, folder)
    if tuned is None:
        tuned = tuning.chosen(tuning.TUNING.read(*where), protocol) if tuning.TUNING.exists(*where) else {}
    numbers = measure(protocol, dataset, draws=draws, tuned=tuned, device=device, progress=progress)
    return analysis.CURVE.write(numbers, *where)
