"""Fitting: one run trained, and what it predicts. Whatever trains a run, trains it here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from softlabel_core import arms, data, metrics, models, training
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import features, pretraining, provenance
from softlabel_core.study.record import Record
from softlabel_core.study.runs import Run, identity, split_of

Report = Callable[[training.Epoch], None]


class Diverged(RecordError):
    """A model's predictions are no numbers any more."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained model with what it was trained on.

    Attributes
    ----------
    model : torch.nn.Module
        On the device of the inputs.
    inputs : dict of str to torch.Tensor or Tokens
        Items of the parts `train`, `validation` and `test` as the model takes them.
    split : data.Split
        Rows of these parts; those of `test` are of the other data set where one was given.
    log_p_validation : numpy.ndarray of float32, shape [n_validation, n_classes]
        Log-probabilities after the last epoch.
    history : list of dict
        One entry an epoch.
    pretraining : dict or None
        Where the first weights, or the frozen features, came from; plain values for the record.
    """

    model: torch.nn.Module
    inputs: dict[str, training.Inputs]
    split: data.Split
    log_p_validation: NDArray[np.float32]
    history: list[dict[str, float]]
    pretraining: dict[str, Any] | None


class Begun(NamedTuple):
    """A run before its first epoch: its learner, what it reads and predicts, the split, and where it starts from.

    All but the learner are as in `Fitted`.
    """

    learner: training.Learner
    inputs: dict[str, training.Inputs]
    split: data.Split
    pretraining: dict[str, Any] | None


def train(
    run: Run,
    dataset: Dataset,
    device: str | None = None,
    report: Report = lambda epoch: None,
    *,
    taught: Dataset | None = None,
    rows: NDArray[np.int64] | None = None,
    test: Dataset | None = None,
) -> Record:
    """Train one model and return what it predicts. Nothing is written.

    Parameters
    ----------
    run, dataset, device, report, taught, rows, test
        See `fitted`.

    Raises
    ------
    Diverged
        If training diverged.
    ValueError, RecordError
        As `fitted`.
    """
    started = time.perf_counter()
    done = fitted(run, dataset, device, report, taught=taught, rows=rows, test=test)
    tested, there = test or dataset, done.inputs["test"].device
    log_p_test = checked(training.predict(done.model, done.inputs["test"]), run, run.protocol.epochs)
    source = dataset.provenance if test is None else f"{dataset.provenance}; tested on {test.provenance}"
    return Record(
        ids_validation=dataset.ids[done.split.validation],
        log_p_validation=done.log_p_validation,
        ids_test=tested.ids[done.split.test],
        log_p_test=log_p_test,
        meta={
            **identity(run),
            "data_hash": tested.hash,
            "provenance": source,
            "n_train": len(done.inputs["train"]),
            "n_parameters": models.n_parameters(done.model),
            "n_ties_broken": arms.n_ties(run.arm, taught or dataset, done.split.train),
            "pretraining": done.pretraining,
            **provenance.encoder(run.protocol, dataset),
            "history": done.history,
            "precision": training.precision_here(run.protocol.precision, there),
            **provenance.where_it_ran(there, text=dataset.is_text),
            "seconds": time.perf_counter() - started,
            "peak_memory_bytes": provenance.peak_memory(there),
        },
    )


def fitted(
    run: Run,
    dataset: Dataset,
    device: str | None = None,
    report: Report = lambda epoch: None,
    *,
    taught: Dataset | None = None,
    rows: NDArray[np.int64] | None = None,
    test: Dataset | None = None,
) -> Fitted:
    """Train one model and return it.

    Parameters
    ----------
    run : Run
    dataset : Dataset
    device : str, optional
        By default a GPU where there is one.
    report : callable
        Called after each epoch.
    taught : Dataset, optional
        The same items with the votes that targets are made of, where those are not all votes.
    rows : numpy.ndarray of int, optional
        Rows of the data set to train on, some of the split's training part; by default all of it.
    test : Dataset, optional
        Other items to predict, all of them. The whole data set is then trained on, whatever the fold, and
        no item of it is held out for validation.

    Raises
    ------
    Diverged
        If training diverged.
    ValueError
        If a row is not in the training part, or the arm cannot be taught with this data set.
    RecordError
        If pretrained weights cannot be had, see `pretraining.pretrained`.
    """
    begun = begin(run, dataset, device, taught=taught, rows=rows, test=test)
    inputs, split = begun.inputs, begun.split
    provenance.reset_peak_memory(inputs["train"].device)
    log_p, history = np.empty((0, dataset.n_classes), dtype=np.float32), []
    for epoch in begun.learner.epochs:
        if len(split.validation):
            log_p = training.predict(begun.learner.model, inputs["validation"])
        checked(log_p if len(log_p) else epoch.loss, run, epoch.number)
        history.append(_progress(epoch, log_p, dataset.counts[split.validation]))
        report(epoch)
    return Fitted(begun.learner.model, inputs, split, log_p, history, begun.pretraining)


def begin(
    run: Run,
    dataset: Dataset,
    device: str | None = None,
    *,
    taught: Dataset | None = None,
    rows: NDArray[np.int64] | None = None,
    test: Dataset | None = None,
) -> Begun:
    """Put a run together, for who takes its epochs one by one; arguments and errors as in `fitted`."""
    protocol, there = run.protocol, training.pick_device(device)
    split = _split(run, dataset, rows, test)
    inputs, made_by = _inputs(run, dataset, test, split, there)
    start = None
    if protocol.pretraining and not protocol.frozen:
        start, made_by = pretraining.pretrained(protocol.pretraining, run.seed, device)
    learner = training.teach(
        run.arm, taught or dataset, split.train, inputs["train"], protocol, run.seed, start=start
    )
    return Begun(learner, inputs, split, made_by)


def _split(run: Run, dataset: Dataset, rows: NDArray[np.int64] | None, test: Dataset | None) -> data.Split:
    """Rows of each part: those of the run's fold, or all of one data set and all of another."""
    if test is None:
        split = split_of(dataset, run.protocol, run.fold)
    else:
        none = np.array([], dtype=np.int64)
        split = data.Split(run.fold, np.arange(dataset.n_items), none, np.arange(test.n_items))
    if rows is None:
        return split
    stray = np.setdiff1d(rows, split.train)
    if not len(rows) or stray.size:
        named = f"row {stray[0]} is not" if stray.size else "there is no row"
        raise ValueError(f"{named} in the training part of fold {split.fold}; name rows of that part only.")
    return replace(split, train=rows)


