"""Resampling: the one bootstrap, of every metric or of any other measure, and intervals from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core import metrics
from softlabel_core.metrics import METRICS, Crowd, OfSet, Prediction
from softlabel_core.statistics import shared_raters
from softlabel_core.votes import Floats
from softlabel_core.weighting import Weighting

N_RESAMPLES = 1000  # of an interval in a table
N_PLANNED = 10_000  # of planned comparisons: Holm's smallest p-values must be reachable
N_OFTEN = 200  # of each of many bootstraps
N_QUICK = 300  # where a reader waits
MIN_SEEDS = 5  # fewer say too little about how seeds vary: then only groups are resampled
BLOCK = 500_000  # weights held at once (items x resamples), 8 bytes each; a few arrays of that size exist
Arms = dict[str, dict[str, Floats]]
Drawing = Callable[[np.random.Generator, int, int], NDArray[np.int64]]


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

    def interval(self, arm: str, metric: str, level: float = 0.95, *, between: bool = False) -> Estimate:
        """Mean over seeds of one arm's metric with its percentile interval.

        Its ends are draws, the ones just outside; or `between` two draws, as far as the quantile says,
        which is narrower and asks for draws that are finite.

        Raises
        ------
        ValueError
            If the arm or metric is not there, or `level` is not between 0 and 1.
        """
        return _estimate(self._value(arm, metric), self.draws[arm][metric], level, between=between)

    def difference(self, metric: str, arm: str, reference: str, level: float = 0.95) -> Estimate:
        """`arm` minus `reference`, from the same resamples; raises as `interval` does."""
        with np.errstate(invalid="ignore"):
            value, draws = self._change(metric, arm, reference)
            return _estimate(value, draws, level, change=draws)

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

    def _change(self, metric: str, arm: str, reference: str) -> tuple[float, Floats]:
        """`arm` minus `reference`, and the same of every resample."""
        value = np.subtract(self._value(arm, metric), self._value(reference, metric))
        return float(value), self.draws[arm][metric] - self.draws[reference][metric]

    def _value(self, arm: str, metric: str) -> float:
        """One arm's metric, or the sentence that says what there is instead."""
        if arm not in self.estimate:
            raise ValueError(f"unknown arm {arm!r}; there are {', '.join(self.estimate)}.")
        if metric not in self.estimate[arm]:
            raise ValueError(f"unknown metric {metric!r}; there are {', '.join(self.estimate[arm])}.")
        return self.estimate[arm][metric]


def difference_of_differences(
    here: tuple[Bootstrap, str], there: tuple[Bootstrap, str], arm: str, reference: str, level: float = 0.95
) -> Estimate:
    """How much more `arm` less `reference` is here than there.

    Parameters
    ----------
    here, there : tuple of Bootstrap and str
        Where, and which metric; both from the same resamples.
    arm, reference : str
    level : float

    Raises
    ------
    ValueError
        As `Bootstrap.interval` does.
    """
    with np.errstate(invalid="ignore"):  # an infinite KL has no difference
        values, draws = zip(
            *(boot._change(metric, arm, reference) for boot, metric in (here, there)), strict=True
        )
        change = draws[0] - draws[1]
        return _estimate(values[0] - values[1], change, level, change=change)


