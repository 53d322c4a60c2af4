"""The command line: softlabel study, tune, table, curve, budget, data, votes and more."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from softlabel_book import headline, summary, tables
from softlabel_book.power import analysis as detectable
from softlabel_book.rivals import analysis as rivals
from softlabel_book.robustness import analysis as wild
from softlabel_book.vote_curves import analysis as vote_curves
from softlabel_book.vote_curves import budget
from softlabel_core import __version__, data, storage, study, votes
from softlabel_core.arms import ARMS, possible, usual
from softlabel_core.data import (
    DataUnavailable,
    chaosnli,
    cifar10h,
    images,
    nli_pairs,
    popquorn,
    sources,
    twins,
)
from softlabel_core.models.texts import ModelUnavailable
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, pretraining, protocols, tuning

FILES = (
    cifar10h.COUNTS,
    twins.TEST_TEST,
    twins.TEST_TRAIN,
    *images.BUNDLES.values(),
    *chaosnli.FILES.values(),
    popquorn.POLITENESS,
    popquorn.POLITENESS_COPY,
    popquorn.OFFENSIVENESS,
    nli_pairs.BUNDLE,
    *(archive for archive, _ in nli_pairs.ARCHIVES.values()),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 after one sentence on standard error, or 130 after an interrupt."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, DataUnavailable, ModelUnavailable, RecordError) as error:
        print(f"softlabel: {error}", file=sys.stderr)
        return 2
    except BrokenExecutor:
        print(
            "softlabel: a worker died, most likely for lack of memory; what was recorded stays. "
            "Give the same command with fewer --workers.",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("softlabel: stopped; the same command goes on where it was.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="softlabel", description="Learning from disagreement: the study.")
    parser.add_argument("--version", action="version", version=f"softlabel {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("study", help="train what is missing of a study, and write its summary")
    _which(run)
    run.add_argument(
        "--arms", help="comma-separated, or all (default: hard, soft, and gold where there is a label)"
    )
    run.add_argument(
        "--seeds", type=_seeds, help="how many, or which, such as 3,7 or 0, (default: the protocol's)"
    )
    run.add_argument("--folds", type=_numbers, help="comma-separated (default: the protocol's)")
    _tuned(run)
    run.add_argument(
        "--epochs", type=_positive, help="for a trial; needs another --results than the recorded one"
    )
    run.add_argument("--device", help="cpu, cuda, cuda:1 … (default: a GPU where there is one)")
    run.add_argument(
        "--workers", type=_positive, default=1, help="runs at a time, each in a process of its own"
    )
    run.add_argument("--quiet", action="store_true", help="no progress bar")
    run.set_defaults(command=_study)

    tune = commands.add_parser(
        "tune", help="try the same number of settings for every arm, judged on validation items"
    )
    _which(tune)
    tune.add_argument(
        "--arms", help="comma-separated, or all (default: hard, soft, and gold where there is a label)"
    )
    tune.add_argument("--device", help="cpu, cuda, cuda:1 … (default: a GPU where there is one)")
    tune.add_argument(
        "--workers", type=_positive, default=1, help="trials at a time, each in a process of its own"
    )
    tune.add_argument("--quiet", action="store_true", help="no progress bar")
    tune.set_defaults(command=_tune)

    curve = commands.add_parser("curve", help="train on the first N votes of every item, and on fewer items")
    _which(curve)
    curve.add_argument(
        "--draws", type=_positive, default=5, help="of the votes, each a seed too (default: %(default)s)"
    )
    curve.add_argument("--device", help="cpu, cuda, cuda:1 …")
    curve.add_argument("--quiet", action="store_true", help="no progress bar")
    curve.set_defaults(command=_curve)

    buys = commands.add_parser(
        "budget", help="what so many votes buy, read off a recorded curve and never beyond it"
    )
    _which(buys)
    buys.add_argument("--votes", type=_positive, required=True, help="in all")
    buys.add_argument("--items", type=_positive, help="spend them on so many training items only")
    buys.add_argument("--metric", choices=vote_curves.MEASURES, default="kl", help="(default: %(default)s)")
    buys.add_argument("--arm", default="soft", help="(default: %(default)s)")
    buys.set_defaults(command=_budget)

    out = commands.add_parser(
        "wild", help="damaged and attacked images, abstaining, the parts of a model's entropy"
    )
    _which(out)
    out.add_argument("--seeds", type=_seeds, help="how many, or which (default: the protocol's)")
    out.add_argument("--device", help="cpu, cuda, cuda:1 …")
    out.set_defaults(command=_wild)

    before = commands.add_parser("pretrain", help="train the weights that a protocol starts from, once")
    before.add_argument("name", help="such as minilm-nli or small-resnet")
    before.add_argument("--seed", type=int, default=0)
    before.add_argument("--device", help="cpu, cuda, cuda:1 …")
    before.add_argument("--results", type=Path, help="results folder (default: the repository's)")
    before.set_defaults(command=_pretrain)

    show = commands.add_parser("table", help="every arm with interval, ceiling, change, published rows")
    _which(show, optional=True)
    show.add_argument("--all", action="store_true", help="the headline: soft against hard over all data sets")
    _tuned(show)
    show.add_argument("--json", action="store_true", help="the numbers as JSON")
    show.set_defaults(command=_table)

    power = commands.add_parser("detect", help="simulate which difference between two arms could show at all")
    power.add_argument("data", nargs="+", help=f"one or more of {', '.join(data.LOADERS)}")
    power.add_argument(
        "--worlds", type=_positive, default=100, help="simulated studies (default: %(default)s)"
    )
    power.add_argument("--results", type=Path, help="results folder (default: the repository's)")
    power.set_defaults(command=_detect)

    files = commands.add_parser("data", help="where each file is looked for, and what is at hand")
    files.set_defaults(command=_data)

    count = commands.add_parser("votes", help="what the votes of a data set look like")
    count.add_argument("data", help=f"one of {', '.join(data.LOADERS)}")
    count.set_defaults(command=_votes)
    return parser


def _tuned(parser: argparse.ArgumentParser) -> None:
    """The option that asks for tuned arms."""
    parser.add_argument(
        "--tuned",
        nargs="?",
        const="own",
        default="",
        choices=tuning.CRITERIA,
        help="with the settings that tuning chose by the arm's own labels (default), or by the votes for all arms alike",
    )


def _which(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Options that name a study."""
    parser.add_argument("data", nargs="?" if optional else None, help="data set, such as cifar10h")
    parser.add_argument(
        "--protocol", help="default: the first one that is recorded, in the order of protocols.py"
    )
    parser.add_argument("--results", type=Path, help="results folder (default: the repository's)")


