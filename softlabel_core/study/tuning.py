"""Tuning: which settings are tried for each arm, which were chosen, and what is trained with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from softlabel_core import storage
from softlabel_core.arms import ARMS, ordered, parse
from softlabel_core.storage import Aggregate
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import read_record
from softlabel_core.study.runs import Run, Trial

TUNING = Aggregate(
    "tuning.json",
    "softlabel tune {data} --protocol {protocol}",
    facts=("settings", "arms"),
    digits=None,  # settings are trained with as they were tried
)
TRIALS_FOLDER = "trials"  # below a protocol's records: predictions of every trial, not committed
SEED = 0  # of every trial, or the first one where a protocol has several
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


def trial_path(run: Run, folder: Path) -> Path:
    """Where the predictions of a trial lie; a run that tuning chose need not be trained again."""
    return folder / run.file.parent / TRIALS_FOLDER / run.file.name


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
        tried = trial_path(run, folder)
        if tried.exists() and not (folder / run.file).exists():
            read_record(tried)  # a broken one is refused, not copied
            storage.write_atomically(folder / run.file, tried.read_bytes())