def _estimate(
    value: float, draws: Floats, level: float, change: Floats | None = None, between: bool = False
) -> Estimate:
    """Percentile interval of the draws; NaN as soon as one resample has no value.

    The order statistics just outside the two quantiles are taken rather than
    points between two of them, which also serves draws that are infinite.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, for example 0.95.")
    low = high = float("nan")
    if not np.isnan(draws).any():
        low = float(np.quantile(draws, (1 - level) / 2, method="linear" if between else "lower"))
        high = float(np.quantile(draws, (1 + level) / 2, method="linear" if between else "higher"))
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
    ratings: ArrayLike | None = None,
) -> Bootstrap:
    """Crossed paired bootstrap of every metric over test groups, over seeds.

    Each resample draws as many groups as there are, with replacement (an item
    counts as often as its group was drawn), and, independently, as many seeds
    as there are; its value is the mean over the drawn seeds of the metric on the
    drawn items. Every arm and metric sees the same draws, so that differences
    between arms are paired. Intervals are conditional on the train/test split.
    Where raters are known, each resample also moves, as far as every arm's metric would
    with other raters, all arms together; see `shared_raters.widened`.

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
    ratings : array_like of int, shape [n_items, n_raters], optional
        Class that each rater chose, -1 where they did not rate the item: who gave the
        votes. With fewer than about twenty raters the intervals remain too narrow.

    Raises
    ------
    ValueError
        If an array is misshapen, a row is no distribution, two arms have different
        numbers of seeds, or the ratings do not add up to the counts.

    References
    ----------
    Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1(2):
    rows and columns of a crossed table are resampled independently. Efron and
    Tibshirani (1993), chapter 13, for the percentile interval.
    """
    crowd = Crowd.of(counts, gold, ordinal=ordinal)
    n_seeds = check_seeds(log_p, crowd.counts.shape)
    draws = draw_groups(groups, n_seeds, n_resamples, seed, n_items=len(crowd.counts))
    tables = _tables(log_p, crowd, clip)
    boot = resample(lambda weights: _every_metric(Weighting(weights), tables), draws)
    if ratings is None or draws.n_groups == 1:
        return boot
    member, _ = check_groups(groups, draws.n_items)
    known = shared_raters.check_raters(ratings, crowd.counts)
    rows = shared_raters.lessened(crowd.counts, known, member, seed)
    return shared_raters.widened(boot, _without_raters(boot, log_p, crowd, clip, rows), seed)


def _tables(log_p: Mapping[str, ArrayLike], crowd: Crowd, clip: float | None) -> dict[str, list[_Measured]]:
    """Every arm's predictions, seed by seed, as what gives every metric."""
    return {
        arm: [
            _measured(Prediction.of(one, crowd, clip, f"log_p[{arm!r}] seed {s}"))
            for s, one in enumerate(seeds_first(predictions))
        ]
        for arm, predictions in log_p.items()
    }