def _seeds(text: str) -> list[int]:
    """How many seeds, or which: "5" or "0,3,4"."""
    return _numbers(text) if "," in text else list(range(_positive(text)))


def _numbers(text: str) -> list[int]:
    """Numbers from 0 up, comma-separated."""
    try:
        numbers = [int(part) for part in text.split(",") if part]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list such as 0,1,2")
    return numbers


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _protocol(options: argparse.Namespace) -> protocols.Protocol:
    """The protocol named, or the data set's first with a record."""
    if options.protocol:
        return protocols.get(options.data, options.protocol)
    return study.best_recorded(options.data, options.results)


def _study(options: argparse.Namespace) -> None:
    protocol = _protocol(options)
    if options.epochs:
        if options.results is None:
            raise ValueError(
                "a trial with --epochs needs --results with a folder of its own, apart from the record."
            )
        protocol = replace(protocol, epochs=options.epochs)
    if options.folds is not None:
        protocol = replace(protocol, folds=tuple(options.folds))
    seeds = range(protocol.seeds) if options.seeds is None else options.seeds
    folder = options.results or storage.results_folder()
    dataset = data.load(options.data)
    arms = _arms(options, protocol, dataset)
    tuned, chosen = None, None
    if options.tuned:
        tuned = tuning.read(tuning.place(protocol, folder))
        chosen = tuning.chosen(tuned, protocol, options.tuned)
        runs = tuning.plan(tuned, protocol, arms, list(seeds), options.tuned)
        tuning.adopt(runs, folder)
    else:
        runs = study.plan(protocol, arms, seeds)
    with _workers(options.workers) as executor:
        trained = grid.run_study(
            runs, dataset, folder, device=options.device, progress=not options.quiet, executor=executor
        )
    recorded = study.load(protocol, folder, chosen=chosen)
    path = summary.place(protocol, folder, options.tuned)
    summary.write(summary.make(recorded, dataset, criterion=options.tuned), path)
    print(
        f"{trained} run(s) trained, {len(recorded.records)} recorded, seeds {recorded.seeds}; summary in {path}"
    )
    if tuned and options.tuned == "own" and recorded.folds == [0]:
        everything = study.load(protocol, folder, ARMS, chosen)
        path = rivals.place(protocol, folder)
        summary.write(rivals.make(everything, dataset, tuned), path)
        print(f"{len(everything.arms)} arms, seeds {everything.seeds}; rivals in {path}")


def _arms(options: argparse.Namespace, protocol: protocols.Protocol, dataset: data.Dataset) -> list[str]:
    """The arms named, every one that the protocol can train, or hard, soft and gold."""
    if options.arms == "all":
        return possible(dataset, token_ids=study.reads_tokens(protocol, dataset))
    return options.arms.split(",") if options.arms else usual(dataset)


def _tune(options: argparse.Namespace) -> None:
    protocol, dataset = _protocol(options), data.load(options.data)
    folder = options.results or storage.results_folder()
    with _workers(options.workers) as executor:
        numbers = tuning.tune(
            protocol,
            _arms(options, protocol, dataset),
            dataset,
            folder,
            device=options.device,
            progress=not options.quiet,
            executor=executor,
        )
    print(tuning.text(numbers))
    print(f"written to {tuning.place(protocol, folder)}")


