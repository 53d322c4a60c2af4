"""Storage: where results lie, and files that are written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

RESULTS_VARIABLE = "SOFTLABEL_RESULTS"


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
    """Plain Python values, with NaN and infinities as None."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
