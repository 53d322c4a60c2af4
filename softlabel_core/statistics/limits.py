"""Limits: what a perfect model would still score against finitely many votes, ceilings and floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from softlabel_core.metrics import METRICS, Crowd, Prediction, of_items
from softlabel_core.statistics.mixtures import Mixture, fit_mixture, one_kind
from softlabel_core.statistics.resampling import Bootstrap
from softlabel_core.votes import Floats, check_counts, entropy, halves

FLOORED = tuple(key for key, metric in METRICS.items() if metric.limit == "floor")
"""Keys of the metrics that a perfect model does not bring to 0; some need an ordinal scale."""
PRIORS = ("mixture", "empirical", "jeffreys", "perks")
CORRELATIONS = ("pearson", "spearman")


@dataclass(frozen=True)
class Reliability:
    """How well votes repeat themselves: split-half correlation, full length, and the ceiling."""

    split_half: float
    full_length: float
    ceiling: float


def entropy_ceiling(
    counts: ArrayLike, n_halves: int = 100, seed: int = 0, correlation: str = "pearson"
) -> Reliability:
    """Highest correlation with the observed entropy that a perfect model would reach.

    Each item's votes are split at random into two halves; the correlation r of
    the two halves' entropies over items is averaged over `n_halves` splits,
    stepped up to full length by Spearman-Brown, 2r / (1 + r), and its square
    root is the correlation of one noisy measurement with the truth behind it.
    An item with an odd number of votes leaves one vote out of each split.

    With ten votes or fewer the result is too low, since the entropy of half so
    few is a coarser measure of the same thing, not the same measure with more
    noise; few votes drawn from many show it.

    Spearman-Brown is a sum rule of variances, and ranks are no sums of the halves'
    ranks: where few items tie it holds well, as with Pearson's, but where many do
    the ceiling of ranks is only a bound, and too high. Two in five items of CIFAR-10H
    are unanimous; in simulated worlds with just its ties and split-half correlations,
    where the formula says .84, a perfect model reaches .65, since it ranks clear items
    by differences that no votes show; where clear items differ more, .86 with .90 said.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    n_halves : int
        How many random splits to average over.
    seed : int
        Seed of the random splits.
    correlation : {"pearson", "spearman"}
        Of the entropies, or of their ranks.

    Returns
    -------
    Reliability
        NaN throughout when a half's entropies are constant; full length and
        ceiling 0 when the halves do not correlate positively.

    Raises
    ------
    ValueError
        If the counts are not counts, or the correlation is unknown.

    References
    ----------
    Spearman (1910) and Brown (1910), British Journal of Psychology 3.
    """
    checked = check_counts(counts)
    if correlation not in CORRELATIONS:
        raise ValueError(f"unknown correlation {correlation!r}; choose one of {', '.join(CORRELATIONS)}.")
    rng = np.random.default_rng(seed)
    half = checked.sum(axis=1) // 2
    usable = half > 0
    if usable.sum() < 3:
        return Reliability(np.nan, np.nan, np.nan)
    checked, half = checked[usable], half[usable]
    correlations = []
    for _ in range(n_halves):
        first, second = halves(checked, rng)
        a, b = entropy(first / half[:, None]), entropy(second / half[:, None])
        if np.ptp(a) == 0 or np.ptp(b) == 0:
            return Reliability(np.nan, np.nan, np.nan)
        if correlation == "spearman":
            a, b = rankdata(a), rankdata(b)
        correlations.append(np.corrcoef(a, b)[0, 1])
    r = float(np.mean(correlations))
    full = 2 * max(r, 0.0) / (1 + max(r, 0.0))
    return Reliability(r, full, float(np.sqrt(full)))


def with_excess(boot: Bootstrap, floor: float) -> Bootstrap:
    """Add `excess_kl`, which is KL less its floor in nats, to every arm; the floor counts as known."""

    def added(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {arm: {**values, "excess_kl": values["kl"] - floor} for arm, values in arms.items()}

    return replace(
        boot, estimate=added(boot.estimate), per_seed=added(boot.per_seed), draws=added(boot.draws)
    )


def dirichlet_multinomial(counts: ArrayLike) -> Floats:
    """Dirichlet that most probably gave rise to the items' counts, shape [n_classes].

    Maximum likelihood of the Dirichlet-multinomial (Minka, 2000, "Estimating a
    Dirichlet distribution", section 3), searched over the logarithms of the
    parameters. Each is kept within 1e-6 .. 1e6: a class that nobody chose
    would otherwise go to 0, and identical items to infinity.

    Raises
    ------
    ValueError
        If the counts are not counts.
    """
    return fit_mixture(counts, 1).pseudo_votes[0]


def floors(
    counts: ArrayLike,
    prior: str | ArrayLike = "mixture",
    n_draws: int = 200,
    seed: int = 0,
    *,
    ordinal: bool = False,
) -> dict[str, float]:
    """What a perfect model would still score against this many votes.

    Posterior-predictive simulation: each item's true distribution is drawn given
    its votes, as many new votes as the item has are drawn from it, and the true
    distribution is scored against them.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    prior : {"mixture", "empirical", "jeffreys", "perks"} or array_like, shape [n_classes]
        What true distributions are like: the mixture of Dirichlets that fits the counts,
        see `fit_mixture`; or one Dirichlet, whose pseudo-votes for each class are those of
        `dirichlet_multinomial`, one half (Jeffreys, 1946), 1 / n_classes (Perks, 1947), or
        the given ones.
    n_draws : int
        Simulations to average over.
    seed : int
        Seed of the simulation.
    ordinal : bool
        Whether the classes are the steps of a scale; adds wasserstein.

    Returns
    -------
    dict of str to float
        kl, entropy_error and entropy_bias in nats, total_variation, js_distance. A
        perfect model's entropy_bias is above 0, because the entropy of a few votes is
        on average too low.

    Raises
    ------
    ValueError
        If the counts are not counts, the prior is unknown or not positive.
    """
    votes = check_counts(counts)
    if n_draws < 1:
        raise ValueError(f"n_draws is {n_draws}; ask for at least one, 200 for a table.")
    truths = fit_mixture(votes) if isinstance(prior, str) and prior == "mixture" else _dirichlet(votes, prior)
    kinds, totals = truths.kinds(votes), votes.sum(axis=1)
    rng = np.random.default_rng(seed)
    sums: dict[str, float] = {}
    for _ in range(n_draws):
        truth = truths.draw(votes, rng, kinds)
        new_votes = rng.multinomial(totals, truth)
        with np.errstate(divide="ignore"):
            x = Prediction.of(np.log(truth), Crowd.of(new_votes, ordinal=ordinal))
        for key, values in of_items(x, FLOORED).items():
            sums[key] = sums.get(key, 0.0) + float(values.mean())
    return {key: value / n_draws for key, value in sums.items()}


def _dirichlet(counts: NDArray[np.int64], prior: str | ArrayLike) -> Mixture:
    """A mixture of one kind, by the name of its pseudo-votes or with the given ones, shape [n_classes]."""
    n_classes = counts.shape[1]
    if isinstance(prior, str):
        if prior == "empirical":
            return fit_mixture(counts, 1)
        if prior not in PRIORS:
            raise ValueError(
                f"unknown prior {prior!r}; there are {', '.join(PRIORS)}, or give one number per class."
            )
        return one_kind(np.full(n_classes, 0.5 if prior == "jeffreys" else 1 / n_classes))
    array = np.asarray(prior, dtype=np.float64)
    if array.shape != (n_classes,) or not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"prior is {array.tolist()}; give {n_classes} positive numbers, one for each class.")
    return one_kind(array)


def floor_sensitivity(counts: ArrayLike, n_draws: int = 200, seed: int = 0) -> dict[str, dict[str, float]]:
    """Floors under each of the named priors: prior -> metric -> value. Arguments as in `floors`."""
    return {prior: floors(counts, prior, n_draws, seed) for prior in PRIORS}
