"""Fitting: one run trained, and what it predicts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from softlabel_core import arms, data, metrics, models, training
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study.inputs import _inputs, model_inputs, pretrained
from softlabel_core.study.provenance import _encoder, _peak_memory, _reset_peak_memory, where_it_ran
from softlabel_core.study.record import Record
from softlabel_core.study.runs import Run, _who, split_of


def train(
    run: Run,
    dataset: Dataset,
    device: str | None = None,
    report: Callable[[training.Epoch], None] = lambda epoch: None,
    *,
    taught: Dataset | None = None,
    rows: NDArray[np.int64] | None = None,
) -> Record:
    """Train one model and return what it predicts. Nothing is written.

    Parameters
    ----------
    run, dataset, device, report
        As in `execute`.
    taught, rows
        See `fitted`.

    Raises
    ------
    Diverged
        If training diverged.
    """
    started = time.perf_counter()
    done = fitted(run, dataset, device, report, taught=taught, rows=rows)
    split, place = done.split, done.inputs["test"].device
    return Record(
        ids_validation=dataset.ids[split.validation],
        log_p_validation=done.log_p_validation,
        ids_test=dataset.ids[split.test],
        log_p_test=training.predict(done.model, done.inputs["test"]),
        meta={
            **_who(run),
            "data_hash": dataset.hash,
            "provenance": dataset.provenance,
            "n_train": len(done.inputs["train"]),
            "n_parameters": models.n_parameters(done.model),
            "n_ties_broken": arms.n_ties(run.arm, taught or dataset, split.train if rows is None else rows),
            "pretraining": done.pretraining,
            **_encoder(run.protocol, dataset),
            "history": done.history,
            "precision": training.precision_here(run.protocol.precision, place),
            **where_it_ran(place, text=dataset.is_text),
            "seconds": time.perf_counter() - started,
            "peak_memory_bytes": _peak_memory(place),
        },
    )


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
    log_p_validation : numpy.ndarray of float32, shape [n_validation, n_classes]
        Log-probabilities after the last epoch.
    history : list of dict
        One entry an epoch.
    pretraining : dict or None
        Where the first weights, or the frozen features, came from.
    """

    model: torch.nn.Module
    inputs: dict[str, training.Inputs]
    split: data.Split
    log_p_validation: NDArray[np.float32]
    history: list[dict[str, float]]
    pretraining: dict[str, Any] | None


def fitted(
    run: Run,
    dataset: Dataset,
    device: str | None = None,
    report: Callable[[training.Epoch], None] = lambda epoch: None,
    *,
    taught: Dataset | None = None,
    rows: NDArray[np.int64] | None = None,
) -> Fitted:
    """Train one model and return it.

    Parameters
    ----------
    run, dataset, device, report
        As in `execute`.
    taught : Dataset, optional
        The same items with the votes that targets are made of, where those are not all votes.
    rows : numpy.ndarray of int, optional
        Rows of the data set to train on, some of the split's training part; by default all of it.

    Raises
    ------
    Diverged
        If training diverged.
    """
    protocol, place = run.protocol, training.pick_device(device)
    split = split_of(dataset, protocol, run.fold)
    train_rows = split.train if rows is None else _checked(rows, split)
    whole, pretraining = _inputs(dataset, protocol, place, run.seed)
    inputs = {
        part: whole[torch.from_numpy(chosen).to(place)]
        for part, chosen in (("train", train_rows), ("validation", split.validation), ("test", split.test))
    }
    start = None
    if protocol.pretraining and not protocol.frozen:
        start, pretraining = pretrained(protocol.pretraining, run.seed, device)
    model, epochs = training.teach(
        run.arm, taught or dataset, train_rows, inputs["train"], protocol, run.seed, start=start
    )
    _reset_peak_memory(place)
    history = []
    for epoch in epochs:
        log_p = training.predict(model, inputs["validation"])
        if not np.isfinite(log_p).all():
            raise Diverged(
                f"{run.file}: training diverged in epoch {epoch.number}, so nothing was recorded; lower the learning rate."
            )
        history.append(_progress(epoch, log_p, dataset.counts[split.validation]))
        report(epoch)
    return Fitted(model, inputs, split, log_p, history, pretraining)


class Diverged(RecordError):
    """A model's predictions are no numbers any more."""


def _checked(rows: NDArray[np.int64], split: data.Split) -> NDArray[np.int64]:
    """Rows to train on, none of which may be held out."""
    stray = np.setdiff1d(rows, split.train)
    if not len(rows) or stray.size:
        named = f"row {stray[0]} is not" if stray.size else "there is no row"
        raise ValueError(f"{named} in the training part of fold {split.fold}; name rows of that part only.")
    return rows


def seconds_an_item(run: Run, dataset: Dataset) -> float:
    """Seconds that training takes for one item once, by the clock, on a model that is thrown away.

    Two batches warm up and the same two are timed: what caches and allocates is left out.
    """
    protocol = replace(run.protocol, epochs=2)
    inputs = model_inputs(dataset, protocol, seed=run.seed)[: 2 * protocol.batch_size]
    _, epochs = training.teach(run.arm, dataset, np.arange(len(inputs)), inputs, protocol, run.seed)
    warm, timed = epochs
    return (timed.seconds - warm.seconds) / len(inputs)


def _progress(
    epoch: training.Epoch, log_p: NDArray[np.float32], counts: NDArray[np.int64]
) -> dict[str, float]:
    """One line of a run's history; nothing is selected by it."""
    scores = metrics.evaluate(np.exp(log_p.astype(np.float64)), counts, log_p=log_p)
    kept = ("kl", "entropy_pearson", "accuracy")
    return {"epoch": epoch.number, "train_loss": epoch.loss} | {
        f"validation_{key}": scores[key] for key in kept
    }
