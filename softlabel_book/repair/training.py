"""Training for repair: networks of both arms, and what the votes of a few more items make of the hard one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from softlabel_book.repair import analysis, design
from softlabel_book.repair.analysis import REPAIR
from softlabel_core import calibration, metrics, statistics, study, training
from softlabel_core.arms import PAIR
from softlabel_core.clock import FOREVER, Clock
from softlabel_core.data import Dataset
from softlabel_core.study import Run, features, networks
from softlabel_core.study.networks import Predictions
from softlabel_core.study.protocols import Protocol

Rows = NDArray[np.int64]
# One fold of each rate and one training on all: epochs over as many items.
PASSES = design.EPOCHS * ((design.FOLDS - 1) * len(design.RATES) + 1)


def record(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    device: str | None = None,
    folder: Path | None = None,
    progress: bool = True,
    until: float = FOREVER,
    n_resamples: int = statistics.N_RESAMPLES,
) -> Path:
    """Train what is missing, write the numbers after each seed, and say where: what `softlabel repair` does.

    Networks and all they predict are kept in the cache, so that a seed that was cut off goes on where it was.

    Parameters
    ----------
    protocol : Protocol
    dataset : Dataset
    seeds : sequence of int, optional
        By default the protocol's.
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
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    OutOfTime
        If work is left when the time is over.
    """
    where = (protocol.data, protocol.name, folder)
    wanted = list(range(protocol.seeds) if seeds is None else seeds)
    known = analysis.seeds_of(REPAIR.read(*where), protocol, dataset) if REPAIR.exists(*where) else []
    if known[: len(wanted)] == wanted:
        return REPAIR.path(*where)
    found: dict[int, Predictions] = {}
    clock = Clock(until)
    for seed in tqdm(wanted, desc="repair", unit="seed", disable=not progress, file=sys.stderr):
        found[seed] = of_seed(protocol, dataset, seed, device, clock)
        if len(found) > len(known):  # fewer are recorded
            REPAIR.write(analysis.make(found, protocol, dataset, n_resamples), *where)
    return REPAIR.path(*where)


# ---------------------------------------------------------------- one seed


class Hard(NamedTuple):
    """A network of hard labels, and the items that its users have.

    Attributes
    ----------
    run : Run
    weights : dict of str to torch.Tensor
    rows : numpy.ndarray of int
        Rows of the data set that were held out of training.
    held, test : torch.Tensor or Tokens
        Items held out of training, and test items, as the model reads them, on the device.
    log_p_held, log_p_test : numpy.ndarray of float32, shape [n_items, n_classes]
    """

    run: Run
    weights: dict[str, Tensor]
    rows: Rows
    held: training.Inputs
    test: training.Inputs
    log_p_held: NDArray[np.float32]
    log_p_test: NDArray[np.float32]


def of_seed(
    protocol: Protocol, dataset: Dataset, seed: int, device: str | None = None, clock: Clock | None = None
) -> Predictions:
    """Predictions of one seed for the test items, by every way, budget and draw; what the cache has is not made again.

    Returns
    -------
    dict
        See `analysis.make`.

    Raises
    ------
    RecordError, OutOfTime
        As `record` does.
    """
    clock = clock or Clock()
    split = study.split_of(dataset, protocol, 0)
    runs = {arm: Run(protocol, arm, 0, seed) for arm in PAIR}
    trained = {}
    for arm, run in runs.items():
        clock.begin(len(split.train) * protocol.epochs)
        trained[arm] = networks.trained(run, dataset, device)
    path = networks.path_of(runs["hard"], dataset, "repair")
    digest = f"{trained['hard'].digest} {trained['soft'].digest} {design.RULE}"
    done = networks.read_predictions(path, digest)
    hard = _hard(runs["hard"], trained["hard"].model, dataset, device)
    if "soft" not in done:
        there = hard.test.device
        done |= {
            "hard": hard.log_p_test,
            "soft": training.predict(trained["soft"].model.to(there), hard.test),
        }
    for n_items, draw in _missing(done, len(hard.rows)):
        clock.begin(n_items * PASSES)
        done |= _spent(hard, dataset, n_items, draw)
        networks.write_predictions(path, digest, done)
    return done


def _missing(done: Predictions, n_held: int) -> Iterator[tuple[int, int]]:
    """Budgets and draws whose predictions are not there yet, the largest budget first: it is worth most."""
    for n_items in reversed(design.budgets(n_held)):
        for draw in design.draws(n_items, n_held):
            if design.name_of("chosen", n_items, draw) not in done:
                yield n_items, draw


def _hard(run: Run, model: torch.nn.Module, dataset: Dataset, device: str | None) -> Hard:
    there, split = training.pick_device(device), study.split_of(dataset, run.protocol, run.fold)
    items = features.model_inputs(dataset, run.protocol, there, run.seed).items
    held, test = (items[torch.from_numpy(rows).to(there)] for rows in (split.validation, split.test))
    model.to(there)
    weights = {name: values.cpu() for name, values in model.state_dict().items()}
    predicted = training.predict(model, held), training.predict(model, test)
    return Hard(run, weights, split.validation, held, test, *predicted)


def _spent(hard: Hard, dataset: Dataset, n_items: int, draw: int) -> Predictions:
    """What the votes of so many items make of the hard network's predictions, by every way."""
    at = design.voted(n_items, len(hard.rows), hard.run.seed, draw)
    counts, log_p = dataset.counts[hard.rows[at]], hard.log_p_held[at]
    rate, epochs = choose(hard, dataset, at)
    found = {
        "temperature": calibration.on_votes(log_p, counts)(hard.log_p_test),
        "vector": calibration.on_votes_by_class(log_p, counts)(hard.log_p_test),
        "further": further(hard, dataset, at, rate, epochs),
        "chosen": np.array([rate, epochs]),
    }
    return {
        design.name_of(way, n_items, draw): np.asarray(values, dtype=np.float32)
        for way, values in found.items()
    }