def _without_raters(
    boot: Bootstrap,
    log_p: Mapping[str, ArrayLike],
    crowd: Crowd,
    clip: float | None,
    rows: shared_raters.Lessened,
) -> dict[str, dict[str, Floats]]:
    """What each rater's votes taken away change in every arm's metrics, mean over seeds."""
    n_items, n_classes = crowd.counts.shape
    source = np.concatenate(
        [np.arange(n_items), rows.item]
    )  # the items, and below them those with a vote fewer
    fewer = crowd.counts[rows.item] - np.eye(n_classes, dtype=np.int64)[rows.chosen]
    lessened = Crowd(
        np.concatenate([crowd.counts, fewer]),
        None if crowd.gold is None else crowd.gold[source],
        crowd.ordinal,
    )
    changes: dict[str, dict[str, Floats]] = {}
    for arm, predictions in log_p.items():
        tables = _tables({arm: seeds_first(predictions)[:, source]}, lessened, clip)
        blocks = []
        for start in range(0, rows.taken.shape[1], size := max(50, BLOCK // len(source))):
            taken = rows.taken[:, start : start + size]
            weights = np.concatenate([np.ones((n_items, taken.shape[1])), taken])
            blocks.append(_every_metric(Weighting(weights), tables)[arm])
        with np.errstate(invalid="ignore"):  # an infinite KL changes by nothing that is known
            changes[arm] = {
                key: np.concatenate([block[key] for block in blocks], axis=1).mean(axis=0) - value
                for key, value in boot.estimate[arm].items()
            }
    return changes


# ---------------------------------------------------------------- the engine: how often items and seeds are drawn


class Draws(NamedTuple):
    """How often each item and each seed counts in every resample.

    Attributes
    ----------
    items : iterator of numpy.ndarray, shape [n_items, some]
        Blocks of resamples that stay small, all of them together `n_resamples`; not looked at where there is
        only one group.
    seeds : numpy.ndarray, shape [n_resamples, n_seeds]
    n_items, n_groups : int
        Groups are what is drawn: with a single one nothing can be resampled.
    """

    items: Iterator[Floats]
    seeds: NDArray[Any]
    n_items: int
    n_groups: int


def resample(measure: Callable[[Floats], Mapping[str, Mapping[str, Floats]]], draws: Draws) -> Bootstrap:
    """Bootstrap of any measures: what they are on all items, and on every resample.

    Parameters
    ----------
    measure : callable
        From weights of the items, shape [n_items, n], to arm -> measure -> values [n_seeds or 1, n].
    draws : Draws
        See `draw_groups` and `draw_pairs`. Of one measurement: its items are drawn as they are asked for.

    Returns
    -------
    Bootstrap
        With draws of NaN where there is only one group.
    """
    per_seed = measure(np.ones((draws.n_items, 1)))
    n_resamples, n_seeds = draws.seeds.shape
    blocks = [measure(weights) for weights in draws.items] if draws.n_groups > 1 else []

    def drawn(arm: str, key: str) -> Floats:
        if not blocks:
            return np.full(n_resamples, np.nan)
        return _mean_over_seeds(np.concatenate([block[arm][key] for block in blocks], axis=1), draws.seeds)

    return Bootstrap(
        estimate={arm: {m: float(v.mean()) for m, v in values.items()} for arm, values in per_seed.items()},
        per_seed={arm: {m: v[:, 0] for m, v in values.items()} for arm, values in per_seed.items()},
        draws={arm: {m: drawn(arm, m) for m in values} for arm, values in per_seed.items()},
        n_seeds=n_seeds,
        n_groups=draws.n_groups,
        n_items=draws.n_items,
        seeds_resampled=n_seeds >= MIN_SEEDS,
    )


def by_index(rng: np.random.Generator, n: int, size: int) -> NDArray[np.int64]:
    """How often each of n things is drawn in n draws with replacement, shape [size, n]."""
    drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)


def by_number(rng: np.random.Generator, n: int, size: int) -> NDArray[np.int64]:
    """The same, from a stream of random numbers that gives the numbers themselves, as some records were made."""
    return rng.multinomial(n, np.full(n, 1 / n), size=size)


def draw_groups(
    groups: ArrayLike,
    n_seeds: int = 1,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    drawing: Drawing = by_index,
    *,
    n_items: int | None = None,
) -> Draws:
    """Draw as many groups of items as there are, and from five seeds on, independently, as many seeds.

    Parameters
    ----------
    groups : array_like, shape [n_items]
        Items with the same entry are drawn together.
    n_seeds, n_resamples : int
    seed : int
        Seed of the resampling itself.
    drawing : {by_index, by_number}
        Which stream of random numbers to draw with.
    n_items : int, optional
        How many groups there must be entries for.

    Raises
    ------
    ValueError
        If `groups` is misshapen or no resamples are asked for.
    """
    _check_number(n_resamples)
    member, n_groups = check_groups(groups, np.size(groups) if n_items is None else n_items)
    item_rng, seed_rng = np.random.default_rng(seed).spawn(2)

    def blocks() -> Iterator[Floats]:
        for size in _sizes(len(member), n_resamples):
            drawn = drawing(item_rng, n_groups, size)
            yield np.ascontiguousarray(drawn.T, dtype=np.float64)[member]

    seeds: NDArray[Any] = np.ones((n_resamples, n_seeds))
    if n_seeds >= MIN_SEEDS:
        seeds = drawing(seed_rng, n_seeds, n_resamples)
    return Draws(blocks(), seeds, len(member), n_groups)


def draw_pairs(first: ArrayLike, second: ArrayLike, n_resamples: int = N_RESAMPLES, seed: int = 0) -> Draws:
    """Draw the two sides of what is crossed, as items and raters, independently; a pair counts as both were drawn.

    Parameters
    ----------
    first, second : array_like, shape [n_pairs]
        Which of each side a pair belongs to.
    n_resamples, seed : int

    Raises
    ------
    ValueError
        If a side is misshapen or no resamples are asked for.
    """
    _check_number(n_resamples)
    sides = [check_groups(side, np.size(first)) for side in (first, second)]
    rng = np.random.default_rng(seed)

    def one() -> Floats:
        weights = np.ones(np.size(first))
        for member, n_groups in sides:
            weights *= by_number(rng, n_groups, 1)[0][member]
        return weights

    blocks = (np.stack([one() for _ in range(size)], axis=1) for size in _sizes(np.size(first), n_resamples))
    return Draws(blocks, np.ones((n_resamples, 1)), np.size(first), min(n for _, n in sides))


def _sizes(n_items: int, n_resamples: int) -> Iterator[int]:
    """How many resamples to hold at once."""
    size = max(50, BLOCK // n_items)  # narrow blocks waste the vectorised work
    return (min(size, n_resamples - start) for start in range(0, n_resamples, size))


def _check_number(n_resamples: int) -> None:
    if n_resamples < 1:
        raise ValueError(f"n_resamples is {n_resamples}; ask for at least one, {N_RESAMPLES} for a table.")


def check_groups(groups: ArrayLike, n_items: int) -> tuple[NDArray[np.int64], int]:
    """Number the groups from 0, shape [n_items], with how many there are.

    Raises
    ------
    ValueError
        If there is not one group for each item.
    """
    array = np.asarray(groups)
    if array.shape != (n_items,):
        raise ValueError(f"groups has shape {array.shape}; give one group for each of the {n_items} items.")
    names, member = np.unique(array, return_inverse=True)
    return member.astype(np.int64), len(names)


def seeds_first(predictions: ArrayLike) -> NDArray[Any]:
    """Predictions as [n_seeds, n_items, n_classes]; a single set becomes one seed."""
    array = np.asarray(predictions)
    return array[None] if array.ndim == 2 else array


def check_seeds(log_p: Mapping[str, ArrayLike], shape: tuple[int, ...]) -> int:
    """Number of seeds that the arms share.

    Raises
    ------
    ValueError
        If there is no arm, one is misshapen, or two have different numbers of seeds.
    """
    if not log_p:
        raise ValueError("log_p names no arm; give at least one set of predictions.")
    n_seeds: dict[str, int] = {}
    for arm, predictions in log_p.items():
        array = seeds_first(predictions)
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


# ---------------------------------------------------------------- every metric


class _Measured(NamedTuple):
    """One seed's predictions, reduced to what gives every metric under any weighting."""

    names: list[str]  # of the columns
    columns: Floats  # [n_items, n_names]
    of_set: dict[str, OfSet]


def _measured(x: Prediction) -> _Measured:
    items = metrics.of_items(x)
    return _Measured(list(items), np.column_stack(list(items.values())), metrics.of_set(x))


def _every_metric(
    weighting: Weighting, tables: Mapping[str, list[_Measured]]
) -> dict[str, dict[str, Floats]]:
    """Every metric under every weighting: arm -> metric -> [n_seeds, n_weightings]."""

    def metrics_of(table: _Measured) -> dict[str, Floats]:
        values = dict(zip(table.names, weighting.mean(table.columns), strict=True))
        values |= {key: value(weighting) for key, value in table.of_set.items()}
        return {key: values[key] for key in METRICS if key in values}

    results = {}
    for arm, seeds in tables.items():
        values = [metrics_of(table) for table in seeds]
        results[arm] = {key: np.stack([one[key] for one in values]) for key in values[0]}
    return results
