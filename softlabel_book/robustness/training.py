"""Training for robustness: models of both arms, and what they predict for damaged and attacked images."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from softlabel_book.robustness import analysis, attacks, conditions, corruptions
from softlabel_book.robustness.analysis import ARMS, Predicted
from softlabel_core import models, statistics, storage, study, training
from softlabel_core.data import Dataset, sources
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, protocols, provenance
from softlabel_core.study.inputs import weights_hash
from softlabel_core.study.protocols import Protocol

Predictions = dict[str, NDArray[np.float32]]  # condition -> log-probabilities [n_test, n_classes]


def measure(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    names: Sequence[str] | None = None,
    n_resamples: int = statistics.N_RESAMPLES,
    device: str | None = None,
    folder: Path | None = None,
    keep: bool = True,
    progress: bool = True,
) -> dict[str, Any]:
    """Train the hard and the soft arm on the fixed split and measure both under every condition.

    Parameters
    ----------
    protocol : Protocol
        Of images. Settings, split and seeds are those of its study.
    dataset : Dataset
    seeds, names, device, keep, progress
        See `predictions`.
    n_resamples : int
        Of the bootstrap.
    folder : pathlib.Path, optional
        Where recorded studies lie; the parts of entropy come from the record of this protocol, if it has
        three seeds.

    Returns
    -------
    dict
        See `analysis.make`.

    Raises
    ------
    ValueError, RecordError
        As `predictions` does.
    """
    predicted = predictions(
        protocol, dataset, seeds, names=names, device=device, keep=keep, progress=progress
    )
    recorded = analysis.recorded_study(protocol, folder)
    return analysis.make(predicted, dataset, recorded, n_resamples=n_resamples)


def record(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    device: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Measure all that the data set allows, write it, and say where it lies: what `softlabel robustness` does.

    Raises
    ------
    ValueError
        As `predictions` does.
    RecordError
        If a text study is not recorded yet, or as `predictions` does.
    """
    if dataset.is_text:
        found = analysis.from_records(study.load(protocol, folder), dataset)
    else:
        found = measure(protocol, dataset, seeds, device=device, folder=folder)
    return analysis.ROBUSTNESS.write(found, protocol.data, protocol.name, folder)


# ---------------------------------------------------------------- models and what they predict


def predictions(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    names: Sequence[str] | None = None,
    device: str | None = None,
    keep: bool = True,
    progress: bool = True,
) -> Predicted:
    """Train both arms on the fixed split, as far as the cache has none, and predict under every condition.

    Parameters
    ----------
    protocol : Protocol
        Of images.
    dataset : Dataset
    seeds : sequence of int, optional
        By default the protocol's.
    names : sequence of str, optional
        What to predict on, see `conditions.names`; "clean" first. By default all.
    device : str, optional
        By default a GPU where there is one.
    keep : bool
        Whether weights and predictions are kept in the cache, so that a killed run goes on.
    progress : bool
        Whether to show a bar on standard error.

    Raises
    ------
    ValueError
        If the protocol does not read images, or "clean" is not measured.
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    """
    _check_images(protocol, dataset)
    names = conditions.names() if names is None else list(names)
    if conditions.CLEAN not in names:
        raise ValueError("names leaves out clean, which all else is held against; put it first.")
    seeds = list(range(protocol.seeds)) if seeds is None else list(seeds)
    test = dataset.take(study.split_of(dataset, protocol, 0).test)
    found: dict[str, list[Predictions]] = {arm: [] for arm in ARMS}
    runs = [Run(protocol, arm, 0, seed) for seed in seeds for arm in ARMS]
    for run in tqdm(runs, desc="robustness", unit="model", disable=not progress, file=sys.stderr):
        found[run.arm].append(_of_run(run, dataset, test, names, device, keep))
    log_p = {
        name: {arm: np.stack([one[name] for one in members]) for arm, members in found.items()}
        for name in names
    }
    ran_on = provenance.where_it_ran(training.pick_device(device))["device"]
    return Predicted(protocol, seeds, log_p, ran_on)


def _check_images(protocol: Protocol, dataset: Dataset) -> None:
    if dataset.is_text or protocol.encoder or protocol.frozen:
        raise ValueError(
            f"{protocol.data} {protocol.name} has no model that reads images, so there is nothing to corrupt or attack; "
            "choose a protocol that trains a network on images."
        )


