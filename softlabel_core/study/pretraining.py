"""Pretraining: weights that runs start from or read features of, trained once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from softlabel_core import data, training
from softlabel_core.data import Dataset
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import cache, inputs, protocols, provenance
from softlabel_core.study.cache import Kept
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.runs import changed_settings

ARM = "gold"  # nothing is ever tested on these sets, and most ship no votes
SCALED_BY = 5000  # items whose mean and spread scale images: all 50,000 take 600 MB as floats


def pretrained(name: str, seed: int, device: str | None = None) -> Kept:
    """Weights of a model trained on a pretraining set, kept in the cache.

    Parameters
    ----------
    name : str
        A protocol of a pretraining set, see `protocols.pretraining`.
    seed : int
        Seed of the run that starts from it; taken modulo the protocol's seeds.
    device : str, optional
        By default a GPU where there is one.

    Returns
    -------
    cache.Kept
        The weights, and where they came from, for the record.

    Raises
    ------
    ValueError
        If there is no pretraining of that name.
    RecordError
        If training diverged, the disk refuses, or the file in the cache is broken or was made with other settings.
    """
    protocol = protocols.pretraining(name)
    seed %= protocol.seeds
    dataset = _subset(data.load(protocol.data), protocol)
    path = _weights_path(protocol, dataset, seed)
    if not path.exists():
        cache.write_tensors(path, *_train(protocol, dataset, seed, training.pick_device(device)))
    kept = cache.read_tensors(path)
    if changed_settings(kept.facts["settings"], protocol):
        raise RecordError(f"{path} was trained with other settings; delete it, and it is made again.")
    return kept


def facts_file(seed: int) -> Aggregate:
    """The file of a pretraining stage with this seed: what it was trained on and what it learnt, not its weights."""
    command = f"softlabel pretrain {{protocol}} --seed {seed}"
    return Aggregate(f"seed{seed}.json", command, facts=("settings",), digits=None)


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
    protocol: Protocol, dataset: Dataset, seed: int, device: torch.device
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
    )
    last = _to_the_end(learner.epochs, protocol, seed)
    held_out = None
    if len(held_rows):
        log_p = training.predict(learner.model, items[torch.from_numpy(held_rows)])
        held_out = _held_out_accuracy(log_p, dataset.take(held_rows))
    return learner.model.state_dict(), {
        "settings": protocol.settings(),
        "seed": seed,
        "n_train": len(train_rows),
        "provenance": dataset.provenance,
        "train_loss": last.loss,
        "held_out": held_out,
        **provenance.encoder(protocol, dataset),
        "seconds": last.seconds,
        "peak_memory_bytes": provenance.peak_memory(device),
        "precision": training.precision_here(protocol.precision, device),
        **provenance.where_it_ran(device, text=dataset.is_text),
    }


def _to_the_end(epochs: Iterator[training.Epoch], protocol: Protocol, seed: int) -> training.Epoch:
    """Take all epochs with a bar on standard error, and return the last one."""
    named = f"pretraining {protocol.name} seed {seed}"
    *_, last = tqdm(epochs, total=protocol.epochs, desc=named, unit="epoch")
    if not np.isfinite(last.loss):
        raise RecordError(f"{named} diverged, so no weights were kept; lower its learning rate.")
    return last


def _hold_out(dataset: Dataset, protocol: Protocol) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on, and rows of whole groups kept out to see what was learnt."""
    groups = np.unique(dataset.groups)
    rng = np.random.default_rng([protocol.split_seed, 1])
    kept = rng.choice(groups, round(protocol.held_out * len(groups)), replace=False)
    out = np.isin(dataset.groups, kept)
    return np.flatnonzero(~out), np.flatnonzero(out)


def _held_out_accuracy(log_p: NDArray[np.float32], held: Dataset) -> dict[str, Any]:
    """Accuracy against the gold label on items that pretraining did not see, in all and by part."""
    assert held.gold is not None
    right = log_p.argmax(axis=1) == held.gold
    parts = (
        {} if held.part is None else {str(name): right[held.part == name] for name in np.unique(held.part)}
    )
    return {"n": len(right), "accuracy": float(right.mean())} | {
        "by_part": {name: {"n": len(hits), "accuracy": float(hits.mean())} for name, hits in parts.items()}
    }
