"""A class votes: an interactive figure that gathers the answers of many readers and sets them beside the crowd's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from softlabel_book.interactive import item_sets
from softlabel_book.interactive.base import one_of, shared

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME = 40  # letters, as in shared/ballot.js


class Classroom(item_sets.SetsFigure):
    """The answers that a class exported from `Labels`, dropped into one page.

    Shows the class's own distributions beside the crowd's and the models', which items
    split the room, who is in, and gives a CSV that `data.from_table` reads. Nothing
    leaves the browser, which keeps what was gathered.

    Parameters
    ----------
    sets : sequence of item sets
        The same that the class labelled.
    title : str

    Raises
    ------
    ValueError
        If they are no item sets, or two are of one data set.

    Notes
    -----
    In a notebook `annotators` holds who is in, `table` the answers as a frame.
    """

    kind = "classroom"
    height = "14rem"

    annotators = shared(
        "annotators",
        "Who is in, by data set: each a mapping of `name` and `answers`, see `item_sets.check_answers`.",
    )

    def __init__(self, sets: Sequence[Mapping[str, Any]], title: str = "Your class") -> None:
        super().__init__(sets, title, "annotators")

    def table(self, name: str = "") -> pd.DataFrame:
        """One row for each answer: item, annotator, label, as `data.from_table` takes it.

        Parameters
        ----------
        name : str
            Which data set's; by default the first.

        Raises
        ------
        ValueError
            If the figure has no such data set.
        """
        import pandas as pd

        one = self._sets[one_of("data", name or next(iter(self._sets)), list(self._sets))]
        rows = [
            (item, annotator["name"], one["classes"][k])
            for annotator in self.annotators.get(one["data"], [])
            for item, k in zip(one["ids"], annotator["answers"], strict=True)
            if k is not None
        ]
        return pd.DataFrame(rows, columns=["item", "annotator", "label"])

    def _of(self, one: Mapping[str, Any], answers: Any) -> list[dict[str, Any]]:
        return [_annotator(one, given) for given in answers]

    def _summary(self) -> str:
        return (
            f"With JavaScript, the answers of a class to {self._what()} can be gathered here, and set beside the "
            "votes of a crowd and the answers of two models."
        )


def _annotator(one: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Somebody with a name and answers to a set, or a sentence."""
    name = given.get("name") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(
            f"an annotator has no name of 1 to {LONGEST_NAME} letters; give every annotator one."
        )
    return {"name": name, "answers": item_sets.check_answers(one, given.get("answers"))}
