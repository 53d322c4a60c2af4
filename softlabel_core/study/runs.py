"""Runs: one trained model each; which there are, and whether a record is of this one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from softlabel_core import data, storage
from softlabel_core.arms import ARMS, ordered
from softlabel_core.arms import check as check_arm
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record, read_record, verify_record


@dataclass(frozen=True)
class Run:
    """One trained model of a study.

    Attributes
    ----------
    protocol : Protocol
        With the settings of the trial, where tuning chose one.
    arm : str
        Spelled out, as `arms.ordered` does it.
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
        """Path of the run's record below the results folder."""
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
        raise ValueError(f"no arm is named; choose from {', '.join(ARMS)}.")
    names = ordered(arms)
    return [Run(protocol, arm, fold, seed) for seed in seeds for fold in protocol.folds for arm in names]


def pending(runs: Sequence[Run], dataset: Dataset, folder: Path) -> list[Run]:
    """Runs without a record in the folder; every record that is there is checked.

    Raises
    ------
    RecordError
        If a record is broken, or was made with other votes, items or settings.
    ValueError
        If the data set cannot be taught by one of the arms: better now than hours later.
    """
    for run in {run.arm: run for run in runs}.values():
        check_arm(run.arm, dataset, token_ids=reads_tokens(run.protocol, dataset))
    splits = {run.fold: split_of(dataset, run.protocol, run.fold) for run in runs}
    missing = []
    for run in runs:
        path = folder / run.file
        if not path.exists():
            missing.append(run)
            continue
        record = read_record(path)
        check(record, run, path)
        verify_record(record, dataset, splits[run.fold], str(path))
    return missing


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
        stated[key] != value for key, value in identity(run).items() if key in stated
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
    wanted = storage.plain(protocol.settings())
    return [key for key in wanted if had[key] != wanted[key]]


def reads_tokens(protocol: Protocol, dataset: Dataset) -> bool:
    """Whether a protocol's model reads token ids, rather than images or features."""
    return dataset.is_text and not protocol.encoder and not protocol.frozen


# Dividing 10,000 grouped items takes seconds, so splits are kept as long as their data set is.
_splits: WeakKeyDictionary[Dataset, dict[tuple[Any, ...], data.Split]] = WeakKeyDictionary()


def split_of(dataset: Dataset, protocol: Protocol, fold: int) -> data.Split:
    """The rows of one fold of a study, see `data.split`."""
    known = _splits.setdefault(dataset, {})
    division = (fold, protocol.n_folds, protocol.split_seed, protocol.validation)
    if division not in known:
        known[division] = data.split(dataset, *division)
    return known[division]


def identity(run: Run) -> dict[str, Any]:
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
