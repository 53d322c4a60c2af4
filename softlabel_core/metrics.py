"""Metrics: how far predicted distributions are from the votes, one row a metric.

Entropy and KL are in nats, and KL is KL(p_human || p_model). A new metric is one function here and one row of
`METRICS`: it then has its value for each item, its intervals, and its column in every table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, rel_entr

from softlabel_core import weighting
from softlabel_core.votes import Counts, Floats, check_counts, check_distribution, entropy
from softlabel_core.weighting import Values, Weighting

N_BINS = 15  # of the calibration error, as in Guo et al. (2017)


# ---------------------------------------------------------------- what they are functions of


@dataclass(frozen=True, eq=False)
class Crowd:
    """What predictions are held against: the votes, and what the data set knows besides.

    Attributes
    ----------
    counts : numpy.ndarray, shape [n_items, n_classes]
    gold : numpy.ndarray of int, shape [n_items], or None
        The data set's own labels.
    ordinal : bool
        Whether the classes are the steps of a scale.
    """

    counts: Counts
    gold: NDArray[np.int64] | None = None
    ordinal: bool = False

    @classmethod
    def of(cls, counts: ArrayLike, gold: ArrayLike | None = None, *, ordinal: bool = False) -> Crowd:
        """The votes, checked; raises as `votes.check_counts` and `check_gold` do."""
        checked = check_counts(counts)
        return cls(checked, None if gold is None else check_gold(gold, *checked.shape), ordinal)

    @cached_property
    def p(self) -> Floats:
        """Annotation distributions, shape [n_items, n_classes]."""
        return self.counts / self.counts.sum(axis=1, keepdims=True)

    @cached_property
    def entropy(self) -> Floats:
        """Human entropy, nats, shape [n_items]."""
        return entropy(self.p)

    @cached_property
    def entropies(self) -> Values:
        """Human entropy, made ready for correlations."""
        return Values(self.entropy)

    def has(self, need: str | None) -> bool:
        """Whether there is what a metric needs: "gold" labels, an "ordinal" scale, or None."""
        return {None: True, "gold": self.gold is not None, "ordinal": self.ordinal}[need]


@dataclass(frozen=True, eq=False)
class Prediction:
    """One prediction of all items beside the crowd's votes: what every metric is a function of.

    Attributes
    ----------
    crowd : Crowd
    log_q : numpy.ndarray, shape [n_items, n_classes]
        Natural-log probabilities.
    """

    crowd: Crowd
    log_q: Floats

    @classmethod
    def of(cls, log_p: ArrayLike, crowd: Crowd, clip: float | None = None, name: str = "log_p") -> Prediction:
        """Log-probabilities, checked; raises as `check_log_probabilities` does, or if the shapes differ."""
        log_q = check_log_probabilities(log_p, name, clip)
        if log_q.shape != crowd.counts.shape:
            raise ValueError(
                f"{name} has shape {log_q.shape} and counts {crowd.counts.shape}; both must be [n_items, n_classes] "
                "of the same items and classes."
            )
        return cls(crowd, log_q)

    @cached_property
    def q(self) -> Floats:
        """Predicted distributions, shape [n_items, n_classes]."""
        return np.exp(self.log_q)

    @cached_property
    def entropy(self) -> Floats:
        """Model entropy, nats, shape [n_items]."""
        return entropy(self.q)

    @cached_property
    def entropies(self) -> Values:
        """Model entropy, made ready for correlations."""
        return Values(self.entropy)

    @cached_property
    def chosen(self) -> Floats:
        """One unit an item, spread evenly over its most probable classes, shape [n_items, n_classes]."""
        return _shares(self.log_q == self.log_q.max(axis=1, keepdims=True))

    @property
    def confidence(self) -> Floats:
        """Largest probability, shape [n_items]."""
        return self.q.max(axis=1)


def _shares(marked: NDArray[np.bool_]) -> Floats:
    """Spread one unit evenly over the marked classes of each row."""
    return marked / marked.sum(axis=1, keepdims=True)


# ---------------------------------------------------------------- of distributions


def cross_entropy(p: ArrayLike, log_q: ArrayLike) -> Floats:
    """Cross-entropy of log q with p over the last axis, nats; infinite where q gives no chance to what p has."""
    weights = np.asarray(p, dtype=np.float64)
    return (weights * np.where(weights > 0, -np.asarray(log_q, dtype=np.float64), 0.0)).sum(axis=-1)


def kl(p: ArrayLike, q: ArrayLike | None = None, *, log_q: ArrayLike | None = None) -> Floats:
    """KL(p || q) of distributions over the last axis, nats.

    Parameters
    ----------
    p, q : array_like of float, shapes that broadcast to [..., n_classes]
        Distributions over the same classes.
    log_q : array_like of float, optional
        Natural logarithms of q instead of it: they reach further than probabilities do.

    Returns
    -------
    numpy.ndarray of float64, shape [...]
        Infinite where q is zero and p is not; a class with p = 0 adds nothing.
    """
    known = np.asarray(p, np.float64)
    if log_q is None:
        divergence = rel_entr(known, np.asarray(q, np.float64)).sum(axis=-1)
    else:
        divergence = cross_entropy(known, log_q) - entropy(known)
    return np.maximum(divergence, 0.0)  # of equal distributions it may come out as -1e-17


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


# ---------------------------------------------------------------- of items, and of the whole set


def _accuracy(x: Prediction) -> Floats:
    """1/m inside an m-way tie of the votes; a model that ties between classes scores their mean."""
    counts = x.crowd.counts
    return (x.chosen * _shares(counts == counts.max(axis=1, keepdims=True))).sum(axis=1)


def _accuracy_gold(x: Prediction) -> Floats:
    return x.chosen[np.arange(len(x.chosen)), x.crowd.gold]


def _wasserstein(x: Prediction) -> Floats:
    return np.abs(np.cumsum(x.crowd.p - x.q, axis=1)[:, :-1]).sum(axis=1)


OfSet = Callable[[Weighting], Floats]


def _entropy_pearson(x: Prediction) -> OfSet:
    model, human = x.entropies, x.crowd.entropies
    return lambda weights: weighting.pearson(model, human, weights)


def _entropy_spearman(x: Prediction) -> OfSet:
    model, human = x.entropies, x.crowd.entropies
    return lambda weights: weighting.spearman(model, human, weights)


def _ece(x: Prediction) -> OfSet:
    """Expected calibration error (Guo et al., 2017, eq. 3): bins of equal width, open on the left."""
    confidence = x.confidence
    bins = np.digitize(confidence, np.linspace(0, 1, N_BINS + 1)[1:-1], right=True)
    gaps = np.zeros((len(confidence), N_BINS))  # accuracy less confidence, in the column of the item's bin
    gaps[np.arange(len(confidence)), bins] = _accuracy(x) - confidence
    return lambda weights: np.abs(weights.mean(gaps)).sum(axis=0)


# ---------------------------------------------------------------- the rows


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes
    ----------
    title, short : str
        How an axis names it, and how a table does.
    unit : str
        Empty where there is none.
    better : {"lower", "higher"} or None
    of_items : callable or None
        From a prediction to one value an item, whose mean is the metric.
    of_set : callable or None
        For what no single item has: from a prediction to a function of any weighting of the items.
    limit : {"floor", "ceiling"} or None
        What is known of a perfect model against finitely many votes, see `statistics.limits`.
    in_tables : bool
    needs : {"gold", "ordinal"} or None
        What a data set must have for it.
    """

    title: str
    short: str
    unit: str
    better: str | None
    of_items: Callable[[Prediction], Floats] | None = None
    of_set: Callable[[Prediction], OfSet] | None = None
    limit: str | None = None
    in_tables: bool = True
    needs: str | None = None

    @property
    def named(self) -> tuple[str, str, str | None]:
        """Title, unit and better direction, which is all that an axis says."""
        return self.title, self.unit, self.better


