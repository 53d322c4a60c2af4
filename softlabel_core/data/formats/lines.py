"""Records of a data file, one after another, or the sentence that names the line that is wrong."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


def wrong(path: Path, line: int, complaint: str) -> ValueError:
    """Error for one line of a file: its name, the line from 1 up, what is wrong, and the cure."""
    return ValueError(f"{path} line {line}: {complaint}; correct it, or put the original file in its place.")


def json_lines(path: Path, member: str = "") -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line of a JSON Lines file.

    Parameters
    ----------
    path : Path
        Compressed if its name ends in .gz or .zip.
    member : str
        Which file of a .zip.

    Raises
    ------
    ValueError
        If the file is empty, not whole or not UTF-8, or a line is not a JSON object.
    """
    for line, text in _lines(path, member):
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise wrong(path, line, f"not JSON ({error.msg})") from error
        if not isinstance(found, dict):
            raise wrong(path, line, f"a {type(found).__name__}, not an object with named fields")
        yield line, found


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the first line and named columns of every row of a CSV file with a header.

    Raises
    ------
    ValueError
        If the file is empty or not UTF-8, lacks a column, or a row has more or
        fewer fields than the header.
    """
    reader = csv.DictReader((text for _, text in _lines(path)), strict=True)
    missing = [column for column in columns if column not in (reader.fieldnames or [])]
    if missing:
        raise wrong(path, 1, f"the header has no column {missing[0]!r}")
    line = reader.line_num + 1
    try:
        for row in reader:
            # csv files what it has too many of under None, and what it has too few of as None.
            if None in row or None in row.values():
                raise wrong(path, line, "the row has another number of fields than the header")
            yield line, {column: row[column] for column in columns}
            line = reader.line_num + 1
    except csv.Error as error:
        raise wrong(path, line, f"not CSV ({error})") from error


def field(path: Path, line: int, record: dict[str, Any], name: str, kind: type) -> Any:
    """One field of a record, of the kind that it must have.

    Raises
    ------
    ValueError
        If the field is missing or of another kind, or a text is empty.
    """
    if name not in record:
        raise wrong(path, line, f"the field {name!r} is missing")
    value = record[name]
    if not isinstance(value, kind):
        raise wrong(path, line, f"the field {name!r} is a {type(value).__name__}, not a {kind.__name__}")
    if isinstance(value, str) and not value.strip():
        raise wrong(path, line, f"the field {name!r} is empty")
    return value


def _lines(path: Path, member: str = "") -> Iterator[tuple[int, str]]:
    """Number from 1 up and text of every line, with its line feed."""
    line = 0
    try:
        with _opened(path, member) as file:
            for line, content in enumerate(file, 1):  # at line feeds only, in what is not decoded yet
                yield line, content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(path, line, f"not UTF-8 (byte 0x{error.object[error.start]:02x})") from error
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, KeyError) as error:
        raise ValueError(
            f"{path} is not a whole {path.suffix[1:]} file; put the original file in its place."
        ) from error
    if line == 0:
        raise ValueError(f"{path} is empty; put the original file in its place.")


def _opened(path: Path, member: str) -> AbstractContextManager[Iterable[bytes]]:
    """The file's content, uncompressed."""
    if path.suffix == ".zip":
        return zipfile.ZipFile(path).open(member)
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")
