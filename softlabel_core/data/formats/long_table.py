"""Table: votes from a long table, one row for each answer of each annotator."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = (",", ";", "\t")  # the last two: spreadsheets in countries whose decimals have a comma
MOST_CLASSES = 127  # ratings are int8
LONGEST = 60  # letters of a cell that an error message repeats
# What this package's pages put an apostrophe before (the book's shared/csv.js), apostrophes of its own included;
# JavaScript's white space, spelled out, since Python's differs.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_GUARDED = re.compile(rf"''*(?:[\t\r\n]|[{_SPACE}]*[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class _Answer:
    """One row: where it stands, and what its three cells say."""

    row: str
    item: str
    annotator: str
    label: str


def from_table(
    table: str | Path | pd.DataFrame,
    *,
    items: Dataset | Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    item: str = "item",
    annotator: str = "annotator",
    label: str = "label",
    name: str = "",
) -> Dataset:
    """Read votes from a long table: one row says who gave which item which label.

    Parameters
    ----------
    table : path or pandas.DataFrame
        A CSV file in UTF-8 (with or without byte order mark; commas, semicolons or
        tabs; any line ends; a header in its first row), or a frame. Columns may stand
        in any order, and others beside them; rows without a single entry are passed
        over. In a file, an apostrophe that a page of this package put before a cell
        to keep a spreadsheet from computing it is taken away again.
    items : Dataset or mapping of id to item, optional
        What was labelled: a data set whose ids the table names, which also gives
        groups, gold labels, licence and class names; or each id's own text, or image
        (uint8, [height, width] or [height, width, channels], all of one shape).
        Without it an item is its id, as a text.
    class_names : sequence of str, optional
        Classes in their order; by default those of `items`, else the labels that
        occur, in the order of letters and numbers.
    item, annotator, label : str
        What the columns are called.
    name : str
        Name of the data set; by default the file's without its ending, or "table".

    Returns
    -------
    Dataset
        Items with a vote or more, in the order of `items`, else in that of the
        table. `ratings` holds who chose what; annotators are numbered by lot and
        their names are not kept.

    Raises
    ------
    ValueError
        If the file is not such a table; the sentence names row and column. Rows are
        counted as a spreadsheet does, the header being row 1; those of a frame are
        named by its index. Refused are empty cells, items or labels that are not
        known, an annotator's second answer to one item, and, without `class_names` and a
        data set's own classes, labels that differ in nothing but capitals or blanks around them.
    OSError
        If there is no such file.
    """
    columns = (item, annotator, label)
    if isinstance(table, str | Path):
        source, name = str(table), name or Path(table).stem
        answers = list(_of_file(Path(table), source, columns))
    else:
        source, name = "the table", name or "table"
        answers = list(_of_frame(table, source, columns))
    if not answers:
        raise ValueError(f"{source} has no rows below its header; give one row for each answer.")
    _check_once(source, answers)
    ids = _ids(source, answers, items, item)
    names = _names(source, answers, items, class_names, label)
    return _dataset(name, answers, ids, names, items)


# Rows.


def _of_file(path: Path, source: str, columns: tuple[str, str, str]) -> Iterator[_Answer]:
    """Answers of a CSV file, with the rows in which a spreadsheet shows them."""
    text = _text(path, source)
    first, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=.\r?"?\r?', first):  # a line for spreadsheets only
        text, header_row = rest, 2
    else:
        header_row = 1
    rows = _csv(text, source, _delimiter(text, columns), header_row)
    _, header = next(rows, (header_row, []))
    where = _columns(source, [cell.strip() for cell in header], columns)
    for row, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ValueError(
                f"{source} row {row} has {len(cells)} cells and the header {len(header)}; "
                "put text that holds the delimiter or a quote in quotes."
            )
        yield _answer(source, str(row), [_bare(cells[k]) for k in where], columns)


def _text(path: Path, source: str) -> str:
    """The file's text without a byte order mark."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{source} line {row} is not UTF-8 (byte 0x{error.object[error.start]:02x}); "
            'save it again as "CSV UTF-8".'
        ) from None


def _delimiter(text: str, columns: tuple[str, str, str]) -> str:
    """The delimiter under which the header names most of the columns."""
    header = text.splitlines()[0] if text.strip() else ""

    def named(delimiter: str) -> int:
        cells = next(csv.reader([header], delimiter=delimiter), [])
        return len({cell.strip() for cell in cells} & set(columns))

    return max(DELIMITERS, key=named)


