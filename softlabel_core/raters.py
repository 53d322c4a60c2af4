"""Raters: how far those who vote agree, and how they differ from one another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core import statistics
from softlabel_core.votes import Floats, check_counts
from softlabel_core.weighting import Weighting

Ratings = NDArray[np.int64]
DISTANCES = ("nominal", "ordinal", "interval")


def check_ratings(ratings: ArrayLike) -> Ratings:
    """Return ratings as a clean integer array, or say what is wrong.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
        Class that each rater chose, -1 where they did not rate the item.

    Raises
    ------
    ValueError
        If the array is misshapen, holds something else than whole numbers from -1 up,
        or a rater rated nothing, or no item has two ratings.
    """
    array = np.asarray(ratings)
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise ValueError(
            f"ratings has shape {array.shape} of {array.dtype}; give whole numbers as [n_items, n_raters]."
        )
    wrong = np.argwhere(array < -1)
    if wrong.size:
        row, column = wrong[0]
        raise ValueError(
            f"ratings row {row}, column {column} is {array[row, column]}; classes count from 0, -1 is no rating."
        )
    silent = np.flatnonzero((array < 0).all(axis=0))
    if silent.size:
        raise ValueError(f"ratings column {silent[0]} is empty; drop raters who rated nothing.")
    if ((array >= 0).sum(axis=1) < 2).all():
        raise ValueError("ratings has no item with two ratings; raters cannot be compared without one.")
    return array.astype(np.int64)


def agreement(counts: ArrayLike, distance: str = "nominal") -> float:
    """Krippendorff's alpha: 1 if all who vote on an item agree, 0 if they agree as chance would have it.

    One minus the ratio of the mean distance between two votes on one item to
    that between any two votes. Items with a single vote count for nothing.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    distance : {"nominal", "ordinal", "interval"}
        Between two classes: 1 if they differ; the square of the number of votes
        between them, with half of their own; the square of the number of steps.

    Returns
    -------
    float
        NaN if all votes are for one class.

    Raises
    ------
    ValueError
        If the distance is unknown, or no item has two votes.

    References
    ----------
    Krippendorff (2011), "Computing Krippendorff's alpha-reliability".
    """
    checked = check_counts(counts)
    if distance not in DISTANCES:
        raise ValueError(f"unknown distance {distance!r}; choose one of {', '.join(DISTANCES)}.")
    checked = checked[checked.sum(axis=1) > 1]
    if not len(checked):
        raise ValueError("no item has two votes; agreement needs votes to compare.")
    pairs = _pairs(checked)
    totals = pairs.sum(axis=0)
    place = {
        "nominal": np.zeros(len(totals)),
        "ordinal": np.cumsum(totals) - totals / 2,
        "interval": np.arange(len(totals), dtype=float),
    }[distance]
    apart = (place[:, None] - place) ** 2 if distance != "nominal" else 1 - np.eye(len(totals))
    by_chance = (np.outer(totals, totals) - np.diag(totals)) / (totals.sum() - 1)
    expected = float((by_chance * apart).sum())
    return 1 - float((pairs * apart).sum()) / expected if expected else float("nan")


def _pairs(counts: NDArray[np.int64]) -> Floats:
    """Ordered pairs of votes on one item, by the classes of both; each item weighs as its votes."""
    weights = counts / (counts.sum(axis=1, keepdims=True) - 1)
    return counts.T @ weights - np.diag(weights.sum(axis=0))


def step_shares(counts: ArrayLike) -> tuple[Floats, Floats]:
    """How many steps of the scale lie between two votes: on one item, and between any two votes.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Votes on a scale; items with a single vote count for nothing.

    Returns
    -------
    seen, by_chance : numpy.ndarray, shape [n_classes]
        Share of the pairs of votes that lie 0, 1, ... steps apart.
    """
    checked = check_counts(counts)
    pairs = _pairs(checked[checked.sum(axis=1) > 1])
    shares = pairs.sum(axis=0) / pairs.sum()
    steps = np.abs(np.subtract.outer(np.arange(len(shares)), np.arange(len(shares)))).ravel()
    seen, by_chance = (
        np.bincount(steps, table.ravel()).astype(float) / table.sum()
        for table in (pairs, np.outer(shares, shares))
    )
    return seen, by_chance


def leanings(ratings: ArrayLike) -> Floats:
    """How far each rater stands above or below the others on the same items, in scale steps.

    Mean over a rater's items of the rating minus the mean of the item's other ratings.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
        Steps of a scale, -1 where a rater did not rate the item.

    Returns
    -------
    numpy.ndarray, shape [n_raters]
        NaN for a rater who never shared an item.
    """
    checked = check_ratings(ratings)
    return _leanings(*_in_rows(checked), checked.shape[1])


def chance_leanings(ratings: ArrayLike, n_draws: int = 100, seed: int = 0) -> Floats:
    """Leanings if it made no difference who rates: each item's ratings are dealt anew to its raters.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
    n_draws : int
    seed : int

    Returns
    -------
    numpy.ndarray, shape [n_draws, n_raters]
    """
    checked = check_ratings(ratings)
    item, rater, value = _in_rows(checked)
    rng = np.random.default_rng(seed)
    # `item` is sorted, so this orders each item's ratings at random and leaves them on their item.
    dealt = (value[np.lexsort((rng.random(len(item)), item))] for _ in range(n_draws))
    return np.stack([_leanings(item, rater, values, checked.shape[1]) for values in dealt])


def _in_rows(ratings: Ratings) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Item, rater and rating of every rating on an item with at least two, in the order of the items."""
    item, rater = np.nonzero((ratings >= 0) & ((ratings >= 0).sum(axis=1) > 1)[:, None])
    return item, rater, ratings[item, rater]


