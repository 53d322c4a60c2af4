"""Training for the fair trial: every arm tuned alike, trained and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from softlabel_book.rivals import analysis
from softlabel_core import statistics, storage, study
from softlabel_core.arms import ARMS, possible
from softlabel_core.data import Dataset
from softlabel_core.study import grid, trials, tuning
from softlabel_core.study.protocols import Protocol


def compete(
    protocol: Protocol,
    dataset: Dataset,
    folder: Path,
    arms: Sequence[str],
    n_resamples: int = statistics.N_PLANNED,
    progress: bool = False,
) -> dict[str, Any]:
    """Tune, train and compare arms, going on where a folder of results stands.

    Parameters
    ----------
    protocol : Protocol
    dataset : Dataset
    folder : pathlib.Path
        Results folder.
    arms : sequence of str
    n_resamples : int
        For the planned comparisons.
    progress : bool
        Whether to show bars on standard error.

    Returns
    -------
    dict
        See `analysis.make`.

    Raises
    ------
    RecordError
        If what was tuned or trained before had other settings or votes, or a record cannot be written.
    """
    tuned = trials.tune(protocol, arms, dataset, folder, progress=progress)
    runs = tuning.plan(tuned, protocol, arms, range(protocol.seeds))
    tuning.adopt(runs, folder)
    grid.run_study(runs, dataset, folder, progress=progress)
    recorded = study.load(protocol, folder, ARMS, tuning.chosen(tuned, protocol))
    return analysis.make(recorded, dataset, tuned, n_resamples)


def record(protocol: Protocol, dataset: Dataset) -> None:
    """Train what is missing of the fair trial of every possible arm, and write its numbers; raises as `compete` does."""
    arms = possible(dataset, token_ids=study.reads_tokens(protocol, dataset))
    numbers = compete(protocol, dataset, storage.results_folder(), arms, progress=True)
    analysis.RIVALS.write(numbers, protocol.data, protocol.name)
