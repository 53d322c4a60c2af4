"""The grid: runs of a study trained where their records are missing, here or by workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from softlabel_core import training
from softlabel_core.clock import FOREVER, Clock, OutOfTime
from softlabel_core.data import Dataset
from softlabel_core.study import protocols
from softlabel_core.study.fitting import train
from softlabel_core.study.pretraining import pretrained
from softlabel_core.study.record import write_record
from softlabel_core.study.runs import Run, pending

Done = TypeVar("Done")


def run_study(
    runs: Sequence[Run],
    dataset: Dataset,
    folder: Path,
    *,
    device: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    until: float = FOREVER,
) -> int:
    """Train what is missing of a study and write each record as soon as it is there.

    A study that was killed goes on where it was when the same call is made again.

    Parameters
    ----------
    runs : sequence of Run
    dataset : Dataset
    folder : pathlib.Path
        Results folder; records go to `Run.file` below it.
    device : str, optional
        By default a GPU where there is one.
    progress : bool
        Whether to show a bar on standard error.
    executor : concurrent.futures.Executor, optional
        Anything with `submit` that gives futures; by default one run after another here.
        Its workers must see the folder.
    until : float
        Time by `time.monotonic` after which no run is begun, nor one that would not be done by then, as far
        as the one before it tells; of runs that workers do at the same time, none is begun after it.

    Returns
    -------
    int
        How many runs were trained.

    Raises
    ------
    OutOfTime
        If runs are left when the time is over; those that were done are recorded.
    RecordError, ValueError
        As `runs.pending` and `fitting.train` do.
    """
    missing = pending(runs, dataset, folder)
    epochs = sum(run.protocol.epochs for run in missing)
    with tqdm(total=epochs, unit="epoch", disable=not progress, file=sys.stderr) as bar:
        if executor is None:
            clock = Clock(until)
            for run in missing:
                clock.begin(run.protocol.epochs)
                bar.set_description(f"{run.arm} seed {run.seed} fold {run.fold}")
                execute(run, dataset, folder, device, lambda epoch: _tick(bar))
        else:
            _pretrain(missing, device, executor)
            futures = {executor.submit(execute, run, dataset, folder, device): run for run in missing}
            for future in done_in_time(futures, until):
                future.result()
                bar.update(futures[future].protocol.epochs)
    return len(missing)


def done_in_time(futures: Iterable[Future[Done]], until: float = FOREVER) -> Iterator[Future[Done]]:
    """Futures as they are done.

    Raises
    ------
    OutOfTime
        When the time is over, after those that had begun are done; the others are cancelled.
    """
    waiting = set(futures)
    left = None if until == FOREVER else max(until - time.monotonic(), 0.0)
    try:
        for future in as_completed(waiting, left):
            waiting.discard(future)
            yield future
    except TimeoutError as error:
        begun = [future for future in waiting if not future.cancel()]
        yield from as_completed(begun)
        if len(begun) < len(waiting):
            raise OutOfTime("the time is over; the same command goes on where it was.") from error


def _pretrain(missing: Sequence[Run], device: str | None, executor: Executor) -> None:
    """Train each set of weights that runs start from once, before workers could do so twice."""
    wanted = set()
    for run in missing:
        if run.protocol.pretraining:
            protocol = protocols.pretraining(run.protocol.pretraining)
            wanted.add((protocol.name, run.seed % protocol.seeds))
    for future in [executor.submit(pretrained, name, seed, device) for name, seed in sorted(wanted)]:
        future.result()


def _tick(bar: tqdm) -> None:
    bar.update()


def execute(
    run: Run,
    dataset: Dataset,
    folder: Path,
    device: str | None = None,
    report: Callable[[training.Epoch], None] = lambda epoch: None,
) -> None:
    """Train one model, predict its validation and test items, write its record."""
    write_record(train(run, dataset, device, report), folder / run.file)
