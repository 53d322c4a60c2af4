"""Few votes: what N votes an item can tell, by drawing few votes from many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core import metrics, statistics, votes
from softlabel_core.votes import Counts, Floats

N_VOTES = (2, 3, 5, 7, 10, 20, 50)
EVEN = (4, 6, 8, 10, 14, 20, 30, 50)  # halves of an odd number leave a vote out, which lowers their ceiling
PSEUDO_VOTES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
HELD_BACK = 50  # votes an item that targets are measured against; drawing needs twice as many


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

    Raises
    ------
    ValueError
        If the counts are no votes, or a row of `p` is no distribution.
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

    Raises
    ------
    ValueError
        If a row is no distribution.
    """
    q, known = votes.check_distribution(target, "target"), votes.check_distribution(p)
    kl = metrics.kl(known, q)
    return {
        "kl": float(kl.mean()),
        "total_variation": float(metrics.total_variation(known, q).mean()),
        "ruled_out": float(np.isinf(kl).mean()),
    }


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
