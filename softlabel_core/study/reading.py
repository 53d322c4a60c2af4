"""Reading: the records of one data set and protocol, lined up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_core import storage
from softlabel_core.arms import USUAL, name_of, ordered
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record, read_record, verify_record
from softlabel_core.study.runs import Run, Trial, check


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
        return ordered({run.arm for run in self.records})

    @cached_property
    def seeds(self) -> list[int]:
        """Seeds that every arm has on every fold that any run has."""
        folds = {run.fold for run in self.records}
        return [
            seed
            for seed in sorted({run.seed for run in self.records})
            if all((arm, fold, seed) in self._by_run for arm in self.arms for fold in folds)
        ]

    @cached_property
    def _by_run(self) -> dict[tuple[str, int, int], Record]:
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

    def validation_ids(self, fold: int | None = None) -> NDArray[np.str_]:
        """Ids of the validation items of a fold, by default the first."""
        return self._record(self.arms[0], self._fold(fold), self.seeds[0]).ids_validation

    def log_p_validation(self, arm: str, fold: int | None = None) -> NDArray[np.float32]:
        """Log-probabilities of an arm for a fold's validation items, [n_seeds, n_validation, n_classes]."""
        records = [self._record(arm, self._fold(fold), seed) for seed in self.seeds]
        return np.stack([record.log_p_validation for record in records])

    def test_rows(self, fold: int) -> NDArray[np.int64]:
        """Where the test items of a fold lie in `test_ids`, in the order of their ids."""
        return np.flatnonzero(
            np.isin(self.test_ids, self._record(self.arms[0], fold, self.seeds[0]).ids_test)
        )

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
            verify_record(record, dataset, None, str(run.file))
        row = {name: i for i, name in enumerate(dataset.ids)}
        return dataset.take(np.array([row[name] for name in self.test_ids]))

    def _fold(self, fold: int | None) -> int:
        return self.folds[0] if fold is None else fold

    def _record(self, arm: str, fold: int, seed: int) -> Record:
        return self._by_run[arm, fold, seed]

    def _one_seed(self, arm: str, seed: int) -> NDArray[np.float32]:
        records = [self._record(arm, fold, seed) for fold in self.folds]
        order = np.argsort(np.concatenate([record.ids_test for record in records]))
        return np.concatenate([record.log_p_test for record in records])[order]


def load(
    protocol: Protocol,
    folder: Path | None = None,
    arms: Iterable[str] = USUAL,
    chosen: Mapping[str, Trial] | None = None,
) -> Study:
    """Read the records of a protocol, of its own folds only.

    Parameters
    ----------
    protocol : Protocol
        Records of folds that are not among its `folds` may lie beside the others and are not read; ask
        for them with `dataclasses.replace(protocol, folds=(0, 1, 2, 3, 4))`.
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
    where = (folder or storage.results_folder()) / protocol.data / protocol.name
    records = _read(protocol, where, set(arms), chosen)
    study = Study(protocol, records)
    if records and not study.seeds:  # several folds on their way leave the fixed split standing
        study = Study(protocol, {run: record for run, record in records.items() if run.fold == 0})
    if not study.records or not study.seeds:
        tuned = " --tuned" if chosen is not None else ""
        raise RecordError(
            f"{where} holds no seed that is complete over all arms and folds; "
            f"run: softlabel study {protocol.data} --protocol {protocol.name}{tuned}"
        )
    return study


def _read(
    protocol: Protocol, where: Path, arms: set[str], chosen: Mapping[str, Trial] | None
) -> dict[Run, Record]:
    """The records in a study's folder that are asked for, each checked, in the order of their names."""
    records: dict[Run, Record] = {}
    for path in sorted(path for fold in protocol.folds for path in where.glob(f"*-fold{fold}-seed*.npz")):
        record = read_record(path)
        trial = _trial(record, protocol, arms, chosen)
        if trial is None:
            continue
        told: dict[str, Any] = {"arm": "", "fold": -1, "seed": -1} | record.meta
        run = Run(trial.protocol, told["arm"], told["fold"], told["seed"], trial.number)
        check(record, run, path)
        for other in records:
            if other.fold == run.fold and not np.array_equal(records[other].ids_test, record.ids_test):
                raise RecordError(
                    f"{path} has other test items than {other.file.name} beside it; delete one of them."
                )
        records[run] = record
    return records


def _trial(
    record: Record, protocol: Protocol, arms: set[str], chosen: Mapping[str, Trial] | None
) -> Trial | None:
    """The settings that a record must have been made with to be read; None for a record that is not asked for."""
    arm, number = record.meta.get("arm", ""), record.meta.get("trial", 0)
    known = name_of(arm)
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
    results = folder or storage.results_folder()
    recorded = [
        protocol for protocol in known if any((results / protocol.data / protocol.name).glob("*.npz"))
    ]
    return (recorded or known)[0]
