"""Trials: the same number of settings tried for every arm, judged by the labels that its user has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from tqdm import tqdm

from softlabel_core import storage
from softlabel_core.arms import ARMS, labels, ordered, parse
from softlabel_core.arms import check as check_arm
from softlabel_core.clock import FOREVER, Clock
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import fitting
from softlabel_core.study.grid import done_in_time
from softlabel_core.study.pretraining import pretrained
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record, read_record, write_record
from softlabel_core.study.runs import Run, changed_settings, check, reads_tokens, split_of
from softlabel_core.study.tuning import (
    CRITERIA,
    SEED,
    TUNING,
    Candidate,
    at_edge,
    candidates,
    space,
    trial_path,
)


def tune(
    protocol: Protocol,
    arms: Sequence[str],
    dataset: Dataset,
    folder: Path,
    *,
    device: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    until: float = FOREVER,
) -> dict[str, Any]:
    """Train every trial that is missing, judge all, and write them down after each.

    A tuning that was killed goes on where it was when the same call is made again. All arms are
    judged on the same validation items; nobody trains on those afterwards.

    Parameters
    ----------
    protocol : Protocol
    arms : sequence of str
        By name; numbers are tuning's to find.
    dataset : Dataset
    folder : pathlib.Path
        Results folder.
    device, progress, executor, until
        As in `study.run_study`.

    Returns
    -------
    dict
        The protocol's settings and search; by arm its `space`, `trials` (values, cross-entropy with its own
        labels and with the votes on the validation items, in nats, None where training diverged) and, for each
        criterion, the number of the best trial with the settings `at_edge`.

    Raises
    ------
    RecordError
        If what was tuned before had other settings or votes.
    ValueError
        If the protocol has nothing to tune, or the data set cannot be taught by an arm.
    OutOfTime
        If trials are left when the time is over.
    """
    where = (protocol.data, protocol.name, folder)
    numbers = TUNING.read(*where) if TUNING.exists(*where) else _empty(protocol, dataset)
    _check(numbers, protocol, dataset, TUNING.path(*where))
    names = [parse(arm)[0] for arm in ordered(arms)]
    for name in names:  # better now than hours later
        check_arm(name, dataset, token_ids=reads_tokens(protocol, dataset))
    missing = _missing(names, numbers, protocol)
    with tqdm(total=len(missing), unit="trial", disable=not progress) as bar:
        for candidate, records in _tried(missing, protocol, dataset, folder, device, executor, until):
            _note(candidate, records, numbers, protocol, dataset)
            TUNING.write(_in_order(numbers), *where)
            bar.update()
    return numbers


def _missing(names: Sequence[str], numbers: dict[str, Any], protocol: Protocol) -> list[Candidate]:
    """Candidates of the named arms that were not judged yet."""
    return [
        candidate
        for name in names
        for candidate in candidates(protocol, name)
        if str(candidate.number) not in numbers["arms"].get(name, {}).get("trials", {})
    ]


def _tried(
    missing: Sequence[Candidate],
    protocol: Protocol,
    dataset: Dataset,
    folder: Path,
    device: str | None,
    executor: Executor | None,
    until: float,
) -> Iterator[tuple[Candidate, list[Record] | None]]:
    """Each candidate with its records, one a seed: one after another here, or as workers finish."""
    if executor is None:
        clock = Clock(until)
        for candidate in missing:
            clock.begin(candidate.protocol(protocol).epochs)
            yield candidate, _try(candidate, protocol, dataset, folder, device)
        return
    if protocol.pretraining and missing:  # before workers could train the same weights twice
        executor.submit(pretrained, protocol.pretraining, SEED, device).result()
    futures = {executor.submit(_try, each, protocol, dataset, folder, device): each for each in missing}
    for future in done_in_time(futures, until):
        yield futures[future], future.result()


def _note(
    candidate: Candidate,
    records: list[Record] | None,
    numbers: dict[str, Any],
    protocol: Protocol,
    dataset: Dataset,
) -> None:
    """Put a trial among the numbers, and choose anew."""
    name, _ = parse(candidate.arm)
    known = numbers["arms"].setdefault(name, {"space": storage.plain(space(protocol, name)), "trials": {}})
    known["trials"][str(candidate.number)] = _judge(candidate, records, name, dataset, protocol)
    known |= _choices(known)


def _try(
    candidate: Candidate, protocol: Protocol, dataset: Dataset, folder: Path, device: str | None
) -> list[Record] | None:
    """The records of a trial, one a seed, trained unless they are there; None if training diverged."""
    settings, fold = candidate.protocol(protocol), protocol.folds[0]
    try:
        return [
            _recorded(
                Run(settings, candidate.arm, fold, SEED + further, candidate.number), dataset, folder, device
            )
            for further in range(protocol.trial_seeds)
        ]
    except fitting.Diverged:
        return None


def _recorded(run: Run, dataset: Dataset, folder: Path, device: str | None) -> Record:
    """The record of one run of a trial, trained unless it is there."""
    path = trial_path(run, folder)
    if (folder / run.file).exists():  # the study itself has trained it
        path = folder / run.file
    elif not path.exists():
        write_record(fitting.train(run, dataset, device), path)
    record = read_record(path)
    check(record, run, path)
    return record


def _judge(
    candidate: Candidate, records: list[Record] | None, name: str, dataset: Dataset, protocol: Protocol
) -> dict[str, Any]:
    """A trial's settings and how it did on the validation items, the mean over its seeds."""
    told: dict[str, Any] = {"arm": candidate.arm, "values": dict(candidate.values)}
    if records is None:
        return told | {"diverged": True} | dict.fromkeys(CRITERIA)
    division = split_of(dataset, protocol, protocol.folds[0])
    own = labels(name, dataset, division.train, division.validation, protocol.split_seed)
    votes = dataset.p_human[division.validation]
    each = [_judged(record, own, votes) for record in records]
    return told | {key: float(np.mean([one[key] for one in each])) for key in each[0]}


