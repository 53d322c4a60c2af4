"""The study: data set x protocol x arm x fold x seed, planned, run, resumed."""

from __future__ import annotations

import hashlib
import io
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from softlabel_core import (
    __version__,
    data,
    metrics,
    mixing,
    models,
    protocols,
    results,
    targets,
    text_models,
    training,
)
from softlabel_core.data import Dataset, sources
from softlabel_core.protocols import Protocol
from softlabel_core.results import Record, RecordError
from softlabel_core.tokens import Tokens

LIBRARIES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Run:
    """One trained model of a study.

    Attributes
    ----------
    protocol : Protocol
        With the settings of the trial, where tuning chose one.
    arm : str
        Spelled out, as `targets.ordered` does it.
    fold, seed : int
    trial : int
        Number of the settings in the arm's tuning, see `tuning`; 0 for the protocol's own.
    """

    protocol: Protocol
    arm: str
    fold: int
    seed: int
    trial: int = 0

    @property
    def file(self) -> Path:
        """Place of the run's record below the results folder."""
        trial = f"-trial{self.trial}" if self.trial else ""
        name = f"{self.arm}{trial}-fold{self.fold}-seed{self.seed}.npz"
        return Path(self.protocol.data, self.protocol.name, name)


@dataclass(frozen=True)
class Trial:
    """Settings under a number: 0 for a protocol's own."""

    number: int
    protocol: Protocol


def plan(protocol: Protocol, arms: Sequence[str], seeds: Iterable[int]) -> list[Run]:
    """Runs of a study, seed by seed, so that what is done first is complete over arms and folds.

    Raises
    ------
    ValueError
        If an arm does not exist, its number is out of range, or none is named.
    """
    if not arms:
        raise ValueError(f"no arm is named; choose from {', '.join(targets.ARMS)}.")
    ordered = targets.ordered(arms)
    return [Run(protocol, arm, fold, seed) for seed in seeds for fold in protocol.folds for arm in ordered]


def pending(runs: Sequence[Run], dataset: Dataset, folder: Path) -> list[Run]:
    """Runs without a record in the folder; every record that is there is checked.

    Raises
    ------
    RecordError
        If a record is broken, or was made with other votes, items or settings.
    ValueError
        If the data set cannot serve one of the arms: better now than hours later.
    """
    for run in {run.arm: run for run in runs}.values():
        serve(run.arm, run.protocol, dataset)
    splits = {run.fold: split_of(dataset, run.protocol, run.fold) for run in runs}
    missing = []
    for run in runs:
        path = folder / run.file
        if not path.exists():
            missing.append(run)
            continue
        record = results.read(path)
        check(record, run, path)
        results.verify(record, dataset, splits[run.fold], str(path))
    return missing


def serve(arm: str, protocol: Protocol, dataset: Dataset) -> None:
    """Refuse an arm that a data set or protocol cannot serve.

    Raises
    ------
    ValueError
        Then.
    """
    targets.build(arm, dataset, np.arange(1), seed=0)
    mixing.check(arm, token_ids=reads_tokens(protocol, dataset))


def check(record: Record, run: Run, path: Path) -> None:
    """Refuse a record of another run, or one that was made with other settings than this run's.

    Raises
    ------
    RecordError
        Then.
    """
    stated = {key: record.meta.get(key) for key in ("data", "protocol", "arm", "fold", "seed")}
    if run.trial or record.meta.get("trial"):  # which records from before tuning do not state
        stated["trial"] = record.meta.get("trial", 0)
    if path.name != run.file.name or any(
        stated[key] != value for key, value in _who(run).items() if key in stated
    ):
        named = ", ".join(f"{key} {value}" for key, value in stated.items())
        raise RecordError(f"{path} holds another run ({named}), so it was renamed or copied; delete it.")
    changed = changed_settings(record.meta["settings"], run.protocol)
    if run.protocol.pretraining and not changed:
        before = protocols.pretraining(run.protocol.pretraining)
        changed = ["pretraining"] if changed_settings(record.meta["pretraining"]["settings"], before) else []
    if changed:
        raise RecordError(
            f"{path} was recorded with other settings ({', '.join(changed)}); give another results folder, or delete it."
        )


