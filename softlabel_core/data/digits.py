"""Digits: two real handwritten digits blended by a weight, so that the true distribution is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.data.dataset import Dataset

N_POOLS = 25
LICENCE = "Digits: Alpaydin and Kaynak (1998), UCI repository, CC BY 4.0. Votes: simulated."


def chance_of_second(weight: ArrayLike) -> NDArray[np.float64]:
    """Chance that a person sees the second digit in a blend: 3 w^2 - 2 w^3.

    Parameters
    ----------
    weight : array_like
        Share of the second digit in the blend, w, between 0 and 1.
    """
    w = np.asarray(weight, dtype=np.float64)
    return 3 * w**2 - 2 * w**3


def load(n_items: int = 4000, n_votes: int = 20, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Blend scikit-learn's digits and let a simulated crowd vote on the blends.

    Every item mixes two source digits of different classes, (1 - w) first + w
    second, with w from Beta(1/2, 1/2): mostly clear, sometimes torn. The source
    digits lie in 25 disjoint pools, an item draws both of its digits from one
    pool, and the pool is its group: no source digit serves two parts of a split.

    Parameters
    ----------
    n_items : int
    n_votes : int
        Simulated annotators an item.
    noise : float
        Chance that an annotator answers at random instead of looking.
    seed : int
        Seed of blends and votes.

    Returns
    -------
    Dataset
        8 x 8 grey images; `p_true` is the distribution without noise; `gold` the
        digit with the larger share.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    if n_items < N_POOLS or n_votes < 1 or not 0 <= noise <= 1:
        raise ValueError(
            f"digits: n_items={n_items}, n_votes={n_votes}, noise={noise}; give n_items of {N_POOLS} or more, "
            "n_votes of 1 or more, and noise between 0 and 1."
        )
    drawn = blends(n_items, seed)
    rows = np.arange(n_items)
    p_true = np.zeros((n_items, 10))
    p_true[rows, drawn.first] = 1 - chance_of_second(drawn.weight)
    p_true[rows, drawn.second] = chance_of_second(drawn.weight)
    counts = np.random.default_rng([seed, 1]).multinomial(n_votes, (1 - noise) * p_true + noise / 10)
    return Dataset(
        name="digits",
        counts=counts,
        items=drawn.images,
        class_names=tuple("0123456789"),
        ids=np.array([f"digits-{seed}-{i:05d}" for i in rows]),
        groups=drawn.pool,
        gold=np.where(drawn.weight < 0.5, drawn.first, drawn.second).astype(np.int64),
        p_true=p_true,
        licence=LICENCE,
        provenance=f"blends of scikit-learn's digits, {n_votes} simulated votes an item, rater noise {noise:g}",
    )


@dataclass(frozen=True)
class Blends:
    """Blended digits: images uint8 [n, 8, 8, 1]; first and second class, weight of the second, pool, each [n]."""

    images: NDArray[np.uint8]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float64]
    pool: NDArray[np.int64]


def blends(n_items: int = 4000, seed: int = 0) -> Blends:
    """Draw the blends that `load` puts to the vote with the same numbers."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold

    source = load_digits()
    rng = np.random.default_rng([seed, 0])
    folds = StratifiedKFold(N_POOLS, shuffle=True, random_state=0).split(source.data, source.target)
    pools = [members for _, members in folds]
    pool = np.arange(n_items) % N_POOLS
    picks = [_two_classes(pools[p], source.target, rng) for p in pool]
    first, second = (np.array(column) for column in zip(*picks, strict=True))
    weight = rng.beta(0.5, 0.5, n_items)
    share = weight[:, None, None]
    blend = (1 - share) * source.images[first] + share * source.images[second]
    return Blends(
        images=np.rint(blend * 255 / 16).astype(np.uint8)[..., None],
        first=source.target[first].astype(np.int64),
        second=source.target[second].astype(np.int64),
        weight=weight,
        pool=pool.astype(np.int64),
    )


def _two_classes(
    pool: NDArray[np.int64], labels: NDArray[np.int64], rng: np.random.Generator
) -> tuple[int, int]:
    """Draw two source digits of different classes from one pool."""
    first = rng.choice(pool)
    return first, rng.choice(pool[labels[pool] != labels[first]])
