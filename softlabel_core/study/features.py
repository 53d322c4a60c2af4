"""Features: what a pretrained network makes of items, where a protocol's model reads that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from softlabel_core import models, training
from softlabel_core.data import Dataset
from softlabel_core.study import inputs, pretraining, protocols
from softlabel_core.study.protocols import Protocol


class ModelInputs(NamedTuple):
    """Items as a protocol's model reads them, on a device, and where they came from if a pretrained network made them."""

    items: training.Inputs
    made_by: dict[str, Any] | None


def model_inputs(
    dataset: Dataset, protocol: Protocol, device: torch.device | str | None = None, seed: int = 0
) -> ModelInputs:
    """Items as the protocol's model reads them: images, token ids, embeddings, or a pretrained network's features.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
    device : torch.device or str, optional
        By default a GPU where there is one.
    seed : int
        The run's, which decides the pretrained network.

    Raises
    ------
    RecordError
        As `pretraining.pretrained`.
    models.texts.ModelUnavailable
        If a text model cannot be had.
    """
    there = device if isinstance(device, torch.device) else training.pick_device(device)
    if not protocol.frozen:
        return ModelInputs(inputs.read_items(dataset, protocol, there), None)
    features, facts = _features(dataset, protocol, there, seed)
    return ModelInputs(training.to_tensor(features, there), facts)


# What a pretrained network makes of a data set: its features, and where its weights came from.
Made = tuple[NDArray[np.float32], dict[str, Any]]
_made: WeakKeyDictionary[Dataset, dict[tuple[str, int, int], Made]] = WeakKeyDictionary()


def _features(dataset: Dataset, protocol: Protocol, device: torch.device, seed: int) -> Made:
    """What the last layer of the pretraining's network reads, as images of one pixel [n_items, 1, 1, n_features]."""
    assert protocol.pretraining
    before = protocols.pretraining(protocol.pretraining)
    known, key = _made.setdefault(dataset, {}), (before.name, seed % before.seeds, protocol.max_length)
    if key not in known:
        weights, facts = pretraining.pretrained(before.name, seed, str(device))
        items = inputs.read_items(dataset, replace(before, max_length=protocol.max_length), device)
        network = training.network(pretraining.ARM, items[:2], dataset.n_classes, before, seed, start=weights)
        models.give_features(network.to(device))
        known[key] = training.outputs(network, items).cpu().numpy()[:, None, None, :], facts
    return known[key]
