"""What a chapter's first cells open: data sets and studies."""

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
from softlabel_core import data, storage, study
from softlabel_core.arms import parse, usual
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.study import Study, fitting, grid, protocols
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


def dataset(name: str, instead: str = "What needs single items is left out on this page.") -> Dataset | None:
    """Load a data set, or show one notice and return None where its files are not to be had.

    Parameters
    ----------
    name : str
    instead : str
        What the page shows without it, for the notice.
    """
    try:
        return data.load(name)
    except DataUnavailable as error:
        reason = str(error).replace(str(Path.home()), "~")  # a page is no place for the builder's folders
        notice(f"The votes of `{name}` were not at hand when this page was built. {instead} {reason}")
        return None


def open_study(name: str, protocol_name: str, run: str, votes: Dataset | None) -> Opened:
    """Open a study in the chosen mode.

    Parameters
    ----------
    name, protocol_name : str
        Data set and protocol.
    run : {"recorded", "quick", "full"}
        Read the record; train a demonstration that is never compared with the record,
        of 1,500 images for 8 epochs or a linear model on the frozen embeddings of 500
        texts, see `train_here`; or run the study, going on where it was.
    votes : Dataset or None
        Without votes the record is read, whatever the mode.
    """
    protocol = protocols.get(name, protocol_name)
    if votes is None or run == "recorded":
        recorded = study.load(protocol)
        test = None if votes is None else recorded.test_part(votes)
        return Opened(recorded, summary.read(summary.place(protocol)), test, "recorded")
    arms = usual(votes)
    if run == "quick":
        return train_here(_some(votes), _quick_protocol(protocol, votes), arms, [0], run)
    return _run(study.plan(protocol, arms, range(protocol.seeds)), votes, storage.results_folder(), "full")


def _some(votes: Dataset) -> Dataset:
    """As many items, drawn at random, as a quick run trains in a minute on two cores."""
    n = QUICK_TEXTS if votes.is_text else QUICK_ITEMS
    rng = np.random.default_rng(0)
    return votes.take(np.sort(rng.choice(votes.n_items, min(n, votes.n_items), replace=False)))


def _quick_protocol(protocol: Protocol, votes: Dataset) -> Protocol:
    """What a quick run trains instead of the protocol."""
    if votes.is_text:
        return protocols.get(protocol.data, "head")
    return protocols.get(protocol.data, protocol.name, epochs=QUICK_EPOCHS, pretraining=None)


def train_here(
    votes: Dataset, protocol: Protocol, arms: Sequence[str], seeds: Iterable[int], run: str
) -> Opened:
    """Train a small study on the spot and keep nothing of it on disk.

    A quick run keeps to a minute: where its epochs would take longer, all arms train the same
    smaller number of them, at least one, and a notice says so.
    """
    runs = study.plan(protocol, arms, seeds)
    if run == "quick":
        runs = _within_a_minute(runs, votes)
    with tempfile.TemporaryDirectory() as folder:
        return _run(runs, votes, Path(folder), run)


def _within_a_minute(runs: list[study.Run], votes: Dataset) -> list[study.Run]:
    """The runs with as many of their epochs as fit into a minute, and a notice where that is not all."""
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


def _run(runs: list[study.Run], votes: Dataset, folder: Path, run: str) -> Opened:
    on_a_page = os.environ.get(STATIC_VARIABLE) == "1"  # where a bar would stay as a block of text
    grid.run_study(runs, votes, folder, progress=run != "recorded" and not on_a_page)
    opened = study.load(runs[0].protocol, folder, {parse(run.arm)[0] for run in runs})
    numbers = summary.make(opened, votes, n_resamples=200 if run == "quick" else 1000)
    summary.write(numbers, summary.place(runs[0].protocol, folder))
    return Opened(opened, numbers, opened.test_part(votes), run)
