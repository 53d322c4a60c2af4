"""Tuning: the same number of trials for every arm, judged by the labels that its user has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax
from tqdm import tqdm

from softlabel_core import storage, study
from softlabel_core.arms import ARMS, labels, ordered, parse, title
from softlabel_core.arms import check as check_arm
from softlabel_core.data import Dataset
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import Run, Trial, fitting
from softlabel_core.study import record as results
from softlabel_core.study.inputs import pretrained
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record

TUNING = Aggregate(
    "tuning.json",
    "softlabel tune {data} --protocol {protocol}",
    facts=("settings", "arms"),
    digits=None,  # settings are trained with as they were tried
)
TRIALS_FOLDER = "trials"  # below a protocol's records: predictions of every trial, not committed
SEED = 0  # of every trial
CRITERIA = ("own", "votes")
"""What a setting is judged by, on the validation items: cross-entropy with the labels that the arm's user has,
or, for every arm alike, with the votes."""


@dataclass(frozen=True)
class Candidate:
    """One setting of one arm.

    Attributes
    ----------
    arm : str
        Spelled out, with the number that this trial gives it.
    number : int
        0 for the protocol's own settings and the arm's default number.
    values : dict of str to float
        What tuning set: settings of the protocol, and `number` for an arm that takes one.
    """

    arm: str
    number: int
    values: Mapping[str, float]

    def protocol(self, base: Protocol) -> Protocol:
        """The protocol with this candidate's settings."""
        changed: dict[str, Any] = {key: value for key, value in self.values.items() if key != "number"}
        return replace(base, **changed)


def space(protocol: Protocol, arm: str) -> dict[str, tuple[float, ...]]:
    """What tuning may change for an arm: a setting's name with its values, lowest first.

    All arms search the protocol's settings; an arm that takes a number searches that too, with no
    more trials than the others have.
    """
    searched = {key: tuple(sorted(values)) for key, values in protocol.search}
    name, _ = parse(arm)
    if setting := ARMS[name].setting:
        searched["number"] = setting.tried
    return searched


def candidates(protocol: Protocol, arm: str) -> list[Candidate]:
    """The settings that are tried for an arm: the protocol's own, then others drawn from `space`.

    Every value of a setting is drawn about as often as any other and no combination of the shared
    settings twice: a Latin hypercube over lists. Every arm has the same shared settings in the same
    trials, so that no arm is luckier in what it was offered. (Why not a grid: Bergstra and Bengio,
    2012, "Random search for hyper-parameter optimization", JMLR 13.)

    Raises
    ------
    ValueError
        If the protocol has nothing to tune, or asks for more trials than there are combinations.
    """
    if not protocol.search:
        raise ValueError(
            f"{protocol.data} {protocol.name} has no settings to tune; give it `search` in protocols.py."
        )
    name, _ = parse(arm)
    searched = space(protocol, arm)
    rng = np.random.default_rng(protocol.split_seed)
    shared = _drawn(protocol, rng)
    numbers: list[dict[str, float]] = [{}] * protocol.trials
    if setting := ARMS[name].setting:
        numbers = [{"number": setting.default}] + [
            {"number": n} for n in _evenly(searched["number"], protocol.trials - 1, rng)
        ]
    tried = [settings | number for settings, number in zip(shared, numbers, strict=True)]
    return [Candidate(_spelled(name, values), number, values) for number, values in enumerate(tried)]


def _drawn(protocol: Protocol, rng: np.random.Generator) -> list[dict[str, float]]:
    """The shared settings of every trial, the protocol's own first, no two alike."""
    own = {key: getattr(protocol, key) for key, _ in protocol.search}
    for _ in range(1000):
        columns = [_evenly(values, protocol.trials - 1, rng) for _, values in protocol.search]
        drawn = [own] + [dict(zip(own, row, strict=True)) for row in zip(*columns, strict=True)]
        if len({tuple(settings.values()) for settings in drawn}) == protocol.trials:
            return drawn
    raise ValueError(
        f"{protocol.data} {protocol.name} has too few combinations of settings for its {protocol.trials} trials; "
        "give `search` more values, or fewer `trials`."
    )


