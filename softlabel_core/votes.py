"""Votes: counts of what annotators chose, turned into annotation distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, entr

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def check_counts(counts: ArrayLike, name: str = "counts") -> Counts:
    """Return counts as a clean integer array, or say which cell is wrong.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        How many annotators chose each class.
    name : str
        What to call the array in an error message.

    Returns
    -------
    numpy.ndarray of int64, shape [n_items, n_classes]

    Raises
    ------
    ValueError
        If the array is misshapen or holds a negative, fractional or missing
        number, or a row without a single vote. The sentence names the row.
    """
    try:
        array = np.asarray(counts)
    except ValueError as error:
        raise ValueError(
            f"{name} has rows of different lengths; give every item one number per class."
        ) from error
    if array.ndim != 2 or array.shape[0] == 0 or array.shape[1] < 2:
        raise ValueError(
            f"{name} has shape {array.shape}; it must be [n_items, n_classes] "
            "with at least one item and two classes."
        )
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{name} holds {array.dtype} values; give whole numbers of votes.")
    if array.dtype.kind == "f":
        _refuse(
            ~np.isfinite(array), array, name, "is not a finite number; drop the item or count its votes again"
        )
        _refuse(
            array != np.floor(array), array, name, "is a fraction; give counts of votes, not probabilities"
        )
    _refuse(array < 0, array, name, "is negative; votes are counted from 0 up")
    empty = np.flatnonzero(array.sum(axis=1) == 0)
    if empty.size:
        raise ValueError(
            f"{name} row {empty[0]} has no votes ({empty.size} such row(s)); drop items that nobody labelled."
        )
    return array.astype(np.int64)


def _refuse(bad: NDArray[np.bool_], array: NDArray, name: str, complaint: str) -> None:
    """Raise for the first cell marked bad."""
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(f"{name} row {row}, column {column}: {array[row, column]} {complaint}.")


def check_distribution(p: ArrayLike, name: str = "p", tolerance: float = 1e-4) -> Floats:
    """Return probabilities as float64, or say which row is not a distribution.

    Parameters
    ----------
    p : array_like, shape [..., n_classes]
        Probabilities; the last axis must sum to one.
    name : str
        What to call the array in an error message.
    tolerance : float
        How far a row's sum may be from one (float32 softmax stays well inside).

    Raises
    ------
    ValueError
        If a value is negative or not finite, or a row does not sum to one.
    """
    try:
        array = np.asarray(p, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is not an array of numbers; give every item one number per class."
        ) from error
    if array.ndim < 1 or array.shape[-1] < 2:
        raise ValueError(f"{name} has shape {array.shape}; its last axis must hold two classes or more.")
    rows = array.reshape(-1, array.shape[-1])
    _refuse(~np.isfinite(rows), rows, name, "is not a finite number; check the model's output")
    _refuse(rows < 0, rows, name, "is negative; probabilities lie between 0 and 1")
    off = np.flatnonzero(np.abs(rows.sum(axis=1) - 1) > tolerance)
    if off.size:
        raise ValueError(
            f"{name} row {off[0]} sums to {rows[off[0]].sum():.6g}, not 1 ({off.size} such row(s)); "
            "divide counts by their sum, or apply a softmax to logits."
        )
    return array


def distribution(counts: ArrayLike) -> Floats:
    """Annotation distributions: each row of counts divided by its sum. Shape [n_items, n_classes]."""
    checked = check_counts(counts)
    return checked / checked.sum(axis=1, keepdims=True)


def smoothed(counts: ArrayLike, pseudo_votes: ArrayLike) -> Floats:
    """Dirichlet-smoothed annotation distributions, (n + a) / (N + sum of a). Shape [n_items, n_classes].

    The mean of the true distribution given n of N votes for each class, if before any vote it was
    Dirichlet(a): as if a pseudo-votes had been cast for each class.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    pseudo_votes : float or array_like, shape [n_classes]
        Pseudo-votes for each class, not below 0. Give `total * class_shares` to draw items towards the
        class shares; 0 leaves the annotation distribution.

    Raises
    ------
    ValueError
        If `pseudo_votes` is negative, not finite, or not one number or one number for each class.
    """
    checked = check_counts(counts)
    with_pseudo = checked + _check_pseudo_votes(pseudo_votes, checked.shape[1])
    return with_pseudo / with_pseudo.sum(axis=1, keepdims=True)


def _check_pseudo_votes(pseudo_votes: ArrayLike, n_classes: int) -> Floats:
    """Pseudo-votes for each class, shape [n_classes]."""
    array = np.asarray(pseudo_votes, dtype=np.float64)
    if array.shape not in ((), (n_classes,)):
        raise ValueError(
            f"pseudo_votes has shape {array.shape}; give one number, or one for each of the {n_classes} classes."
        )
    if not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(f"pseudo_votes is {array.tolist()}; give finite numbers from 0 up.")
    return np.broadcast_to(array, n_classes)


def entropy(p: ArrayLike) -> Floats:
    """Shannon entropy over the last axis, in nats, with 0 log 0 = 0.

    Parameters
    ----------
    p : array_like, shape [..., n_classes]
        Distributions.
    """
    # Sorted before summing, so that two distributions that differ only in the order of classes get the very
    # same number: ranks of entropies depend on it.
    return np.sort(entr(np.asarray(p, dtype=np.float64)), axis=-1).sum(axis=-1)


def miller_madow(counts: ArrayLike) -> Floats:
    """Entropy of the annotation distributions with Miller and Madow's correction, nats. Shape [n_items].

    Adds (m - 1) / 2N to the plug-in entropy, where N is an item's number of votes and m its number of
    classes with a vote: the first term of the plug-in's bias, as far as the votes show it. A unanimous
    item stays at 0, and an item of few scattered votes may exceed the logarithm of n_classes.

    References
    ----------
    Miller (1955), "Note on the bias of information estimates", in Information Theory in Psychology, 95-100.
    """
    checked = check_counts(counts)
    seen = (checked > 0).sum(axis=1)
    return entropy(distribution(checked)) + (seen - 1) / (2 * checked.sum(axis=1))


def posterior_entropy(counts: ArrayLike, pseudo_votes: ArrayLike) -> Floats:
    """Mean entropy of the true distribution given the votes, under a Dirichlet prior, nats. Shape [n_items].

    With A the sum of n + a over classes: psi(A + 1) - sum of (n + a) / A * psi(n + a + 1), psi the digamma
    function. Not the entropy of the `smoothed` distribution, which is higher.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    pseudo_votes : float or array_like, shape [n_classes]
        The prior, see `smoothed`; `statistics.dirichlet_multinomial` fits one to the counts.

    Raises
    ------
    ValueError
        As `smoothed` does.

    References
    ----------
    Wolpert and Wolf (1995), "Estimating functions of probability distributions from a finite set of
    samples", Physical Review E 52(6), 6841-6854.
    """
    checked = check_counts(counts)
    posterior = checked + _check_pseudo_votes(pseudo_votes, checked.shape[1])
    total = posterior.sum(axis=1)
    return digamma(total + 1) - (posterior * digamma(posterior + 1)).sum(axis=1) / total


def majority(counts: ArrayLike) -> NDArray[np.int64]:
    """Class with the most votes, shape [n_items]; of a tie, the first class: what is shown, where nobody is trained on it.

    Training takes `break_ties`, and `ties` marks the items where the two may differ.
    """
    return check_counts(counts).argmax(axis=1)


def majority_share(counts: ArrayLike) -> Floats:
    """Share of the votes that went to the most chosen class, shape [n_items]."""
    return distribution(counts).max(axis=1)


def tied(counts: ArrayLike) -> NDArray[np.bool_]:
    """Mark every class that shares the highest count, shape [n_items, n_classes]."""
    checked = check_counts(counts)
    return checked == checked.max(axis=1, keepdims=True)


def ties(counts: ArrayLike) -> NDArray[np.bool_]:
    """Mark the items whose majority is a tie, shape [n_items]."""
    return tied(counts).sum(axis=1) > 1


def break_ties(counts: ArrayLike, coins: np.random.Generator | ArrayLike) -> NDArray[np.int64]:
    """Majority class with ties broken uniformly at random, shape [n_items]: the only rule for it.

    Every item has its coins whether or not it is tied, so that one item's outcome
    does not depend on how many others are tied.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    coins : numpy.random.Generator or array_like, shape [n_items, n_classes]
        What draws uniform numbers, or such numbers: of the tied classes the highest wins.
    """
    candidates = tied(counts)
    drawn = coins.random(candidates.shape) if isinstance(coins, np.random.Generator) else np.asarray(coins)
    return np.where(candidates, drawn, -1.0).argmax(axis=1)


def hard_labels(counts: ArrayLike, coins: np.random.Generator | ArrayLike) -> Floats:
    """One-hot of the majority class, shape [n_items, n_classes]; ties as in `break_ties`."""
    return np.eye(np.shape(counts)[1])[break_ties(counts, coins)]


def subsample(counts: ArrayLike, n_votes: int, rng: np.random.Generator) -> Counts:
    """Keep `n_votes` votes of every item, drawn without replacement.

    Raises
    ------
    ValueError
        If `n_votes` is less than one, or an item has fewer votes than that.
    """
    checked = check_counts(counts)
    if n_votes < 1:
        raise ValueError(f"cannot keep {n_votes} votes of every item; ask for one or more.")
    short = np.flatnonzero(checked.sum(axis=1) < n_votes)
    if short.size:
        raise ValueError(
            f"cannot keep {n_votes} votes of every item: {short.size} item(s) have fewer, the first in row "
            f"{short[0]}; ask for at most {checked.sum(axis=1).min()} or leave those items out."
        )
    return np.stack([rng.multivariate_hypergeometric(row, n_votes) for row in checked])


def first_votes(counts: ArrayLike, n_votes: int, rng: np.random.Generator) -> Counts:
    """The first `n_votes` votes of every item in a random order of its votes, shape [n_items, n_classes].

    A draw without replacement, as `subsample`; but from a generator in the same
    state a smaller number of votes is a part of the larger one, so that levels of one
    draw are nested.

    Raises
    ------
    ValueError
        If `n_votes` is less than one, or an item has fewer votes than that.
    """
    checked = check_counts(counts)
    an_item = checked.sum(axis=1)
    if not 1 <= n_votes <= an_item.min():
        raise ValueError(
            f"cannot take the first {n_votes} votes of every item, since one has {an_item.min()}; "
            f"ask for 1 to {an_item.min()}, or leave out items with fewer."
        )
    item, chosen = (np.repeat(index, checked[checked > 0]) for index in np.nonzero(checked))
    order = np.lexsort((rng.random(len(item)), item))
    position = np.arange(len(item)) - np.repeat(np.cumsum(an_item) - an_item, an_item)
    kept, few = order[position < n_votes], np.zeros_like(checked)
    np.add.at(few, (item[kept], chosen[kept]), 1)
    return few


def halves(counts: ArrayLike, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Two disjoint random halves of each item's votes, shape [n_items, n_classes] both; an odd vote is left out."""
    left = check_counts(counts)
    half = left.sum(axis=1) // 2
    first, second = np.zeros_like(left), np.zeros_like(left)
    for half_counts in (first, second):  # class by class: sequential hypergeometric draws
        need = half.copy()
        for k in range(left.shape[1]):
            others = left[:, k + 1 :].sum(axis=1)
            half_counts[:, k] = rng.hypergeometric(left[:, k], others, need)
            need -= half_counts[:, k]
        left = left - half_counts
    return first, second
