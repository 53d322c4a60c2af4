"""Calibration: what happens after training, fitted on validation items and applied to test items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, logsumexp

from softlabel_core import votes
from softlabel_core.metrics import check_log_probabilities
from softlabel_core.votes import Floats

COLDEST, HOTTEST = 0.02, 50.0  # temperatures that are tried


@dataclass(frozen=True)
class Temperature:
    """A temperature that predictions are divided by; called with predictions, it does so.

    Attributes
    ----------
    value : float
        Above 1 it flattens predictions, below 1 it sharpens them.
    nll : float
        What it was fitted for: cross-entropy on the validation items, nats an item.
    at_edge : bool
        Whether it ended at the coldest or hottest temperature tried, so that the best one lies
        beyond: where all validation labels are predicted, surer is always better.
    """

    value: float
    nll: float
    at_edge: bool

    def __call__(self, log_p: ArrayLike) -> Floats:
        """Predictions at this temperature: softmax(log_p / T), as log-probabilities of the same shape.

        A class that was at least as probable as another one still is.

        Parameters
        ----------
        log_p : array_like, shape [..., n_classes]
            Natural-log probabilities.

        Raises
        ------
        ValueError
            If a row is no distribution.
        """
        return log_softmax(check_log_probabilities(log_p) / self.value, axis=-1)


def on_majority(log_p: ArrayLike, counts: ArrayLike) -> Temperature:
    """The temperature of lowest cross-entropy with the majority votes of the validation items.

    What a user of hard labels can do (Guo et al., 2017, "On calibration of modern neural networks",
    section 4.2). A tie counts as its mean over the tied classes, which is what breaking it at random
    comes to on average.

    Parameters
    ----------
    log_p : array_like, shape [n_items, n_classes]
        Natural-log probabilities predicted for the validation items.
    counts : array_like, shape [n_items, n_classes]
        Their votes.

    Raises
    ------
    ValueError
        If the arrays are misshapen, a row is no distribution, or a class that is right has a
        probability of zero.
    """
    tied = votes.tied(counts)
    return _fit(log_p, tied / tied.sum(axis=1, keepdims=True))


def on_votes(log_p: ArrayLike, counts: ArrayLike) -> Temperature:
    """The temperature of lowest cross-entropy with the annotation distributions of the validation items.

    Arguments and errors as in `on_majority`; every item counts alike, however many votes it has.
    """
    return _fit(log_p, votes.distribution(counts))


@dataclass(frozen=True, eq=False)
class VectorScaling:
    """A scale and a bias for each class; called with predictions, it applies them.

    Attributes
    ----------
    scale, bias : numpy.ndarray of float64, shape [n_classes]
        With equal scales 1 / T and no bias it is the temperature T.
    nll : float
        Cross-entropy on the items that it was fitted on, nats an item.
    """

    scale: Floats
    bias: Floats
    nll: float

    def __call__(self, log_p: ArrayLike) -> Floats:
        """Predictions as log-probabilities of the same shape: softmax(scale * log_p + bias).

        Parameters
        ----------
        log_p : array_like, shape [..., n_classes]
            Natural-log probabilities.

        Raises
        ------
        ValueError
            If a row is no distribution.
        """
        return log_softmax(self.scale * check_log_probabilities(log_p) + self.bias, axis=-1)


def on_votes_by_class(log_p: ArrayLike, counts: ArrayLike) -> VectorScaling:
    """The scales and biases of lowest cross-entropy with the annotation distributions of the validation items.

    Vector scaling (Guo et al., 2017, section 4.2), of log-probabilities because records hold no logits, with a
    small penalty: to the sum of the items' cross-entropies comes half the sum of squares of all biases and of the
    scales' distances from their mean, which is a normal prior of spread 1 on each. So the few items decide how far
    classes are treated apart, while the scale that they share, which is one temperature, is as free as in
    `on_votes`. The loss is convex.

    Arguments and errors as in `on_majority`.
    """
    checked, target = _matching(log_p, votes.distribution(counts))
    n_items, n_classes = checked.shape
    finite = np.where(np.isneginf(checked), np.log(np.finfo(np.float64).tiny), checked)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scale, bias = parameters[:n_classes], parameters[n_classes:]
        scaled = log_softmax(scale * finite + bias, axis=1)
        apart, wrong = scale - scale.mean(), np.exp(scaled) - target
        value = -(target * scaled).sum() + 0.5 * (apart @ apart + bias @ bias)
        slope = np.concatenate([(wrong * finite).sum(axis=0) + apart, wrong.sum(axis=0) + bias])
        return float(value) / n_items, slope / n_items

    ends = [(1 / HOTTEST, 1 / COLDEST)] * n_classes + [(None, None)] * n_classes
    start = np.concatenate([np.full(n_classes, 1 / _fit(checked, target).value), np.zeros(n_classes)])
    options = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=ends, options=options).x
    scaled = log_softmax(best[:n_classes] * finite + best[n_classes:], axis=1)
    nll = float(-(target * scaled).sum(axis=1).mean())
    return VectorScaling(best[:n_classes], best[n_classes:], nll)


def _matching(log_p: ArrayLike, target: Floats) -> tuple[Floats, Floats]:
    """Log-probabilities that sum to one exactly, and targets of the same items that can be reached from them."""
    checked = check_log_probabilities(log_p)
    if checked.shape != target.shape:
        raise ValueError(
            f"log_p has shape {checked.shape} and counts {target.shape}; both must be [n_items, n_classes] "
            "of the same items and classes."
        )
    lost = np.flatnonzero(((target > 0) & np.isneginf(checked)).any(axis=1))
    if lost.size:
        raise ValueError(
            f"log_p row {lost[0]} gives a class that people chose a probability of zero ({lost.size} such row(s)), "
            "which no temperature changes; give log-probabilities that did not underflow."
        )
    return checked, target


def _fit(log_p: ArrayLike, target: Floats) -> Temperature:
    """The temperature of lowest cross-entropy with target distributions [n_items, n_classes]."""
    checked, target = _matching(log_p, target)

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(checked / np.exp(log_temperature), axis=1)
        return float(-(target * np.where(target > 0, scaled, 0.0)).sum(axis=1).mean())

    edges = np.log([COLDEST, HOTTEST])
    # Convex in 1 / T, so it falls and then rises in log T: what a bounded search finds is the lowest.
    found = float(minimize_scalar(loss, bounds=edges, method="bounded", options={"xatol": 1e-6}).x)
    # Of equals the first: 1 for predictions that cannot be bettered, an edge where the loss sinks to 0 before it.
    best = min([0.0, *edges, found], key=loss)
    return Temperature(float(np.exp(best)), loss(best), bool(np.abs(best - edges).min() < 1e-4))


def ensemble(log_p: ArrayLike) -> Floats:
    """Mean of the members' probabilities, as log-probabilities [n_items, n_classes].

    Parameters
    ----------
    log_p : array_like, shape [n_members, n_items, n_classes]
        Natural-log probabilities of models that differ in their seed only (Lakshminarayanan et al., 2017,
        "Simple and scalable predictive uncertainty estimation using deep ensembles").

    Raises
    ------
    ValueError
        If the array is misshapen, or a row is no distribution.
    """
    members = _check_members(log_p)
    return logsumexp(members, axis=0) - np.log(len(members))


class Uncertainty(NamedTuple):
    """Entropy of an ensemble's predictions and its two parts, nats, shape [n_items] each."""

    total: Floats
    aleatoric: Floats
    epistemic: Floats


