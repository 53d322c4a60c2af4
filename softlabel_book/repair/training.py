"""Training for repair: networks of both arms, and what the votes of a few more items make of the hard one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from softlabel_book.repair import analysis, design
from softlabel_book.repair.analysis import REPAIR
from softlabel_core import calibration, metrics, models, statistics, study, training
from softlabel_core.arms import PAIR
from softlabel_core.clock import FOREVER, Clock
from softlabel_core.data import Dataset
from softlabel_core.study import Run, features, networks
from softlabel_core.study.networks import Predictions
from softlabel_core.study.protocols import Protocol

Rows = NDArray[np.int64]


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
    last : str
        Name of the layer that gives its logits.
    rows : numpy.ndarray of int
        Rows of the data set that were held out of training.
    held, test : torch.Tensor or Tokens
        Items held out of training, and test items, as the model reads them, on the device.
    log_p_held, log_p_test : numpy.ndarray of float32, shape [n_items, n_classes]
    """

    run: Run
    weights: dict[str, Tensor]
    last: str
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
        # Each way that trains on takes all folds but one, each item in all but one of them, and once all items.
        clock.begin(n_items * design.longest(protocol) * design.FOLDS * len(design.TAUGHT))
        done |= _spent(hard, dataset, n_items, draw)
        networks.write_predictions(path, digest, done)
    return done


def _missing(done: Predictions, n_held: int) -> Iterator[tuple[int, int]]:
    """Budgets and draws whose predictions are not there yet, the largest budget first: it is worth most."""
    for n_items in reversed(design.budgets(n_held)):
        for draw in design.draws(n_items, n_held):
            if design.name_of("temperature", n_items, draw) not in done:
                yield n_items, draw


def _hard(run: Run, model: torch.nn.Module, dataset: Dataset, device: str | None) -> Hard:
    there, split = training.pick_device(device), study.split_of(dataset, run.protocol, run.fold)
    items = features.model_inputs(dataset, run.protocol, there, run.seed).items
    held, test = (items[torch.from_numpy(rows).to(there)] for rows in (split.validation, split.test))
    model.to(there)
    weights = {name: values.cpu() for name, values in model.state_dict().items()}
    predicted = training.predict(model, held), training.predict(model, test)
    return Hard(run, weights, models.last_layer(model), split.validation, held, test, *predicted)


def _spent(hard: Hard, dataset: Dataset, n_items: int, draw: int) -> Predictions:
    """What the votes of so many items make of the hard network's predictions, by every way."""
    at = design.voted(n_items, len(hard.rows), hard.run.seed, draw)
    counts, log_p = dataset.counts[hard.rows[at]], hard.log_p_held[at]
    found: dict[str, NDArray[Any]] = {
        "temperature": calibration.on_votes(log_p, counts)(hard.log_p_test),
        "vector": calibration.on_votes_by_class(log_p, counts)(hard.log_p_test),
    }
    for way, tempered in design.TAUGHT.items():
        epochs = choose(hard, dataset, at, tempered=tempered)
        found |= {
            way: further(hard, dataset, at, epochs, tempered=tempered),
            f"epochs of {way}": np.array(epochs),
        }
    return {
        design.name_of(way, n_items, draw): np.asarray(values, np.float32) for way, values in found.items()
    }


# ---------------------------------------------------------------- training on


def choose(hard: Hard, dataset: Dataset, at: Rows, *, tempered: bool = False) -> int:
    """The epochs of training on with the lowest cross-entropy on voted items that it did not see.

    Parameters
    ----------
    hard : Hard
    dataset : Dataset
    at : numpy.ndarray of int
        Positions of the voted items among those held out of training; no other item is looked at.
    tempered : bool
        Whether training on begins with the network at one temperature, fitted on the items that it learns.

    Returns
    -------
    int
        0 where it is best left alone.
    """
    losses = np.zeros(design.longest(hard.run.protocol) + 1)
    for out in design.parts(dataset.groups[hard.rows[at]], hard.run.seed):
        unseen = at[out]
        for epochs, log_p in enumerate(_on_the_way(hard, dataset, at[~out], unseen, tempered)):
            losses[epochs] += metrics.cross_entropy(dataset.p_human[hard.rows[unseen]], log_p).sum()
    return int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))


def _on_the_way(
    hard: Hard, dataset: Dataset, at: Rows, unseen: Rows, tempered: bool
) -> Iterator[NDArray[np.float32]]:
    """Predictions for items that training on does not see, before it and after each epoch."""
    shown = _take(hard.held, unseen)
    learner = _learner(hard, dataset, at, tempered)
    yield training.predict(learner.model.to(hard.held.device), shown)
    for _ in learner.epochs:
        yield training.predict(learner.model, shown)


def further(
    hard: Hard, dataset: Dataset, at: Rows, epochs: int, *, tempered: bool = False
) -> NDArray[np.float32]:
    """Predictions for the test items after so many epochs with the voted items; arguments as in `choose`."""
    learner = _learner(hard, dataset, at, tempered)
    learner.model.to(hard.test.device)
    for _ in islice(learner.epochs, epochs):
        pass
    return training.predict(learner.model, hard.test)


def _learner(hard: Hard, dataset: Dataset, at: Rows, tempered: bool) -> training.Learner:
    """The hard network, as it is or at one temperature, about to learn the votes of some items."""
    protocol, rows = hard.run.protocol, hard.rows[at]
    gentle = replace(
        protocol, epochs=design.longest(protocol), batch_size=min(design.BATCH, protocol.batch_size)
    )
    weights = hard.weights
    if tempered:
        temperature = calibration.on_votes(hard.log_p_held[at], dataset.counts[rows]).value
        last = {name: weights[name] / temperature for name in weights if name.startswith(f"{hard.last}.")}
        weights = weights | last
    return training.teach("soft", dataset, rows, _take(hard.held, at), gentle, hard.run.seed, start=weights)


def _take(items: training.Inputs, rows: Rows) -> training.Inputs:
    return items[torch.from_numpy(rows).to(items.device)]
