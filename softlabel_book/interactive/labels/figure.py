"""Label it yourself: an interactive figure in which the reader votes first and then sees the crowd's votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from softlabel_book.interactive import item_sets
from softlabel_book.interactive.base import shared


class Labels(item_sets.SetsFigure):
    """Items to label, one after another; then the crowd, where the reader stands in it, and what models said.

    Answers stay in the reader's browser: a page that is opened again goes on where it
    was. They can be handed to a `Classroom` as a small file or a code.

    Parameters
    ----------
    sets : sequence of item sets
        What `item_sets.of_study` made; the reader chooses among several.
    title : str

    Raises
    ------
    ValueError
        If they are no item sets, or two are of one data set.

    Notes
    -----
    In a notebook `votes` is what the reader has answered so far, and
    `observe(handler, "votes")` watches it.
    """

    kind = "labels"
    height = "24rem"

    votes = shared(
        "votes",
        "Answers by data set, in the order of its items: class numbers, None where the reader skipped one.",
    )

    def __init__(self, sets: Sequence[Mapping[str, Any]], title: str = "Label it yourself") -> None:
        super().__init__(sets, title, "votes")

    def _of(self, one: Mapping[str, Any], answers: Any) -> list[int | None]:
        return item_sets.check_answers(one, answers, whole=False)

    def _summary(self) -> str:
        return (
            f"With JavaScript, {self._what()} can be labelled here, and compared with the votes of a crowd."
        )
