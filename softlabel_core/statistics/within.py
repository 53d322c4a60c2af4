"""Within: the correlation of entropies inside the named parts of a data set, pooled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.metrics import Crowd, Prediction
from softlabel_core.statistics.resampling import (
    N_RESAMPLES,
    Bootstrap,
    check_seeds,
    draw_groups,
    resample,
    seeds_first,
)
from softlabel_core.votes import Floats


def entropy_within(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    part: ArrayLike,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Bootstrap:
    """Pearson correlation of model and human entropy, each less its mean within the item's part.

    Where parts differ in how much people disagree, a model that only knows from which part an item comes
    correlates with human entropy over all items. Within parts that knowledge is worth nothing. Every resample
    is centred by its own means.

    Parameters
    ----------
    part : array_like, shape [n_items]
        Which part each item belongs to.
    log_p, counts, groups, n_resamples, seed
        See `bootstrap`; its resamples are the same ones.

    Returns
    -------
    Bootstrap
        With `entropy_pearson` alone; NaN where a side is constant within every part.

    Raises
    ------
    ValueError
        If there is not one part for each item, or as `bootstrap` does.
    """
    crowd = Crowd.of(counts)
    n_seeds = check_seeds(log_p, crowd.counts.shape)
    names, member = np.unique(np.asarray(part), return_inverse=True)
    if member.shape != (len(crowd.counts),):
        raise ValueError(
            f"part has shape {np.shape(part)}; give one part for each of the {len(crowd.counts)} items."
        )
    inside = np.eye(len(names))[member]
    human = _centred(crowd.entropy, inside)
    models = {
        arm: [_centred(Prediction.of(one, crowd, name=f"log_p[{arm!r}]").entropy, inside) for one in seeds]
        for arm, seeds in ((arm, seeds_first(predictions)) for arm, predictions in log_p.items())
    }

    def measure(weights: Floats) -> dict[str, dict[str, Floats]]:
        return {
            arm: {
                "entropy_pearson": np.stack([_pearson_within(one, human, inside, weights) for one in seeds])
            }
            for arm, seeds in models.items()
        }

    draws = draw_groups(groups, n_seeds, n_resamples, seed, n_items=len(crowd.counts))
    return resample(measure, draws)


def _centred(values: Floats, inside: Floats) -> Floats:
    """Values less the mean of their part: that keeps second moments precise."""
    return values - inside @ ((values @ inside) / inside.sum(axis=0))


def _pearson_within(x: Floats, y: Floats, inside: Floats, weights: Floats) -> Floats:
    """Correlation of what is left of x and y after their parts' means under each weighting, shape [n_weightings]."""
    n = _drawn(np.ones(len(x)), inside, weights)

    def product(a: Floats, b: Floats) -> Floats:
        means = _drawn(a, inside, weights) * _drawn(b, inside, weights) / np.maximum(n, 1)
        return (_drawn(a * b, inside, weights) - means).sum(axis=0)

    spreads = product(x, x) * product(y, y)
    usable: NDArray[np.bool_] = spreads > 1e-18 * n.sum(axis=0) ** 2  # less is rounding of a constant
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(np.where(usable, product(x, y) / np.sqrt(spreads), np.nan), -1, 1)


def _drawn(values: Floats, inside: Floats, weights: Floats) -> Floats:
    """Weighted sum of values in each part, shape [n_parts, n_weightings]."""
    return (inside * values[:, None]).T @ weights
