"""All commands under one name; an error becomes one sentence."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from softlabel_book.cli import data_sets, ladder, reading, summaries, training
from softlabel_core import __version__
from softlabel_core.clock import OutOfTime

# Each adds its commands. They import what a command needs in its function, so that none waits for torch in vain.
GROUPS = (training, ladder, summaries, reading, data_sets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or after one sentence on standard error 2, 3 (out of time) or 130 (an interrupt)."""
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except _refusals() as error:
        print(f"softlabel: {error}", file=sys.stderr)
        return 2
    except OutOfTime as error:
        print(f"softlabel: {error}", file=sys.stderr)
        return 3
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


def parser() -> argparse.ArgumentParser:
    """The parser of every command; what it returns for one holds its function as `command`."""
    whole = argparse.ArgumentParser(prog="softlabel", description="Learning from disagreement: the study.")
    whole.add_argument("--version", action="version", version=f"softlabel {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(commands)
    return whole


def _refusals() -> tuple[type[Exception], ...]:
    """Errors whose message is a sentence for whoever gave the command; looked up only when something went wrong."""
    from softlabel_core.data import DataUnavailable
    from softlabel_core.storage import RecordError

    return ValueError, DataUnavailable, RecordError
