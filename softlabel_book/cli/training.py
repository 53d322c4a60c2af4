"""Commands that train and leave records or aggregates: study, tune, curve, robustness, capacity, repair, pretrain."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from softlabel_book.cli import options, summaries
from softlabel_core import storage

if TYPE_CHECKING:
    from softlabel_core.data import Dataset
    from softlabel_core.study import Run
    from softlabel_core.study.protocols import Protocol


def add(commands: options.Commands) -> None:
    """Add this group's commands."""
    train = commands.add_parser("study", help="train what is missing of a study, and write its summary")
    options.study(train)
    options.arms(train)
    options.seeds(train)
    train.add_argument("--folds", type=options.numbers, help="comma-separated (default: the protocol's)")
    options.tuned(train)
    train.add_argument(
        "--epochs", type=options.positive, help="for a trial; needs another --results than the recorded one"
    )
    options.device(train)
    options.minutes(train)
    options.workers(train)
    options.quiet(train)
    train.set_defaults(command=study)

    trials = commands.add_parser(
        "tune", help="try the same number of settings for every arm, judged on validation items"
    )
    options.study(trials)
    options.arms(trials)
    options.device(trials)
    options.minutes(trials)
    options.workers(trials)
    options.quiet(trials)
    trials.set_defaults(command=tune)

    votes = commands.add_parser("curve", help="train on the first N votes of every item, and on fewer items")
    options.study(votes)
    votes.add_argument(
        "--draws",
        type=options.positive,
        default=5,
        help="of the votes, each a seed too (default: %(default)s)",
    )
    options.device(votes)
    options.quiet(votes)
    votes.set_defaults(command=curve)

    damaged = commands.add_parser(
        "robustness", help="damaged and attacked images, abstaining, the parts of a model's entropy"
    )
    options.study(damaged)
    options.seeds(damaged)
    options.device(damaged)
    damaged.set_defaults(command=robustness)

    for name, does, command in (
        (
            "capacity",
            "hard and soft labels from small models to large, from briefly trained to long",
            capacity,
        ),
        (
            "repair",
            "what votes on a few more items buy for a model of hard labels, by what is done with them",
            repair,
        ),
    ):
        subject = commands.add_parser(name, help=does)
        for option in (options.study, options.seeds, options.device, options.minutes, options.quiet):
            option(subject)
        subject.set_defaults(command=command)

    before = commands.add_parser("pretrain", help="train the weights that a protocol starts from, once")
    before.add_argument("name", help="such as minilm-nli or small-resnet")
    before.add_argument("--seed", type=int, default=0)
    options.device(before)
    options.minutes(before)
    options.results(before)
    before.set_defaults(command=pretrain)


def study(given: argparse.Namespace) -> None:
    """Train what is missing of a study; write its summary and, once tuned, what its rivals come to."""
    from softlabel_core import data
    from softlabel_core.study import grid

    protocol, folder = _changed(given), given.results or storage.results_folder()
    dataset = data.load(given.data)
    seeds = range(protocol.seeds) if given.seeds is None else given.seeds
    arms = _arms(given, protocol, dataset)
    runs = _planned(given, protocol, arms, seeds, folder)
    with _workers(given.workers) as executor:
        trained = grid.run_study(
            runs,
            dataset,
            folder,
            device=given.device,
            progress=not given.quiet,
            executor=executor,
            until=given.until,
        )
    print(f"{trained} run(s) trained")
    summaries.write(protocol, dataset, folder, given.tuned, arms if given.folds else None)


def _changed(given: argparse.Namespace) -> Protocol:
    """The protocol, with epochs and folds of the command's own."""
    protocol = options.protocol(given)
    if given.epochs:
        if given.results is None:
            raise ValueError(
                "a trial with --epochs needs --results with a folder of its own, apart from the record."
            )
        protocol = replace(protocol, epochs=given.epochs)
    return protocol if given.folds is None else replace(protocol, folds=tuple(given.folds))


