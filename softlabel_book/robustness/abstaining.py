"""Abstaining: how often a model is wrong if it may pass on the items that it is least sure of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core import statistics, votes
from softlabel_core.metrics import check_log_probabilities
from softlabel_core.statistics import Bootstrap
from softlabel_core.votes import Floats

CONFIDENCES = ("probability", "entropy")
COVERAGE = np.round(np.arange(0.05, 1.001, 0.05), 2)

Measure = Callable[[Floats, Floats, Floats], dict[str, Floats]]  # of confidence, cost and weights


def confidence(log_p: ArrayLike, kind: str = "probability") -> Floats:
    """How sure a model is of each item, shape [n_items].

    Parameters
    ----------
    log_p : array_like, shape [n_items, n_classes]
        Natural-log probabilities.
    kind : {"probability", "entropy"}
        The probability of the predicted class, or minus the predicted distribution's entropy in nats.

    Raises
    ------
    ValueError
        If a row is no distribution, or there is no such kind.
    """
    p = np.exp(check_log_probabilities(log_p))
    if kind not in CONFIDENCES:
        raise ValueError(f"there is no confidence {kind!r}; choose one of {', '.join(CONFIDENCES)}.")
    return p.max(axis=1) if kind == "probability" else -votes.entropy(p)


class Risks(NamedTuple):
    """What a prediction of one class costs, by item, each from 0 to 1, shape [n_items]."""

    error: Floats
    disagreement: Floats


def risks(log_p: ArrayLike, counts: ArrayLike) -> Risks:
    """Two costs of naming the most probable class.

    Parameters
    ----------
    log_p : array_like, shape [n_items, n_classes]
        Natural-log probabilities. A model that ties between classes pays their mean.
    counts : array_like, shape [n_items, n_classes]
        Votes.

    Returns
    -------
    Risks
        error: 1 less the item's accuracy against the majority vote (1/m within an m-way tie).
        disagreement: the share of annotators who did not choose the predicted class, that is, the chance
        that one of them, drawn at random, disagrees.

    Raises
    ------
    ValueError
        If the arrays are misshapen or a row is no distribution.
    """
    checked, share = check_log_probabilities(log_p), votes.distribution(counts)
    if checked.shape != share.shape:
        raise ValueError(
            f"log_p has shape {checked.shape} and counts {share.shape}; both must be [n_items, n_classes] "
            "of the same items and classes."
        )
    chosen = checked == checked.max(axis=1, keepdims=True)
    chosen = chosen / chosen.sum(axis=1, keepdims=True)
    majority = votes.tied(counts)
    majority = majority / majority.sum(axis=1, keepdims=True)
    return Risks(1 - (chosen * majority).sum(axis=1), 1 - (chosen * share).sum(axis=1))


def aurc(sure: ArrayLike, risk: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Area under the risk-coverage curve: mean over k of the mean risk of the k surest items.

    Items of equal confidence count in random order, on average over all orders, so that nothing
    hangs on the order in which they come.

    Parameters
    ----------
    sure : array_like, shape [n_items]
        Confidence; items are taken from the highest down.
    risk : array_like, shape [n_items]
    weights : array_like of whole numbers, shape [n_items, n_resamples], optional
        How often each item counts; by default once.

    Returns
    -------
    numpy.ndarray, shape [n_resamples]
        One entry without weights. Lower is better; equal confidences throughout give the mean risk.

    Raises
    ------
    ValueError
        If the arrays are misshapen or hold what is not a finite number, or a resample is empty.

    References
    ----------
    Geifman, Uziel and El-Yaniv (2019), "Bias-reduced uncertainty estimation for deep neural
    classifiers", ICLR, section 3; the curve is that of El-Yaniv and Wiener (2010).
    """
    ends, sums = _blocks(sure, risk, weights)
    total = ends[-1].round().astype(np.int64)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, total.max() + 1))])
    at = harmonic[ends.round().astype(np.int64)]
    size, cost = np.diff(ends, axis=0), np.diff(sums, axis=0)
    mean = np.divide(cost, size, out=np.zeros_like(cost), where=size > 0)
    # Within a block of equals the summed risk of the k surest is sums + (k - ends) * mean; divide by k and add up.
    area = (sums[:-1] - ends[:-1] * mean) * np.diff(at, axis=0) + cost
    return area.sum(axis=0) / total


