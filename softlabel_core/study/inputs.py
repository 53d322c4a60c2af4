"""Inputs: items as a protocol's model reads them, and the weights that it starts from."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from softlabel_core import data, models, storage, training
from softlabel_core.data import Dataset, sources
from softlabel_core.models import texts as text_models
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.provenance import _encoder, _peak_memory, where_it_ran
from softlabel_core.study.runs import changed_settings, reads_tokens

SCALED_BY = (
    5000  # items whose mean and spread scale a pretrained network's images: all 50,000 take 600 MB as floats
)


def model_inputs(
    dataset: Dataset, protocol: Protocol, device: str | None = None, seed: int = 0
) -> training.Inputs:
    """Items as the protocol's model reads them, on the device: images, token ids, embeddings or features."""
    return _inputs(dataset, protocol, training.pick_device(device), seed)[0]


def _inputs(
    dataset: Dataset, protocol: Protocol, device: torch.device, seed: int
) -> tuple[training.Inputs, dict[str, Any] | None]:
    """Items as the protocol's model reads them, and where they came from if another network made them.

    Images, token ids, embeddings of texts, or the features of a pretrained network.
    """
    if protocol.frozen:
        features, facts = _features(dataset, protocol, device, seed)
        return training.to_tensor(features, device), facts
    if protocol.encoder:
        return training.to_tensor(_embeddings(dataset, protocol), device), None
    if reads_tokens(protocol, dataset):
        return text_models.tokenize(dataset.items, protocol.model, protocol.max_length).to(device), None
    return training.to_tensor(dataset.items, device), None


# Embeddings take seconds an encoder, and every arm of a study reads the same ones.
_embedded: WeakKeyDictionary[Dataset, dict[tuple[str, int], NDArray[np.float32]]] = WeakKeyDictionary()


def _embeddings(dataset: Dataset, protocol: Protocol) -> NDArray[np.float32]:
    """Frozen embeddings as images of one pixel, [n_items, 1, 1, n_features]."""
    assert protocol.encoder
    known, key = _embedded.setdefault(dataset, {}), (protocol.encoder, protocol.max_length)
    if key not in known:
        known[key] = text_models.embed(dataset.items, *key)[:, None, None, :]
    return known[key]


# What a pretrained network makes of a data set: its features, and where its weights came from.
Made = tuple[NDArray[np.float32], dict[str, Any]]
_made: WeakKeyDictionary[Dataset, dict[tuple[str, int, int], Made]] = WeakKeyDictionary()


def _features(dataset: Dataset, protocol: Protocol, device: torch.device, seed: int) -> Made:
    """What the last layer of the pretraining's network reads, as images of one pixel [n_items, 1, 1, n_features]."""
    assert protocol.pretraining
    before = protocols.pretraining(protocol.pretraining)
    known, key = _made.setdefault(dataset, {}), (before.name, seed % before.seeds, protocol.max_length)
    if key not in known:
        state, facts = pretrained(before.name, seed, str(device))
        read, _ = _inputs(dataset, replace(before, max_length=protocol.max_length), device, seed)
        network = training.network("gold", read[:2], dataset.n_classes, before, seed, start=state)
        models.give_features(network.to(device))
        known[key] = training.outputs(network, read).cpu().numpy()[:, None, None, :], facts
    return known[key]


