"""Design of a vote curve: which votes and items each model is taught, and what is kept of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core import study, votes
from softlabel_core.data import Dataset, Split, sources
from softlabel_core.study import Run, Trial
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record, read_record, verify_record

CACHE = "vote-curves"  # records of single runs, below the cache folder: only the aggregates are kept for good
LEVELS = (1, 2, 3, 5, 10, 20, 50, 100)
LEAST = 5  # items with fewer votes are left out of a curve, at all its levels, so that its levels compare
SHARES = (0.1, 0.2, 0.5, 1.0)  # of the training items; with the levels above, equal totals meet
ARMS = ("hard", "soft")
MEASURES = ("kl", "total_variation", "entropy_pearson", "accuracy")


@dataclass(frozen=True)
class VoteRun:
    """One trained model of a curve: a run whose training items show only so many of their votes.

    Attributes
    ----------
    run : Run
        Its seed is the draw: of the votes, of the items, and of the model.
    n_votes : int or None
        Votes of each training item; None for all that it has.
    share : float
        Share of the training items.
    """

    run: Run
    n_votes: int | None
    share: float = 1.0

    @property
    def arm(self) -> str:
        """What the run's predictions are called in a bootstrap: "soft-10", or "soft-10-of-0.5"."""
        return arm_name(self.run.arm, level_name(self.n_votes), self.share)

    @property
    def file(self) -> Path:
        """Path of the run's record below the cache."""
        return self.run.file.parent / f"{self.arm}-draw{self.run.seed}.npz"


def arm_name(arm: str, level: str, share: float = 1.0) -> str:
    """An arm with so many votes, on all training items or a share of them: "soft-10", "soft-all-of-0.5"."""
    return f"{arm}-{level}" if share == 1 else f"{arm}-{level}-of-{share:g}"


def level_name(n_votes: int | None) -> str:
    """A level as a word: "10", or "all"."""
    return "all" if n_votes is None else str(n_votes)


# ---------------------------------------------------------------- which votes, which items


def levels(counts: ArrayLike) -> list[int | None]:
    """Votes an item that a curve has, rising: each of `LEVELS` that every item allows, then None for all votes.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Of the items that are trained on.
    """
    an_item = votes.check_counts(counts).sum(axis=1)
    # Where all items have the same number of votes, that number is the same level as "all".
    return [n for n in LEVELS if n <= an_item.min() and n < an_item.max()] + [None]


def usable(dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the rows whose items have `LEAST` votes or more.

    Raises
    ------
    ValueError
        If none has.
    """
    enough = rows[dataset.counts[rows].sum(axis=1) >= LEAST]
    if not len(enough):
        raise ValueError(
            f"no item of {dataset.name} has {LEAST} votes or more, so there is no curve to draw; collect more votes."
        )
    return enough


def taught(dataset: Dataset, rows: NDArray[np.int64], n_votes: int | None, draw: int) -> Dataset:
    """The data set as a run is taught it: the named rows keep their first `n_votes` votes, all others theirs.

    Parameters
    ----------
    dataset : Dataset
    rows : numpy.ndarray of int
        Every training item of the curve, whatever share of them is used.
    n_votes : int or None
        None leaves all votes.
    draw : int
        Each draw has its own order of an item's votes.
    """
    if n_votes is None:
        return dataset
    counts = dataset.counts.copy()
    counts[rows] = votes.first_votes(dataset.counts[rows], n_votes, np.random.default_rng([draw, 0]))
    return replace(dataset, counts=counts, ratings=None)  # whose votes they are is not kept


def some(rows: NDArray[np.int64], share: float, draw: int) -> NDArray[np.int64]:
    """A random share of the rows, in their order; a smaller share of the same draw is part of a larger one."""
    shuffled = np.random.default_rng([draw, 1]).permutation(rows)
    return np.sort(shuffled[: max(1, round(share * len(rows)))])


# ---------------------------------------------------------------- the runs


def plan(
    protocol: Protocol,
    counts: ArrayLike,
    draws: Iterable[int],
    arms: Sequence[str] = ARMS,
    shares: Sequence[float] = SHARES,
    tuned: Mapping[str, Trial] | None = None,
) -> list[VoteRun]:
    """Runs of a curve, draw by draw, so that what is done first is complete over levels, shares and arms.

    Parameters
    ----------
    protocol : Protocol
        Its first fold is the split.
    counts : array_like, shape [n_items, n_classes]
        Of the training items, see `levels`.
    draws : iterable of int
    arms : sequence of str
        See `arms.ARMS`.
    shares : sequence of float
        Shares of the training items, above 0 and up to 1; 1 must be among them, for it is the curve. A share has
        more epochs, see `_longer`.
    tuned : mapping of arm to Trial, optional
        Settings that tuning chose, see `tuning.chosen`; an arm keeps them at all levels and shares.

    Raises
    ------
    ValueError
        If an arm is unknown, a share is out of range, or 1 is not among the shares.
    """
    if 1 not in shares or not all(0 < share <= 1 for share in shares):
        raise ValueError(
            f"shares are {list(shares)}; give numbers above 0 and up to 1, and 1 among them, which is the curve itself."
        )
    known = [
        _with(trial, run) if (trial := (tuned or {}).get(run.arm)) else replace(run, protocol=protocol)
        for run in study.plan(replace(protocol, folds=protocol.folds[:1]), arms, draws)
    ]
    return [
        VoteRun(_longer(run, share), n_votes, share)
        for draw in dict.fromkeys(run.seed for run in known)
        for share in sorted(set(shares), reverse=True)
        for n_votes in levels(counts)
        for run in known
        if run.seed == draw
    ]


def _with(trial: Trial, run: Run) -> Run:
    return replace(run, protocol=trial.protocol, trial=trial.number)


def _longer(run: Run, share: float) -> Run:
    """A run on a share of the items, with its epochs divided by the root of the share.

    With equal epochs a tenth of the items makes a tenth of the steps and stops half-taught, worse than
    the class shares; with equal steps it learns its labels by heart. This is the middle between them.
    """
    epochs = round(run.protocol.epochs / share**0.5)
    return replace(run, protocol=replace(run.protocol, epochs=epochs))


# ---------------------------------------------------------------- their records


def cache_folder() -> Path:
    """Where records of single runs are kept unless told otherwise."""
    return sources.cache_folder() / CACHE


def label(run: VoteRun) -> dict[str, Any]:
    """What a curve's run is besides its protocol, for its record."""
    least = LEAST  # another bound would leave other items out
    return {"arm": run.arm, "fold": run.run.fold, "draw": run.run.seed, "least": least}


def kept(run: VoteRun, dataset: Dataset, split: Split, folder: Path) -> Record | None:
    """The record of a run; None where there is none, or one of other votes, items or settings.

    Raises
    ------
    RecordError
        If there is one and it is not whole.
    """
    path = folder / run.file
    if not path.exists():
        return None
    record = read_record(path)
    fits = record.meta.get("vote_curve") == label(run) and record.meta["data_hash"] == dataset.hash
    if not fits or study.changed_settings(record.meta["settings"], run.run.protocol):
        return None
    verify_record(record, dataset, split, str(path))
    return record