def _curve(options: argparse.Namespace) -> None:
    protocol = _protocol(options)
    vote_curves.record(
        options.data,
        protocol,
        draws=options.draws,
        device=options.device,
        folder=options.results,
        progress=not options.quiet,
    )
    print(f"written to {vote_curves.place(protocol, options.results)}")


def _budget(options: argparse.Namespace) -> None:
    if options.protocol:
        protocol = protocols.get(options.data, options.protocol)
    else:
        found = vote_curves.best_recorded(options.data, options.results)
        if found is None:
            raise ValueError(
                f"{options.data} has no recorded vote curve; run: softlabel curve {options.data} --protocol frozen"
            )
        protocol = found
    curve = vote_curves.read(protocol, options.results)
    print(budget.say(budget.answer(curve, options.votes, options.metric, options.arm, options.items), curve))


def _wild(options: argparse.Namespace) -> None:
    path = wild.run(
        _protocol(options),
        data.load(options.data),
        options.seeds,
        device=options.device,
        folder=options.results,
    )
    print(f"written to {path}")


def _pretrain(options: argparse.Namespace) -> None:
    _, facts = pretraining.pretrained(options.name, options.seed, options.device)
    path = pretraining.path_of(options.name, facts["seed"], options.results)
    storage.write_json(path, facts)
    learned = facts.get("held_out")
    told = f", {learned['accuracy']:.1%} right on {learned['n']:,} items kept out" if learned else ""
    print(f"{options.name}: trained on {facts['n_train']:,} items{told}; its record is {path}")


def _workers(number: int) -> AbstractContextManager[Executor | None]:
    """Processes that train side by side; none for one run after another here."""
    if number == 1:
        return nullcontext()
    return ProcessPoolExecutor(number, get_context("spawn"))  # a forked process cannot use a GPU


def _table(options: argparse.Namespace) -> None:
    if options.all and (options.data or options.protocol):
        raise ValueError(
            "--all takes every data set with its own protocols; leave out what you named beside it."
        )
    if not options.all and not options.data:
        raise ValueError("no data set is named; name one, such as cifar10h, or give --all for the headline.")
    if options.all:
        numbers = headline.make(options.results, options.tuned)
    else:
        numbers = summary.read(summary.place(_protocol(options), options.results, options.tuned))
    if options.json:
        print(json.dumps(storage.plain(numbers), indent=1))
    else:
        print(headline.text(numbers) if options.all else tables.text(numbers))


def _detect(options: argparse.Namespace) -> None:
    for name in options.data:
        numbers = detectable.make(data.load(name), options.worlds)
        summary.write(numbers, detectable.place(name, options.results))
        print(detectable.text(numbers), end="\n\n", flush=True)


def _data(options: argparse.Namespace) -> None:
    print(f"{sources.DATA_VARIABLE}: {sources.data_folder() or 'not set'}")
    print(f"cache: {sources.cache_folder()}")
    for source in FILES:
        print(f"{source.file:40} {_state(source)}")
    print(f"{'CIFAR-10 images, lossless':40} {_lossless()}")


def _state(source: sources.Source) -> str:
    try:
        found = sources.at_hand(source)
    except DataUnavailable as error:
        return str(error)
    return f"at hand: {found}" if found else f"to be had from {source.address or 'a folder of your own only'}"


def _lossless() -> str:
    folder = images.lossless_folder()
    return f"at hand: {folder}" if folder else f"to be had from {images.ADDRESS}"


def _votes(options: argparse.Namespace) -> None:
    dataset = data.load(options.data)
    per_item = dataset.counts.sum(axis=1)
    reliability = votes.entropy_ceiling(dataset.counts)
    rows: dict[str, Any] = {
        "items": f"{dataset.n_items:,} in {len(set(dataset.groups.tolist())):,} groups that no split divides",
        "classes": f"{dataset.n_classes}: {', '.join(dataset.class_names)}",
        "votes": f"{per_item.sum():,}, {per_item.mean():.2f} an item ({per_item.min()}–{per_item.max()})",
        "human entropy, nats": f"mean {dataset.entropy.mean():.3f}, unanimous {(dataset.entropy == 0).mean():.1%}",
        "mean majority share": f"{votes.majority_share(dataset.counts).mean():.3f}",
        "majority ties": f"{votes.ties(dataset.counts).mean():.2%}",
        "split-half r of entropies": tables.number(reliability.split_half),
        "ceiling of r": tables.number(reliability.ceiling),
        "items whose gold label the majority disputes": _disputed(dataset),
        "raters": tables.DASH if dataset.ratings is None else f"{dataset.ratings.shape[1]:,} known by number",
        "items from": dataset.provenance,
    }
    for name, value in rows.items():
        print(f"{name + ':':46} {value}")


def _disputed(dataset: data.Dataset) -> str:
    if dataset.gold is None:
        return tables.DASH
    return str(int((dataset.majority != dataset.gold).sum()))


if __name__ == "__main__":
    sys.exit(main())
