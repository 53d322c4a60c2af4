"""Robustness trained: networks of both arms, and what they predict for damaged and attacked images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from softlabel_book.robustness import attacks, corruptions
from softlabel_core import storage, training
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, cache, fitting, protocols, provenance
from softlabel_core.study.cache import Kept

Predictions = dict[str, NDArray[np.float32]]  # condition -> log-probabilities [n_test, n_classes]


def measured(
    run: Run, dataset: Dataset, test: Dataset, names: Sequence[str], device: str | None, keep: bool
) -> Predictions:
    """Predictions of one model under every condition, from the cache where they are whole.

    Parameters
    ----------
    run : Run
    dataset, test : Dataset
        All items, and those that are predicted.
    names : sequence of str
        See `analysis.conditions`.
    device : str, optional
    keep : bool
        Whether weights and predictions are kept in the cache.

    Raises
    ------
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    """
    path, weights = _cached(run, dataset, "predictions"), _cached(run, dataset, "weights")
    if keep and weights.exists():
        state, facts = _read_weights(weights, run, dataset)
        shown = training.to_tensor(test.items[:2], torch.device("cpu"))
        model = training.network(run.arm, shown, dataset.n_classes, run.protocol, run.seed)
        model.load_state_dict(state)
        digest = facts["sha256"]
    else:
        model = fitting.fitted(run, dataset, device).model
        digest = cache.hash_of(model.state_dict())
        if keep:
            cache.write_tensors(weights, model.state_dict(), _who(run, dataset))
    done = _read_predictions(path, digest) if keep else {}
    missing = [name for name in names if name not in done]
    if missing:
        done |= predict(model, test, missing, run.seed, device)
        if keep:
            _write_predictions(path, digest, done)
    return {name: done[name] for name in names}


def predict(
    model: nn.Module, test: Dataset, names: Sequence[str], seed: int = 0, device: str | None = None
) -> Predictions:
    """What a model predicts for the test items under each condition.

    Parameters
    ----------
    model : torch.nn.Module
        Maps raw images to logits.
    test : Dataset
    names : sequence of str
        See `conditions`.
    seed : int
        Seed of the attacks' random starts. Corrupted images are the same for every model.
    device : str, optional

    Returns
    -------
    dict of str to numpy.ndarray of float32, shape [n_test, n_classes]
        Natural-log probabilities.

    Raises
    ------
    ValueError
        If a name is of no corruption and no attack.
    """
    place = training.pick_device(device)
    model.to(place).eval()
    clean = training.to_tensor(test.items, place)
    target = attacks.majority_target(test.counts).to(place)
    found = {}
    for name in names:
        kind, _, strength = name.partition("-")
        if kind == "clean":
            shown = clean
        elif kind == "fgsm":
            shown = attacks.fgsm(model, clean, target, float(strength))
        elif kind == "pgd":
            shown = attacks.pgd(model, clean, target, float(strength), seed=seed)
        else:
            shown = training.to_tensor(corruptions.corrupt(test.items, kind, int(strength or -1)), place)
        found[name] = training.predict(model, shown, attacks.BATCH)
    return found


def _cached(run: Run, dataset: Dataset, what: str) -> Path:
    """Where a model's weights, or its predictions, lie in the cache."""
    kind = "lossless" if dataset.provenance.startswith("lossless") else "other"
    named = f"{run.protocol.data}-{run.protocol.name}-{run.arm}-seed{run.seed}-{kind}-{dataset.hash[:8]}"
    return cache.path_of("wild", f"{named}.{what}.pt")


def _who(run: Run, dataset: Dataset) -> dict[str, Any]:
    """What weights in the cache must have been trained as."""
    before = run.protocol.pretraining
    settings = {
        "run": run.protocol.settings(),
        "pretraining": protocols.pretraining(before).settings() if before else None,
    }
    return storage.plain(
        {
            **settings,
            "arm": run.arm,
            "seed": run.seed,
            "data_hash": dataset.hash,
            "provenance": dataset.provenance,
        }
    )


def _read_weights(path: Path, run: Run, dataset: Dataset) -> Kept:
    """Weights from the cache, if they are whole and were trained as this run is."""
    kept = cache.read_tensors(path)
    if {key: value for key, value in kept.facts.items() if key != "sha256"} != _who(run, dataset):
        raise RecordError(f"{path} was trained with other settings; delete it, and it is made again.")
    return kept


def _write_predictions(path: Path, digest: str, predictions: Predictions) -> None:
    """Keep what weights of this hash predict."""
    tensors = {name: torch.from_numpy(values) for name, values in predictions.items()}
    cache.write_tensors(path, tensors, {"of": digest})


def _read_predictions(path: Path, digest: str) -> Predictions:
    """Predictions from the cache that these very weights made; nothing where there are none."""
    if not path.exists():
        return {}
    kept = cache.read_tensors(path)
    return (
        {name: values.numpy() for name, values in kept.tensors.items()} if kept.facts["of"] == digest else {}
    )


def device_name(device: str | None) -> str:
    """What a device is called in a record."""
    return provenance.where_it_ran(training.pick_device(device))["device"]
