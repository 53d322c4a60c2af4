"""Weighting: means and correlations of items that count several times, under many weightings at once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from softlabel_core.votes import Floats


class Weighting:
    """How often each item counts: one column a weighting.

    Attributes
    ----------
    weights : numpy.ndarray, shape [n_items, n_weightings]
    total : numpy.ndarray, shape [n_weightings]
    """

    def __init__(self, weights: Floats) -> None:
        self.weights = weights
        self.total = weights.sum(axis=0)
        self._ranks: dict[int, tuple[Values, Floats, Floats, NDArray[np.bool_]]] = {}

    @classmethod
    def once(cls, n_items: int) -> Weighting:
        """Every item counts once, in the one weighting that there is."""
        return cls(np.ones((n_items, 1)))

    def mean(self, columns: Floats) -> Floats:
        """Weighted mean over items of each column, [n_items, ...] -> [n_columns, n_weightings]; infinite at infinity."""
        infinite = np.isinf(columns)
        if not infinite.any():
            return (self.weights.T @ columns).T / self.total
        sums = (self.weights.T @ np.where(infinite, 0.0, columns)).T
        return np.where((self.weights.T @ infinite).T > 0, np.inf, sums) / self.total

    def ranks(self, values: Values) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Centred midranks of the items times their weights, their spread, and whether all values drawn are one.

        They are kept: many correlations share one of their sides.
        """
        if id(values) not in self._ranks:
            tied = values.by_value @ self.weights
            spread, constant = _rank_spread(tied, self.total)
            weighted = self.weights * (values.by_value.T @ _centred_midranks(tied, self.total))
            self._ranks[id(values)] = (values, weighted, spread, constant)
        return self._ranks[id(values)][1:]


class Values:
    """One number an item, made ready for correlations under many weightings."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        # Less the median: that keeps second moments precise, and a constant exactly constant.
        self.centred = values - np.median(values)

    @cached_property
    def by_value(self) -> csr_array:
        """Matrix that sums over items of equal value, lowest value first. Shape [n_distinct, n_items]."""
        distinct, index = np.unique(self.values, return_inverse=True)
        n = len(self.values)
        return csr_array((np.ones(n), (index, np.arange(n))), shape=(len(distinct), n))


def pearson(x: Values, y: Values, weighting: Weighting) -> Floats:
    """Pearson correlation under every weighting, shape [n_weightings]; NaN where a side is constant.

    Parameters
    ----------
    x : Values
    y : Values
        What many are correlated with: it is looked at once a weighting, see `Weighting.ranks`.
    weighting : Weighting
    """
    a, b = x.centred, y.centred
    x1, xx, xy, y1, yy = weighting.mean(np.column_stack([a, a * a, a * b, b, b * b]))
    constant = (x.by_value @ weighting.weights == weighting.total).any(axis=0) | weighting.ranks(y)[2]
    return _ratio(xy - x1 * y1, (xx - x1 * x1) * (yy - y1 * y1), constant)


def spearman(x: Values, y: Values, weighting: Weighting) -> Floats:
    """Spearman correlation under every weighting, as `pearson`."""
    weighted, spread, constant = weighting.ranks(y)
    tied = x.by_value @ weighting.weights
    own_spread, own_constant = _rank_spread(tied, weighting.total)
    products = (_centred_midranks(tied, weighting.total) * (x.by_value @ weighted)).sum(axis=0)
    return _ratio(products, own_spread * spread, own_constant | constant)


def _centred_midranks(tied: Floats, total: Floats) -> Floats:
    """Midrank of each distinct value in the repeated sample, minus the mean rank.

    Parameters
    ----------
    tied : numpy.ndarray, shape [n_distinct, n_weightings]
        How often each distinct value was drawn, lowest value first.
    total : numpy.ndarray, shape [n_weightings]

    Notes
    -----
    A value drawn t times after s lower ones holds the ranks s + 1 .. s + t, on
    average s + (t + 1) / 2; the mean rank is (total + 1) / 2.
    """
    ranks = np.cumsum(tied, axis=0)
    ranks -= tied / 2
    ranks -= total / 2
    return ranks


def _rank_spread(tied: Floats, total: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Sum of squared centred midranks, (N^3 - sum of t^3) / 12, with whether all values drawn are one."""
    return (total**3 - (tied * tied * tied).sum(axis=0)) / 12, (tied == total).any(axis=0)


def _ratio(covariance: Floats, variances: Floats, constant: NDArray[np.bool_]) -> Floats:
    """Correlation from a covariance with the product of two variances; NaN where a side is constant."""
    usable = ~constant & (variances > 0)
    return np.clip(np.where(usable, covariance / np.sqrt(np.where(usable, variances, 1.0)), np.nan), -1, 1)
