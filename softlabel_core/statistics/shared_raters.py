"""Shared raters: what those who rate many items add to the spread of a bootstrap that draws items alone.

Drawing raters anew, as one draws items, would take votes away from items and count others twice, which lowers every
entropy and raises every KL: the draws would lie beside the estimate, not around it. So each rater's votes are taken
away in turn instead, which tells how far a metric hangs on who rated (the jackknife over raters); what two items that
a rater shares have in common is their covariance, and the draws are spread by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.votes import Counts, Floats

if TYPE_CHECKING:
    from softlabel_core.statistics.resampling import Bootstrap

N_BLOCKS = 4  # of items; only pairs of items in two blocks count, three in four of all pairs
Effects = Mapping[str, Mapping[str, Floats]]


class Lessened(NamedTuple):
    """Rows that stand below the items: an item with one vote fewer, for each class that has votes.

    Attributes
    ----------
    item, chosen : numpy.ndarray of int, shape [n_rows]
        Which item a row is of, and the class that lost a vote. Items with a single vote have no rows.
    taken : numpy.ndarray, shape [n_rows, n_blocks * n_raters]
        How each row's weight changes where one rater's votes on one block of items are taken away, less what
        taking away any of the item's votes does on average; so each item's rows add up to nothing.
    """

    item: NDArray[np.int64]
    chosen: NDArray[np.int64]
    taken: Floats


def check_raters(ratings: ArrayLike, counts: Counts) -> NDArray[np.int64]:
    """Ratings as whole numbers, shape [n_items, n_raters], -1 where there is none.

    Raises
    ------
    ValueError
        If they do not add up to the counts.
    """
    array = np.asarray(ratings)
    if array.ndim != 2 or len(array) != len(counts) or array.dtype.kind not in "iu":
        raise ValueError(
            f"ratings has shape {array.shape} of {array.dtype}; give whole numbers as [n_items, n_raters] "
            f"for the {len(counts)} items."
        )
    added = np.stack([(array == k).sum(axis=1) for k in range(counts.shape[1])], axis=1)
    wrong = np.flatnonzero((added != counts).any(axis=1) | ((array != -1).sum(axis=1) != added.sum(axis=1)))
    if wrong.size:
        raise ValueError(
            f"ratings row {wrong[0]} does not add up to its counts ({wrong.size} such row(s)); "
            "give the ratings that the votes were counted from."
        )
    return array.astype(np.int64)


def lessened(counts: Counts, ratings: NDArray[np.int64], member: NDArray[np.int64], seed: int) -> Lessened:
    """Every item with one vote fewer, and what taking away each rater's votes makes of their weights.

    Parameters
    ----------
    counts : numpy.ndarray, shape [n_items, n_classes]
    ratings : numpy.ndarray, shape [n_items, n_raters]
        See `check_raters`.
    member : numpy.ndarray, shape [n_items]
        Number of the group that an item is of; a group lies in one block.
    seed : int
        Of the blocks.
    """
    n_groups, n_raters = int(member.max()) + 1, ratings.shape[1]
    block = np.random.default_rng(seed).permutation(n_groups) % N_BLOCKS
    total = counts.sum(axis=1)
    item, chosen = np.nonzero((counts > 0) & (total > 1)[:, None])
    row = np.full(counts.shape, -1)
    row[item, chosen] = np.arange(len(item))
    taken = np.zeros((len(item), N_BLOCKS * n_raters))
    rated, rater = np.nonzero((ratings >= 0) & (total > 1)[:, None])
    column = block[member[rated]] * n_raters + rater
    taken[row[rated, ratings[rated, rater]], column] = 1.0
    # The mean over an item's votes: row (item, class) by share of the class.
    share = counts[item, chosen] / total[item]
    for k in range(counts.shape[1]):
        others = row[rated, k]
        there = others >= 0
        taken[others[there], column[there]] -= share[others[there]]
    return Lessened(item, chosen, taken)


def widened(boot: Bootstrap, effects: Effects, seed: int) -> Bootstrap:
    """A bootstrap of items whose draws are also spread as its raters vary.

    Parameters
    ----------
    boot : Bootstrap
        Of groups of items.
    effects : dict of arm to dict of metric to numpy.ndarray, shape [n_blocks * n_raters]
        What taking a rater's votes in a block away changes, see `Lessened`.
    seed : int

    Notes
    -----
    With z_i the value of an item, and d_ir what it loses with the vote of rater r, the mean of z has the variance
    that items alone have and, over n^2, the sum of Cov(z_i, z_j) over items of two groups that share raters. Since z_i
    without r does not hang on r, the sum over raters of d_ir d_jr is that covariance without bias, up to what two
    raters do together. Normal numbers with these covariances between the arms are added to the draws of each
    metric: differences and ratios of arms stay paired. A covariance matrix that is not positive is replaced by the
    nearest that is; metric by metric, so that little of it is only noise.

    References
    ----------
    Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering", Journal of Business and
    Economic Statistics 29(2), for adding what two ways of sharing do and counting once what both share. Efron and
    Stein (1981), "The jackknife estimate of variance", Annals of Statistics 9(3).
    """
    draws = {arm: dict(values) for arm, values in boot.draws.items()}
    rng = np.random.default_rng(seed)
    for key in dict.fromkeys(key for values in effects.values() for key in values):
        arms = [
            arm for arm in effects if np.isfinite(effects[arm][key]).all()
        ]  # an infinite KL stays what it is
        if not arms:
            continue
        each = np.stack([effects[arm][key] for arm in arms], axis=-1).reshape(N_BLOCKS, -1, len(arms))
        spread = _root(_covariance(each))
        normal = rng.standard_normal((len(draws[arms[0]][key]), len(arms)))
        for arm, more in zip(arms, (normal @ spread).T, strict=True):
            draws[arm][key] = draws[arm][key] + more
    return replace(boot, draws=draws)


def _covariance(each: Floats) -> Floats:
    """Covariance of a metric's values by shared raters, from pairs of items in two blocks. Shape [n_arms, n_arms].

    Parameters
    ----------
    each : numpy.ndarray, shape [n_blocks, n_raters, n_arms]
    """
    whole = each.sum(axis=0)
    alone = np.einsum("brm,brn->mn", each, each)
    return (whole.T @ whole - alone) * N_BLOCKS / (N_BLOCKS - 1)


def _root(covariance: Floats) -> Floats:
    """Matrix that gives independent normals this covariance, less its negative part. Shape [n, n]."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))).T
