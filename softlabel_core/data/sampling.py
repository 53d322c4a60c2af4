"""A few items of many, drawn by human entropy: spread as in the whole, or spread evenly over the range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core import votes


def stratified(counts: ArrayLike, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Rows of n items whose human entropies are spread as those of the whole.

    The items in order of entropy (equal ones shuffled) are cut into n strata of
    equal size, one more or less, and one item is drawn from each.

    Parameters
    ----------
    counts : array_like of int, shape [n_items, n_classes]
    n : int
        Sample size; all rows if there are no more than n.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray of int64, shape [min(n, n_items)], ascending

    Raises
    ------
    ValueError
        If n is below 1, or the counts are not counts.
    """
    checked = votes.check_counts(counts)
    if n < 1:
        raise ValueError(f"a sample of {n} items was asked for; ask for 1 or more.")
    if n >= len(checked):
        return np.arange(len(checked))
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(checked))
    by_entropy = shuffled[np.argsort(votes.entropy(votes.distribution(checked))[shuffled], kind="stable")]
    return np.sort([rng.choice(stratum) for stratum in np.array_split(by_entropy, n)])


def spanning(
    counts: ArrayLike, n: int, seed: int = 0, groups: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """Rows of n items whose human entropies span the range evenly, in random order.

    The range from 0 to the largest entropy is cut into n bands of equal width, and
    one item is drawn from each; where a band is empty, the item nearest to its middle
    is taken. Within a band, items whose majority class, then whose group, has been
    taken least often go first. Unlike a random sample, most of these items are disputed.

    Parameters
    ----------
    counts : array_like of int, shape [n_items, n_classes]
    n : int
        Sample size; all items if there are no more than n.
    seed : int
        Seed of draw and order.
    groups : sequence of int, length n_items, optional

    Returns
    -------
    numpy.ndarray of int64, shape [min(n, n_items)]

    Raises
    ------
    ValueError
        If n is below 1, or the counts are not counts.
    """
    checked = votes.check_counts(counts)
    if n < 1:
        raise ValueError(f"{n} items were asked for; ask for 1 or more.")
    rng = np.random.default_rng(seed)
    entropy, majority = votes.entropy(votes.distribution(checked)), votes.majority(checked)
    kin = np.arange(len(checked)) if groups is None else np.asarray(groups)
    width = entropy.max() / n or 1.0
    band = np.minimum((entropy / width).astype(int), n - 1)
    taken: list[int] = []
    for k in range(min(n, len(checked))):
        free = np.setdiff1d(np.arange(len(checked)), taken)
        inside = free[band[free] == k]
        if not inside.size:
            gap = np.abs(entropy[free] - (k + 0.5) * width)
            inside = free[gap == gap.min()]
        often = [((majority[taken] == majority[i]).sum(), (kin[taken] == kin[i]).sum()) for i in inside]
        best = min(often)
        taken.append(int(rng.choice([i for i, one in zip(inside, often, strict=True) if one == best])))
    return rng.permutation(np.array(taken))
