"""Ambiguity: results apart for clear and for disputed items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.statistics.resampling import (
    N_RESAMPLES,
    Bootstrap,
    Estimate,
    bootstrap,
    check_groups,
    check_seeds,
    seeds_first,
)
from softlabel_core.votes import Floats, check_counts, distribution, entropy


@dataclass(frozen=True)
class Bin:
    """Results on the items whose human entropy lies in [low, high), in nats.

    The last bin holds its upper edge too. `bootstrap` is None for an empty bin;
    the intervals are NaN in a bin with a single group.
    """

    low: float
    high: float
    n: int
    intervals: dict[str, dict[str, Estimate]]
    bootstrap: Bootstrap | None


def by_bin(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    edges: ArrayLike,
    gold: ArrayLike | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    clip: float | None = None,
    *,
    ordinal: bool = False,
    ratings: ArrayLike | None = None,
    level: float = 0.95,
) -> list[Bin]:
    """Results by how ambiguous the items are.

    Each bin is bootstrapped on its own groups, so its intervals are conditional on its size.

    Parameters
    ----------
    edges : array_like, shape [n_bins + 1]
        Bounds in nats of human entropy, rising; every item must lie within
        them. A first bin from 0 to 1e-9 holds the unanimous items alone.
    level : float
        Of the intervals.
    log_p, counts, groups, gold, n_resamples, seed, clip, ordinal, ratings
        See `bootstrap`.

    Returns
    -------
    list of Bin
        Also the empty ones, with n = 0 and no intervals.

    Raises
    ------
    ValueError
        If the edges do not rise or leave an item out, or as `bootstrap` does.
    """
    votes = check_counts(counts)
    check_groups(groups, len(votes))
    check_seeds(log_p, votes.shape)
    bounds = np.asarray(edges, dtype=np.float64)
    index = _bin_index(entropy(distribution(votes)), bounds)
    bins = []
    for b, (low, high) in enumerate(pairwise(bounds)):
        inside = np.flatnonzero(index == b)
        result, intervals = None, {}
        if inside.size:
            result = bootstrap(
                {arm: seeds_first(predictions)[:, inside] for arm, predictions in log_p.items()},
                votes[inside],
                np.asarray(groups)[inside],
                None if gold is None else np.asarray(gold)[inside],
                n_resamples,
                seed,
                clip,
                ordinal=ordinal,
                ratings=None if ratings is None else np.asarray(ratings)[inside],
            )
            intervals = {
                arm: {metric: result.interval(arm, metric, level) for metric in values}
                for arm, values in result.estimate.items()
            }
        bins.append(Bin(float(low), float(high), int(inside.size), intervals, result))
    return bins


def _bin_index(values: Floats, bounds: Floats) -> NDArray[np.int64]:
    """Bin of each value, or the sentence that says which one falls outside."""
    if bounds.ndim != 1 or len(bounds) < 2 or not (np.diff(bounds) > 0).all():
        raise ValueError(f"edges is {bounds.tolist()}; give two or more rising bounds in nats.")
    slack = 1e-9  # the logarithm of n_classes as an edge may round below the largest entropy
    outside = np.flatnonzero((values < bounds[0] - slack) | (values > bounds[-1] + slack))
    if outside.size:
        raise ValueError(
            f"edges run from {bounds[0]:.4g} to {bounds[-1]:.4g} nats, but item row {outside[0]} has human "
            f"entropy {values[outside[0]]:.4g} ({outside.size} such item(s)); widen the outer edges."
        )
    return np.digitize(values, bounds[1:-1])
