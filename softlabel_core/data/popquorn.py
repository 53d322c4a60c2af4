"""POPQUORN: five-step ratings of politeness and of offensiveness, three to ten an item, by known raters."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data import sources, twins
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.formats.lines import csv_rows, wrong
from softlabel_core.data.sources import Source

SCALE = ("1", "2", "3", "4", "5")
# The owners publish politeness with the ids of their raters; a data folder of one's own may
# hold a copy in which whole numbers stand for them, which has no address.
POLITENESS = Source(
    "popquorn/politeness.csv",
    "https://raw.githubusercontent.com/Jiaxin-Pei/LLM-as-Subjective-Judge/"
    "6fc6c8170172a452b24b84f01fec52c269f09fa3/POPQUORN_data/politeness.csv",
    "0df8464a132f524e4d14bebfea2fae17793638cd15ed78a7b42587f6bd80763c",
)
POLITENESS_COPY = Source(
    "popquorn/politeness_scores.csv",
    None,
    "3eba5367215bbdcaebf9bb6284f253055351c7a8cf78b031729349786414ac1b",
)
OFFENSIVENESS = Source(
    "popquorn/offensiveness_raw_data.csv",
    "https://raw.githubusercontent.com/Jiaxin-Pei/Potato-Prolific-Dataset/"
    "dbb118c29b3d9bcce5aa172d8249ded9ece4df84/dataset/offensiveness/raw_data.csv",
    "fb0589093d45da76bf4ef4d0abff679b540bdd5b17af5764913b3ccd0a069e1e",
)
PARTS = ("enron", "revised")
RELATED = 0.5  # texts of a higher cosine are taken for rewrites of one another
REWRITTEN = 0.1  # a rewrite is of the mail that it is closest to, if their cosine is higher: most change nearly every word
LICENCE = "Ratings and texts: POPQUORN (Pei and Jurgens 2023), no licence stated."


class Rating(NamedTuple):
    """One rater's answer: the line that it stands in, the item's number, text and part, rater, class from 0."""

    line: int
    item: int
    text: str
    part: str
    rater: str
    score: int


def load_politeness() -> Dataset:
    """Load POPQUORN's politeness: 3,718 e-mails, 1 (not polite at all) to 5 (very polite), 506 raters.

    Returns
    -------
    Dataset
        Texts that are rewrites of one another are of one group; `part` tells
        Enron's e-mails from revised ones.

    Raises
    ------
    ValueError
        If a line of the file is not what it should be.
    DataUnavailable
        If the file is altered, or neither at hand nor to be had.

    References
    ----------
    Pei and Jurgens (2023), "When do annotator demographics matter? Measuring the
    influence of annotator demographics with the POPQUORN dataset", LAW-XVII.
    """
    copy = None if sources.at_hand(POLITENESS) else sources.at_hand(POLITENESS_COPY)
    if copy:
        return _dataset("politeness", copy, parse_politeness(copy, "annotators"))
    path = sources.locate(POLITENESS)
    return _dataset("politeness", path, parse_politeness(path, "users"))


def load_offensiveness() -> Dataset:
    """Load POPQUORN's offensiveness: 1,500 Reddit comments, 1 (not offensive at all) to 5 (very), 262 raters.

    Returns, raises and references as `load_politeness`; the comments are of no parts.
    """
    path = sources.locate(OFFENSIVENESS)
    return _dataset("offensiveness", path, parse_offensiveness(path))


def parse_politeness(path: Path, raters_column: str) -> Iterator[Rating]:
    """Ratings in a file with one row an item.

    Parameters
    ----------
    path : Path
    raters_column : {"users", "annotators"}
        Where the file says who rated: as published by its owners, or in the copy.

    Raises
    ------
    ValueError
        If a row holds scores or raters that are no list, more of the one than of
        the other, a score off the scale, or an unknown source.
    """
    for line, row in csv_rows(path, ("instance_id", "text", "source", "scores", raters_column)):
        if row["source"] not in PARTS:
            raise wrong(path, line, f"the source {row['source']!r} is none of {', '.join(PARTS)}")
        scores, raters = (_list(path, line, row, name) for name in ("scores", raters_column))
        if len(scores) != len(raters) or not scores:
            raise wrong(path, line, f"there are {len(scores)} scores by {len(raters)} raters")
        item = _number(path, line, row["instance_id"])
        for score, rater in zip(scores, raters, strict=True):
            yield Rating(line, item, row["text"], row["source"], rater, _class(path, line, score))


def parse_offensiveness(path: Path) -> Iterator[Rating]:
    """Ratings in a file with one row a rating; who the raters are is not read.

    Raises
    ------
    ValueError
        If a row lacks a number, or holds a score off the scale.
    """
    for line, row in csv_rows(path, ("instance_id", "user_id", "text", "offensiveness")):
        item, score = _number(path, line, row["instance_id"]), _class(path, line, row["offensiveness"])
        yield Rating(line, item, row["text"], "", row["user_id"], score)


def _number(path: Path, line: int, text: str) -> int:
    if not text.isdecimal():
        raise wrong(path, line, f"the instance_id {text!r} is not a whole number")
    return int(text)


def _class(path: Path, line: int, score: str) -> int:
    """Class from 0 of a score on the scale, written as 3 or 3.0."""
    whole = score.removesuffix(".0")
    if whole not in SCALE:
        raise wrong(path, line, f"the rating {score!r} is not a whole number from 1 to 5")
    return SCALE.index(whole)


def _list(path: Path, line: int, row: dict[str, str], name: str) -> list[str]:
    """Entries of a list that is written as Python writes it."""
    try:
        found = ast.literal_eval(row[name])
    except (ValueError, SyntaxError) as error:
        raise wrong(path, line, f"{name} is not a list of plain values") from error
    if not isinstance(found, list):
        raise wrong(path, line, f"{name} is not a list of plain values")
    return [str(entry) for entry in found]


def _dataset(name: str, path: Path, ratings: Iterable[Rating]) -> Dataset:
    """Items in the order of their numbers, with the rater-by-item matrix."""
    rated = _checked(path, ratings)
    first = {rating.item: rating for rating in reversed(rated)}
    numbers = sorted(first)
    row = {item: i for i, item in enumerate(numbers)}
    column = _renumbered(rated)
    matrix = np.full((len(numbers), len(column)), -1, dtype=np.int8)
    for rating in rated:
        matrix[row[rating.item], column[rating.rater]] = rating.score
    texts = [first[item].text for item in numbers]
    parts = [first[item].part for item in numbers]
    return Dataset(
        name=name,
        counts=np.stack([(matrix == k).sum(axis=1) for k in range(len(SCALE))], axis=1),
        items=np.array(texts, dtype=object)[:, None],
        class_names=SCALE,
        ids=np.array([f"{name}-{item:04d}" for item in numbers]),
        groups=related(texts, parts),
        provenance=f"POPQUORN, {name}",
        licence=LICENCE,
        text_parts=("text",),
        ordinal=True,
        ratings=matrix,
        part=np.array(parts) if any(parts) else None,
        published=False,
    )


def _checked(path: Path, ratings: Iterable[Rating]) -> list[Rating]:
    """Ratings by item, each in the order of the file, after seeing that they do not contradict each other."""
    texts: dict[int, str] = {}
    seen: set[tuple[int, str]] = set()
    rated = list(ratings)
    for rating in rated:
        item = f"item {rating.item}"
        if not rating.text.strip():
            raise wrong(path, rating.line, f"the text of {item} is empty")
        if texts.setdefault(rating.item, rating.text) != rating.text:
            raise wrong(path, rating.line, f"{item} has another text than before")
        if not rating.rater.strip():
            raise wrong(path, rating.line, f"{item} has a rating by nobody")
        if (rating.item, rating.rater) in seen:
            raise wrong(path, rating.line, f"one rater rates {item} twice")
        seen.add((rating.item, rating.rater))
    return sorted(rated, key=lambda rating: rating.item)


def _renumbered(rated: list[Rating]) -> dict[str, int]:
    """A new number for each rater: drawn by lot, so that neither their ids nor their order in the file shows."""
    raters = list(dict.fromkeys(rating.rater for rating in rated))
    lots = np.random.default_rng(0).permutation(len(raters))
    return dict(zip(raters, lots.tolist(), strict=True))


def related(texts: Sequence[str], parts: Sequence[str]) -> NDArray[np.int64]:
    """Number groups of texts that are rewrites of one another, shape [n_texts].

    Texts are compared by the tf-idf cosine of their 4-grams of characters. Linked are
    any two above 0.5, and each revised mail with the closest mail of Enron's above
    0.1; a group is what links connect.

    Parameters
    ----------
    texts, parts : sequence of str, length n_texts
        A text's part is "enron" or "revised"; where there are no parts, only the first rule holds.

    Notes
    -----
    The owners publish apart which mail a rewrite came from. Held against it, the first rule
    alone keeps 48% of mails and their rewrites together, both rules 88%.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(analyzer="char", ngram_range=(4, 4)).fit_transform(texts)
    cosines = (weights @ weights.T).tocoo()
    linked = np.column_stack([cosines.row, cosines.col])[cosines.data > RELATED]
    mails, rewrites = (np.flatnonzero(np.array(parts) == part) for part in PARTS)
    if len(mails) and len(rewrites):
        closeness = (weights[rewrites] @ weights[mails].T).toarray()
        sure = closeness.max(axis=1) > REWRITTEN
        pairs = np.column_stack([rewrites, mails[closeness.argmax(axis=1)]])[sure]
        linked = np.concatenate([linked, pairs])
    return twins.components(linked, len(texts))
