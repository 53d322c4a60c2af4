"""Training on the spot: the study of a quick run, a page's own small study, and the rest of a full one."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from softlabel_book import summary
from softlabel_book.chapter.prose import notice
from softlabel_book.interactive.base import STATIC_VARIABLE
from softlabel_core import statistics, storage, study
from softlabel_core.arms import parse
from softlabel_core.data import Dataset
from softlabel_core.study import Study, protocols
from softlabel_core.study.protocols import Protocol

QUICK_ITEMS, QUICK_EPOCHS, QUICK_TEXTS = 1500, 8, 500
QUICK_SECONDS = 60.0  # that a quick run keeps to
TRAINING_SHARE = 0.85  # of them; the rest predicts and resamples


@dataclass(frozen=True, eq=False)
class Opened:
    """A study as a chapter sees it.

    Attributes
    ----------
    study : Study
        The predictions.
    summary : dict
        Its numbers, see `summary.make`.
    test : Dataset or None
        The test items with their votes, in the study's order; None where the votes are not at hand.
    run : str
        The mode that it was opened in.
    """

    study: Study
    summary: dict[str, Any]
    test: Dataset | None
    run: str


def train_some(votes: Dataset, protocol: Protocol, arms: Sequence[str]) -> Opened:
    """Train a demonstration of a study: on some of its items, for few epochs or, of texts, a linear model."""
    if votes.is_text:
        quick = protocols.get(protocol.data, "head")
    else:
        quick = protocols.get(protocol.data, protocol.name, epochs=QUICK_EPOCHS, pretraining=None)
    return train_here(_some(votes), quick, arms, [0], "quick")


def train_rest(votes: Dataset, protocol: Protocol, arms: Sequence[str]) -> Opened:
    """Train what is missing of a recorded study, and write it among the results."""
    runs = study.plan(protocol, arms, range(protocol.seeds))
    return _trained(runs, votes, storage.results_folder(), "full")


def train_here(
    votes: Dataset, protocol: Protocol, arms: Sequence[str], seeds: Iterable[int], run: str
) -> Opened:
    """Train a small study on the spot and keep nothing of it on disk.

    A quick run keeps to a minute: where its epochs would take longer, all arms train the same
    smaller number of them, at least one, and a notice says so.

    Parameters
    ----------
    votes : Dataset
    protocol : Protocol
    arms : sequence of str
    seeds : iterable of int
    run : {"recorded", "quick", "full"}
        The mode of the page: only "quick" is cut to a minute.

    Raises
    ------
    ValueError
        If the data set cannot serve an arm, or there is no such arm.
    """
    runs = study.plan(protocol, arms, seeds)
    if run == "quick":
        runs = _within_a_minute(runs, votes)
    with tempfile.TemporaryDirectory() as folder:
        return _trained(runs, votes, Path(folder), run)


def _some(votes: Dataset) -> Dataset:
    """As many items, drawn at random, as a quick run trains in a minute on two cores."""
    n = QUICK_TEXTS if votes.is_text else QUICK_ITEMS
    rng = np.random.default_rng(0)
    return votes.take(np.sort(rng.choice(votes.n_items, min(n, votes.n_items), replace=False)))


def _within_a_minute(runs: list[study.Run], votes: Dataset) -> list[study.Run]:
    """The runs with as many of their epochs as fit into a minute, and a notice where that is not all."""
    from softlabel_core.study import fitting  # with torch, for which a page that only reads does not wait

    started, protocol = time.perf_counter(), runs[0].protocol
    n_train = sum(len(study.split_of(votes, protocol, run.fold).train) for run in runs)
    seconds_an_epoch = n_train * fitting.seconds_an_item(runs[0], votes)
    left = TRAINING_SHARE * QUICK_SECONDS - (time.perf_counter() - started)
    left = max(left, 1.0)  # however long texts took to read, a linear model trains in a second
    if protocol.epochs * seconds_an_epoch <= left:
        return runs
    epochs = max(int(left / seconds_an_epoch), 1)
    count = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    notice(f"{count} instead of {protocol.epochs}, to keep to a minute.")
    return [replace(run, protocol=replace(protocol, epochs=epochs)) for run in runs]


def _trained(runs: list[study.Run], votes: Dataset, folder: Path, run: str) -> Opened:
    """Train what is missing of some runs below a folder, and open what came of it."""
    from softlabel_core.study import grid  # with torch

    on_a_page = os.environ.get(STATIC_VARIABLE) == "1"  # where a bar would stay as a block of text
    grid.run_study(runs, votes, folder, progress=run != "recorded" and not on_a_page)
    opened = study.load(runs[0].protocol, folder, {parse(run.arm)[0] for run in runs})
    numbers = summary.make(
        opened, votes, n_resamples=statistics.N_QUICK if run == "quick" else statistics.N_RESAMPLES
    )
    summary.SUMMARY.write(numbers, runs[0].protocol.data, runs[0].protocol.name, folder)
    return Opened(opened, numbers, opened.test_part(votes), run)
