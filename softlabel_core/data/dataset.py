"""Dataset: items with the votes that people gave them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_core import votes

PER_ITEM = ("counts", "items", "ids", "groups", "gold", "p_true", "ratings", "part")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Items, their votes, and what must stay together in a split.

    Attributes
    ----------
    name : str
    counts : numpy.ndarray of int64, shape [n_items, n_classes]
        How many annotators chose each class.
    items : numpy.ndarray
        What was labelled: images as uint8 [n_items, height, width, channels], or texts
        as str in an object array [n_items, n_text_parts].
    class_names : tuple of str
    ids : numpy.ndarray of str, shape [n_items]
        A name for each item that never changes.
    groups : numpy.ndarray of int, shape [n_items]
        Items of one group never straddle a split.
    gold : numpy.ndarray of int, shape [n_items], or None
        The label that the data set itself ships.
    p_true : numpy.ndarray of float, shape [n_items, n_classes], or None
        The distribution that votes were drawn from, where it is known (`digits`).
    provenance : str
        Where the items came from, in one line.
    licence : str
        What may be done with votes and items, in one line for the pages that show them.
    text_parts : tuple of str
        What the columns of text items are called, such as premise and hypothesis; empty for images.
    ordinal : bool
        Whether the classes are the steps of a scale, lowest first.
    ratings : numpy.ndarray of int8, shape [n_items, n_raters], or None
        Class that each rater chose, -1 where they did not rate the item; None where
        raters are not known. Raters are numbered anew: a number is no one's id.
    part : numpy.ndarray of str, shape [n_items], or None
        Which named part of the data set an item belongs to, such as "snli" and "mnli".
    published : bool
        Whether a published page may show items with their votes.

    Raises
    ------
    ValueError
        If an array has another number of items than `counts`, ids repeat, a
        gold label is off the scale, the counts are not counts, or ratings do not
        add up to them.
    """

    name: str
    counts: NDArray[np.int64]
    items: NDArray[Any]
    class_names: tuple[str, ...]
    ids: NDArray[np.str_]
    groups: NDArray[np.int64]
    gold: NDArray[np.int64] | None = None
    p_true: NDArray[np.float64] | None = None
    provenance: str = ""
    licence: str = ""
    text_parts: tuple[str, ...] = ()
    ordinal: bool = False
    ratings: NDArray[np.int8] | None = None
    part: NDArray[np.str_] | None = None
    published: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", votes.check_counts(self.counts, f"{self.name}: counts"))
        for field in PER_ITEM[1:]:
            value = getattr(self, field)
            if value is not None and len(value) != self.n_items:
                raise ValueError(
                    f"{self.name}: {field} has {len(value)} entries but counts has {self.n_items}; give one per item."
                )
        if len(self.class_names) != self.n_classes:
            raise ValueError(
                f"{self.name}: {len(self.class_names)} class names for {self.n_classes} columns of counts."
            )
        unique, first = np.unique(self.ids, return_index=True)
        if len(unique) != self.n_items:
            repeated = self.ids[np.setdiff1d(np.arange(self.n_items), first)[0]]
            raise ValueError(f"{self.name}: item id {str(repeated)!r} occurs twice; ids must be unique.")
        if self.gold is not None and (self.gold.min() < 0 or self.gold.max() >= self.n_classes):
            row = int(np.flatnonzero((self.gold < 0) | (self.gold >= self.n_classes))[0])
            raise ValueError(
                f"{self.name}: gold label {self.gold[row]} of item {self.ids[row]} is off the scale 0-{self.n_classes - 1}."
            )
        self._check_texts()
        self._check_ratings()

    def _check_texts(self) -> None:
        """Refuse texts without names for their parts, and parts that are no text."""
        if not self.text_parts:
            return
        if self.items.ndim != 2 or self.items.shape[1] != len(self.text_parts):
            raise ValueError(
                f"{self.name}: text items have shape {self.items.shape}; give one column for each of "
                f"{', '.join(self.text_parts)}."
            )
        for row, column in np.ndindex(*self.items.shape):
            if not isinstance(self.items[row, column], str):
                raise ValueError(
                    f"{self.name}: {self.text_parts[column]} of item {self.ids[row]} is not text; give a string."
                )

    def _check_ratings(self) -> None:
        """Refuse ratings that do not add up to the counts."""
        if self.ratings is None:
            return
        added = np.stack([(self.ratings == k).sum(axis=1) for k in range(self.n_classes)], axis=1)
        stray = (self.ratings != -1).sum(axis=1) != added.sum(axis=1)  # of no class
        wrong = np.flatnonzero((added != self.counts).any(axis=1) | stray)
        if wrong.size:
            raise ValueError(
                f"{self.name}: the ratings of item {self.ids[wrong[0]]} do not add up to its counts "
                f"({wrong.size} such item(s)); count the votes from the ratings."
            )

    @property
    def is_text(self) -> bool:
        """Whether items are texts."""
        return bool(self.text_parts)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.counts)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.counts.shape[1]

    @cached_property
    def p_human(self) -> NDArray[np.float64]:
        """Annotation distributions, shape [n_items, n_classes]."""
        return votes.distribution(self.counts)

    @cached_property
    def entropy(self) -> NDArray[np.float64]:
        """Human entropy of each item in nats, shape [n_items]."""
        return votes.entropy(self.p_human)

    @cached_property
    def majority(self) -> NDArray[np.int64]:
        """Class with the most votes, the first of a tie, shape [n_items]."""
        return votes.majority(self.counts)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over item ids and counts only, so that lossless and JPEG copies of the images agree."""
        digest = hashlib.sha256()
        digest.update("\n".join(map(str, self.ids)).encode())
        digest.update(np.ascontiguousarray(self.counts, dtype="<i8").tobytes())
        return digest.hexdigest()

    def take(self, rows: NDArray[np.int64]) -> Dataset:
        """Keep the named rows, in their order."""
        kept: dict[str, Any] = {
            field: None if getattr(self, field) is None else getattr(self, field)[rows] for field in PER_ITEM
        }
        return replace(self, **kept)
