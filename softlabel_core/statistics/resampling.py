"""Resampling: the crossed paired bootstrap of every metric, and intervals from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from softlabel_core.metrics import METRICS, calibration_gaps, per_item
from softlabel_core.votes import Floats, check_counts, distribution, entropy

N_RESAMPLES = 1000  # of an interval in a table
N_PLANNED = 10_000  # of planned comparisons: Holm's smallest p-values must be reachable
N_OFTEN = 200  # of each of many bootstraps
N_QUICK = 300  # where a reader waits
MIN_SEEDS = 5  # fewer say too little about how seeds vary: then only groups are resampled
BLOCK = 500_000  # weights held at once (items x resamples), 8 bytes each; a few arrays of that size exist
Arms = dict[str, dict[str, Floats]]


@dataclass(frozen=True)
class Estimate:
    """A number, its interval, and how sure it is not zero.

    `defined` is False where the number should not be printed: a percentage of
    a reference that might be zero, or a value or interval that does not exist
    (as with a single group, where nothing can be resampled). `p_value` is
    two-sided, for no change, and None for anything but a change.
    """

    value: float
    low: float
    high: float
    defined: bool = True
    p_value: float | None = None

    def plain(self) -> dict[str, Any]:
        """Value, low and high as plain values; `p_value` where there is one, `defined` where it is False."""
        plain: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high}
        if self.p_value is not None:
            plain["p_value"] = self.p_value
        return plain if self.defined else {**plain, "defined": False}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Estimate:
        """An estimate from what `plain` gave, whatever else the mapping holds."""
        ends = plain["value"], plain["low"], plain["high"]
        return cls(*ends, plain.get("defined", True), plain.get("p_value"))

    def __neg__(self) -> Estimate:
        """The same with its sign turned, and with it the interval."""
        return replace(self, value=-self.value, low=-self.high, high=-self.low)


NO_ESTIMATE = Estimate(float("nan"), float("nan"), float("nan"), defined=False)


@dataclass(frozen=True)
class Bootstrap:
    """Metrics of every arm and their paired resamples.

    Attributes
    ----------
    estimate : dict of arm to dict of metric to float
        Mean over seeds.
    per_seed : dict of arm to dict of metric to numpy.ndarray, shape [n_seeds]
        One entry for an arm that came with a single set of predictions.
    draws : dict of arm to dict of metric to numpy.ndarray, shape [n_resamples]
        Entry b of every arm and metric comes from the same resample b. NaN
        throughout if there is only one group, since nothing can be resampled.
    n_seeds, n_groups, n_items : int
    seeds_resampled : bool
        False with fewer than 5 seeds; then the intervals are conditional on these seeds.
    """

    estimate: dict[str, dict[str, float]]
    per_seed: Arms
    draws: Arms
    n_seeds: int
    n_groups: int
    n_items: int
    seeds_resampled: bool

    def interval(self, arm: str, metric: str, level: float = 0.95) -> Estimate:
        """Mean over seeds of one arm's metric with its percentile interval.

        Raises
        ------
        ValueError
            If the arm or metric is not there, or `level` is not between 0 and 1.
        """
        return _estimate(self._value(arm, metric), self.draws[arm][metric], level)

    def difference(self, metric: str, arm: str, reference: str, level: float = 0.95) -> Estimate:
        """`arm` minus `reference`, from the same resamples; raises as `interval` does."""
        value, base = self._value(arm, metric), self._value(reference, metric)
        with np.errstate(invalid="ignore"):
            draws = self.draws[arm][metric] - self.draws[reference][metric]
            return _estimate(np.subtract(value, base), draws, level, change=draws)

    def relative_change(self, metric: str, arm: str, reference: str, level: float = 0.95) -> Estimate:
        """(`arm` - `reference`) / `reference`, from the same resamples; raises as `interval` does.

        `defined` is False where the reference's own interval touches 0: a share
        of something that may be nothing says nothing. Print the difference then.
        The p-value is that of the difference.
        """
        change, base = self.difference(metric, arm, reference, level), self.interval(reference, metric, level)
        above, below = self.draws[arm][metric], self.draws[reference][metric]
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = (above - below) / below
            result = _estimate(np.divide(change.value, base.value), draws, level, change=above - below)
        sound = result.defined and bool(base.low > 0 or base.high < 0)
        return Estimate(result.value, result.low, result.high, sound, result.p_value)

    def _value(self, arm: str, metric: str) -> float:
        """One arm's metric, or the sentence that says what there is instead."""
        if arm not in self.estimate:
            raise ValueError(f"unknown arm {arm!r}; there are {', '.join(self.estimate)}.")
        if metric not in self.estimate[arm]:
            raise ValueError(f"unknown metric {metric!r}; there are {', '.join(self.estimate[arm])}.")
        return self.estimate[arm][metric]