def _csv(text: str, source: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row, blank ones too."""
    row = first
    try:
        for row, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), first
        ):
            yield row, cells
    except csv.Error as error:
        raise ValueError(
            f"{source} breaks off as CSV in or after row {row} ({error}); close every quote, and double "
            "those inside a quoted cell."
        ) from None


def _columns(source: str, header: list[str], columns: tuple[str, str, str]) -> list[int]:
    """Positions of the three columns."""
    for argument, column in zip(("item", "annotator", "label"), columns, strict=True):
        if header.count(column) != 1:
            found = ", ".join(repr(_short(cell)) for cell in header[:20]) or "none"
            how = "no column" if column not in header else f"{header.count(column)} columns"
            raise ValueError(
                f"{source} has {how} {column!r} (its columns are {found}); name the one that is meant "
                f'with {argument}="...".'
            )
    return [header.index(column) for column in columns]


def _bare(cell: str) -> str:
    """A cell without the apostrophe that guards it against spreadsheets."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _of_frame(frame: pd.DataFrame, source: str, columns: tuple[str, str, str]) -> Iterator[_Answer]:
    """Answers of a frame, with the entries of its index."""
    where = _columns(source, [str(column) for column in frame.columns], columns)
    picked = [frame.iloc[:, k].tolist() for k in where]
    for index, *cells in zip(frame.index.tolist(), *picked, strict=True):
        yield _answer(source, str(index), [_word(cell) for cell in cells], columns)


def _word(cell: Any) -> str:
    """A frame's cell as text: nothing where it is missing, 3 for 3.0."""
    if cell is None or cell != cell or str(cell) in ("<NA>", "NaT"):
        return ""
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if whole else str(cell)


def _answer(source: str, row: str, cells: list[str], columns: tuple[str, str, str]) -> _Answer:
    """One row's answer, or a sentence that names its empty cell."""
    for cell, column in zip(cells, columns, strict=True):
        if not cell.strip():
            _refuse(source, row, column, "the cell is empty; fill it, or delete the row")
        if "\0" in cell:  # which numpy's strings lose at their end
            _refuse(source, row, column, "the cell holds a NUL character; delete it")
    return _Answer(row, *cells)


def _refuse(source: str, row: str, column: str, complaint: str) -> NoReturn:
    raise ValueError(f"{source} row {row}, column {column}: {complaint}.")


def _short(text: str) -> str:
    """A cell as a message repeats it, however long it is."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _check_spelling(source: str, column: str, answers: list[_Answer]) -> None:
    """Refuse two spellings of one label: each would become a class of its own, and nobody would see it."""
    first: dict[str, _Answer] = {}
    for answer in answers:
        before = first.setdefault(answer.label.strip().casefold(), answer)
        if before.label != answer.label:
            raise ValueError(
                f"{source} rows {before.row} and {answer.row}, column {column}: {_short(before.label)!r} and "
                f"{_short(answer.label)!r} differ in capitals or blanks only; write them alike, or, if they are two "
                "classes, name all with class_names."
            )


def _check_once(source: str, answers: list[_Answer]) -> None:
    """Refuse an annotator's second answer to one item."""
    first: dict[tuple[str, str], str] = {}
    for answer in answers:
        before = first.setdefault((answer.item, answer.annotator), answer.row)
        if before != answer.row:
            raise ValueError(
                f"{source} rows {before} and {answer.row}: the annotator {_short(answer.annotator)!r} labels the "
                f"item {_short(answer.item)!r} twice; delete one of the two rows."
            )


# What the rows are about.


def _ids(
    source: str, answers: list[_Answer], items: Dataset | Mapping[str, Any] | None, column: str
) -> list[str]:
    """Ids of the items that have a vote, in their order."""
    voted = dict.fromkeys(answer.item for answer in answers)
    if items is None:
        return list(voted)
    known = [str(one) for one in (items.ids if isinstance(items, Dataset) else items)]
    unknown = voted.keys() - set(known)
    for answer in answers:
        if answer.item in unknown:
            example = f" such as {_short(known[0])!r}" if known else ""
            _refuse(
                source,
                answer.row,
                column,
                f"there is no item {_short(answer.item)!r} among the {len(known):,} items given; "
                f"correct the cell, or give the items that were labelled{example}",
            )
    return [one for one in known if one in voted]


def _names(
    source: str,
    answers: list[_Answer],
    items: Dataset | Mapping[str, Any] | None,
    class_names: Sequence[str] | None,
    column: str,
) -> tuple[str, ...]:
    """Classes in their order, after seeing that every label is one of them."""
    if class_names is None and not isinstance(items, Dataset):
        _check_spelling(source, column, answers)
        labels = {answer.label for answer in answers}
        names = tuple(sorted(labels, key=_natural))
        if len(names) < 2:
            raise ValueError(
                f"{source} holds one label only, {names[0]!r}; name all classes with class_names."
            )
    else:
        given = items.class_names if class_names is None and isinstance(items, Dataset) else class_names
        names = tuple(str(one) for one in given or ())
    if len(names) > MOST_CLASSES:
        raise ValueError(f"{source} has {len(names)} classes; give {MOST_CLASSES} or fewer.")
    for one in names:
        if names.count(one) > 1:
            raise ValueError(
                f"the class {one!r} comes twice in class_names; give every class a name of its own."
            )
    for answer in answers:
        if answer.label not in names:
            _refuse(
                source,
                answer.row,
                column,
                f"there is no class {_short(answer.label)!r}; write one of {', '.join(names[:20])}",
            )
    return names


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Key that sorts 9 before 10, and numbers before letters."""
    parts = re.split(r"([0-9]+)", text)
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part]


# The data set.


def _dataset(
    name: str,
    answers: list[_Answer],
    ids: list[str],
    names: tuple[str, ...],
    items: Dataset | Mapping[str, Any] | None,
) -> Dataset:
    """Items with their votes and the rater-by-item matrix."""
    ratings = _ratings(answers, ids, names)
    n_annotators = ratings.shape[1]
    provenance = (
        f"votes of a table: {len(answers):,} by {n_annotators:,} annotator{'s' * (n_annotators != 1)}"
    )
    found: dict[str, Any] = {
        "name": name,
        "counts": np.stack([(ratings == k).sum(axis=1) for k in range(len(names))], axis=1),
        "class_names": names,
        "ratings": ratings,
    }
    if isinstance(items, Dataset):
        row = {str(one): i for i, one in enumerate(items.ids)}
        kept = items.take(np.array([row[one] for one in ids], dtype=np.int64))
        same = names == items.class_names
        return replace(
            kept,
            **found,
            gold=kept.gold if same else None,
            p_true=kept.p_true if same else None,
            provenance=f"{provenance}; items: {items.provenance}",
        )
    content, parts = _content(ids, items)
    return Dataset(
        **found,
        items=content,
        ids=np.array(ids),
        groups=np.arange(len(ids)),
        provenance=provenance,
        licence="Votes and items: your own.",
        text_parts=parts,
    )


def _ratings(answers: list[_Answer], ids: list[str], names: tuple[str, ...]) -> NDArray[np.int8]:
    """Class that each annotator chose, [n_items, n_annotators], -1 where they did not answer."""
    row = {one: i for i, one in enumerate(ids)}
    annotators = list(dict.fromkeys(answer.annotator for answer in answers))
    lots = np.random.default_rng(0).permutation(len(annotators)).tolist()
    column = dict(zip(annotators, lots, strict=True))
    ratings = np.full((len(ids), len(annotators)), -1, dtype=np.int8)
    for answer in answers:
        ratings[row[answer.item], column[answer.annotator]] = names.index(answer.label)
    return ratings


def _content(ids: list[str], items: Mapping[str, Any] | None) -> tuple[NDArray[Any], tuple[str, ...]]:
    """What was labelled, as a Dataset holds it: images, or texts with the name of their one part."""
    chosen: list[Any] = ids if items is None else [items[one] for one in ids]
    if all(isinstance(one, str) for one in chosen):
        return np.array([*chosen, ""], dtype=object)[:-1, None], ("text",)
    for one, image in zip(ids, chosen, strict=True):
        first, array = np.asarray(chosen[0]), np.asarray(image)
        if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape != first.shape:
            raise ValueError(
                f"the item {_short(one)!r} is {array.dtype} of shape {array.shape}; give all items as texts, or "
                "all as uint8 images of one shape, [height, width] or [height, width, channels]."
            )
    images = np.stack([np.asarray(image) for image in chosen])
    return (images if images.ndim == 4 else images[..., None]), ()