def changed_settings(recorded: dict[str, Any], protocol: Protocol) -> list[str]:
    """Names of the settings in which a record differs from a protocol; one that came later counts as its default."""
    had = {field.name: field.default for field in fields(protocol)} | recorded
    wanted = results.plain(protocol.settings())
    return [key for key in wanted if had[key] != wanted[key]]


def run_study(
    runs: Sequence[Run],
    dataset: Dataset,
    folder: Path,
    *,
    device: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> int:
    """Train what is missing of a study and write each record as soon as it is there.

    A study that was killed goes on where it was when the same call is made again.

    Parameters
    ----------
    runs : sequence of Run
    dataset : Dataset
    folder : pathlib.Path
        Results folder; records go to `Run.file` below it.
    device : str, optional
        By default a GPU where there is one.
    progress : bool
        Whether to show a bar on standard error.
    executor : concurrent.futures.Executor, optional
        Anything with `submit` that gives futures; by default one run after another here.
        Its workers must see the folder.

    Returns
    -------
    int
        How many runs were trained.
    """
    missing = pending(runs, dataset, folder)
    epochs = sum(run.protocol.epochs for run in missing)
    with tqdm(total=epochs, unit="epoch", disable=not progress, file=sys.stderr) as bar:
        if executor is None:
            for run in missing:
                bar.set_description(f"{run.arm} seed {run.seed} fold {run.fold}")
                execute(run, dataset, folder, device, lambda epoch: _tick(bar))
        else:
            _pretrain(missing, device, executor)
            futures = {executor.submit(execute, run, dataset, folder, device): run for run in missing}
            for future in as_completed(futures):
                future.result()
                bar.update(futures[future].protocol.epochs)
    return len(missing)


def _pretrain(missing: Sequence[Run], device: str | None, executor: Executor) -> None:
    """Train each set of weights that runs start from once, before workers could do so twice."""
    wanted = set()
    for run in missing:
        if run.protocol.pretraining:
            protocol = protocols.pretraining(run.protocol.pretraining)
            wanted.add((protocol.name, run.seed % protocol.seeds))
    for future in [executor.submit(pretrained, name, seed, device) for name, seed in sorted(wanted)]:
        future.result()


def _tick(bar: tqdm) -> None:
    bar.update()


def execute(
    run: Run,
    dataset: Dataset,
    folder: Path,
    device: str | None = None,
    report: Callable[[training.Epoch], None] = lambda epoch: None,
) -> None:
    """Train one model, predict its validation and test items, write its record."""
    results.write(train(run, dataset, device, report), folder / run.file)


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
            "n_ties_broken": targets.n_ties(
                run.arm, taught or dataset, split.train if rows is None else rows
            ),
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
    target = targets.build(run.arm, taught or dataset, train_rows, protocol.split_seed)
    mix = mixing.build(run.arm, inputs["train"], run.seed)
    model = models.build(protocol.model, _on_cpu(inputs["train"]), dataset.n_classes, run.seed)
    if protocol.pretraining and not protocol.frozen:
        state, pretraining = pretrained(protocol.pretraining, run.seed, device)
        model.load_state_dict(state)
    dropped = targets.DROPOUT.get(targets.parse(run.arm)[0])
    if dropped:
        models.drop_before_last(model, dropped)
    _reset_peak_memory(place)
    history = []
    for epoch in training.fit(model, inputs["train"], target, protocol, run.seed, mix):
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


def reads_tokens(protocol: Protocol, dataset: Dataset) -> bool:
    """Whether a protocol's model reads token ids, rather than images or features."""
    return dataset.is_text and not protocol.encoder and not protocol.frozen


def rivals(protocol: Protocol, dataset: Dataset) -> list[str]:
    """Every arm that a protocol can train on a data set, in the house's order."""
    blends = not reads_tokens(protocol, dataset)
    return [arm for arm in targets.rivals(dataset) if blends or arm != "mixup"]


def model_inputs(
    dataset: Dataset, protocol: Protocol, device: str | None = None, seed: int = 0
) -> training.Inputs:
    """Items as the protocol's model reads them, on the device: images, token ids, embeddings or features."""
    return _inputs(dataset, protocol, training.pick_device(device), seed)[0]


def seconds_an_item(run: Run, dataset: Dataset) -> float:
    """Seconds that training takes for one item once, by the clock, on a model that is thrown away.

    Three batches warm up and the same three are timed: what caches and allocates is left out.
    """
    protocol = replace(run.protocol, epochs=2)
    inputs = model_inputs(dataset, protocol, seed=run.seed)[: 3 * protocol.batch_size]
    target = targets.build(run.arm, dataset, np.arange(len(inputs)), protocol.split_seed)
    model = models.build(protocol.model, _on_cpu(inputs), dataset.n_classes, run.seed)
    warm, timed = training.fit(model, inputs, target, protocol, run.seed)
    return (timed.seconds - warm.seconds) / len(inputs)


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


def _on_cpu(inputs: training.Inputs) -> training.Inputs:
    return inputs if isinstance(inputs, Tokens) else inputs.cpu()


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
        network = models.build(before.model, _on_cpu(read[:2]), dataset.n_classes, seed)
        network.load_state_dict(state)
        models.give_features(network.to(device))
        known[key] = training.outputs(network, read).cpu().numpy()[:, None, None, :], facts
    return known[key]


def _encoder(protocol: Protocol, dataset: Dataset) -> dict[str, Any]:
    """Where a text model's first weights came from, for its record; nothing for images."""
    return {"encoder": text_models.facts(protocol.encoder or protocol.model)} if dataset.is_text else {}


# Dividing 10,000 grouped items takes seconds, so splits are kept as long as their data set is.
_splits: WeakKeyDictionary[Dataset, dict[tuple[Any, ...], data.Split]] = WeakKeyDictionary()


def split_of(dataset: Dataset, protocol: Protocol, fold: int) -> data.Split:
    """The rows of one fold of a study, see `data.split`."""
    known = _splits.setdefault(dataset, {})
    division = (fold, protocol.n_folds, protocol.split_seed, protocol.validation)
    if division not in known:
        known[division] = data.split(dataset, *division)
    return known[division]


def _progress(
    epoch: training.Epoch, log_p: NDArray[np.float32], counts: NDArray[np.int64]
) -> dict[str, float]:
    """One line of a run's history; nothing is selected by it."""
    scores = metrics.evaluate(np.exp(log_p.astype(np.float64)), counts, log_p=log_p)
    kept = ("kl", "entropy_pearson", "accuracy")
    return {"epoch": epoch.number, "train_loss": epoch.loss} | {
        f"validation_{key}": scores[key] for key in kept
    }


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
        results.write_atomically(path, whole.getvalue())
    return _read_weights(path, protocol)


def pretraining_place(name: str, seed: int, folder: Path | None = None) -> Path:
    """Where the record of a pretraining stage lies: what it was trained on and what it learnt, not its weights."""
    protocol = protocols.pretraining(name)
    return (folder or results.results_folder()) / protocol.data / name / f"seed{seed}.json"


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
    model = models.build(protocol.model, _on_cpu(inputs[:5000]), dataset.n_classes, seed)
    target = targets.build("gold", dataset, train_rows, protocol.split_seed)
    shown = inputs[torch.from_numpy(train_rows)]
    epochs = list(
        tqdm(
            training.fit(model, shown, target, protocol, seed),
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


def _who(run: Run) -> dict[str, Any]:
    """What identifies a run."""
    return {
        "data": run.protocol.data,
        "protocol": run.protocol.name,
        "arm": run.arm,
        "fold": run.fold,
        "seed": run.seed,
        "trial": run.trial,
        "settings": run.protocol.settings(),
    }


def where_it_ran(device: torch.device, text: bool = False) -> dict[str, Any]:
    """Code, libraries and machine of a run, for its record."""
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()} CPU"
    return {
        "code": {"version": __version__, "commit": _commit()},
        "versions": {
            "python": platform.python_version(),
            **{
                package: metadata.version(package)
                for package in LIBRARIES + (("transformers", "tokenizers") if text else ())
            },
        },
        "device": named,
        "threads": torch.get_num_threads(),
    }


def _commit() -> str | None:
    """Commit of the checkout that the package lies in, with "+" where files differ from it."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def _reset_peak_memory(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_memory(device: torch.device) -> int:
    """Peak bytes: of the GPU since the run began, else of this process so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":  # which has no such count
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


@dataclass(frozen=True, eq=False)
class Study:
    """The records of one data set and protocol, lined up: the same test items and seeds for every arm.

    Attributes
    ----------
    protocol : Protocol
        With its own settings, whatever tuning chose for an arm.
    records : dict of Run to Record
    """

    protocol: Protocol
    records: dict[Run, Record]

    @cached_property
    def arms(self) -> list[str]:
        """Arms in the house's order, their numbers spelled out."""
        return targets.ordered({run.arm for run in self.records})

    @cached_property
    def seeds(self) -> list[int]:
        """Seeds that every arm has on every fold that any run has."""
        folds = {run.fold for run in self.records}
        return [
            seed
            for seed in sorted({run.seed for run in self.records})
            if all((arm, fold, seed) in self._by_place for arm in self.arms for fold in folds)
        ]

    @cached_property
    def _by_place(self) -> dict[tuple[str, int, int], Record]:
        return {(run.arm, run.fold, run.seed): record for run, record in self.records.items()}

    @cached_property
    def folds(self) -> list[int]:
        """Folds that were run."""
        return sorted({run.fold for run in self.records})

    @cached_property
    def test_ids(self) -> NDArray[np.str_]:
        """Ids of the test items, those of all folds together, sorted."""
        return np.sort(
            np.concatenate([self._record(self.arms[0], fold, self.seeds[0]).ids_test for fold in self.folds])
        )

    def log_p(self, arm: str) -> NDArray[np.float32]:
        """Log-probabilities of an arm, float32 [n_seeds, n_test, n_classes], in the order of `test_ids`."""
        return np.stack([self._one_seed(arm, seed) for seed in self.seeds])

    def p_model(self, arm: str) -> NDArray[np.float64]:
        """Predicted distributions of an arm, averaged over seeds, [n_test, n_classes]."""
        mean = np.exp(self.log_p(arm).astype(np.float64)).mean(axis=0)
        return mean / mean.sum(axis=1, keepdims=True)

    def validation_ids(self) -> NDArray[np.str_]:
        """Ids of the validation items of the first fold."""
        return self._record(self.arms[0], self.folds[0], self.seeds[0]).ids_validation

    def log_p_validation(self, arm: str) -> NDArray[np.float32]:
        """Log-probabilities of an arm for the first fold's validation items, [n_seeds, n_validation, n_classes]."""
        return np.stack([self._record(arm, self.folds[0], seed).log_p_validation for seed in self.seeds])

    def history(self, arm: str, key: str) -> NDArray[np.float64]:
        """One measure of an arm's training on the first fold, [n_seeds, n_epochs]."""
        runs = [self._record(arm, self.folds[0], seed).meta["history"] for seed in self.seeds]
        return np.array([[epoch[key] for epoch in run] for run in runs], dtype=np.float64)

    def test_part(self, dataset: Dataset) -> Dataset:
        """The test items of the study, in the order of `test_ids`.

        Raises
        ------
        RecordError
            If the records were made for other votes or items.
        """
        for run, record in self.records.items():
            results.verify(record, dataset, None, str(run.file))
        row = {name: i for i, name in enumerate(dataset.ids)}
        return dataset.take(np.array([row[name] for name in self.test_ids]))

    def _record(self, arm: str, fold: int, seed: int) -> Record:
        return self._by_place[arm, fold, seed]

    def _one_seed(self, arm: str, seed: int) -> NDArray[np.float32]:
        records = [self._record(arm, fold, seed) for fold in self.folds]
        order = np.argsort(np.concatenate([record.ids_test for record in records]))
        return np.concatenate([record.log_p_test for record in records])[order]


def load(
    protocol: Protocol,
    folder: Path | None = None,
    arms: Iterable[str] = targets.CORE,
    chosen: Mapping[str, Trial] | None = None,
) -> Study:
    """Read the records of a protocol.

    Parameters
    ----------
    protocol : Protocol
    folder : pathlib.Path, optional
        By default the repository's `results`.
    arms : iterable of str
        Names of the arms that are read, whatever their number.
    chosen : dict of str to Trial, optional
        The settings that tuning chose for each arm, see `tuning.chosen`; by default all arms
        have the protocol's own.

    Raises
    ------
    RecordError
        If there is none, one is broken, they do not belong together, or no seed is
        complete over all arms and folds.
    """
    place = (folder or results.results_folder()) / protocol.data / protocol.name
    records: dict[Run, Record] = {}
    for path in sorted(place.glob("*.npz")):
        record = results.read(path)
        trial = _trial(record, protocol, set(arms), chosen)
        if trial is None:
            continue
        meta = record.meta
        run = Run(
            trial.protocol, meta.get("arm", ""), meta.get("fold", -1), meta.get("seed", -1), trial.number
        )
        check(record, run, path)
        for other in records:
            if other.fold == run.fold and not np.array_equal(records[other].ids_test, record.ids_test):
                raise RecordError(
                    f"{path} has other test items than {other.file.name} beside it; delete one of them."
                )
        records[run] = record
    study = Study(protocol, records)
    if records and not study.seeds:  # five folds on their way leave the fixed split standing
        study = Study(protocol, {run: record for run, record in records.items() if run.fold == 0})
    if not study.records or not study.seeds:
        tuned = " --tuned" if chosen is not None else ""
        raise RecordError(
            f"{place} holds no seed that is complete over all arms and folds; "
            f"run: softlabel study {protocol.data} --protocol {protocol.name}{tuned}"
        )
    return study


def _trial(
    record: Record, protocol: Protocol, arms: set[str], chosen: Mapping[str, Trial] | None
) -> Trial | None:
    """The settings that a record must have been made with to be read; None for a record that is not asked for."""
    arm, number = record.meta.get("arm", ""), record.meta.get("trial", 0)
    known = max((name for name in targets.ARMS if f"{arm}-".startswith(f"{name}-")), key=len, default=None)
    if known is not None and known not in arms:
        return None
    if chosen is None:
        return Trial(0, protocol) if number == 0 else None
    return chosen[arm] if arm in chosen and chosen[arm].number == number else None


def best_recorded(data_name: str, folder: Path | None = None) -> Protocol:
    """The first protocol of a data set that has records, in the order of `protocols`; the first of all if none has.

    Raises
    ------
    ValueError
        If the data set has no protocol.
    """
    known = [protocol for (name, _), protocol in protocols.PROTOCOLS.items() if name == data_name]
    if not known:
        raise ValueError(
            f"{data_name} has no protocol; choose one of {', '.join(sorted({n for n, _ in protocols.PROTOCOLS}))}."
        )
    place = folder or results.results_folder()
    recorded = [protocol for protocol in known if any((place / protocol.data / protocol.name).glob("*.npz"))]
    return (recorded or known)[0]
