"""Halves: what one half of each item's votes says of the other half."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from softlabel_core import metrics, statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.votes import Counts, Floats

SCORES = ("kl", "wasserstein")
SHARPER = 1.5  # the power that probabilities are raised to where a prediction is made surer
PAIRS = {"hard": "class_shares", "neighbours": "dirichlet", "sharpened": "dirichlet"}


def entropies(counts: ArrayLike, seed: int = 0) -> tuple[Floats, Floats]:
    """Entropies of two random halves of each item's votes, nats, shape [n_items] both.

    Raises
    ------
    ValueError
        If an item has a single vote.
    """
    checked = votes.check_counts(counts)
    single = np.flatnonzero(checked.sum(axis=1) < 2)
    if single.size:
        raise ValueError(
            f"counts row {single[0]} has a single vote, which has no halves; leave such items out."
        )
    first, second = votes.halves(checked, np.random.default_rng(seed))
    return votes.entropy(votes.distribution(first)), votes.entropy(votes.distribution(second))


def predict(dataset: Dataset, seed: int = 0, n_resamples: int = statistics.N_OFTEN) -> dict[str, Any]:
    """Predict one half of each item's votes from the other half in five ways; score them by KL and Wasserstein-1.

    "class_shares" knows nothing of the item. "hard" is the majority of the first half, smoothed towards
    uniform; "dirichlet" its distribution, drawn towards the class shares; "neighbours" its distribution with
    a vote's weight spread over the scale, falling by one factor a step. The amount of smoothing is the one
    of lowest KL in hindsight, so that none loses for a poor choice of it. "sharpened" is "dirichlet" made surer.

    Parameters
    ----------
    dataset : Dataset
        On an ordinal scale.
    seed : int
        Of the halves and of ties.
    n_resamples : int
        Of the bootstrap of groups.

    Returns
    -------
    dict
        `scores` by predictor: `kl` in nats and `wasserstein` in scale steps, each with `value`, `low`, `high`.
        `changes`: the same for the pairs of `PAIRS`, first less second.

    Raises
    ------
    ValueError
        If the scale is not ordinal.
    """
    if not dataset.ordinal:
        raise ValueError(
            f"{dataset.name} is not ordinal, and Wasserstein-1 needs a scale; choose another data set."
        )
    rng = np.random.default_rng(seed)
    known, _ = votes.halves(dataset.counts, rng)
    held_back = dataset.counts - known
    log_p = _predictors(known, held_back, rng)
    boot = statistics.bootstrap(
        log_p, held_back, dataset.groups, n_resamples=n_resamples, seed=seed, ordinal=True
    )
    return {
        "scores": {arm: {key: boot.interval(arm, key).plain() for key in SCORES} for arm in log_p},
        "changes": {
            arm: {key: boot.difference(key, arm, reference).plain() for key in SCORES}
            for arm, reference in PAIRS.items()
        },
    }


def scores(counts: Sequence[int], predictions: Mapping[str, ArrayLike]) -> dict[str, dict[str, float]]:
    """How far predictions for one item on a scale are from its votes.

    Parameters
    ----------
    counts : sequence of int, shape [n_classes]
    predictions : mapping of title to array_like, shape [n_classes]

    Returns
    -------
    dict
        For each prediction `kl` in nats, infinite where a vote was ruled out, and `wasserstein` in scale steps.

    Raises
    ------
    ValueError
        If a prediction is no distribution.
    """
    found = {}
    for title, prediction in predictions.items():
        with np.errstate(divide="ignore"):
            log_p = np.log(votes.check_distribution(prediction))
        items = metrics.per_item(log_p[None], [counts], ordinal=True)
        found[title] = {key: float(items[key][0]) for key in SCORES}
    return found


def perfect_sharpened(counts: ArrayLike, seed: int = 0) -> dict[str, dict[str, float]]:
    """What a perfect model would score, and what it would score if it made itself surer.

    Each item's truth is drawn given its votes, and as many new votes as it has from the
    truth, as for the floors of `statistics.floors`.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Votes on a scale.
    seed : int

    Returns
    -------
    dict
        Mean `kl` in nats and `wasserstein` in scale steps, for "perfect" and "sharpened".
    """
    checked = votes.check_counts(counts)
    rng = np.random.default_rng(seed)
    truth = statistics.fit_mixture(checked).draw(checked, rng)
    new_votes = rng.multinomial(checked.sum(axis=1), truth)
    scores = {}
    for name, log_p in (("perfect", np.log(truth)), ("sharpened", _sharper(np.log(truth)))):
        items = metrics.per_item(log_p, new_votes, ordinal=True)
        scores[name] = {key: float(items[key].mean()) for key in SCORES}
    return scores


def _sharper(log_p: Floats) -> Floats:
    """Log-probabilities of a surer prediction: probabilities to the power of `SHARPER`, normalised."""
    return np.asarray(log_softmax(SHARPER * log_p, axis=1))


def _predictors(known: Counts, held_back: Counts, rng: np.random.Generator) -> dict[str, Floats]:
    """The predictions of `predict`, as natural-log probabilities, shape [n_items, n_classes] each."""
    n_classes = known.shape[1]
    shares = known.sum(axis=0) / known.sum()
    chosen = votes.hard_labels(known, rng)
    steps = np.abs(np.subtract.outer(np.arange(n_classes), np.arange(n_classes)))

    def hard(amount: float) -> Floats:
        return (1 - amount) * chosen + amount / n_classes

    def dirichlet(amount: float) -> Floats:
        return votes.smoothed(known, amount / (1 - amount) * shares)

    def neighbours(factor: float) -> Floats:
        spread = factor**steps
        return votes.distribution(known) @ (spread / spread.sum(axis=1, keepdims=True))

    p_held_back = votes.distribution(held_back)
    best = {"hard": hard, "dirichlet": dirichlet, "neighbours": neighbours}
    log_p = {name: np.log(_of_lowest_kl(predict, p_held_back)) for name, predict in best.items()}
    class_shares = np.log(np.broadcast_to(shares, known.shape))
    return {"class_shares": class_shares, **log_p, "sharpened": _sharper(log_p["dirichlet"])}


def _of_lowest_kl(predict: Callable[[float], Floats], p: Floats) -> Floats:
    """The prediction whose one amount of smoothing, between 0 and 1, has the lowest KL from p."""
    found = minimize_scalar(
        lambda amount: metrics.kl(p, predict(amount)).sum(), bounds=(1e-3, 1 - 1e-3), method="bounded"
    )
    return predict(float(found.x))
