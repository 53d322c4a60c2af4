"""Few votes: what N votes an item can tell, by drawing few votes from many and by holding some back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from softlabel_core import metrics, statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.votes import Counts, Floats

N_VOTES = (2, 3, 5, 7, 10, 20, 50)
EVEN = (4, 6, 8, 10, 14, 20, 30, 50)  # halves of an odd number leave a vote out, which lowers their ceiling
PSEUDO_VOTES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
HELD_BACK = 50  # votes an item that targets are measured against; drawing needs twice as many
SCORES = ("kl", "wasserstein")
SHARPER = 1.5  # the power that probabilities are raised to where a prediction is made surer
PAIRS = {"hard": "class_shares", "neighbours": "dirichlet", "sharpened": "dirichlet"}


# ---------------------------------------------------------------- one item's few votes


def entropy_estimates(counts: ArrayLike) -> dict[str, Floats]:
    """Three estimates of each item's entropy from its votes alone, nats.

    Returns
    -------
    dict of str to numpy.ndarray, shape [n_items]
        "human": the plug-in, the entropy of the annotation distribution.
        "miller_madow": see `votes.miller_madow`. "dirichlet": see
        `votes.posterior_entropy`, with the prior fitted to these same counts.
    """
    checked = votes.check_counts(counts)
    return {
        "human": votes.entropy(votes.distribution(checked)),
        "miller_madow": votes.miller_madow(checked),
        "dirichlet": votes.posterior_entropy(checked, statistics.dirichlet_multinomial(checked)),
    }


def target_distances(
    counts: ArrayLike, p: ArrayLike, rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """How far targets made of a few votes are from the distribution that they stand for.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        The few votes.
    p : array_like, shape [n_items, n_classes]
        The true distribution, or that of many other votes on the same items.
    rng : numpy.random.Generator
        Breaks the ties of majority votes.

    Returns
    -------
    dict of arm to dict
        For "hard" (the majority), "soft" (the annotation distribution) and "dirichlet"
        (smoothed by the prior fitted to the few votes): `kl`, the mean KL(p || target)
        in nats; `total_variation`; `ruled_out`, the share of items whose target gives
        no chance to a class that p has, so that KL is infinite.
    """
    checked = votes.check_counts(counts)
    targets = {
        "hard": votes.hard_labels(checked, rng),
        "soft": votes.distribution(checked),
        "dirichlet": votes.smoothed(checked, statistics.dirichlet_multinomial(checked)),
    }
    return {arm: distance(target, p) for arm, target in targets.items()}


def distance(target: ArrayLike, p: ArrayLike) -> dict[str, float]:
    """Mean KL(p || target) in nats and total variation, and the share of items whose KL is infinite (`ruled_out`).

    Parameters
    ----------
    target, p : array_like, shape [n_items, n_classes]
        Distributions.
    """
    q, known = votes.check_distribution(target, "target"), votes.check_distribution(p)
    kl = metrics.kl(known, q)
    return {
        "kl": float(kl.mean()),
        "total_variation": float(metrics.total_variation(known, q).mean()),
        "ruled_out": float(np.isinf(kl).mean()),
    }


def half_entropies(counts: ArrayLike, seed: int = 0) -> tuple[Floats, Floats]:
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


# ---------------------------------------------------------------- few votes drawn from many


def by_votes(counts: ArrayLike, n_repeats: int = 10, seed: int = 0) -> list[dict[str, Any]]:
    """Entropies and targets from 2, 3, ... 50 votes, drawn from items with a hundred or more.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        At least 100 votes an item.
    n_repeats : int
        Draws to average over.
    seed : int

    Returns
    -------
    list of dict
        One for each of `N_VOTES`: `n_votes`; `entropy` by estimate, its `mean` and the
        root mean square `error` against the entropy of all the item's votes, nats;
        `targets`, see `target_distances`, against 50 other votes of the item;
        `pseudo_votes`, how many the fitted prior has in all; `kl_smoothed`, KL of targets
        drawn towards the class shares by each of `PSEUDO_VOTES`.

    Raises
    ------
    ValueError
        If an item has fewer votes than that.
    """
    checked = votes.check_counts(counts)
    if checked.sum(axis=1).min() < 2 * HELD_BACK:
        raise ValueError(
            f"an item has {checked.sum(axis=1).min()} votes; drawing few from many needs {2 * HELD_BACK} of each."
        )
    truth = votes.entropy(votes.distribution(checked))
    rng = np.random.default_rng(seed)
    draws = [[_drawn(checked, n, truth, rng) for _ in range(n_repeats)] for n in N_VOTES]
    return [{"n_votes": n, **_mean(repeats)} for n, repeats in zip(N_VOTES, draws, strict=True)]


def _drawn(counts: Counts, n_votes: int, truth: Floats, rng: np.random.Generator) -> dict[str, Any]:
    """One draw of `by_votes`."""
    held_back = votes.subsample(counts, HELD_BACK, rng)
    few = votes.subsample(counts - held_back, n_votes, rng)
    known, shares = votes.distribution(held_back), few.sum(axis=0) / few.sum()
    return {
        "entropy": {
            name: {"mean": estimate.mean(), "error": np.sqrt(np.mean((estimate - truth) ** 2))}
            for name, estimate in entropy_estimates(few).items()
        },
        "targets": target_distances(few, known, rng),
        "pseudo_votes": statistics.dirichlet_multinomial(few).sum(),
        "kl_smoothed": {
            f"{total:g}": distance(votes.smoothed(few, total * shares), known)["kl"] for total in PSEUDO_VOTES
        },
    }


def _mean(repeats: list[Any]) -> Any:
    """Mean of equal nested dictionaries of numbers."""
    if isinstance(repeats[0], dict):
        return {key: _mean([repeat[key] for repeat in repeats]) for key in repeats[0]}
    return float(np.mean(repeats))


def ceilings(counts: ArrayLike, n_repeats: int = 10, seed: int = 0) -> list[dict[str, float]]:
    """The ceiling that a few votes' halves give, beside what the other votes say that it should be.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        At least 100 votes an item.
    n_repeats : int
        Draws to average over.
    seed : int

    Returns
    -------
    list of dict
        One for each of `EVEN`: `n_votes`; `halves`, the ceiling of `statistics.entropy_ceiling`;
        `others`, the correlation of the few votes' entropies with those of the item's
        other votes, divided by these others' own ceiling for their noise.

    References
    ----------
    Spearman (1904), "The proof and measurement of association between two things", American
    Journal of Psychology 15, for dividing by the square root of a reliability.
    """
    checked = votes.check_counts(counts)
    rng = np.random.default_rng(seed)
    rows = []
    for n in EVEN:
        found = []
        for _ in range(n_repeats):
            few = votes.subsample(checked, n, rng)
            first, second = (votes.entropy(votes.distribution(part)) for part in (few, checked - few))
            others = statistics.entropy_ceiling(checked - few, n_halves=10).ceiling
            found.append(
                {
                    "halves": statistics.entropy_ceiling(few, n_halves=10).ceiling,
                    "others": np.corrcoef(first, second)[0, 1] / others,
                }
            )
        rows.append({"n_votes": n, **_mean(found)})
    return rows


# ---------------------------------------------------------------- half the votes held back


def predict_half(dataset: Dataset, seed: int = 0, n_resamples: int = statistics.N_OFTEN) -> dict[str, Any]:
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


def perfect_sharpened(counts: ArrayLike, seed: int = 0) -> dict[str, dict[str, float]]:
    """What a perfect model would score, and what it would score if it made itself surer.

    Each item's truth is drawn from Dirichlet(counts + fitted prior), and as many new votes
    as it has from the truth, as for the floors of `statistics.floors`.

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
    gammas = rng.standard_gamma(checked + statistics.dirichlet_multinomial(checked))
    truth = gammas / gammas.sum(axis=1, keepdims=True)
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
    """The predictions of `predict_half`, as natural-log probabilities, shape [n_items, n_classes] each."""
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