def _estimate(value: float, draws: Floats, level: float, change: Floats | None = None) -> Estimate:
    """Percentile interval of the draws; NaN as soon as one resample has no value.

    The order statistics just outside the two quantiles are taken rather than
    points between two of them, which also serves draws that are infinite.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, for example 0.95.")
    low = high = float("nan")
    if not np.isnan(draws).any():
        low = float(np.quantile(draws, (1 - level) / 2, method="lower"))
        high = float(np.quantile(draws, (1 + level) / 2, method="higher"))
    if change is None:  # an infinite KL is a result, an infinite change is none
        return Estimate(float(value), low, high, not np.isnan([value, low, high]).any())
    return Estimate(float(value), low, high, bool(np.isfinite([value, low, high]).all()), _p_value(change))


def _p_value(change: Floats) -> float | None:
    """Two-sided p-value of no change: twice the smaller share of draws on either side of zero, or on it."""
    if np.isnan(change).any():
        return None
    # Rounding, which hangs on the number of threads, must not move a change of nothing to one side.
    fewer = min((change <= 1e-12).sum(), (change >= -1e-12).sum())
    return min(1.0, 2 * (1 + float(fewer)) / (1 + len(change)))


def bootstrap(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    gold: ArrayLike | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    clip: float | None = None,
    *,
    ordinal: bool = False,
) -> Bootstrap:
    """Crossed paired bootstrap of every metric over test groups, over seeds.

    Each resample draws as many groups as there are, with replacement (an item
    counts as often as its group was drawn), and, independently, as many seeds
    as there are; its value is the mean over the drawn seeds of the metric on the
    drawn items. Every arm and metric sees the same draws, so that differences
    between arms are paired. Intervals are conditional on the train/test split.

    Parameters
    ----------
    log_p : dict of arm to array_like, shape [n_seeds, n_items, n_classes]
        Predicted natural-log probabilities of the same items. Seed s of one arm
        is paired with seed s of another. An arm may also hold a single set of
        predictions, shape [n_items, n_classes] (a reference, an ensemble).
    counts : array_like, shape [n_items, n_classes]
        Votes.
    groups : array_like, shape [n_items]
        Items with the same entry are drawn together.
    gold, clip, ordinal
        See `softlabel_core.metrics.per_item`.
    n_resamples : int
    seed : int
        Seed of the resampling itself.

    Raises
    ------
    ValueError
        If an array is misshapen, a row is no distribution, or two arms have
        different numbers of seeds.

    References
    ----------
    Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1(2):
    rows and columns of a crossed table are resampled independently. Efron and
    Tibshirani (1993), chapter 13, for the percentile interval.
    """
    votes = check_counts(counts)
    if n_resamples < 1:
        raise ValueError(f"n_resamples is {n_resamples}; ask for at least one, {N_RESAMPLES} for a table.")
    member, n_groups = _check_groups(groups, len(votes))
    n_seeds = _check_seeds(log_p, votes.shape)
    human = entropy(distribution(votes))
    ranker = _by_value(human)
    tables = {
        arm: [
            _measure(seed_log_p, votes, human, clip, gold, ordinal, f"log_p[{arm!r}] seed {s}")
            for s, seed_log_p in enumerate(_seeds_first(predictions))
        ]
        for arm, predictions in log_p.items()
    }
    per_seed = _resample(np.ones((len(votes), 1)), human, ranker, tables)
    item_rng, seed_rng = np.random.default_rng(seed).spawn(2)
    blocks = [
        _resample(weights, human, ranker, tables)
        for weights in _item_weights(item_rng, member, n_groups, n_resamples)
    ]
    resampled = n_seeds >= MIN_SEEDS
    seed_weights: NDArray[Any] = np.ones((n_resamples, n_seeds))
    if resampled:
        seed_weights = _multiplicities(seed_rng, n_seeds, n_resamples)
    draws = {
        arm: {
            metric: _mean_over_seeds(
                np.concatenate([block[arm][metric] for block in blocks], axis=1), seed_weights
            )
            for metric in values
        }
        for arm, values in per_seed.items()
    }
    return Bootstrap(
        estimate={arm: {m: float(v.mean()) for m, v in values.items()} for arm, values in per_seed.items()},
        per_seed={arm: {m: v[:, 0] for m, v in values.items()} for arm, values in per_seed.items()},
        draws=draws,
        n_seeds=n_seeds,
        n_groups=n_groups,
        n_items=len(votes),
        seeds_resampled=resampled,
    )


def _check_groups(groups: ArrayLike, n_items: int) -> tuple[NDArray[np.int64], int]:
    """Number the groups from 0, shape [n_items], with how many there are."""
    array = np.asarray(groups)
    if array.shape != (n_items,):
        raise ValueError(f"groups has shape {array.shape}; give one group for each of the {n_items} items.")
    names, member = np.unique(array, return_inverse=True)
    return member.astype(np.int64), len(names)


def _seeds_first(predictions: ArrayLike) -> NDArray[Any]:
    """Predictions as [n_seeds, n_items, n_classes]; a single set becomes one seed."""
    array = np.asarray(predictions)
    return array[None] if array.ndim == 2 else array


def _check_seeds(log_p: Mapping[str, ArrayLike], shape: tuple[int, ...]) -> int:
    """Number of seeds that the arms share."""
    if not log_p:
        raise ValueError("log_p names no arm; give at least one set of predictions.")
    n_seeds: dict[str, int] = {}
    for arm, predictions in log_p.items():
        array = _seeds_first(predictions)
        if array.ndim != 3 or array.shape[1:] != shape or not len(array):
            raise ValueError(
                f"log_p[{arm!r}] has shape {np.shape(predictions)}; it must be [n_seeds, n_items, n_classes] "
                f"with {shape[0]} items and {shape[1]} classes, as counts has."
            )
        n_seeds[arm] = len(array)
    if len({n for n in n_seeds.values() if n > 1}) > 1:
        listed = ", ".join(f"{arm} {n}" for arm, n in n_seeds.items())
        raise ValueError(
            f"arms have different numbers of seeds ({listed}); pass the seeds that all of them have."
        )
    return max(n_seeds.values())


def _item_weights(
    rng: np.random.Generator, member: NDArray[np.int64], n_groups: int, n_resamples: int
) -> Iterator[Floats]:
    """How often each item is drawn, in blocks of resamples that stay small; shape [n_items, block]."""
    size = max(50, BLOCK // len(member))  # narrow blocks waste the vectorised work
    for start in range(0, n_resamples, size):
        if n_groups == 1:
            yield np.full((len(member), min(size, n_resamples - start)), np.nan)
            continue
        drawn = _multiplicities(rng, n_groups, min(size, n_resamples - start))
        yield np.ascontiguousarray(drawn.T, dtype=np.float64)[member]


def _multiplicities(rng: np.random.Generator, n: int, size: int) -> NDArray[np.int64]:
    """How often each of n things is drawn in n draws with replacement, shape [size, n]."""
    drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)


def _mean_over_seeds(values: Floats, seed_weights: NDArray[Any]) -> Floats:
    """Weighted mean over seeds, shape [n_resamples]; a seed that was not drawn cannot spoil it.

    Parameters
    ----------
    values : numpy.ndarray, shape [n_seeds or 1, n_resamples]
    seed_weights : numpy.ndarray, shape [n_resamples, n_seeds]
    """
    if len(values) == 1:
        return values[0]
    weights = seed_weights.T
    used = np.where(weights > 0, values, 0.0)  # 0 x NaN and 0 x infinity would be NaN
    return (used * weights).sum(axis=0) / weights.sum(axis=0)


class _Table(NamedTuple):
    """One seed's predictions, reduced to columns whose weighted sums give every metric."""

    names: list[str]  # of the leading columns: metrics that are means over items
    columns: Floats  # [n_items, ...]: those, then model entropy and its products, then 15 calibration bins
    infinite: NDArray[np.bool_] | None  # where those were infinite before being set to 0
    ranker: csr_array


