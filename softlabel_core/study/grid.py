"""The grid: runs of a study trained where their records are missing, here or by workers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

from tqdm import tqdm

from softlabel_core import training
from softlabel_core.data import Dataset
from softlabel_core.study import protocols
from softlabel_core.study.fitting import train
from softlabel_core.study.pretraining import pretrained
from softlabel_core.study.record import write_record
from softlabel_core.study.runs import Run, pending


def run_study(
    runs: Sequence[Run],
    dataset: Dataset,
    folder: Path,
    *,
    device: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
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

    Returns
    -------
    int
        How many runs were trained.
    """
    missing = pending(runs, dataset, folder)
    epochs = sum(run.protocol.epochs for run in missing)
    with tqdm(total=epochs, unit="epoch", disable=not progress, file=sys.stderr) as bar:
        if executor is None:
            for run in missing:
                bar.set_description(f"{run.arm} seed {run.seed} fold {run.fold}")
                execute(run, dataset, folder, device, lambda epoch: _tick(bar))
        else:
            _pretrain(missing, device, executor)
            futures = {executor.submit(execute, run, dataset, folder, device): run for run in missing}
            for future in as_completed(futures):
                future.result()
                bar.update(futures[future].protocol.epochs)
    return len(missing)


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
