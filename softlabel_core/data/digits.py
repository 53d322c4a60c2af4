"""Digits: two real handwritten digits blended by a weight, so that the true distribution is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.data.dataset import Dataset

N_POOLS = 25


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
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold

    source = load_digits()
    rng = np.random.default_rng(seed)
    folds = StratifiedKFold(N_POOLS, shuffle=True, random_state=0).split(source.data, source.target)
    pools = [members for _, members in folds]
    pool = np.arange(n_items) % N_POOLS
    pick = [_two_classes(pools[p], source.target, rng) for p in pool]
    first, second = (np.array(column) for column in zip(*pick, strict=True))
    weight = rng.beta(0.5, 0.5, n_items)
    blend = (1 - weight)[:, None, None] * source.images[first] + weight[:, None, None] * source.images[second]
    rows = np.arange(n_items)
    p_true = np.zeros((n_items, 10))
    p_true[rows, source.target[first]] = 1 - chance_of_second(weight)
    p_true[rows, source.target[second]] = chance_of_second(weight)
    counts = rng.multinomial(n_votes, (1 - noise) * p_true + noise / 10)
    return Dataset(
        name="digits",
        counts=counts,
        items=np.rint(blend * 255 / 16).astype(np.uint8)[..., None],
        class_names=tuple("0123456789"),
        ids=np.array([f"digits-{seed}-{i:05d}" for i in rows]),
        groups=pool.astype(np.int64),
        gold=np.where(weight < 0.5, source.target[first], source.target[second]).astype(np.int64),
        p_true=p_true,
        provenance=f"blends of scikit-learn's digits, {n_votes} simulated votes an item, rater noise {noise:g}",
    )


def _two_classes(pool: NDArray[np.int64], labels: NDArray[np.int64], rng: np.random.Generator) -> tuple[int, int]:
    """Draw two source digits of different classes from one pool."""
    first = rng.choice(pool)
    return first, rng.choice(pool[labels[pool] != labels[first]])
