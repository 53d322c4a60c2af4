"""The playground: an interactive figure in which a crowd votes and two small models learn from its votes.

The page computes everything itself, in JavaScript; `world` is the same in NumPy and
torch, through the core's own loss, for what a page without JavaScript says and for the tests.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from softlabel_book.interactive.base import Interactive, as_text
from softlabel_book.interactive.playground.world import (
    CLASSES,
    FEATURES,
    GRID,
    ITEMS,
    MOST_ANNOTATORS,
    N_CLASSES,
    STEPS,
    Floats,
    Outcome,
    Settings,
    learn,
)
from softlabel_book.palette import colour
from softlabel_core import votes

_COLOURS = ("class-3", "class-8", "class-5")  # of A, B and C; none is an arm's own
_SIZE = 160  # side of a square in the picture without JavaScript, pixels


@dataclass(frozen=True)
class Preset:
    """Settings with what there is to see in them.

    Parameters
    ----------
    label : str
        A few words, unlike those of other presets.
    settings : Settings
    note : str
        What to notice; a sentence or two.
    """

    label: str
    settings: Settings
    note: str


PRESETS = (
    Preset(
        "1 clear items",
        Settings(ambiguity=0.05, annotators=5),
        "People agree on nearly every item, so the majority and the votes say nearly the same. The two models learn "
        "nearly the same, too.",
    ),
    Preset(
        "2 contested items",
        Settings(ambiguity=0.75, annotators=20),
        "Twenty people vote on each item and often differ. Told only who won, the hard model is near the truth for a few "
        "steps, then draws sharp borders and is ever more certain; told the votes, the soft one finds the truth.",
    ),
    Preset(
        "3 few votes",
        Settings(ambiguity=0.75, annotators=2),
        "Two votes an item are noisy, and the soft model pays for it, too. Add annotators: it nears the truth. The hard one "
        "gains a little with the third; from the sixth on it ends much further away, as clean majorities hide the doubt.",
    ),
    Preset(
        "4 one item’s votes",
        Settings(ambiguity=0.55, annotators=10, items=24, seed=4),  # where one vote tips the ringed item
        "Few items, so each one matters. Move votes of the ringed item to another class: the soft model follows every "
        "vote, the hard one stands still until the majority tips, and then jumps.",
    ),
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

    def __init__(
        self,
        preset: str = PRESETS[1].label,
        *,
        title: str = "What does a model learn from a vote?",
        **changes: Any,
    ) -> None:
        first = asdict(_preset(preset).settings)
        unknown = sorted(set(changes) - set(first))
        if unknown:
            raise ValueError(f"there is no setting {unknown[0]!r}; choose one of {', '.join(first)}.")
        first = {name: self._check(name, value) for name, value in (first | changes).items()}
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
        super().__init__(payload, first)

    @property
    def settings(self) -> Settings:
        """All settings as they are now."""
        return Settings(**self._values)

    @property
    def preset(self) -> str | None:
        """Label of the preset whose settings these are."""
        return next((each.label for each in PRESETS if each.settings == self.settings), None)

    @preset.setter
    def preset(self, value: str) -> None:
        self._set(asdict(_preset(value).settings))

    @property
    def ambiguity(self) -> float:
        """From 0, where the true border is sharp, to 1."""
        return float(self._values["ambiguity"])

    @ambiguity.setter
    def ambiguity(self, value: float) -> None:
        self._set({"ambiguity": value})

    @property
    def annotators(self) -> int:
        """How many vote on each item."""
        return int(self._values["annotators"])

    @annotators.setter
    def annotators(self, value: int) -> None:
        self._set({"annotators": value})

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self._values["items"])

    @items.setter
    def items(self, value: int) -> None:
        self._set({"items": value})

    @property
    def features(self) -> str:
        """What the models see of an item, "few" or "many" features."""
        return str(self._values["features"])

    @features.setter
    def features(self, value: str) -> None:
        self._set({"features": value})

    @property
    def seed(self) -> int:
        """Seed of the items, the votes and the coins."""
        return int(self._values["seed"])

    @seed.setter
    def seed(self, value: int) -> None:
        self._set({"seed": value})

    def outcome(self) -> Outcome:
        """What training on the crowd's votes comes to, by the Python core, whatever the reader changed by hand."""
        return learn(self.settings)

    def _set(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._choose(name, self._check(name, value))

    def _check(self, name: str, value: Any) -> Any:
        """A setting within its range."""
        if name == "features":
            if value in FEATURES:
                return value
            raise ValueError(f"features is {value!r}; choose {' or '.join(map(repr, FEATURES))}.")
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise ValueError(f"{name} is {value!r}; give a number.")
        if name == "ambiguity":
            if 0 <= value <= 1:
                return float(value)
            raise ValueError(f"ambiguity is {value!r}; give a number from 0 to 1.")
        whole = value == int(value) if np.isfinite(value) else False
        if name == "items":
            if value in ITEMS:
                return int(value)
            raise ValueError(f"items is {value!r}; choose one of {', '.join(map(str, ITEMS))}.")
        low, high = {"annotators": (1, MOST_ANNOTATORS), "seed": (0, 2**31 - 1)}[name]
        if whole and low <= value <= high:
            return int(value)
        raise ValueError(f"{name} is {value!r}; give a whole number from {low} to {high}.")

    def _summary(self) -> str:
        now, found = self.settings, self.outcome()
        return (
            f"{now.annotators} annotators vote on each of {now.items} items of three classes; the true distributions "
            f"have a mean entropy of {found.entropy['human']:.3f} nats. Two softmax models with the same start learn from "
            f"the votes for {STEPS} steps: the hard one from each item’s majority, the soft one from its annotation "
            "distribution. "
            f"The hard model ends at a KL to the truth of {found.kl['hard']:.3f} and an entropy of "
            f"{found.entropy['hard']:.3f}, the soft one at {found.kl['soft']:.3f} and {found.entropy['soft']:.3f}. "
            "With JavaScript, items, votes and annotators can be changed here, and both models learn before your eyes."
        )

    def _picture(self) -> str:
        """Truth, hard and soft side by side: one class a colour, its strength the certainty."""
        names = {"human": "truth", "hard": "hard", "soft": "soft"}
        squares = "".join(
            f'<figure style="margin:0"><img src="{_square(p)}" width="{_SIZE}" height="{_SIZE}" '
            f'alt="{as_text(names[arm])}: the distribution over the square" style="border:1px solid">'
            f"<figcaption>{as_text(names[arm])}</figcaption></figure>"
            for arm, p in self.outcome().p.items()
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:1rem">{squares}</div>'


def _preset(label: str) -> Preset:
    """The preset of that label, or a sentence that lists those there are."""
    for preset in PRESETS:
        if preset.label == label:
            return preset
    raise ValueError(
        f"there is no preset {label!r}; choose one of {', '.join(each.label for each in PRESETS)}."
    )


def _square(p: Floats) -> str:
    """Distributions over the grid as a PNG in a data address, see-through where they are flat."""
    from PIL import Image

    colours = np.array([list(bytes.fromhex(colour(name)[1:])) for name in _COLOURS])
    strength = 1 - votes.entropy(p) / np.log(N_CLASSES)
    pixels = np.hstack([p @ colours, 255 * (0.05 + 0.75 * strength[:, None])])
    image = Image.fromarray(np.round(pixels).astype(np.uint8).reshape(GRID, GRID, 4)[::-1].copy(), "RGBA")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
