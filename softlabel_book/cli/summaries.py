"""The command that writes what records come to, anew and without training: summarise."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from softlabel_book.cli import options
from softlabel_core import storage

if TYPE_CHECKING:
    from softlabel_core.data import Dataset
    from softlabel_core.study.protocols import Protocol

    Recorded = tuple[Protocol, str, tuple[str, ...]]


def add(commands: options.Commands) -> None:
    """Add this group's command."""
    again = commands.add_parser(
        "summarise", help="write every summary of what is recorded anew; trains nothing, needs the votes"
    )
    options.study(again, optional=True)
    again.set_defaults(command=summarise)


def summarise(given: argparse.Namespace) -> None:
    """Write the summaries of a study, of a data set's studies or of all, and what their rivals come to."""
    from softlabel_core import data

    folder = given.results or storage.results_folder()
    studies = recorded(folder, given.data, given.protocol)
    if not studies:
        named = " ".join(filter(None, (given.data, given.protocol))) or "any data set"
        raise ValueError(f"{folder} holds no summary of {named} to write anew; record a study first.")
    load = functools.cache(data.load)
    for protocol, criterion, arms in studies:
        write(protocol, load(protocol.data), folder, criterion, arms)


def recorded(folder: Path, data: str | None = None, name: str | None = None) -> list[Recorded]:
    """Every study that has a summary, with what its arms were tuned by, "" where they were not, and these arms.

    Parameters
    ----------
    folder : pathlib.Path
        Results folder.
    data, name : str, optional
        A data set, and a protocol, to keep to.

    Raises
    ------
    ValueError
        If a protocol is named that its data set does not have.
    """
    from softlabel_book import summary
    from softlabel_core.arms import USUAL
    from softlabel_core.study import protocols

    if data and name:
        protocols.get(data, name)
    found: list[Recorded] = []
    for protocol in protocols.PROTOCOLS.values():
        if data in (None, protocol.data) and name in (None, protocol.name):
            where = protocol.data, protocol.name, folder
            for criterion, kind in summary.SUMMARIES.items():
                if kind.exists(*where):
                    found.append((protocol, criterion, USUAL))
            for criterion, kind in summary.FOLDED.items():
                if kind.exists(*where):
                    facts = kind.read(*where)["facts"]
                    found.append(
                        (replace(protocol, folds=tuple(facts["folds"])), criterion, tuple(facts["arms"]))
                    )
    return found


def write(
    protocol: Protocol, dataset: Dataset, folder: Path, criterion: str, arms: Sequence[str] | None = None
) -> None:
    """Write what the records of a study come to and, where tuned by own labels, its rivals; say where they lie.

    A study on more folds than its protocol has is summarised apart, since it may have other seeds and fewer arms.

    Parameters
    ----------
    protocol : Protocol
        With the folds that are asked for.
    dataset : Dataset
    folder : pathlib.Path
        Results folder.
    criterion : {"", "own", "votes"}
        What the arms were tuned by.
    arms : sequence of str, optional
        By default hard, soft and gold, as far as they are recorded.

    Raises
    ------
    RecordError
        If there is no complete record, or one is broken or of other votes.
    """
    from softlabel_book import summary
    from softlabel_book.rivals import analysis as rivals
    from softlabel_core.arms import ARMS, USUAL
    from softlabel_core.study import load, protocols, tuning

    where = protocol.data, protocol.name, folder
    tuned = tuning.TUNING.read(*where) if criterion else None
    chosen = tuning.chosen(tuned, protocol, criterion) if tuned else None
    usual = protocols.get(protocol.data, protocol.name).folds
    study = load(protocol, folder, arms or USUAL, chosen) if len(protocol.folds) > len(usual) else None
    kinds = summary.FOLDED
    if study is None or len(study.folds) <= len(usual):  # more folds are on their way at most
        study = load(replace(protocol, folds=usual), folder, USUAL, chosen)
        kinds = summary.SUMMARIES
    path = kinds[criterion].write(summary.make(study, dataset, criterion=criterion), *where)
    print(f"{len(study.records)} run(s) recorded, seeds {study.seeds}; summary in {path}")
    if tuned and criterion == "own" and study.folds == [0]:
        everything = load(study.protocol, folder, ARMS, chosen)
        path = rivals.RIVALS.write(rivals.make(everything, dataset, tuned), *where)
        print(f"{len(everything.arms)} arms, seeds {everything.seeds}; rivals in {path}")
