"""The command that records this study, unit after unit, as long as there is time: ladder."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from softlabel_book.cli import options, training

if TYPE_CHECKING:
    from softlabel_book.ladder.units import Unit


def add(commands: options.Commands) -> None:
    """Add this group's command."""
    climb = commands.add_parser(
        "ladder", help="record the study in order of worth, or show how far that has come"
    )
    climb.add_argument("units", nargs="*", metavar="UNIT", help="only these (default: all, see --list)")
    climb.add_argument("--list", action="store_true", help="train nothing; show what is recorded and planned")
    options.minutes(climb)
    options.device(climb)
    options.workers(climb)
    options.results(climb)
    climb.set_defaults(command=ladder)


def ladder(given: argparse.Namespace) -> None:
    """Climb as far as time and machine allow; each unit's steps are commands that one could give by hand."""
    from softlabel_book.ladder import analysis, tables

    units = analysis.named(given.units)
    if not given.list:
        _climb(units, given)
    print(tables.text(units, given.results))


def _climb(units: list[Unit], given: argparse.Namespace) -> None:
    """Do what is missing of the units, those that need a GPU only where there is one."""
    from softlabel_book.ladder import analysis
    from softlabel_core.training import pick_device

    device = pick_device(given.device).type
    for unit in units:
        if analysis.done(unit, given.results):
            continue
        if unit.gpu and device == "cpu" and unit.name not in given.units:
            print(f"{unit.name}: left out, since there is no GPU.")
            continue
        print(f"{unit.name}: {unit.what}.", flush=True)
        for step in unit.steps:
            print(f"  softlabel {step.command}", flush=True)
            asked = _parsed(step.command, given)
            asked.command(asked)


def _parsed(command: str, given: argparse.Namespace) -> argparse.Namespace:
    """A step's command, parsed, with what was said of the machine and the time."""
    parser = argparse.ArgumentParser()
    training.add(parser.add_subparsers())
    asked = parser.parse_args(shlex.split(command))
    for option in ("device", "workers", "results", "until"):
        setattr(asked, option, getattr(given, option))
    return asked