def _measure(
    log_p: NDArray[Any],
    counts: NDArray[np.int64],
    human: Floats,
    clip: float | None,
    gold: ArrayLike | None,
    ordinal: bool,
    name: str,
) -> _Table:
    """Reduce one seed's predictions to a table."""
    items = per_item(log_p, counts, clip, gold=gold, ordinal=ordinal, name=name)
    names = [key for key in items if key in METRICS]
    x, y = _centred(items["entropy_model"]), _centred(human)
    columns = np.column_stack(
        [*(items[key] for key in names), x, x * x, x * y, y, y * y, calibration_gaps(items)]
    )
    infinite = np.isinf(columns)
    some = infinite if infinite.any() else None
    return _Table(names, np.where(infinite, 0.0, columns), some, _by_value(items["entropy_model"]))


def _centred(values: Floats) -> Floats:
    """Values minus their median: keeps second moments precise, and a constant exactly constant."""
    return values - np.median(values)


def _by_value(values: Floats) -> csr_array:
    """Matrix that sums over items of equal value, lowest value first. Shape [n_distinct, n_items]."""
    distinct, index = np.unique(values, return_inverse=True)
    n = len(values)
    return csr_array((np.ones(n), (index, np.arange(n))), shape=(len(distinct), n))


def _resample(
    weights: Floats, human: Floats, ranker: csr_array, tables: Mapping[str, Sequence[_Table]]
) -> dict[str, dict[str, Floats]]:
    """Every metric under every weighting: arm -> metric -> [n_seeds, n_resamples].

    Parameters
    ----------
    weights : numpy.ndarray, shape [n_items, n_resamples]
        How often each item was drawn.
    """
    total = weights.sum(axis=0)
    tied = ranker @ weights
    spread, constant = _rank_spread(tied, total)
    weighted_ranks = weights * (ranker.T @ _centred_midranks(tied, total))
    results = {}
    for arm, seeds in tables.items():
        values = [_metrics(weights, weighted_ranks, total, spread, constant, table) for table in seeds]
        results[arm] = {metric: np.stack([v[metric] for v in values]) for metric in values[0]}
    return results


