"""Records of a data file, one after another, or the sentence that names the line that is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def wrong(path: Path, line: int, complaint: str) -> ValueError:
    """Error for one line of a file: its name, the line from 1 up, what is wrong, and the cure."""
    return ValueError(f"{path} line {line}: {complaint}; correct it, or put the original file in its place.")


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line of a JSON Lines file, which may be gzipped.

    Raises
    ------
    ValueError
        If the file is empty or not UTF-8, or a line is not a JSON object.
    """
    yield from json_objects(path, _bytes(path))


def json_objects(path: Path, content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """As `json_lines`, for content that was read already; the path is what an error names."""
    # Split at line feeds only: JSON may hold the other characters that Python counts as line ends.
    for line, text in enumerate(_text(path, content).removesuffix("\n").split("\n"), 1):
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
    reader = csv.DictReader(io.StringIO(_text(path, _bytes(path)), newline=""), strict=True)
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
        If the field is missing or of another kind, or is a text without a letter, digit or sign.
    """
    if name not in record:
        raise wrong(path, line, f"the field {name!r} is missing")
    value = record[name]
    if not isinstance(value, kind):
        raise wrong(path, line, f"the field {name!r} is a {type(value).__name__}, not a {kind.__name__}")
    if isinstance(value, str) and not value.strip():
        raise wrong(path, line, f"the field {name!r} is empty")
    return value


def _bytes(path: Path) -> bytes:
    """What a file holds, unpacked if its name ends in .gz."""
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a whole gzip file; put the original file in its place.") from error


def _text(path: Path, content: bytes) -> str:
    """The content as text."""
    if not content.strip():
        raise ValueError(f"{path} is empty; put the original file in its place.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise wrong(path, line, f"not UTF-8 (byte 0x{content[error.start]:02x})") from error