METRICS: dict[str, Metric] = {
    "kl": Metric("KL divergence from the votes", "KL", "nats", "lower",
                 lambda x: kl(x.crowd.p, log_q=x.log_q), limit="floor"),
    # Of KL and its floor, see `statistics.with_excess`.
    "excess_kl": Metric("KL divergence above its floor", "KL − floor", "nats", "lower"),
    "js_distance": Metric("Jensen-Shannon distance", "JS distance", "", "lower",
                          lambda x: js_distance(x.crowd.p, x.q), limit="floor"),
    "total_variation": Metric("total variation distance", "TV", "", "lower",
                              lambda x: total_variation(x.crowd.p, x.q), limit="floor"),
    "entropy_error": Metric("absolute error of the entropy", "|ΔH|", "nats", "lower",
                            lambda x: np.abs(x.entropy - x.crowd.entropy), limit="floor"),
    "entropy_bias": Metric("model entropy minus human entropy", "ΔH", "nats", None,
                           lambda x: x.entropy - x.crowd.entropy, limit="floor", in_tables=False),
    "entropy_pearson": Metric("Pearson correlation of the entropies", "r(H)", "", "higher",
                              of_set=_entropy_pearson, limit="ceiling"),
    "entropy_spearman": Metric("Spearman correlation of the entropies", "ρ(H)", "", "higher",
                               of_set=_entropy_spearman, limit="ceiling"),
    "accuracy": Metric("accuracy against the majority vote", "accuracy", "", "higher", _accuracy),
    "accuracy_gold": Metric("accuracy against the gold label", "acc. (gold)", "", "higher",
                            _accuracy_gold, needs="gold"),
    "nll": Metric("negative log-likelihood of a vote", "NLL", "nats", "lower",
                  lambda x: cross_entropy(x.crowd.p, x.log_q)),
    "brier": Metric("squared distance from the votes", "Brier", "", "lower",
                    lambda x: ((x.crowd.p - x.q) ** 2).sum(axis=1), in_tables=False),
    "ece": Metric("calibration error against the majority vote", "ECE", "", "lower", of_set=_ece),
    "wasserstein": Metric("Wasserstein distance", "W₁", "scale steps", "lower",
                          _wasserstein, limit="floor", needs="ordinal"),
}  # fmt: skip
"""Every metric by its key, in the order of tables."""


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