def curve(sure: ArrayLike, risk: ArrayLike, coverage: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean risk of the surest items at given coverages, ties as in `aurc`.

    Parameters
    ----------
    coverage : array_like, shape [n_points]
        Shares of the items that are answered, above 0 up to 1; rounded up to whole items.
    sure, risk, weights
        As in `aurc`.

    Returns
    -------
    numpy.ndarray, shape [n_points, n_resamples]

    Raises
    ------
    ValueError
        If a share is out of range, or as `aurc` does.
    """
    shares = np.asarray(coverage, dtype=np.float64)
    if shares.ndim != 1 or not ((shares > 0) & (shares <= 1)).all():
        raise ValueError("coverage must hold shares of the items above 0 and up to 1.")
    ends, sums = _blocks(sure, risk, weights)
    points = np.ceil(np.round(shares[:, None] * ends[-1], 9))
    inside = [np.interp(k, end, part) for k, end, part in zip(points.T, ends.T, sums.T, strict=True)]
    return np.stack(inside, axis=1) / points


class Area(NamedTuple):
    """How well a model knows where it errs, shape [n_resamples] each.

    `risk` is what it pays if it answers everything, `aurc` on average over coverages, `best` what the
    order of the risks themselves would give the same predictions, `excess` = aurc - best. `reached` is
    the share (risk - aurc) / (risk - best) of what passing could save: 0 for a random order, 1 for the
    best; NaN where nothing can be saved. Unlike the areas it does not fall just because a model errs less.
    """

    risk: Floats
    aurc: Floats
    best: Floats
    excess: Floats
    reached: Floats


def area(sure: ArrayLike, risk: ArrayLike, weights: ArrayLike | None = None) -> Area:
    """Area under the risk-coverage curve beside the best that an order could give; arguments as in `aurc`."""
    own, best = aurc(sure, risk, weights), aurc(-np.asarray(risk), risk, weights)
    whole = aurc(np.zeros(len(np.asarray(risk))), risk, weights)
    room = whole - best
    # Rounding alone may leave room where every item costs the same.
    some = room > 1e-12
    reached = np.where(some, (whole - own) / np.where(some, room, 1.0), np.nan)
    return Area(whole, own, best, own - best, reached)


def _blocks(sure: ArrayLike, risk: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Items and summed risk up to the end of each block of equal confidence, surest first.

    Both of shape [n_blocks + 1, n_resamples], beginning with zeros.
    """
    first, cost = np.asarray(sure, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    number = np.ones((cost.size, 1)) if weights is None else np.asarray(weights, dtype=np.float64)
    if first.ndim != 1 or not first.size or cost.shape != first.shape or number.shape[:1] != first.shape:
        raise ValueError(
            f"confidence has shape {first.shape}, risk {cost.shape}, weights {number.shape}; give one number an item "
            "of each, and weights [n_items, n_resamples]."
        )
    if number.ndim != 2 or not all(np.isfinite(part).all() for part in (first, cost, number)):
        raise ValueError(
            "confidence, risk and weights must be finite numbers, weights [n_items, n_resamples]."
        )
    if not (number.sum(axis=0) > 0).all():
        raise ValueError("weights leave a resample without any item; give each resample one or more.")
    order = np.argsort(-first, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(first[order]) != 0]))
    ends = np.cumsum(np.add.reduceat(number[order], starts), axis=0)
    sums = np.cumsum(np.add.reduceat(number[order] * cost[order, None], starts), axis=0)
    zero = np.zeros((1, number.shape[1]))
    return np.concatenate([zero, ends]), np.concatenate([zero, sums])


