"""Metrics: how far predicted distributions are from the votes.

Entropy and KL are in nats, and KL is KL(p_human || p_model).
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, rel_entr
from scipy.stats import NearConstantInputWarning, pearsonr, rankdata

from softlabel_core.votes import Floats, check_counts, check_distribution, entropy

N_BINS = 15  # of the calibration error, as in Guo et al. (2017)


class Metric(NamedTuple):
    """How a table or an axis names a number."""

    title: str
    unit: str
    better: str | None


METRICS: dict[str, Metric] = {
    "kl": Metric("KL divergence from the votes", "nats", "lower"),
    "js_distance": Metric("Jensen-Shannon distance", "", "lower"),
    "total_variation": Metric("total variation distance", "", "lower"),
    "entropy_error": Metric("absolute error of the entropy", "nats", "lower"),
    "entropy_bias": Metric("model entropy minus human entropy", "nats", None),
    "entropy_pearson": Metric("Pearson correlation of the entropies", "", "higher"),
    "entropy_spearman": Metric("Spearman correlation of the entropies", "", "higher"),
    "accuracy": Metric("accuracy against the majority vote", "", "higher"),
    "accuracy_gold": Metric("accuracy against the gold label", "", "higher"),
    "nll": Metric("negative log-likelihood of a vote", "nats", "lower"),
    "brier": Metric("squared distance from the votes", "", "lower"),
    "ece": Metric("calibration error against the majority vote", "", "lower"),
    "wasserstein": Metric("Wasserstein distance", "scale steps", "lower"),
}
"""What `evaluate` returns: key -> plain title, unit (or empty), better direction (None if neither)."""

ITEM_QUANTITIES: dict[str, Metric] = {
    "entropy_human": Metric("human entropy", "nats", None),
    "entropy_model": Metric("model entropy", "nats", None),
    "confidence": Metric("probability of the predicted class", "", None),
}
"""What `per_item` returns besides its metrics, named in the same way."""


def check_log_probabilities(log_p: ArrayLike, name: str = "log_p", clip: float | None = None) -> Floats:
    """Return log-probabilities as float64 that sum to one exactly, or say which row cannot.

    Rows may miss one by 0.002, which is what storing them as float16 costs;
    that rest is divided out. More is an error.

    Parameters
    ----------
    log_p : array_like, shape [..., n_classes]
        Natural-log probabilities; minus infinity stands for a probability of zero.
    name : str
        What to call the array in an error message.
    clip : float, optional
        Raise smaller probabilities to this one, then divide by the sum.

    Raises
    ------
    ValueError
        If a row, exponentiated, is not a distribution, or `clip` is not
        between 0 and 1 / n_classes.
    """
    try:
        array = np.asarray(log_p, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is not an array of numbers; give every item one number per class."
        ) from error
    with np.errstate(over="ignore"):
        check_distribution(np.exp(array), f"exp({name})", tolerance=2e-3)
    array = array - _log_total(array)
    if clip is None:
        return array
    if not 0 < clip < 1 / array.shape[-1]:
        raise ValueError(
            f"clip is {clip}; it must lie between 0 and 1 / n_classes = {1 / array.shape[-1]:.3g}."
        )
    array = np.maximum(array, np.log(clip))
    return array - _log_total(array)


def _log_total(log_p: Floats) -> Floats:
    """Log of each row's sum, the same number for every order of the classes (so that ties stay ties)."""
    return logsumexp(np.sort(log_p, axis=-1), axis=-1, keepdims=True)


def check_gold(gold: ArrayLike, n_items: int, n_classes: int) -> NDArray[np.int64]:
    """Return gold labels as integers, or say which one is not a class.

    Raises
    ------
    ValueError
        If the shape is not [n_items] or a label is not in 0 .. n_classes - 1.
    """
    array = np.asarray(gold)
    if array.shape != (n_items,) or array.dtype.kind not in "iu":
        raise ValueError(
            f"gold has shape {array.shape} of {array.dtype}; "
            f"give one integer class for each of the {n_items} items."
        )
    bad = np.flatnonzero((array < 0) | (array >= n_classes))
    if bad.size:
        raise ValueError(f"gold row {bad[0]} is {array[bad[0]]}; classes run from 0 to {n_classes - 1}.")
    return array.astype(np.int64)