def uncertainty(log_p: ArrayLike) -> Uncertainty:
    """Entropy of an ensemble's prediction, split into what its members see in the item and where they differ.

    total = H(mean p) is the sum of aleatoric = mean H(p), which more training data would leave, and
    epistemic = total - aleatoric, the mutual information between class and member (Depeweg et al., 2018,
    "Decomposition of uncertainty in Bayesian deep learning"). Human uncertainty is to be compared
    with either: the words say where a model's entropy comes from, not what people disagree about.

    Parameters
    ----------
    log_p : array_like, shape [n_members, n_items, n_classes]
        Natural-log probabilities. A single member has no epistemic part.

    Raises
    ------
    ValueError
        If the array is misshapen, or a row is no distribution.
    """
    members = _check_members(log_p)
    total = votes.entropy(np.exp(ensemble(members)))
    # Entropy is concave, so the mean cannot exceed the total; rounding could.
    aleatoric = np.minimum(votes.entropy(np.exp(members)).mean(axis=0), total)
    return Uncertainty(total, aleatoric, total - aleatoric)


def _check_members(log_p: ArrayLike) -> Floats:
    """Log-probabilities [n_members, n_items, n_classes] that sum to one exactly."""
    shape = np.shape(log_p)
    if len(shape) != 3 or 0 in shape:
        raise ValueError(
            f"log_p has shape {shape}; give the predictions of one member or more, [n_members, n_items, n_classes]."
        )
    return check_log_probabilities(log_p)


@dataclass(frozen=True)
class Rule:
    """What is done to predictions after training.

    Attributes
    ----------
    name, title : str
        In names such as "hard/temperature", and as tables write it.
    fit : callable or None
        For a seed's validation predictions and the votes: a function of its predictions. None where nothing is
        fitted and the predictions of all seeds become one, see `ensemble`.
    """

    name: str
    title: str
    fit: Callable[[ArrayLike, ArrayLike], Temperature] | None


_RULES = (
    Rule("temperature", "one temperature", on_majority),
    Rule("temperature-votes", "one temperature, from votes", on_votes),
    Rule("ensemble", "ensemble", None),
)
RULES = {rule.name: rule for rule in _RULES}
"""Every rule by its name, in the order of tables."""
