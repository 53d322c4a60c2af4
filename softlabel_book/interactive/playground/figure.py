"""The playground: an interactive figure in which a crowd votes and two small models learn from its votes.

The page computes everything itself, in JavaScript; `world` is the same in NumPy and
torch, through the core's own loss, for what a page without JavaScript says and for the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from softlabel_book.interactive.base import Check, Interactive, shared
from softlabel_book.interactive.playground import presets, still
from softlabel_book.interactive.playground.presets import PRESETS
from softlabel_book.interactive.playground.world import (
    CLASSES,
    FEATURES,
    ITEMS,
    MOST_ANNOTATORS,
    STEPS,
    Outcome,
    Settings,
    learn,
)


class Playground(Interactive):
    """A crowd votes on items whose true distribution is known; two models learn from it, hard and soft.

    Parameters
    ----------
    preset : str
        Label of one of `PRESETS`, whose settings are the first.
    title : str
        Title above the figure.
    **changes
        Settings that differ from the preset's: `ambiguity`, `annotators`, `items`, `features`, `seed`.

    Raises
    ------
    ValueError
        If there is no such preset, or a setting is out of its range.

    Notes
    -----
    The settings and `preset` are attributes: write to them, or watch a setting with
    `observe(handler, "annotators")`. `preset` is None where the settings are of no preset.
    """

    kind = "playground"
    height = "60rem"

    ambiguity = shared("ambiguity", "From 0, where the true border is sharp, to 1.")
    annotators = shared("annotators", "How many vote on each item.")
    items = shared("items", "How many items there are.")
    features = shared("features", 'What the models see of an item, "few" or "many" features.')
    seed = shared("seed", "Seed of the items, the votes and the coins.")

    def __init__(
        self,
        preset: str = PRESETS[1].label,
        *,
        title: str = "What does a model learn from a vote?",
        **changes: Any,
    ) -> None:
        first = asdict(presets.named(preset).settings)
        unknown = sorted(set(changes) - set(first))
        if unknown:
            raise ValueError(f"there is no setting {unknown[0]!r}; choose one of {', '.join(first)}.")
        first = {name: CHECKS[name](value) for name, value in (first | changes).items()}
        payload = {
            "title": title,
            "classes": list(CLASSES),
            "presets": [
                {"label": each.label, "note": each.note, **asdict(each.settings)} for each in PRESETS
            ],
            "first": first,
            "steps": STEPS,
            "choices": {"items": list(ITEMS), "features": list(FEATURES)},
        }
        super().__init__(payload, first, CHECKS)

    @property
    def settings(self) -> Settings:
        """All settings as they are now."""
        return Settings(**self._values)

    @property
    def preset(self) -> str | None:
        """Label of the preset whose settings these are."""
        return next((each.label for each in PRESETS if each.settings == self.settings), None)

    @preset.setter
    def preset(self, label: str) -> None:
        for name, value in asdict(presets.named(label).settings).items():
            self._choose(name, value)

    def outcome(self) -> Outcome:
        """What training on the crowd's votes comes to, by the Python core, whatever the reader changed by hand."""
        return learn(self.settings)

    def _summary(self) -> str:
        return still.summary(self.settings, self.outcome())

    def _picture(self) -> str:
        return still.picture(self.outcome())


def _share(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    if _is_number(value) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"{name} is {value!r}; give a number from 0 to 1.")


def _whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number from low to high."""
    if _is_number(value) and low <= value <= high and value == int(value):
        return int(value)
    raise ValueError(f"{name} is {value!r}; give a whole number from {low} to {high}.")


def _among(name: str, value: Any, known: Sequence[Any]) -> Any:
    """One of those known."""
    for one in known:
        if isinstance(value, str | int | float | np.number) and value == one:
            return one
    raise ValueError(f"{name} is {value!r}; choose one of {', '.join(map(str, known))}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


CHECKS: Mapping[str, Check] = {
    "ambiguity": partial(_share, "ambiguity"),
    "annotators": partial(_whole, "annotators", low=1, high=MOST_ANNOTATORS),
    "items": partial(_among, "items", known=ITEMS),
    "features": partial(_among, "features", known=FEATURES),
    "seed": partial(_whole, "seed", low=0, high=2**31 - 1),
}