def per_item(
    log_p: ArrayLike,
    counts: ArrayLike,
    clip: float | None = None,
    *,
    gold: ArrayLike | None = None,
    ordinal: bool = False,
    name: str = "log_p",
) -> dict[str, Floats]:
    """Every metric that has a value for a single item.

    Parameters
    ----------
    log_p : array_like, shape [n_items, n_classes]
        Predicted natural-log probabilities.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    clip : float, optional
        Smallest probability: smaller ones are raised to it and the row is
        divided by its sum. 1e-15 matches the reference code of ChaosNLI (Nie
        et al., 2020). Without it a zero where humans voted costs infinitely much.
    gold : array_like of int, shape [n_items], optional
        The data set's own labels; adds `accuracy_gold`.
    ordinal : bool
        Whether the classes are the steps of a scale; adds `wasserstein`.
    name : str
        What to call `log_p` in an error message.

    Returns
    -------
    dict of str to numpy.ndarray, shape [n_items]
        kl, entropy_error, entropy_bias, entropy_model, entropy_human and nll
        in nats; js_distance (square root of the divergence, natural log);
        total_variation (half the absolute difference; DistCE of Baan et al.,
        2022); brier (sum of squared differences from p_human); accuracy (a
        prediction inside an m-way tie scores 1/m, and a model that ties
        between classes scores their mean); confidence (largest probability);
        wasserstein in scale steps.

    Raises
    ------
    ValueError
        If the arrays are misshapen or a row is no distribution.
    """
    votes = check_counts(counts)
    log_q = check_log_probabilities(log_p, name, clip)
    if log_q.shape != votes.shape:
        raise ValueError(
            f"{name} has shape {log_q.shape} and counts {votes.shape}; both must be [n_items, n_classes] "
            "of the same items and classes."
        )
    p, q = votes / votes.sum(axis=1, keepdims=True), np.exp(log_q)
    human, model = entropy(p), entropy(q)
    nll = (p * np.where(votes > 0, -log_q, 0.0)).sum(axis=1)
    chosen = _shares(log_q == log_q.max(axis=1, keepdims=True))
    columns = {
        "kl": np.maximum(nll - human, 0.0),  # rounding alone could make it negative
        "js_distance": js_distance(p, q),
        "total_variation": total_variation(p, q),
        "entropy_error": np.abs(model - human),
        "entropy_bias": model - human,
        "accuracy": (chosen * _shares(votes == votes.max(axis=1, keepdims=True))).sum(axis=1),
        "nll": nll,
        "brier": ((p - q) ** 2).sum(axis=1),
        "entropy_model": model,
        "entropy_human": human,
        "confidence": q.max(axis=1),
    }
    if gold is not None:
        columns["accuracy_gold"] = chosen[np.arange(len(votes)), check_gold(gold, *votes.shape)]
    if ordinal:
        columns["wasserstein"] = np.abs(np.cumsum(p - q, axis=1)[:, :-1]).sum(axis=1)
    return columns


def _shares(marked: NDArray[np.bool_]) -> Floats:
    """Spread one unit evenly over the marked classes of each row."""
    return marked / marked.sum(axis=1, keepdims=True)


def kl(p: ArrayLike, q: ArrayLike) -> Floats:
    """KL(p || q) of distributions over the last axis, nats.

    Parameters
    ----------
    p, q : array_like of float, shapes that broadcast to [..., n_classes]
        Distributions over the same classes.

    Returns
    -------
    numpy.ndarray of float64, shape [...]
        Infinite where q is zero and p is not; a class with p = 0 adds nothing.
    """
    # Of equal distributions the sum may come out as -1e-17.
    return np.maximum(rel_entr(np.asarray(p, np.float64), np.asarray(q, np.float64)).sum(axis=-1), 0.0)


def js_distance(p: ArrayLike, q: ArrayLike) -> Floats:
    """Square root of the Jensen-Shannon divergence (Lin, 1991) over the last axis, natural log.

    `scipy.spatial.distance.jensenshannon` gives NaN for rows that are equal up
    to rounding, where the divergence comes out as about -1e-17.

    Parameters
    ----------
    p, q : array_like of float, shapes that broadcast to [..., n_classes]
        Distributions over the same classes.

    Returns
    -------
    numpy.ndarray of float64, shape [...]
        Between 0 and the square root of log 2.
    """
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    middle = (p + q) / 2
    divergence = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / 2
    return np.sqrt(np.maximum(divergence, 0.0))