def _metrics(
    weights: Floats,
    weighted_ranks: Floats,
    total: Floats,
    human_spread: Floats,
    human_constant: NDArray[np.bool_],
    table: _Table,
) -> dict[str, Floats]:
    """Every metric of one seed under every weighting, shape [n_resamples] each."""
    sums = (weights.T @ table.columns).T
    if table.infinite is not None:
        sums = np.where((weights.T @ table.infinite).T > 0, np.inf, sums)
    means = sums / total
    n = len(table.names)
    values = dict(zip(table.names, means[:n], strict=True))
    x, xx, xy, y, yy = means[n : n + 5]
    tied = table.ranker @ weights
    spread, constant = _rank_spread(tied, total)
    constant = constant | human_constant
    values["entropy_pearson"] = _ratio(xy - x * y, (xx - x * x) * (yy - y * y), constant)
    rank_products = (_centred_midranks(tied, total) * (table.ranker @ weighted_ranks)).sum(axis=0)
    values["entropy_spearman"] = _ratio(rank_products, spread * human_spread, constant)
    values["ece"] = np.abs(means[n + 5 :]).sum(axis=0)
    return {key: values[key] for key in METRICS if key in values}


def _centred_midranks(tied: Floats, total: Floats) -> Floats:
    """Midrank of each distinct value in the repeated sample, minus the mean rank.

    Parameters
    ----------
    tied : numpy.ndarray, shape [n_distinct, n_resamples]
        How often each distinct value was drawn, lowest value first.
    total : numpy.ndarray, shape [n_resamples]

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
