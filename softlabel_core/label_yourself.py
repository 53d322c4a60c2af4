"""Label it yourself: an interactive figure in which the reader votes first and then sees the crowd's votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from softlabel_core import item_sets
from softlabel_core.interactive import Interactive, one_of


class LabelYourself(Interactive):
    """Items to label, one after another; then the crowd, where the reader stands in it, and what models said.

    Answers stay in the reader's browser: a page that is opened again goes on where it
    was. They can be handed to a `ClassVotes` as a small file or a code.

    Parameters
    ----------
    sets : sequence of item sets
        What `item_sets.at_hand` or `item_sets.of_study` made; the reader chooses among several.
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

    def __init__(self, sets: Sequence[Mapping[str, Any]], title: str = "Label it yourself") -> None:
        self._sets = {one["data"]: one for one in item_sets.check(sets)}
        payload = {"title": title, "sets": list(self._sets.values())}
        super().__init__(payload, {"data": next(iter(self._sets)), "votes": {}})

    @property
    def votes(self) -> dict[str, list[int | None]]:
        """Answers by data set, in the order of its items: class numbers, None where the reader skipped one."""
        return self._values["votes"]

    def _check(self, name: str, value: Any) -> Any:
        if name == "data":
            return one_of("data", value, list(self._sets))
        if not isinstance(value, Mapping):
            raise ValueError("votes are no mapping; give answers by data set.")
        return {
            one_of("data", data, list(self._sets)): item_sets.check_answers(
                self._sets[data], answers, whole=False
            )
            for data, answers in value.items()
        }

    def _summary(self) -> str:
        what = " or ".join(f"{len(one['ids'])} {one['several']}" for one in self._sets.values())
        return f"With JavaScript, {what} can be labelled here, and compared with the votes of a crowd."

    def _picture(self) -> str:
        return "".join(item_sets.still(one) for one in self._sets.values())
