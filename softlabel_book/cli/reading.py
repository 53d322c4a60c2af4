"""Commands that read what is recorded: table, budget."""

from __future__ import annotations

import argparse
import json
from typing import Any

from softlabel_book.cli import options
from softlabel_core import storage


def add(commands: options.Commands) -> None:
    """Add this group's commands."""
    show = commands.add_parser("table", help="every arm with interval, ceiling, change, published rows")
    options.study(show, optional=True)
    show.add_argument("--all", action="store_true", help="the headline: soft against hard over all data sets")
    show.add_argument(
        "--readings",
        action="store_true",
        help="with --all: by every way of tuning, and with one temperature after training",
    )
    options.tuned(show)
    show.add_argument("--json", action="store_true", help="the numbers as JSON")
    show.set_defaults(command=table)

    buys = commands.add_parser(
        "budget", help="what so many votes buy, read off a recorded curve and never beyond it"
    )
    options.study(buys)
    buys.add_argument("--votes", type=options.positive, required=True, help="in all")
    buys.add_argument("--items", type=options.positive, help="spend them on so many training items only")
    buys.add_argument("--metric", default="kl", help="one that the curve has (default: %(default)s)")
    buys.add_argument("--arm", default="soft", help="(default: %(default)s)")
    buys.set_defaults(command=budget)


def table(given: argparse.Namespace) -> None:
    """Print a study's numbers, or the headline over all data sets."""
    if given.all and (given.data or given.protocol):
        raise ValueError(
            "--all takes every data set with its own protocols; leave out what you named beside it."
        )
    if not given.all and not given.data:
        raise ValueError("no data set is named; name one, such as cifar10h, or give --all for the headline.")
    if given.readings and (not given.all or given.tuned):
        raise ValueError("--readings shows every way of tuning over all data sets; give it with --all alone.")
    from softlabel_book import summary, tables
    from softlabel_book.headline import analysis, reading_tables, readings
    from softlabel_book.headline import tables as headline_tables

    if given.readings:
        found = readings.make(given.results)
        if not any(reading.rows for reading in found):
            raise ValueError(
                "no study is recorded untuned and tuned both ways, so there is nothing to read side by side."
            )
        print(_json(found) if given.json else reading_tables.text(found))
    elif given.all:
        headline = analysis.make(given.results, given.tuned)
        print(_json(headline) if given.json else headline_tables.text(headline))
    else:
        protocol = options.protocol(given)
        numbers = summary.SUMMARIES[given.tuned].read(protocol.data, protocol.name, given.results)
        print(_json(numbers) if given.json else tables.text(numbers))


def _json(numbers: Any) -> str:
    return json.dumps(storage.plain(numbers), indent=1)


def budget(given: argparse.Namespace) -> None:
    """Print what a number of votes buys on a recorded vote curve."""
    from softlabel_book.vote_curves import analysis, tables
    from softlabel_book.vote_curves import budget as budgets
    from softlabel_core.study import protocols

    if given.protocol:
        protocol = protocols.get(given.data, given.protocol)
    else:
        known = analysis.best_recorded(given.data, given.results)
        if known is None:
            raise ValueError(
                f"{given.data} has no recorded vote curve; run: softlabel curve {given.data} --protocol frozen"
            )
        protocol = known
    curve = analysis.CURVE.read(protocol.data, protocol.name, given.results)
    found = budgets.answer(curve, given.votes, given.metric, given.arm, given.items)
    print(tables.answer(found, curve))
