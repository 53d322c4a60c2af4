"""Inputs: items as a protocol's model reads them, where no trained network of ours made them."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from softlabel_core import training
from softlabel_core.data import Dataset
from softlabel_core.models import texts
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.runs import reads_tokens


def read_items(dataset: Dataset, protocol: Protocol, device: torch.device) -> training.Inputs:
    """Images, token ids, or a published encoder's embeddings of texts, on the device.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
        Not one on frozen features, see `features.model_inputs`.
    device : torch.device

    Raises
    ------
    models.texts.ModelUnavailable
        If the encoder or its tokenizer cannot be had.
    """
    if protocol.encoder:
        return training.to_tensor(_embeddings(dataset, protocol.encoder, protocol.max_length), device)
    if reads_tokens(protocol, dataset):
        return texts.tokenize(dataset.items, protocol.model, protocol.max_length).to(device)
    return training.to_tensor(dataset.items, device)


# Embeddings take seconds an encoder, and every arm of a study reads the same ones.
_embedded: WeakKeyDictionary[Dataset, dict[tuple[str, int], NDArray[np.float32]]] = WeakKeyDictionary()


def _embeddings(dataset: Dataset, encoder: str, max_length: int) -> NDArray[np.float32]:
    """Frozen embeddings as images of one pixel, [n_items, 1, 1, n_features]."""
    known, key = _embedded.setdefault(dataset, {}), (encoder, max_length)
    if key not in known:
        known[key] = texts.embed(dataset.items, *key)[:, None, None, :]
    return known[key]
