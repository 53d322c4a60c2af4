"""Storage: where results lie, files that are written whole or not at all, and aggregates of a study."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

RESULTS_VARIABLE = "SOFTLABEL_RESULTS"
DIGITS = 6  # significant ones of a number in a file of aggregates
FACTS = ("facts",)


class RecordError(RuntimeError):
    """A record cannot be written, read or used; the message names the file and the cure."""


def results_folder() -> Path:
    """Folder of the recorded studies: SOFTLABEL_RESULTS, else `results` beside the package.

    Raises
    ------
    RecordError
        If neither exists.
    """
    named = os.environ.get(RESULTS_VARIABLE)
    folder = Path(named).expanduser() if named else Path(__file__).parent.parent / "results"
    if not folder.is_dir():
        raise RecordError(
            f"there is no folder {folder} of recorded studies; work in a clone of the repository, "
            f"or name a folder that exists in {RESULTS_VARIABLE}."
        )
    return folder


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: to a neighbour first, then into place.

    The content is made in memory beforehand, so that a full disk is met here only
    and never inside a library that reports it in its own way.

    Raises
    ------
    RecordError
        If the disk is full or the folder cannot be written; what was there stays.
    """
    neighbour = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            neighbour = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        neighbour.chmod(0o644)
        os.replace(neighbour, path)
    except OSError as error:
        raise RecordError(
            f"could not write {path} ({error.strerror or error}); nothing recorded before was touched. "
            "Free space or choose a folder that can be written, then run the same command again."
        ) from error
    finally:
        if neighbour is not None:
            neighbour.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all; NaN becomes null."""
    text = json.dumps(plain(content), indent=1, allow_nan=False) + "\n"
    write_atomically(path, text.encode())


def plain(value: Any) -> Any:
    """Plain Python values, with NaN and infinities as None; of a dataclass its own `plain`, or its fields by name."""
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return plain(value.plain() if hasattr(value, "plain") else held)
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


@dataclass(frozen=True)
class Aggregate:
    """One kind of file of aggregate numbers: each subject declares its own.

    Attributes
    ----------
    file : str
        Name of the file in a study's folder, or in that of a data set.
    command : str
        What writes it, with `{data}` and `{protocol}` where they stand.
    facts : tuple of str
        Entries that the file must have and whose nulls are read as None, not as NaN.
    digits : int or None
        Significant digits of its numbers; None keeps them all, where settings must come back as they were.
    """

    file: str
    command: str
    facts: tuple[str, ...] = FACTS
    digits: int | None = DIGITS

    def path(self, data: str, protocol: str = "", folder: Path | None = None) -> Path:
        """Where the file of a data set, or of one protocol of it, lies below the results folder."""
        return (folder or results_folder()) / data / protocol / self.file

    def exists(self, data: str, protocol: str = "", folder: Path | None = None) -> bool:
        """Whether there is such a file."""
        return self.path(data, protocol, folder).exists()

    def write(
        self, numbers: dict[str, Any], data: str, protocol: str = "", folder: Path | None = None
    ) -> Path:
        """Write the numbers whole or not at all and say where; raises as `write_atomically` does."""
        path = self.path(data, protocol, folder)
        write_aggregate(path, numbers, self.digits)
        return path

    def read(self, data: str, protocol: str = "", folder: Path | None = None) -> dict[str, Any]:
        """Read the numbers; one that does not exist or is infinite comes back as NaN.

        Raises
        ------
        RecordError
            If the file is missing or is not whole.
        """
        command = self.command.format(data=data, protocol=protocol)
        return read_aggregate(
            self.path(data, protocol, folder), f"run `{command}`, which writes it", self.facts
        )


def write_aggregate(path: Path, numbers: dict[str, Any], digits: int | None = DIGITS) -> None:
    """Write aggregate numbers as JSON, whole or not at all, to so many significant digits; NaN becomes null."""
    write_json(path, numbers if digits is None else _rounded(numbers, digits))


def read_aggregate(
    path: Path, cure: str = "run its study again, which writes it", facts: Sequence[str] = FACTS
) -> dict[str, Any]:
    """Read aggregate numbers; one that does not exist or is infinite comes back as NaN.

    Parameters
    ----------
    path : pathlib.Path
    cure : str
        What to do where the file cannot be read, for the error.
    facts : sequence of str
        Entries that must be there, in which nothing is no number.

    Raises
    ------
    RecordError
        If the file is missing or is not whole.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {**_with_nan(stored), **{key: stored[key] for key in facts}}
    except FileNotFoundError as error:
        raise RecordError(f"there is no {path}; {cure}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is truncated or altered; delete it and {cure}.") from error


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry, digits) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_rounded(entry, digits) for entry in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float | np.floating) else value


def _with_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nan(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_nan(entry) for entry in value]
    return float("nan") if value is None else value