def pretrained(
    name: str, seed: int, device: str | None = None
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Weights of a model trained on a pretraining set, kept in the cache.

    Parameters
    ----------
    name : str
        A protocol of a pretraining set, see `protocols.pretraining`.
    seed : int
        Seed of the run that starts from it; taken modulo the protocol's seeds.

    Returns
    -------
    state : dict of str to torch.Tensor
    facts : dict
        Where the weights came from, for the record.

    Raises
    ------
    RecordError
        If training diverged, the disk refuses, or the file in the cache is broken or was made with other settings.
    """
    protocol = protocols.pretraining(name)
    seed %= protocol.seeds
    dataset = _subset(data.load(protocol.data), protocol)
    path = _weights_place(protocol, dataset, seed)
    if not path.exists():
        state, facts = _pretrain_one(protocol, dataset, seed, training.pick_device(device))
        whole = io.BytesIO()
        torch.save({"state": state, "facts": facts}, whole)
        storage.write_atomically(path, whole.getvalue())
    return _read_weights(path, protocol)


def pretraining_facts(seed: int) -> Aggregate:
    """The file of a pretraining stage with this seed: what it was trained on and what it learnt, not its weights."""
    command = f"softlabel pretrain {{protocol}} --seed {seed}"
    return Aggregate(f"seed{seed}.json", command, facts=("settings",), digits=None)


def _subset(dataset: Dataset, protocol: Protocol) -> Dataset:
    """The items that a pretraining stage uses: all, or so many at random, in their order."""
    if protocol.subset is None or protocol.subset >= dataset.n_items:
        return dataset
    rng = np.random.default_rng(protocol.split_seed)
    return dataset.take(np.sort(rng.choice(dataset.n_items, protocol.subset, replace=False)))


def _weights_place(protocol: Protocol, dataset: Dataset, seed: int) -> Path:
    kind = "text" if dataset.is_text else "lossless" if dataset.provenance.startswith("lossless") else "jpeg"
    file = f"{protocol.name}-{protocol.epochs}epochs-{kind}-{dataset.hash[:8]}-seed{seed}.pt"
    return sources.cache_folder() / "weights" / file


def _pretrain_one(
    protocol: Protocol, dataset: Dataset, seed: int, place: torch.device
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Train one set of weights; return them with where they came from."""
    train_rows, held_rows = _hold_out(dataset, protocol)
    inputs, _ = _inputs(dataset, protocol, place, seed)
    shown = inputs[torch.from_numpy(train_rows)]
    model, taught = training.teach(
        "gold", dataset, train_rows, shown, protocol, seed, scaled_by=inputs[:SCALED_BY]
    )
    epochs = list(
        tqdm(
            taught,
            total=protocol.epochs,
            desc=f"pretraining {protocol.name} seed {seed}",
            unit="epoch",
        )
    )
    if not np.isfinite(epochs[-1].loss):
        raise RecordError(
            f"pretraining {protocol.name} seed {seed} diverged, so no weights were kept; lower its learning rate."
        )
    held_out = None
    if len(held_rows):
        log_p = training.predict(model, inputs[torch.from_numpy(held_rows)])
        held_out = _held_out_accuracy(log_p, dataset.take(held_rows))
    state = {key: value.cpu() for key, value in model.state_dict().items()}
    return state, {
        "settings": protocol.settings(),
        "seed": seed,
        "n_train": len(train_rows),
        "provenance": dataset.provenance,
        "train_loss": epochs[-1].loss,
        "held_out": held_out,
        **_encoder(protocol, dataset),
        "seconds": epochs[-1].seconds,
        "peak_memory_bytes": _peak_memory(place),
        "sha256": weights_hash(state),
        "precision": training.precision_here(protocol.precision, place),
        **where_it_ran(place, text=dataset.is_text),
    }


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


def _read_weights(path: Path, protocol: Protocol) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read weights from the cache, if they are whole and were trained as the protocol says."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        state, facts, settings = saved["state"], saved["facts"], saved["facts"]["settings"]
        if facts["sha256"] != weights_hash(state):  # torch.load does not look
            raise ValueError("the weights do not match their hash")
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(
            f"{path} is truncated or altered; delete it, and its weights are trained again."
        ) from error
    if changed_settings(settings, protocol):
        raise RecordError(
            f"{path} was trained with other settings; delete it, and its weights are trained again."
        )
    return state, facts


def weights_hash(state: dict[str, torch.Tensor]) -> str:
    """SHA-256 over a model's weights and their names."""
    digest = hashlib.sha256()
    for key in sorted(state):
        digest.update(key.encode() + state[key].contiguous().numpy().tobytes())
    return digest.hexdigest()
