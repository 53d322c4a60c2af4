"""Pretraining: weights that runs start from or read features of, trained once and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from softlabel_core import data, training
from softlabel_core.checkpoint import Checkpoint
from softlabel_core.clock import FOREVER
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import cache, inputs, protocols, provenance
from softlabel_core.study.cache import Kept
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.runs import changed_settings

ARM = "gold"  # nothing is ever tested on these sets, and most ship no votes
SCALED_BY = 5000  # items whose mean and spread scale images: all 50,000 take 600 MB as floats


def pretrained(name: str, seed: int, device: str | None = None, until: float = FOREVER) -> Kept:
    """Weights of a model trained on a pretraining set, kept in the cache.

    A stage that was cut off goes on from its last checkpoint, which lies beside.

    Parameters
    ----------
    name : str
        A protocol of a pretraining set, see `protocols.pretraining`.
    seed : int
        Seed of the run that starts from it; taken modulo the protocol's seeds.
    device : str, optional
        By default a GPU where there is one.
    until : float
        Time by `time.monotonic` at which to stop.

    Returns
    -------
    cache.Kept
        The weights, and where they came from, for the record.

    Raises
    ------
    ValueError
        If there is no pretraining of that name.
    RecordError
        If training diverged, the disk refuses, or a file in the cache is broken or was made with other settings.
    OutOfTime
        If it was stopped before its end.
    """
    protocol = protocols.pretraining(name)
    seed %= protocol.seeds
    dataset = _subset(data.load(protocol.data), protocol)
    path = _weights_path(protocol, dataset, seed)
    if not path.exists():
        there = training.pick_device(device)
        facts = protocol.settings() | {"seed": seed, "data": dataset.hash, "device": there.type}
        checkpoint = Checkpoint(path.with_suffix(".part"), facts, until=until)
        cache.write_tensors(path, *_train(protocol, dataset, seed, there, checkpoint))
        checkpoint.forget()
    kept = cache.read_tensors(path)
    if changed_settings(kept.facts["settings"], protocol):
        raise RecordError(f"{path} was trained with other settings; delete it, and it is made again.")
    return kept


def _subset(dataset: Dataset, protocol: Protocol) -> Dataset:
    """The items that a pretraining stage uses: all, or so many at random, in their order."""
    if protocol.subset is None or protocol.subset >= dataset.n_items:
        return dataset
    rng = np.random.default_rng(protocol.split_seed)
    return dataset.take(np.sort(rng.choice(dataset.n_items, protocol.subset, replace=False)))


def _weights_path(protocol: Protocol, dataset: Dataset, seed: int) -> Path:
    kind = "text" if dataset.is_text else "lossless" if dataset.provenance.startswith("lossless") else "jpeg"
    file = f"{protocol.name}-{protocol.epochs}epochs-{kind}-{dataset.hash[:8]}-seed{seed}.pt"
    return cache.path_of("weights", file)


def _train(
    protocol: Protocol, dataset: Dataset, seed: int, device: torch.device, checkpoint: Checkpoint
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Train one set of weights; return them with where they came from."""
    train_rows, held_rows = _hold_out(dataset, protocol)
    items = inputs.read_items(dataset, protocol, device)
    learner = training.teach(
        ARM,
        dataset,
        train_rows,
        items[torch.from_numpy(train_rows)],
        protocol,
        seed,
        scaled_by=items[:SCALED_BY],
        checkpoint=checkpoint,
    )
    named = f"pretraining {protocol.name} seed {seed}"
    for epoch in tqdm(learner.epochs, total=protocol.epochs, desc=named, unit="epoch"):
        if not np.isfinite(epoch.loss):
            raise RecordError(f"{named} diverged, so no weights were kept; lower its learning rate.")
        if len(held_rows):
            log_p = training.predict(learner.model, items[torch.from_numpy(held_rows)])
            checkpoint.notes[str(epoch.number)] = _accuracy(log_p, dataset.take(held_rows))
    return learner.model.state_dict(), {
        "settings": protocol.settings(),
        "seed": seed,
        "n_train": len(train_rows),
        "provenance": dataset.provenance,
        "train_loss": epoch.loss,
        "held_out": checkpoint.notes.get(str(protocol.epochs)),
        "accuracy_by_epoch": {number: learned["accuracy"] for number, learned in checkpoint.notes.items()},
        **provenance.encoder(protocol, dataset),
        "seconds": epoch.seconds,
        "peak_memory_bytes": provenance.peak_memory(device),
        "precision": training.precision_here(protocol.precision, device),
        **provenance.where_it_ran(device, text=dataset.is_text),
    }


def _hold_out(dataset: Dataset, protocol: Protocol) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on, and rows of whole groups kept out to see what was learnt."""
    groups = np.unique(dataset.groups)
    rng = np.random.default_rng([protocol.split_seed, 1])
    kept = rng.choice(groups, round(protocol.held_out * len(groups)), replace=False)
    out = np.isin(dataset.groups, kept)
    return np.flatnonzero(~out), np.flatnonzero(out)


def _accuracy(log_p: NDArray[np.float32], held: Dataset) -> dict[str, Any]:
    """Accuracy against the gold label on items that pretraining did not see, in all and by part."""
    assert held.gold is not None
    right = log_p.argmax(axis=1) == held.gold
    parts = (
        {} if held.part is None else {str(name): right[held.part == name] for name in np.unique(held.part)}
    )
    return {"n": len(right), "accuracy": float(right.mean())} | {
        "by_part": {name: {"n": len(hits), "accuracy": float(hits.mean())} for name, hits in parts.items()}
    }