def _evenly(values: Sequence[float], n: int, rng: np.random.Generator) -> list[float]:
    """So many draws of the values in random order, each about as often as any other."""
    rows = np.concatenate([rng.permutation(len(values)) for _ in range(-(-n // len(values)))])[:n]
    return [values[row] for row in rng.permutation(rows)]


def _spelled(name: str, values: Mapping[str, float]) -> str:
    given = f"{name}-{values['number']:.15g}" if "number" in values else name
    return ordered([given])[0]


def tune(
    protocol: Protocol,
    arms: Sequence[str],
    dataset: Dataset,
    folder: Path,
    *,
    device: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
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
    device, progress, executor
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
    """
    where = (protocol.data, protocol.name, folder)
    numbers = TUNING.read(*where) if TUNING.exists(*where) else _empty(protocol, dataset)
    _check(numbers, protocol, dataset, TUNING.path(*where))
    names = [parse(arm)[0] for arm in ordered(arms)]
    for name in names:  # better now than hours later
        check_arm(name, dataset, token_ids=study.reads_tokens(protocol, dataset))
    missing = [
        (name, candidate)
        for name in names
        for candidate in candidates(protocol, name)
        if str(candidate.number) not in numbers["arms"].get(name, {}).get("trials", {})
    ]
    with tqdm(total=len(missing), unit="trial", disable=not progress) as bar:

        def judged(name: str, candidate: Candidate, record: Record | None) -> None:
            known = numbers["arms"].setdefault(
                name, {"space": storage.plain(space(protocol, name)), "trials": {}}
            )
            known["trials"][str(candidate.number)] = _judge(candidate, record, name, dataset, protocol)
            known |= _choices(known)
            TUNING.write(_in_order(numbers), *where)
            bar.update()

        if executor is None:
            for name, candidate in missing:
                bar.set_description(f"{candidate.arm} trial {candidate.number}")
                judged(name, candidate, _try(candidate, protocol, dataset, folder, device))
        else:
            if protocol.pretraining:
                executor.submit(pretrained, protocol.pretraining, SEED, device).result()
            futures = {
                executor.submit(_try, candidate, protocol, dataset, folder, device): (name, candidate)
                for name, candidate in missing
            }
            for future in as_completed(futures):
                judged(*futures[future], future.result())
    return numbers


def _try(
    candidate: Candidate, protocol: Protocol, dataset: Dataset, folder: Path, device: str | None
) -> Record | None:
    """The record of a trial, trained unless it is there; None if training diverged."""
    run = _run(candidate, protocol, protocol.folds[0], SEED)
    path = trial_place(run, folder)
    if (folder / run.file).exists():  # the study itself has trained it
        path = folder / run.file
    elif not path.exists():
        try:
            results.write(fitting.train(run, dataset, device), path)
        except fitting.Diverged:
            return None
    record = results.read(path)
    study.check(record, run, path)
    return record


def _run(candidate: Candidate, protocol: Protocol, fold: int, seed: int) -> Run:
    return Run(candidate.protocol(protocol), candidate.arm, fold, seed, candidate.number)


def trial_place(run: Run, folder: Path) -> Path:
    """Where the predictions of a trial lie; a run that tuning chose need not be trained again."""
    return folder / run.file.parent / TRIALS_FOLDER / run.file.name


def _judge(
    candidate: Candidate, record: Record | None, name: str, dataset: Dataset, protocol: Protocol
) -> dict[str, Any]:
    """A trial's settings and how it did on the validation items."""
    told: dict[str, Any] = {"arm": candidate.arm, "values": dict(candidate.values)}
    if record is None:
        return told | {"diverged": True} | dict.fromkeys(CRITERIA)
    division = study.split_of(dataset, protocol, protocol.folds[0])
    own = labels(name, dataset, division.train, division.validation, protocol.split_seed)
    log_p = record.log_p_validation
    last = record.meta["history"][-1]
    return told | {
        "own": cross_entropy(log_p, own),
        "votes": cross_entropy(log_p, dataset.p_human[division.validation]),
        **{key: last[key] for key in ("validation_kl", "validation_entropy_pearson", "validation_accuracy")},
        "train_loss": last["train_loss"],
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


def at_edge(values: Mapping[str, float], searched: Mapping[str, Sequence[float]]) -> list[str]:
    """Names of the settings whose value is the lowest or the highest that was tried: the best may lie beyond."""
    return [key for key, value in values.items() if value in (min(searched[key]), max(searched[key]))]


def chosen(numbers: dict[str, Any], protocol: Protocol, criterion: str = "own") -> dict[str, Trial]:
    """The settings that tuning chose: spelled-out arm -> trial, for `study.load`.

    Raises
    ------
    ValueError
        If there is no such criterion.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"there is no criterion {criterion!r}; choose one of {', '.join(CRITERIA)}.")
    found = {}
    for known in numbers["arms"].values():
        trial = known["trials"][known[criterion]["trial"]]
        candidate = Candidate(trial["arm"], int(known[criterion]["trial"]), trial["values"])
        found[candidate.arm] = Trial(candidate.number, candidate.protocol(protocol))
    return found


def plan(
    numbers: dict[str, Any],
    protocol: Protocol,
    arms: Sequence[str],
    seeds: Sequence[int],
    criterion: str = "own",
) -> list[Run]:
    """Runs of a study with the settings that tuning chose, seed by seed.

    Raises
    ------
    ValueError
        If an arm was not tuned.
    """
    settings = chosen(numbers, protocol, criterion)
    spelled = {parse(arm)[0]: arm for arm in settings}
    names = [parse(arm)[0] for arm in ordered(arms)]
    lacking = [name for name in names if name not in spelled]
    if lacking:
        raise ValueError(
            f"{', '.join(lacking)} not tuned yet; run: softlabel tune {protocol.data} --protocol {protocol.name} "
            f"--arms {','.join(lacking)}"
        )
    return [
        Run(settings[spelled[name]].protocol, spelled[name], fold, seed, settings[spelled[name]].number)
        for seed in seeds
        for fold in protocol.folds
        for name in names
    ]


def adopt(runs: Sequence[Run], folder: Path) -> None:
    """Put the predictions of chosen trials among a study's records, so that no run is trained twice."""
    for run in runs:
        tried = trial_place(run, folder)
        if tried.exists() and not (folder / run.file).exists():
            results.read(tried)  # a broken one is refused, not copied
            storage.write_atomically(folder / run.file, tried.read_bytes())


def table(numbers: dict[str, Any]) -> pd.DataFrame:
    """What tuning chose: an arm a row, the settings by each criterion, a star where one lies at an edge.

    Parameters
    ----------
    numbers : dict
        See `tune`.

    Returns
    -------
    pandas.DataFrame of str
    """
    heads = {"own": "chosen by its own labels", "votes": "chosen by the votes"}
    return pd.DataFrame.from_dict(
        {
            title(name): {"trials": str(len(known["trials"]))}
            | {heads[criterion]: _settings(known, criterion) for criterion in CRITERIA}
            for name, known in numbers["arms"].items()
        },
        orient="index",
    )


def _settings(known: dict[str, Any], criterion: str) -> str:
    choice = known[criterion]
    values = known["trials"][choice["trial"]]["values"]
    return ", ".join(
        f"{key.replace('_', ' ')} {value:g}{'*' if key in choice['at_edge'] else ''}"
        for key, value in values.items()
    )


def text(numbers: dict[str, Any]) -> str:
    """What tuning chose, for a terminal."""
    searched = "; ".join(
        f"{key.replace('_', ' ')} {', '.join(f'{value:g}' for value in values)}"
        for key, values in numbers["search"].items()
    )
    return (
        f"{numbers['data']}, protocol {numbers['protocol']}: {numbers['n_trials']} trials an arm over {searched}.\n\n"
        f"{table(numbers).to_string()}\n\n* the lowest or highest value that was tried: the best may lie beyond.\n"
    )


def _empty(protocol: Protocol, dataset: Dataset) -> dict[str, Any]:
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "settings": storage.plain(protocol.settings()),
        "search": storage.plain(dict(protocol.search)),
        "n_trials": protocol.trials,
        "seed": SEED,
        "data_hash": dataset.hash,
        "arms": {},
    }


def _check(numbers: dict[str, Any], protocol: Protocol, dataset: Dataset, path: Path) -> None:
    """Refuse to go on with trials of other settings or votes."""
    wanted = _empty(protocol, dataset)
    changed = study.changed_settings(numbers["settings"], protocol)
    changed += [key for key in ("search", "n_trials", "seed", "data_hash") if numbers[key] != wanted[key]]
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