def _leanings(
    item: NDArray[np.int64], rater: NDArray[np.int64], value: NDArray[np.int64], n_raters: int
) -> Floats:
    others = (np.bincount(item, value)[item] - value) / (np.bincount(item)[item] - 1)
    with np.errstate(invalid="ignore"):
        return np.bincount(rater, value - others, n_raters) / np.bincount(rater, minlength=n_raters)


class Variance(NamedTuple):
    """Variance of a rating in squared scale steps: of items, of raters' leanings, of what is left."""

    item: float
    rater: float
    rest: float


def variance(ratings: ArrayLike) -> Variance:
    """Divide the variance of ratings: rating = item + rater's leaning + rest, all independent.

    Three sums of squared differences, within items, within raters and between all
    ratings, are set equal to what they are on average. The rest holds what a rater
    sees in one item only, and slips; each pair meets once, so they cannot be told apart.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
        Steps of a scale, -1 where a rater did not rate the item.

    Returns
    -------
    Variance
        Unbiased, so that a component near 0 may come out below 0.

    References
    ----------
    Gao and Owen (2017), "Efficient moment calculations for variance components in
    large unbalanced crossed random effects models", Electronic Journal of Statistics 11(1).
    """
    checked = check_ratings(ratings)
    item, rater = np.nonzero(checked >= 0)
    value = checked[item, rater].astype(float)
    n = len(value)
    by_item, by_rater = np.bincount(item), np.bincount(rater)
    n_items = np.count_nonzero(by_item)

    def within(group: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
        return float((value**2).sum() - (np.bincount(group, value) ** 2 / np.maximum(sizes, 1)).sum())

    sums = [within(item, by_item), within(rater, by_rater), n * (value**2).sum() - value.sum() ** 2]
    expected = [
        [0, n - n_items, n - n_items],
        [n - len(by_rater), 0, n - len(by_rater)],
        [n**2 - (by_item**2).sum(), n**2 - (by_rater**2).sum(), n**2 - n],
    ]
    return Variance(*map(float, np.linalg.solve(np.array(expected, dtype=float), sums)))


def surprise(ratings: ArrayLike, n_classes: int) -> dict[str, Floats]:
    """How surprising each vote is to one who knows the item's other votes, the rater's other votes, or both.

    Minus the logarithm of p, in nats, where p never saw the vote itself (but for the class shares and
    the priors, which are those of `statistics.dirichlet_multinomial`, fitted to all items or all raters):

    - "nothing": the class shares.
    - "item": the other votes on the item, Dirichlet-smoothed.
    - "rater": the rater's other votes, Dirichlet-smoothed.
    - "both": "item" times how much more often than expected the rater chose the class on their
      other items, so that a rater with many clear items does not pass for an odd one.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
        Class that each rater chose, -1 where they did not rate the item.
    n_classes : int

    Returns
    -------
    dict of str to numpy.ndarray, shape [n_votes]
        Votes on items with at least two, item by item.

    Raises
    ------
    ValueError
        If the ratings are no ratings, or one is off the scale.
    """
    item, rater, value = _in_rows(check_ratings(ratings))
    if value.max() >= n_classes:
        raise ValueError(
            f"ratings holds class {value.max()}; with {n_classes} classes they end at {n_classes - 1}."
        )
    vote = np.eye(n_classes, dtype=np.int64)[value]
    by_item, by_rater = _summed(item, vote), _summed(rater, vote)
    item_prior, rater_prior = (
        statistics.dirichlet_multinomial(totals[totals.any(axis=1)].astype(np.int64))
        for totals in (by_item, by_rater)
    )
    p_item = by_item[item] - vote + item_prior
    p_item /= p_item.sum(axis=1, keepdims=True)
    habit = by_rater[rater] - vote + rater_prior
    expected = _summed(rater, p_item)[rater] - p_item + rater_prior
    chances = {
        "nothing": np.broadcast_to(vote.mean(axis=0), vote.shape),
        "item": p_item,
        "rater": habit,
        "both": p_item * habit / expected,
    }
    at = np.arange(len(value))
    return {name: -np.log(p[at, value] / p.sum(axis=1)) for name, p in chances.items()}


def _summed(group: NDArray[np.int64], rows: NDArray[Any]) -> Floats:
    """Sum of the rows of each group, shape [n_groups, n_columns]."""
    return np.stack([np.bincount(group, column) for column in rows.T], axis=1).astype(float)


def interval(
    ratings: ArrayLike,
    values: ArrayLike,
    n_resamples: int = statistics.N_OFTEN,
    seed: int = 0,
    level: float = 0.95,
) -> statistics.Estimate:
    """Mean of a value that each vote has, with an interval from items and raters resampled independently.

    Parameters
    ----------
    ratings : array_like of int, shape [n_items, n_raters]
    values : array_like, shape [n_votes]
        In the order of `surprise`.
    n_resamples : int
    seed : int
    level : float

    Raises
    ------
    ValueError
        If the ratings are no ratings, there is not one value a vote, or no resamples are asked for.

    References
    ----------
    Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1(2).
    """
    item, rater, _ = _in_rows(check_ratings(ratings))
    array = np.asarray(values, dtype=np.float64)
    if array.shape != item.shape:
        raise ValueError(f"values has shape {array.shape}; give one for each of the {len(item)} votes.")
    boot = statistics.resample(
        lambda weights: {"votes": {"mean": Weighting(weights).mean(array[:, None])}},
        statistics.draw_pairs(item, rater, n_resamples, seed),
    )
    return boot.interval("votes", "mean", level, between=True)
