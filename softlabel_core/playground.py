"""The playground: an interactive figure in which a crowd votes and two small models learn from its votes.

The page computes everything itself, in JavaScript; here is the same world in NumPy and
torch, through the core's own loss, for what a page without JavaScript says and for the tests.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import rel_entr, softmax

from softlabel_core import votes
from softlabel_core.interactive import Interactive, as_text, source
from softlabel_core.losses import soft_cross_entropy

Floats = NDArray[np.float64]

CLASSES = ("A", "B", "C")
N_CLASSES = len(CLASSES)
MOST_ANNOTATORS = 20
ITEMS = (24, 60, 200)
FEATURES = ("few", "many")
ARMS = ("hard", "soft")
STEPS = 600  # of gradient descent; twelve seconds in the page
RATE = 1.0  # below 2 / (largest eigenvalue of the loss's Hessian), which is 0.93 at most for these features
GRID = 48  # points along a side of the square on which models and truth are compared

_CENTRES, _SPREADS = np.array([[-0.75, -0.35], [0.55, -0.6], [0.15, 0.8]]), np.array([1, 0.8, 0.9])
_STEPS = np.array([0.7548776662466927, 0.5698402909980532])  # 1/g and 1/g², where g³ = g + 1
_EDGE = 0.94  # items keep so far from the square's border that their marks are whole
_BUMPS, _WIDTH = 7, 1 / 3  # of the many features: along a side of the square, and how wide each is
_PLACES, _VOTES, _COINS = 0, 1, 2  # streams of random numbers
_COLOURS = ("class-3", "class-8", "class-5")  # of A, B and C; none is an arm's own
_SIZE = 160  # side of a square in the picture without JavaScript, pixels


@dataclass(frozen=True)
class Settings:
    """What a reader sets.

    Parameters
    ----------
    ambiguity : float
        From 0, where the true border is sharp, to 1, where most items divide people.
    annotators : int
        How many vote on each item, 1 to 20. One more adds a vote to each item; nothing is redrawn.
    items : int
        24, 60 or 200.
    features : str
        What the models see of an item: "few", with which they can draw the true borders and no
        others, or "many".
    seed : int
        Of the items, the votes and the coins that break ties.
    """

    ambiguity: float
    annotators: int
    items: int = 60
    features: str = "many"
    seed: int = 1


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


def uniform(seed: int, *place: Any) -> Floats:
    """Numbers in [0, 1) that depend on nothing but a seed and a place.

    Parameters
    ----------
    seed : int
    *place : int or array of int
        Stream, item, annotator; arrays are broadcast.

    Returns
    -------
    numpy.ndarray of float64, in the shape of the place
    """
    state = _stir(np.asarray(seed + 0x9E3779B9, dtype=np.uint64))
    for part in place:
        state = _stir(state + (np.asarray(part, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B1))
    return state / 2**32


def _stir(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The end of MurmurHash3 (Austin Appleby, public domain), on the last 32 bits."""
    low = np.uint64(0xFFFFFFFF)
    state = state & low
    state = ((state ^ (state >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & low
    state = ((state ^ (state >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & low
    return state ^ (state >> np.uint64(16))


def places(n_items: int, seed: int) -> Floats:
    """Where the items are, in the square from -1 to 1. Shape [n_items, 2].

    An additive recurrence that fills the square evenly (the R2 sequence; Roberts, 2018, "The
    unreasonable effectiveness of quasirandom sequences"), shifted by the seed.
    """
    shift = uniform(seed, _PLACES, np.arange(2))
    return _EDGE * (2 * ((shift + np.arange(n_items)[:, None] * _STEPS) % 1) - 1)


def grid() -> Floats:
    """Midpoints of the cells of the square, row by row from the bottom. Shape [48 * 48, 2]."""
    along = (2 * np.arange(GRID) + 1) / GRID - 1
    x, y = np.meshgrid(along, along)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def truth(where: Floats, ambiguity: float) -> Floats:
    """True distribution at each place: a softmax of quadratic scores, whose temperature is the ambiguity.

    Parameters
    ----------
    where : numpy.ndarray of float, shape [n, 2]
    ambiguity : float
        0 to 1; the temperature is 0.08 * 20 ** ambiguity.

    Returns
    -------
    numpy.ndarray of float64, shape [n, 3]
    """
    away = ((where[:, None] - _CENTRES) ** 2).sum(axis=2)
    return softmax(-away / _SPREADS**2 / (0.08 * 20**ambiguity), axis=1)


def crowd(p: Floats, annotators: int, seed: int) -> votes.Counts:
    """Votes of the first annotators on items of known distributions. Shape [n_items, 3]."""
    item, annotator = np.arange(len(p))[:, None], np.arange(annotators)
    drawn = uniform(seed, _VOTES, item, annotator)
    chosen = (drawn[..., None] >= p.cumsum(axis=1)[:, None, :-1]).sum(axis=2)
    return (chosen[..., None] == np.arange(N_CLASSES)).sum(axis=1)


def targets(counts: votes.Counts, seed: int) -> dict[str, Floats]:
    """What each arm trains towards: the majority, ties broken once by the item's coins, and the distribution."""
    coins = uniform(seed, _COINS, np.arange(len(counts))[:, None], np.arange(N_CLASSES))
    winner = np.where(votes.tied(counts), coins, -1.0).argmax(axis=1)
    return {"hard": np.eye(N_CLASSES)[winner], "soft": votes.distribution(counts)}


def features(where: Floats, kind: str) -> Floats:
    """What a model sees of each place: [n, 6] (1, x, y, x², xy, y²) or [n, 50] (1 and Gaussian bumps)."""
    x, y = where.T
    if kind == "few":
        return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    along = np.linspace(-1, 1, _BUMPS)
    centres = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    away = ((where[:, None] - centres) ** 2).sum(axis=2)
    return np.hstack([np.ones((len(where), 1)), np.exp(-away / (2 * _WIDTH**2))])


@dataclass(frozen=True)
class Outcome:
    """What a trial comes to.

    Attributes
    ----------
    p : dict of numpy.ndarray, each of shape [48 * 48, 3]
        "human", the truth, and each arm's predicted distributions all over the square.
    kl : dict of float
        Mean KL(truth || model) of each arm, nats.
    entropy : dict of float
        Mean entropy of each, nats.
    """

    p: dict[str, Floats]
    kl: dict[str, float]
    entropy: dict[str, float]


@cache
def learn(settings: Settings, steps: int = STEPS) -> Outcome:
    """Train both arms from the same start, full-batch, and compare them with the truth all over the square."""
    where = places(settings.items, settings.seed)
    counts = crowd(truth(where, settings.ambiguity), settings.annotators, settings.seed)
    seen, everywhere = features(where, settings.features), features(grid(), settings.features)
    p = {"human": truth(grid(), settings.ambiguity)}
    for arm, target in targets(counts, settings.seed).items():
        p[arm] = softmax(everywhere @ _descend(seen, target, steps), axis=1)
    kl = {arm: float(rel_entr(p["human"], p[arm]).sum(axis=1).mean()) for arm in ARMS}
    return Outcome(p, kl, {name: float(votes.entropy(q).mean()) for name, q in p.items()})


def _descend(seen: Floats, target: Floats, steps: int) -> Floats:
    """Weights [n_features, 3] after gradient descent from zero."""
    inputs, wanted = torch.from_numpy(seen), torch.from_numpy(target)
    weights = torch.zeros(seen.shape[1], N_CLASSES, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=RATE)
    for _ in range(steps):
        optimizer.zero_grad()
        soft_cross_entropy(inputs @ weights, wanted).backward()
        optimizer.step()
    return weights.detach().numpy()


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

    known = json.loads(source("style.json"))["colours"]
    colours = np.array([list(bytes.fromhex(known[name]["light"][1:])) for name in _COLOURS])
    strength = 1 - votes.entropy(p) / np.log(N_CLASSES)
    pixels = np.hstack([p @ colours, 255 * (0.05 + 0.75 * strength[:, None])])
    image = Image.fromarray(np.round(pixels).astype(np.uint8).reshape(GRID, GRID, 4)[::-1].copy(), "RGBA")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
