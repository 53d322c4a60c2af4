"""Ambiguous: the more disputed half of the items, and whether choosing it by noisy votes misleads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.metrics import Crowd, Prediction, of_items, of_set
from softlabel_core.statistics.resampling import (
    N_QUICK,
    Bootstrap,
    check_seeds,
    draw_groups,
    resample,
    seeds_first,
)
from softlabel_core.votes import Counts, Floats, check_counts, distribution, entropy, halves
from softlabel_core.weighting import Weighting

N_SPLITS = 20  # of the votes, to average over
SAME = 9  # decimals, nats: entropies that agree so far are equal up to rounding
MEASURED = ("kl", "js_distance", "total_variation", "entropy_pearson", "accuracy")  # against the other votes


def ambiguous_half(counts: ArrayLike) -> NDArray[np.bool_]:
    """Mark the more ambiguous half of the items, by the entropy of their votes alone, shape [n_items].

    No model and no training has a say. Items of equal entropy are never parted, because nothing but chance
    could part them: of all cuts between two entropies the one is taken that leaves a number of items nearest
    to half above it, and of two equally near the one that leaves more. With seven votes an item many tie, so
    a "half" may hold 45% or 55%; print its size.

    The votes that choose are those that are scored, and with few of them that is not innocent: an item is
    among the ambiguous also because its few votes happened to scatter. A model's error looks larger
    there and the range of human entropies, which a correlation lives on, is cut. Both
    arms are scored on the same items, so their difference keeps its sign, but its size may move: see
    `on_other_votes`.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Votes.

    Raises
    ------
    ValueError
        If the counts are not counts.
    """
    human = np.round(entropy(distribution(counts)), SAME)
    values, n = np.unique(human, return_counts=True)
    kept = n[::-1].cumsum()[::-1]  # of a cut just below each value
    return human >= values[np.argmin(np.abs(kept - len(human) / 2))]


def on_other_votes(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    n_splits: int = N_SPLITS,
    n_resamples: int = N_QUICK,
    seed: int = 0,
) -> dict[str, Bootstrap]:
    """The ambiguous half chosen by one half of each item's votes and scored against the other, and all items so.

    What choosing by noise does to the numbers is gone here, since the votes that are scored had no part in
    the choice. The price is that half as many votes choose worse and score more noisily, so compare the
    ambiguous half with all items of this check and not with those of all votes.

    Parameters
    ----------
    n_splits : int
        Random halves to average over; every resample averages the same ones.
    log_p, counts, groups, n_resamples, seed
        See `bootstrap`. An item with a single vote has no halves and is left out.

    Returns
    -------
    dict of str to Bootstrap
        "all" and "half", of the metrics in `MEASURED`.

    Raises
    ------
    ValueError
        If no item has two votes, or as `bootstrap` does.
    """
    votes = check_counts(counts)
    n_seeds = check_seeds(log_p, votes.shape)
    usable = np.flatnonzero(votes.sum(axis=1) > 1)
    if not usable.size:
        raise ValueError("no item has two votes, so there are no halves of them; collect more votes.")
    rng = np.random.default_rng(seed)
    splits = [halves(votes[usable], rng) for _ in range(n_splits)]
    chosen = {
        "all": [np.ones(len(usable))] * n_splits,
        "half": [ambiguous_half(first).astype(np.float64) for first, _ in splits],
    }
    scored = [second for _, second in splits]
    predictions = {arm: [one[usable] for one in seeds_first(values)] for arm, values in log_p.items()}

    def over(masks: Sequence[Floats]) -> Bootstrap:
        draws = draw_groups(np.asarray(groups)[usable], n_seeds, n_resamples, seed)
        return resample(lambda weights: _mean_over_splits(predictions, scored, masks, weights), draws)

    return {scope: over(masks) for scope, masks in chosen.items()}


def _mean_over_splits(
    predictions: Mapping[str, Sequence[Floats]],
    scored: Sequence[Counts],
    masks: Sequence[Floats],
    weights: Floats,
) -> dict[str, dict[str, Floats]]:
    """Every measure under every weighting, averaged over splits: arm -> metric -> [n_seeds, n_weightings]."""
    found: dict[str, dict[str, Floats]] = {}
    for counts, mask in zip(scored, masks, strict=True):
        crowd, weighting = Crowd.of(counts), Weighting(weights * mask[:, None])
        for arm, seeds in predictions.items():
            each = [_measured(Prediction.of(one, crowd), weighting) for one in seeds]
            sums = found.setdefault(arm, {})
            for key in MEASURED:
                sums[key] = sums.get(key, 0.0) + np.stack([one[key] for one in each]) / len(scored)
    return found


def _measured(x: Prediction, weighting: Weighting) -> dict[str, Floats]:
    """One seed's measures under every weighting, shape [n_weightings] each."""
    items, whole = of_items(x, MEASURED), of_set(x)
    values = dict(zip(items, weighting.mean(np.column_stack(list(items.values()))), strict=True))
    return values | {key: whole[key](weighting) for key in MEASURED if key in whole}
