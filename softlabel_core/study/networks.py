"""Networks: trained once, kept in the cache, and taken up again with what they predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from softlabel_core import storage, training
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import cache, features, fitting, protocols
from softlabel_core.study.runs import Run

KIND = "networks"  # their folder in the cache
Predictions = dict[str, NDArray[np.float32]]  # by name: log-probabilities [n_items, n_classes]


class Network(NamedTuple):
    """A trained model, and the hash of its weights."""

    model: nn.Module
    digest: str


def trained(run: Run, dataset: Dataset, device: str | None = None, *, keep: bool = True) -> Network:
    """A run's model, from the cache or trained now.

    Parameters
    ----------
    run : Run
    dataset : Dataset
    device : str, optional
        To train on; a model from the cache lies on the CPU.
    keep : bool
        Whether weights are kept in the cache and looked for there.

    Raises
    ------
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    """
    path = path_of(run, dataset, "weights")
    if keep and path.exists():
        kept = cache.read_tensors(path)
        if {key: value for key, value in kept.facts.items() if key != "sha256"} != facts_of(run, dataset):
            raise RecordError(f"{path} was trained with other settings; delete it, and it is made again.")
        shown = features.model_inputs(dataset, run.protocol, device, run.seed).items[:2]
        model = training.network(run.arm, shown, dataset.n_classes, run.protocol, run.seed)
        model.load_state_dict(kept.tensors)
        return Network(model, kept.facts["sha256"])
    model = fitting.fitted(run, dataset, device).model
    if keep:
        cache.write_tensors(path, model.state_dict(), facts_of(run, dataset))
    return Network(model, cache.hash_of(model.state_dict()))


def path_of(run: Run, dataset: Dataset, what: str) -> Path:
    """Where a model's weights, or what it predicts, lie in the cache."""
    kind = "lossless" if dataset.provenance.startswith("lossless") else "other"
    named = f"{'-'.join(run.file.with_suffix('').parts)}-{kind}-{dataset.hash[:8]}"
    return cache.path_of(KIND, f"{named}.{what}.pt")


def facts_of(run: Run, dataset: Dataset) -> dict[str, Any]:
    """What a model in the cache must have been trained as, as plain values."""
    before = run.protocol.pretraining
    facts = {
        "run": run.protocol.settings(),
        "pretraining": protocols.pretraining(before).settings() if before else None,
        "arm": run.arm,
        "fold": run.fold,
        "seed": run.seed,
        "data_hash": dataset.hash,
        "provenance": dataset.provenance,
    }
    known: dict[str, Any] = storage.plain(facts)
    return known


def write_predictions(path: Path, digest: str, predictions: Predictions) -> None:
    """Keep what weights of this hash predict.

    Raises
    ------
    RecordError
        If the disk refuses.
    """
    tensors = {name: torch.from_numpy(values) for name, values in predictions.items()}
    cache.write_tensors(path, tensors, {"of": digest})


def read_predictions(path: Path, digest: str) -> Predictions:
    """Predictions from the cache that these very weights made; nothing where there are none.

    Raises
    ------
    RecordError
        If the file is broken.
    """
    if not path.exists():
        return {}
    kept = cache.read_tensors(path)
    if kept.facts["of"] != digest:
        return {}
    return {name: values.numpy() for name, values in kept.tensors.items()}
