"""The playground's world: a crowd whose truth is known, and two models that learn from its votes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from softlabel_core import metrics, votes
from softlabel_core.arms import PAIR

Floats = NDArray[np.float64]
CLASSES = ("A", "B", "C")
N_CLASSES = len(CLASSES)
MOST_ANNOTATORS = 20
ITEMS = (24, 60, 200)
FEATURES = ("few", "many")
STEPS = 600  # of gradient descent; twelve seconds in the page
RATE = 1.0  # below 2 / (largest eigenvalue of the loss's Hessian), which is 0.93 at most for these features
GRID = 48  # points along a side of the square on which models and truth are compared
_CENTRES, _SPREADS = np.array([[-0.75, -0.35], [0.55, -0.6], [0.15, 0.8]]), np.array([1, 0.8, 0.9])
_STEPS = np.array([0.7548776662466927, 0.5698402909980532])  # 1/g and 1/g², where g³ = g + 1
_EDGE = 0.94  # items keep so far from the square's border that their marks are whole
_BUMPS, _WIDTH = 7, 1 / 3  # of the many features: along a side of the square, and how wide each is
_PLACES, _VOTES, _COINS = 0, 1, 2  # streams of random numbers


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


def uniform(seed: int, *key: Any) -> Floats:
    """Numbers in [0, 1) that depend on nothing but a seed and a key.

    Parameters
    ----------
    seed : int
    *key : int or array of int
        Stream, item, annotator; arrays are broadcast.

    Returns
    -------
    numpy.ndarray of float64, in the shape of the key
    """
    state = _stir(np.asarray(seed + 0x9E3779B9, dtype=np.uint64))
    for part in key:
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
    return {"hard": votes.hard_labels(counts, coins), "soft": votes.distribution(counts)}


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
    kl = {arm: float(metrics.kl(p["human"], p[arm]).mean()) for arm in PAIR}
    return Outcome(p, kl, {name: float(votes.entropy(q).mean()) for name, q in p.items()})


def _descend(seen: Floats, target: Floats, steps: int) -> Floats:
    """Weights [n_features, 3] after gradient descent from zero."""
    import torch  # here, so that importing the figure imports none of it

    from softlabel_core.losses import soft_cross_entropy

    inputs, wanted = torch.from_numpy(seen), torch.from_numpy(target)
    weights = torch.zeros(seen.shape[1], N_CLASSES, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=RATE)
    for _ in range(steps):
        optimizer.zero_grad()
        soft_cross_entropy(inputs @ weights, wanted).backward()
        optimizer.step()
    return weights.detach().numpy()