# ---------------------------------------------------------------- of both arms, with intervals


def passing(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """Selective prediction of both arms: areas under risk-coverage curves, and the curves.

    Parameters
    ----------
    log_p : mapping of arm to array_like, shape [n_seeds, n_items, n_classes]
        Natural-log probabilities.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    groups : array_like, shape [n_items]
    n_resamples : int

    Returns
    -------
    dict
        `areas`: confidence -> risk -> `arms` (arm -> field of `Area` -> value, low, high) and
        `differences` (soft less hard). `coverage`, shape [n_points], and `curves`: risk -> arm -> `risk`
        [n_points, 3] with value, low, high, and `best` [n_points], for the probability as confidence.
    """
    known = {arm: np.asarray(values) for arm, values in log_p.items()}
    costs = {arm: [risks(one, counts) for one in seeds] for arm, seeds in known.items()}
    sure = {
        kind: {arm: [confidence(one, kind) for one in seeds] for arm, seeds in known.items()}
        for kind in CONFIDENCES
    }

    def measured(kind: str, risk: str, measure: Measure) -> Bootstrap:
        cost = {arm: [getattr(one, risk) for one in each] for arm, each in costs.items()}
        draws = _draws(groups, len(next(iter(known.values()))), n_resamples)
        return statistics.resample(lambda weights: _of_seeds(measure, sure[kind], cost, weights), draws)

    def best(risk: str, arm: str) -> list[float]:
        each = [getattr(one, risk) for one in costs[arm]]
        return np.mean([curve(-cost, cost, COVERAGE)[:, 0] for cost in each], axis=0).tolist()

    areas = {
        kind: {risk: _areas(measured(kind, risk, _area)) for risk in Risks._fields} for kind in CONFIDENCES
    }
    curves = {risk: measured("probability", risk, _points) for risk in Risks._fields}
    return {
        "areas": areas,
        "coverage": COVERAGE.tolist(),
        "curves": {
            risk: {arm: {"risk": _ends(boot, arm), "best": best(risk, arm)} for arm in known}
            for risk, boot in curves.items()
        },
    }


def _draws(groups: ArrayLike, n_seeds: int, n_resamples: int) -> statistics.Draws:
    """Groups, and from five on seeds, from the stream of random numbers that the record was drawn with."""
    return statistics.draw_groups(groups, n_seeds, n_resamples, drawing=statistics.by_number)


def _of_seeds(
    measure: Measure,
    sure: Mapping[str, list[Floats]],
    costs: Mapping[str, list[Floats]],
    weights: Floats,
) -> dict[str, dict[str, Floats]]:
    """A measure of confidence and cost, seed by seed: arm -> measure -> [n_seeds, n_weightings]."""
    found = {}
    for arm, seeds in sure.items():
        each = [measure(one, cost, weights) for one, cost in zip(seeds, costs[arm], strict=True)]
        found[arm] = {key: np.stack([values[key] for values in each]) for key in each[0]}
    return found


def _area(sure: Floats, cost: Floats, weights: Floats) -> dict[str, Floats]:
    return area(sure, cost, weights)._asdict()


def _points(sure: Floats, cost: Floats, weights: Floats) -> dict[str, Floats]:
    """Points of a risk-coverage curve by their number."""
    return {str(i): point for i, point in enumerate(curve(sure, cost, COVERAGE, weights))}


def _areas(boot: Bootstrap) -> dict[str, Any]:
    """One risk's areas of every arm, and soft less hard."""
    fields = Area._fields
    return {
        "arms": {
            arm: {field: boot.interval(arm, field).plain() for field in fields} for arm in boot.estimate
        },
        "differences": {field: boot.difference(field, "soft", "hard").plain() for field in fields},
    }


def _ends(boot: Bootstrap, arm: str) -> list[list[float]]:
    """Value, low and high of every measure of an arm."""
    found = [boot.interval(arm, key) for key in boot.estimate[arm]]
    return [[one.value, one.low, one.high] for one in found]
