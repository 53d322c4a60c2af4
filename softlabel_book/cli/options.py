"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from softlabel_core import clock

if TYPE_CHECKING:
    from softlabel_core.study.protocols import Protocol

Commands = argparse._SubParsersAction  # the type that argparse gives to what `add_subparsers` returns
DATA_SET = "data set, such as politeness"


def study(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Options that name a study: data set, protocol, results folder."""
    parser.add_argument("data", nargs="?" if optional else None, help=DATA_SET)
    parser.add_argument(
        "--protocol", help="default: the first one that is recorded, in the order of protocols.py"
    )
    results(parser)


def results(parser: argparse.ArgumentParser) -> None:
    """The option that names the results folder."""
    parser.add_argument("--results", type=Path, help="results folder (default: the repository's)")


def arms(parser: argparse.ArgumentParser) -> None:
    """The option that names arms."""
    parser.add_argument(
        "--arms", help="comma-separated, or all (default: hard, soft, and gold where there is a label)"
    )


def tuned(parser: argparse.ArgumentParser) -> None:
    """The option that asks for tuned arms."""
    parser.add_argument(
        "--tuned",
        nargs="?",
        const="own",
        default="",
        type=criterion,
        metavar="own|votes",
        help="with the settings that tuning chose by the arm's own labels (default), or by the votes for all arms alike",
    )


def seeds(parser: argparse.ArgumentParser) -> None:
    """The option that says how many seeds, or which."""
    parser.add_argument(
        "--seeds", type=some_seeds, help="how many, or which, such as 3,7 or 0, (default: the protocol's)"
    )


def device(parser: argparse.ArgumentParser) -> None:
    """The option that names the device."""
    parser.add_argument("--device", help="cpu, cuda, cuda:1 … (default: a GPU where there is one)")


def workers(parser: argparse.ArgumentParser) -> None:
    """The option that says how many processes train."""
    parser.add_argument(
        "--workers", type=positive, default=1, help="runs at a time, each in a process of its own"
    )


def minutes(parser: argparse.ArgumentParser) -> None:
    """The option that says how long a command may train; it is read as a time, `until`."""
    parser.add_argument(
        "--minutes",
        dest="until",
        type=until,
        default=clock.FOREVER,
        metavar="MINUTES",
        help="stop clean after so long; the same command goes on from there (default: when all is done)",
    )


def quiet(parser: argparse.ArgumentParser) -> None:
    """The option that asks for no progress bar."""
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


# What an option's text stands for.


def criterion(text: str) -> str:
    """What arms were tuned by: "own" or "votes"; nothing, where they were not.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is neither.
    """
    if not text:
        return ""
    from softlabel_core.study import tuning

    if text not in tuning.CRITERIA:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(tuning.CRITERIA)}")
    return text


def some_seeds(text: str) -> list[int]:
    """How many seeds, or which: "5" or "0,3,4"."""
    return numbers(text) if "," in text else list(range(positive(text)))


def numbers(text: str) -> list[int]:
    """Numbers from 0 up, comma-separated.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no such list.
    """
    try:
        found = [int(part) for part in text.split(",") if part]
    except ValueError:
        found = []
    if not found or min(found) < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list such as 0,1,2")
    return found


def until(text: str) -> float:
    """Time by `time.monotonic` that is so many minutes from now.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no number above 0.
    """
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not length > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0")
    return clock.after(length)


def positive(text: str) -> int:
    """A whole number from 1 up.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def protocol(given: argparse.Namespace) -> Protocol:
    """The protocol named, or the data set's first with a record.

    Raises
    ------
    ValueError
        If there is no such data set or protocol, or none is recorded.
    """
    from softlabel_core import study
    from softlabel_core.study import protocols

    if given.protocol:
        return protocols.get(given.data, given.protocol)
    return study.best_recorded(given.data, given.results)