def _of_run(
    run: Run, dataset: Dataset, test: Dataset, names: Sequence[str], device: str | None, keep: bool
) -> Predictions:
    """Predictions of one model under every condition, from the cache where they are whole."""
    path = _cached(run, dataset)
    weights = path.with_suffix(".weights.pt")
    if keep and weights.exists():
        state, digest = _read_state(weights, run, dataset)
        model = models.build(run.protocol.model, training.to_tensor(test.items[:2], torch.device("cpu")),
                             dataset.n_classes, run.seed)  # fmt: skip
        model.load_state_dict(state)
    else:
        fitted = fitting.fitted(run, dataset, device)
        model = fitted.model
        state = {key: value.cpu() for key, value in model.state_dict().items()}
        digest = weights_hash(state)
        if keep:
            facts = {**_who(run, dataset), "sha256": digest}
            _save(weights, {"state": state, "facts": facts})
    done = _read_predictions(path, digest) if keep else {}
    missing = [name for name in names if name not in done]
    if missing:
        done |= predict(model, test, missing, run.seed, device)
        if keep:
            _save_predictions(path, digest, done)
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
        See `conditions.names`.
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
    chosen = training.pick_device(device)
    model.to(chosen).eval()
    clean = training.to_tensor(test.items, chosen)
    target = attacks.majority_target(test.counts).to(chosen)
    found = {}
    for name in names:
        kind, strength = conditions.parts(name)
        if kind == conditions.CLEAN:
            shown = clean
        elif kind == "fgsm":
            shown = attacks.fgsm(model, clean, target, float(strength))
        elif kind == "pgd":
            shown = attacks.pgd(model, clean, target, float(strength), seed=seed)
        else:
            shown = training.to_tensor(corruptions.corrupt(test.items, kind, int(strength or -1)), chosen)
        found[name] = training.predict(model, shown, attacks.BATCH)
    return found


# ---------------------------------------------------------------- the cache


def _cached(run: Run, dataset: Dataset) -> Path:
    """Where a model's predictions lie in the cache; its weights lie beside them."""
    kind = "lossless" if dataset.provenance.startswith("lossless") else "other"
    file = f"{run.protocol.data}-{run.protocol.name}-{run.arm}-seed{run.seed}-{kind}-{dataset.hash[:8]}.pt"
    return sources.cache_folder() / "wild" / file


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


def _save(path: Path, content: dict[str, Any]) -> None:
    whole = io.BytesIO()
    torch.save(content, whole)
    storage.write_atomically(path, whole.getvalue())


def _read_state(path: Path, run: Run, dataset: Dataset) -> tuple[dict[str, torch.Tensor], str]:
    """Weights from the cache with their hash, if they are whole and were trained as this run is."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        state, facts = saved["state"], dict(saved["facts"])
        digest = facts.pop("sha256")
        if digest != weights_hash(state):
            raise ValueError("the weights do not match their hash")
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(
            f"{path} is truncated or altered; delete it, and its model is trained again."
        ) from error
    if facts != _who(run, dataset):
        raise RecordError(
            f"{path} was trained with other settings; delete it, and its model is trained again."
        )
    return state, digest


def _save_predictions(path: Path, digest: str, predictions: Predictions) -> None:
    """Keep what weights of this hash predict, with a hash of its own."""
    kept = {name: torch.from_numpy(values) for name, values in predictions.items()}
    _save(path, {"of": digest, "log_p": kept, "sha256": _predictions_hash(kept)})


def _predictions_hash(log_p: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over predictions, their names, types and shapes."""
    described = {f"{name} {values.dtype} {tuple(values.shape)}": values for name, values in log_p.items()}
    return weights_hash(described)


def _read_predictions(path: Path, digest: str) -> Predictions:
    """Predictions from the cache that these very weights made; nothing where there are none.

    A file without a hash of its own, as they once were, counts as none.
    """
    if not path.exists():
        return {}
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        if saved["of"] != digest or "sha256" not in saved:
            return {}
        if saved["sha256"] != _predictions_hash(saved["log_p"]):  # torch.load does not look
            raise ValueError("the predictions do not match their hash")
        return {name: values.numpy() for name, values in saved["log_p"].items()}
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(f"{path} is truncated or altered; delete it, and it is made again.") from error
