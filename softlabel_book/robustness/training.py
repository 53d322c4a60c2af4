"""Training for robustness: models of both arms, and what they predict for damaged and attacked images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from softlabel_book.robustness import analysis, attacks, conditions, corruptions
from softlabel_book.robustness.analysis import Predicted
from softlabel_core import statistics, study, training
from softlabel_core.arms import PAIR
from softlabel_core.data import Dataset
from softlabel_core.study import Run, networks, provenance
from softlabel_core.study.networks import Predictions
from softlabel_core.study.protocols import Protocol


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
    found: dict[str, list[Predictions]] = {arm: [] for arm in PAIR}
    runs = [Run(protocol, arm, 0, seed) for seed in seeds for arm in PAIR]
    for run in tqdm(runs, desc="robustness", unit="model", disable=not progress, file=sys.stderr):
        found[run.arm].append(of_run(run, dataset, test, names, device, keep))
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


def of_run(
    run: Run, dataset: Dataset, test: Dataset, names: Sequence[str], device: str | None, keep: bool
) -> Predictions:
    """Predictions of one model under every condition, from the cache where they are whole.

    Parameters
    ----------
    run : Run
    dataset, test : Dataset
        All items, and those that are predicted.
    names : sequence of str
        See `conditions.names`.
    device : str, optional
    keep : bool
        Whether weights and predictions are kept in the cache.

    Raises
    ------
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    """
    model, digest = networks.trained(run, dataset, device, keep=keep)
    path = networks.path_of(run, dataset, "predictions")
    done = networks.read_predictions(path, digest) if keep else {}
    missing = [name for name in names if name not in done]
    if missing:
        done |= predict(model, test, missing, run.seed, device)
        if keep:
            networks.write_predictions(path, digest, done)
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