def _inputs(
    run: Run, dataset: Dataset, test: Dataset | None, split: data.Split, device: torch.device
) -> tuple[dict[str, training.Inputs], dict[str, Any] | None]:
    """Items of each part as the model takes them, and where they came from if a pretrained network made them."""
    whole, made_by = features.model_inputs(dataset, run.protocol, device, run.seed)
    others = whole if test is None else features.model_inputs(test, run.protocol, device, run.seed).items
    parts = {
        "train": (whole, split.train),
        "validation": (whole, split.validation),
        "test": (others, split.test),
    }
    return {name: items[torch.from_numpy(rows).to(device)] for name, (items, rows) in parts.items()}, made_by


def checked(found: Any, run: Run, epoch: int) -> Any:
    """Predictions, or a loss, if they are numbers.

    Raises
    ------
    Diverged
        If they are not.
    """
    if not np.isfinite(found).all():
        raise Diverged(
            f"{run.file}: training diverged in epoch {epoch}, so nothing was recorded; lower the learning rate."
        )
    return found


def _progress(
    epoch: training.Epoch, log_p: NDArray[np.float32], counts: NDArray[np.int64]
) -> dict[str, float]:
    """One line of a run's history; nothing is selected by it."""
    line = {"epoch": epoch.number, "train_loss": epoch.loss}
    if not len(log_p):
        return line
    scores = metrics.evaluate(np.exp(log_p.astype(np.float64)), counts, log_p=log_p)
    kept = ("kl", "entropy_pearson", "accuracy")
    return line | {f"validation_{key}": scores[key] for key in kept}


def seconds_an_item(run: Run, dataset: Dataset) -> float:
    """Seconds that training takes for one item once, by the clock, on a model that is thrown away.

    Two batches warm up and the same two are timed: what caches and allocates is left out.

    Raises
    ------
    ValueError, RecordError
        As `fitted`.
    """
    protocol = replace(run.protocol, epochs=2)
    inputs = features.model_inputs(dataset, protocol, seed=run.seed).items[: 2 * protocol.batch_size]
    _, epochs = training.teach(run.arm, dataset, np.arange(len(inputs)), inputs, protocol, run.seed)
    warm, timed = epochs
    return (timed.seconds - warm.seconds) / len(inputs)
