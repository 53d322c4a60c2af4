"""Commands about a data set's files and votes, before anything is trained: data, votes, power."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from softlabel_book.cli import options

if TYPE_CHECKING:
    from softlabel_core.data import Dataset
    from softlabel_core.data.sources import Source


def add(commands: options.Commands) -> None:
    """Add this group's commands."""
    at_hand = commands.add_parser("data", help="where each file is looked for, and what is at hand")
    at_hand.set_defaults(command=data)

    seen = commands.add_parser("votes", help="what the votes of a data set look like")
    seen.add_argument("data", help=options.DATA_SET)
    seen.add_argument(
        "--write", action="store_true", help="also write their aggregates, for pages built without the votes"
    )
    options.results(seen)
    seen.set_defaults(command=votes)

    simulated = commands.add_parser(
        "power", help="simulate which difference between two arms could show at all"
    )
    simulated.add_argument("data", nargs="+", help=f"{options.DATA_SET}; one or more")
    simulated.add_argument(
        "--worlds", type=options.positive, default=100, help="simulated studies (default: %(default)s)"
    )
    options.results(simulated)
    simulated.set_defaults(command=power)


def data(given: argparse.Namespace) -> None:
    """Print every file that a data set is read from, and where it is or is to be had."""
    from softlabel_core.data import files, images, sources

    print(f"{sources.DATA_VARIABLE}: {sources.data_folder() or 'not set'}")
    print(f"cache: {sources.cache_folder()}")
    for source in files():
        print(f"{source.file:40} {_state(source)}")
    folder = images.lossless_folder()
    state = f"at hand: {folder}" if folder else f"to be had from {images.ADDRESS}"
    print(f"{'CIFAR-10 images, lossless':40} {state}")


def _state(source: Source) -> str:
    from softlabel_core.data import DataUnavailable, sources

    try:
        found = sources.at_hand(source)
    except DataUnavailable as error:
        return str(error)
    return f"at hand: {found}" if found else f"to be had from {source.address or 'a folder of your own only'}"


def votes(given: argparse.Namespace) -> None:
    """Print what a data set's votes look like; write their aggregates where asked to."""
    from softlabel_book.few_votes import aggregates
    from softlabel_core.data import load

    dataset = load(given.data)
    for name, value in _facts(dataset).items():
        print(f"{name + ':':46} {value}")
    if given.write:
        path = aggregates.VOTES.write(aggregates.make(dataset), given.data, folder=given.results)
        print(f"written to {path}")


def _facts(dataset: Dataset) -> dict[str, Any]:
    """A data set's votes from afar, as a person reads it."""
    from softlabel_book import tables
    from softlabel_core import statistics, votes

    an_item = dataset.counts.sum(axis=1)
    reliability = statistics.entropy_ceiling(dataset.counts)
    of_ranks = statistics.entropy_ceiling(dataset.counts, correlation="spearman")
    disputed = tables.DASH if dataset.gold is None else int((dataset.majority != dataset.gold).sum())
    return {
        "items": f"{dataset.n_items:,} in {len(set(dataset.groups.tolist())):,} groups that no split divides",
        "classes": f"{dataset.n_classes}: {', '.join(dataset.class_names)}",
        "votes": f"{an_item.sum():,}, {an_item.mean():.2f} an item ({an_item.min()}–{an_item.max()})",
        "human entropy, nats": f"mean {dataset.entropy.mean():.3f}, unanimous {(dataset.entropy == 0).mean():.1%}",
        "mean majority share": f"{votes.majority_share(dataset.counts).mean():.3f}",
        "majority ties": f"{votes.ties(dataset.counts).mean():.2%}",
        "split-half r of entropies": tables.number(reliability.split_half),
        "ceiling of r": tables.number(reliability.ceiling),
        "ceiling of ρ": tables.number(of_ranks.ceiling),
        "items whose gold label the majority disputes": disputed,
        "raters": tables.DASH if dataset.ratings is None else f"{dataset.ratings.shape[1]:,} known by number",
        "items from": dataset.provenance,
    }


def power(given: argparse.Namespace) -> None:
    """Simulate studies of data sets; write and print which difference could show."""
    from softlabel_book.power import analysis, tables
    from softlabel_core.data import load

    settings = analysis.Settings(given.worlds)
    for name in given.data:
        numbers = analysis.make(load(name), settings)
        analysis.POWER.write(numbers, name, folder=given.results)
        print(tables.text(numbers), end="\n\n", flush=True)