def total_variation(p: ArrayLike, q: ArrayLike) -> Floats:
    """Half the sum of absolute differences over the last axis (DistCE of Baan et al., 2022).

    Parameters
    ----------
    p, q : array_like of float, shapes that broadcast to [..., n_classes]
        Distributions over the same classes.

    Returns
    -------
    numpy.ndarray of float64, shape [...]
        Between 0 and 1.
    """
    return np.abs(np.asarray(p, np.float64) - np.asarray(q, np.float64)).sum(axis=-1) / 2


def evaluate(
    p_model: ArrayLike | None,
    counts: ArrayLike,
    gold: ArrayLike | None = None,
    *,
    log_p: ArrayLike | None = None,
    clip: float | None = None,
    ordinal: bool = False,
) -> dict[str, float]:
    """Every metric of one set of predictions.

    Parameters
    ----------
    p_model : array_like, shape [n_items, n_classes], or None
        Predicted distributions; None if `log_p` is given.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    gold : array_like of int, shape [n_items], optional
        The data set's own labels.
    log_p : array_like, shape [n_items, n_classes], optional
        Natural-log probabilities. They are used instead of `p_model`, because
        a probability that is zero in floating point still has a logarithm.
    clip, ordinal
        See `per_item`.

    Returns
    -------
    dict of str to float
        The keys of `METRICS`, means over items where an item has a value of its
        own; `accuracy_gold` only with `gold`, `wasserstein` only if `ordinal`.
        The entropy correlations are NaN if either side is constant. A perfect
        model does not reach an `ece` of 0 (Baan et al., 2022): against the
        majority it is overcautious wherever annotators disagree.

    Raises
    ------
    ValueError
        If the arrays are misshapen, a row is no distribution, or `p_model` and
        `log_p` are different predictions.
    """
    columns = per_item(_one_prediction(p_model, log_p), counts, clip, gold=gold, ordinal=ordinal)
    values = {key: float(column.mean()) for key, column in columns.items() if key in METRICS}
    model, human = columns["entropy_model"], columns["entropy_human"]
    values["entropy_pearson"] = _correlation(model, human)
    values["entropy_spearman"] = _correlation(rankdata(model), rankdata(human))
    values["ece"] = float(np.abs(calibration_gaps(columns).sum(axis=0)).sum() / len(model))
    return {key: values[key] for key in METRICS if key in values}


def _one_prediction(p_model: ArrayLike | None, log_p: ArrayLike | None) -> ArrayLike:
    """Log-probabilities from whichever of the two was given."""
    if p_model is None and log_p is None:
        raise ValueError("no predictions given; pass p_model or log_p.")
    if p_model is None:
        assert log_p is not None
        return log_p
    p = check_distribution(p_model, "p_model")
    if log_p is None:
        with np.errstate(divide="ignore"):
            return np.log(p)
    same = np.exp(check_log_probabilities(log_p))
    if same.shape != p.shape or np.abs(same - p).max() > 5e-3:
        raise ValueError("p_model and log_p are different predictions; pass one of them.")
    return log_p


def _correlation(a: Floats, b: Floats) -> float:
    """Pearson correlation, NaN if either side is constant."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NearConstantInputWarning)
        return float(pearsonr(a, b).statistic)


def calibration_gaps(columns: dict[str, Floats]) -> Floats:
    """Accuracy minus confidence of each item, in the column of its confidence bin.

    Parameters
    ----------
    columns : dict
        What `per_item` returned.

    Returns
    -------
    numpy.ndarray, shape [n_items, 15]
        Zero but for one entry a row. The expected calibration error of any
        weighting of the items is the sum of the absolute weighted column sums
        over the sum of the weights (Guo et al., 2017, eq. 3; bins of equal
        width, open on the left).
    """
    confidence = columns["confidence"]
    bins = np.digitize(confidence, np.linspace(0, 1, N_BINS + 1)[1:-1], right=True)
    gaps = np.zeros((len(confidence), N_BINS))
    gaps[np.arange(len(confidence)), bins] = columns["accuracy"] - confidence
    return gaps