def _planned(
    given: argparse.Namespace, protocol: Protocol, arms: list[str], seeds: Sequence[int], folder: Path
) -> list[Run]:
    """The runs of a study, with the settings that tuning chose where it is asked for."""
    from softlabel_core.study import plan, tuning

    if not given.tuned:
        return plan(protocol, arms, seeds)
    numbers = tuning.TUNING.read(protocol.data, protocol.name, folder)
    runs = tuning.plan(numbers, protocol, arms, list(seeds), given.tuned)
    tuning.adopt(runs, folder)
    return runs


def tune(given: argparse.Namespace) -> None:
    """Try settings for every arm, and print what was chosen."""
    from softlabel_book import tuning_tables
    from softlabel_core import data
    from softlabel_core.study import trials, tuning

    protocol, folder = options.protocol(given), given.results or storage.results_folder()
    dataset = data.load(given.data)
    with _workers(given.workers) as executor:
        numbers = trials.tune(
            protocol,
            _arms(given, protocol, dataset),
            dataset,
            folder,
            device=given.device,
            progress=not given.quiet,
            executor=executor,
            until=given.until,
        )
    print(tuning_tables.text(numbers))
    print(f"written to {tuning.TUNING.path(protocol.data, protocol.name, folder)}")


def curve(given: argparse.Namespace) -> None:
    """Train on few votes and on more, and write the curve."""
    from softlabel_book.vote_curves import training
    from softlabel_core import data

    path = training.record(
        options.protocol(given),
        data.load(given.data),
        draws=given.draws,
        device=given.device,
        folder=given.results,
        progress=not given.quiet,
    )
    print(f"written to {path}")


def robustness(given: argparse.Namespace) -> None:
    """Measure a study's models on damaged and attacked images, abstaining, and what their entropy is made of."""
    from softlabel_book.robustness import training
    from softlabel_core import data

    path = training.record(
        options.protocol(given),
        data.load(given.data),
        given.seeds,
        device=given.device,
        folder=given.results,
    )
    print(f"written to {path}")


def capacity(given: argparse.Namespace) -> None:
    """Measure hard and soft labels for each size of model and length of training, and write what that comes to."""
    from softlabel_book.capacity import training

    _record(given, training.record, range(training.SEEDS) if given.seeds is None else given.seeds)


def repair(given: argparse.Namespace) -> None:
    """Spend the votes of some items on models of hard labels in several ways, and write what each comes to."""
    from softlabel_book.repair import training

    _record(given, training.record, given.seeds)


def _record(given: argparse.Namespace, record: Callable[..., Path], seeds: Sequence[int] | None) -> None:
    """Let a subject train what it lacks, and say where its numbers lie."""
    from softlabel_core import data

    path = record(
        options.protocol(given),
        data.load(given.data),
        seeds,
        device=given.device,
        folder=given.results,
        progress=not given.quiet,
        until=given.until,
    )
    print(f"written to {path}")


def pretrain(given: argparse.Namespace) -> None:
    """Train the weights of one pretraining stage, and keep what it learnt."""
    from softlabel_core.study.pretraining import pretrained
    from softlabel_core.study.record import facts_file

    _, facts = pretrained(given.name, given.seed, given.device, given.until)
    stage = facts["settings"]["data"], given.name
    path = facts_file(facts["seed"]).write(facts, *stage, given.results)
    learned = facts.get("held_out")
    told = f", {learned['accuracy']:.1%} right on {learned['n']:,} items kept out" if learned else ""
    print(f"{given.name}: trained on {facts['n_train']:,} items{told}; its record is {path}")


def _arms(given: argparse.Namespace, protocol: Protocol, dataset: Dataset) -> list[str]:
    """The arms named, every one that the protocol can train, or hard, soft and gold."""
    from softlabel_core.arms import possible, usual
    from softlabel_core.study import reads_tokens

    if given.arms == "all":
        return possible(dataset, token_ids=reads_tokens(protocol, dataset))
    return given.arms.split(",") if given.arms else usual(dataset)


def _workers(number: int) -> AbstractContextManager[Executor | None]:
    """Processes that train side by side; none for one run after another here."""
    if number == 1:
        return nullcontext()
    return ProcessPoolExecutor(number, get_context("spawn"))  # a forked process cannot use a GPU