# ---------------------------------------------------------------- all of them


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
        Those of `METRICS` that an item has, and what they are made of: `entropy_model` and
        `entropy_human` in nats, `confidence` (largest probability). Accuracy: a prediction
        inside an m-way tie scores 1/m, and a model that ties between classes scores their mean.

    Raises
    ------
    ValueError
        If the arrays are misshapen or a row is no distribution.
    """
    x = Prediction.of(log_p, Crowd.of(counts, gold, ordinal=ordinal), clip, name)
    return of_items(x) | {
        "entropy_model": x.entropy,
        "entropy_human": x.crowd.entropy,
        "confidence": x.confidence,
    }


def of_items(x: Prediction, keys: Collection[str] | None = None) -> dict[str, Floats]:
    """Every metric that has a value for a single item, or some of them, shape [n_items] each, in order."""
    return {
        key: metric.of_items(x)
        for key, metric in METRICS.items()
        if metric.of_items and x.crowd.has(metric.needs) and (keys is None or key in keys)
    }


def of_set(x: Prediction) -> dict[str, OfSet]:
    """Every metric that only a set of items has, as a function of a weighting of the items."""
    return {
        key: metric.of_set(x)
        for key, metric in METRICS.items()
        if metric.of_set and x.crowd.has(metric.needs)
    }


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
    x = Prediction.of(_one_prediction(p_model, log_p), Crowd.of(counts, gold, ordinal=ordinal), clip)
    values = {key: float(column.mean()) for key, column in of_items(x).items()}
    once = Weighting.once(len(x.log_q))
    values |= {key: float(value(once)[0]) for key, value in of_set(x).items()}
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