def _judged(record: Record, own: NDArray[np.float64], votes: NDArray[np.float64]) -> dict[str, float]:
    """How one run did on the validation items, with the labels that its user has and with the votes."""
    last = record.meta["history"][-1]
    kept = ("validation_kl", "validation_entropy_pearson", "validation_accuracy", "train_loss")
    return {
        "own": cross_entropy(record.log_p_validation, own),
        "votes": cross_entropy(record.log_p_validation, votes),
        **{key: last[key] for key in kept},
        "seconds": record.meta["seconds"],
    }


def cross_entropy(log_p: NDArray[np.floating[Any]], target: NDArray[np.float64]) -> float:
    """Mean cross-entropy of predictions with target distributions, both [n_items, n_classes], nats."""
    exact = log_softmax(log_p.astype(np.float64), axis=1)
    return float(-(target * exact).sum(axis=1).mean())


def _choices(known: dict[str, Any]) -> dict[str, Any]:
    """The best trial by each criterion, and which of its values lie at an end of what was tried."""
    return {
        criterion: {
            "trial": (
                best := min(
                    known["trials"],
                    key=lambda number: (_rank(known["trials"][number][criterion]), int(number)),
                )
            ),
            "at_edge": at_edge(known["trials"][best]["values"], known["space"]),
        }
        for criterion in CRITERIA
    }


def _rank(judged: float | None) -> float:
    """A trial that diverged comes last."""
    return float("inf") if judged is None else judged


def _empty(protocol: Protocol, dataset: Dataset) -> dict[str, Any]:
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "settings": storage.plain(protocol.settings()),
        "search": storage.plain(dict(protocol.search)),
        "n_trials": protocol.trials,
        "seed": SEED,
        "n_seeds": protocol.trial_seeds,
        "data_hash": dataset.hash,
        "arms": {},
    }


def _check(numbers: dict[str, Any], protocol: Protocol, dataset: Dataset, path: Path) -> None:
    """Refuse to go on with trials of other settings or votes."""
    wanted = _empty(protocol, dataset)
    changed = changed_settings(numbers["settings"], protocol)
    had = {"n_seeds": 1} | numbers  # files from before there could be several do not say
    changed += [
        key for key in ("search", "n_trials", "seed", "n_seeds", "data_hash") if had[key] != wanted[key]
    ]
    if changed:
        raise RecordError(
            f"{path} was tuned with another {', '.join(changed)}; give another results folder, or delete it."
        )


def _in_order(numbers: dict[str, Any]) -> dict[str, Any]:
    """Arms in the house's order and trials by number, in whatever order they finished."""
    arms = {
        name: known | {"trials": dict(sorted(known["trials"].items(), key=lambda entry: int(entry[0])))}
        for name, known in sorted(numbers["arms"].items(), key=lambda entry: list(ARMS).index(entry[0]))
    }
    return numbers | {"arms": arms}