# ---------------------------------------------------------------- training on


def choose(hard: Hard, dataset: Dataset, at: Rows) -> tuple[float, int]:
    """The rate and the epochs of training on with the lowest cross-entropy on voted items that it did not see.

    Parameters
    ----------
    hard : Hard
    dataset : Dataset
    at : numpy.ndarray of int
        Positions of the voted items among those held out of training; no other item is looked at.

    Returns
    -------
    rate : float
        One of `design.RATES`.
    epochs : int
        0 where it is best left alone.
    """
    p_human = dataset.p_human[hard.rows]
    alone = metrics.cross_entropy(p_human[at], hard.log_p_held[at]).sum()
    losses = {(rate, 0): alone for rate in design.RATES}
    for out in design.parts(dataset.groups[hard.rows[at]], hard.run.seed):
        for rate in design.RATES:
            learner = _learner(hard, dataset, at[~out], rate)
            for epoch in learner.epochs:
                log_p = training.predict(learner.model, _take(hard.held, at[out]))
                loss = metrics.cross_entropy(p_human[at[out]], log_p).sum()
                losses[rate, epoch.number] = losses.get((rate, epoch.number), 0.0) + loss
    finite = {key: loss for key, loss in losses.items() if np.isfinite(loss)}
    return min(finite, key=lambda key: finite[key])


def further(hard: Hard, dataset: Dataset, at: Rows, rate: float, epochs: int) -> NDArray[np.float32]:
    """Predictions for the test items after training on with the voted items; arguments as in `choose`."""
    if not epochs:
        return hard.log_p_test
    learner = _learner(hard, dataset, at, rate)
    for _ in islice(learner.epochs, epochs):
        pass
    return training.predict(learner.model, hard.test)


def _learner(hard: Hard, dataset: Dataset, at: Rows, rate: float) -> training.Learner:
    """The hard network, about to learn the votes of some items."""
    protocol = hard.run.protocol
    gentle = replace(
        protocol,
        epochs=design.EPOCHS,
        learning_rate=rate * protocol.learning_rate,
        batch_size=min(design.BATCH, protocol.batch_size),
    )
    inputs = _take(hard.held, at)
    return training.teach("soft", dataset, hard.rows[at], inputs, gentle, hard.run.seed, start=hard.weights)


def _take(items: training.Inputs, rows: Rows) -> training.Inputs:
    return items[torch.from_numpy(rows).to(items.device)]
