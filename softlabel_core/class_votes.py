"""A class votes: an interactive figure that gathers the answers of many readers and sets them beside the crowd's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from softlabel_core import item_sets
from softlabel_core.interactive import Interactive, one_of

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME = 40  # letters, as in explorer/src/shared/ballot.js


class ClassVotes(Interactive):
    """The answers that a class exported from `LabelYourself`, dropped into one page.

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

    def __init__(self, sets: Sequence[Mapping[str, Any]], title: str = "Your class") -> None:
        self._sets = {one["data"]: one for one in item_sets.check(sets)}
        payload = {"title": title, "sets": list(self._sets.values())}
        super().__init__(payload, {"data": next(iter(self._sets)), "annotators": {}})

    @property
    def annotators(self) -> dict[str, list[dict[str, Any]]]:
        """Who is in, by data set: each a mapping of `name` and `answers`, see `item_sets.check_answers`."""
        return self._values["annotators"]

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

    def _check(self, name: str, value: Any) -> Any:
        if name == "data":
            return one_of("data", value, list(self._sets))
        if not isinstance(value, Mapping):
            raise ValueError("annotators are no mapping; give a list of annotators by data set.")
        return {
            one_of("data", data, list(self._sets)): [
                self._checked(self._sets[data], annotator) for annotator in annotators
            ]
            for data, annotators in value.items()
        }

    @staticmethod
    def _checked(one: Mapping[str, Any], annotator: Any) -> dict[str, Any]:
        """An annotator with a name and answers, or a sentence."""
        name = annotator.get("name") if isinstance(annotator, Mapping) else None
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            raise ValueError(
                f"an annotator has no name of 1 to {LONGEST_NAME} letters; give every annotator one."
            )
        return {"name": name, "answers": item_sets.check_answers(one, annotator.get("answers"))}

    def _summary(self) -> str:
        what = " or ".join(f"{len(one['ids'])} {one['several']}" for one in self._sets.values())
        return (
            f"With JavaScript, the answers of a class to {what} can be gathered here, and set beside the "
            "votes of a crowd and the answers of two models."
        )

    def _picture(self) -> str:
        return "".join(item_sets.still(one) for one in self._sets.values())
