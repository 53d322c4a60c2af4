"""People: how well the votes of N people predict those of the others on the same item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from softlabel_book.vote_curves.design import LEVELS, MEASURES, usable
from softlabel_core import statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Bootstrap

PSEUDO_VOTES = 0.5  # added to each class where a few people's votes are the prediction


def humans(
    test: Dataset, n_repeats: int = 10, n_resamples: int = statistics.N_OFTEN, seed: int = 0
) -> list[dict[str, Any]]:
    """How well the votes of N people predict those of the others on the same item.

    For each item N votes are drawn at random, half a pseudo-vote is added to each class, and
    the result is scored against the item's remaining votes, of which there are at least as many. Items with
    fewer than `LEAST` votes are left out.

    Parameters
    ----------
    test : Dataset
        The test items.
    n_repeats : int
        Draws to average over.
    n_resamples : int
        Of the bootstrap of groups.
    seed : int

    Returns
    -------
    list of dict
        One a level: `n_votes`; `others`, how many votes remain on average; each measure with `value`, `low`,
        `high`; `floors` of KL and total variation of a perfect prediction of so many remaining votes.

    Raises
    ------
    ValueError
        If no item has `LEAST` votes or more.
    """
    shown = test.take(usable(test, np.arange(test.n_items)))
    most = shown.counts.sum(axis=1).min() // 2
    return [_of(n, shown, n_repeats, n_resamples, seed) for n in (level for level in LEVELS if level <= most)]


def _of(n_votes: int, shown: Dataset, n_repeats: int, n_resamples: int, seed: int) -> dict[str, Any]:
    """What so many people's votes say of the others."""
    rng = np.random.default_rng([seed, n_votes])
    repeats = []
    for _ in range(n_repeats):
        # The order of the classes is shuffled, for the first one wins where two predictions are equal.
        counts = shown.counts[:, rng.permutation(shown.n_classes)]
        few = votes.subsample(counts, n_votes, rng)
        predicted, others = {"few": np.log(votes.smoothed(few, PSEUDO_VOTES))}, counts - few
        repeats.append(
            statistics.bootstrap(predicted, others, shown.groups, n_resamples=n_resamples, seed=seed)
        )
    boot, floors = _mean(repeats), statistics.floors(others, n_draws=20)
    return {
        "n_votes": n_votes,
        "others": float(others.sum(axis=1).mean()),
        **{measure: boot.interval("few", measure).plain() for measure in MEASURES},
        "floors": {key: floors[key] for key in ("kl", "total_variation")},
    }


def _mean(boots: Sequence[Bootstrap]) -> Bootstrap:
    """Mean of bootstraps of one arm, resample by resample: those of one seed and the same groups are paired."""
    first = boots[0]
    return replace(
        first,
        estimate={
            arm: {m: float(np.mean([boot.estimate[arm][m] for boot in boots])) for m in values}
            for arm, values in first.estimate.items()
        },
        draws={
            arm: {m: np.mean([boot.draws[arm][m] for boot in boots], axis=0) for m in values}
            for arm, values in first.draws.items()
        },
    )


def people_worth(curve: Mapping[str, Any], measure: str, value: float) -> float:
    """How many people's votes predict the others' as well as this value, between the measured numbers of people.

    Linear in the logarithm of their number. NaN where fewer people than were measured would do, or more would be needed.

    Parameters
    ----------
    curve : mapping
        See `analysis.make`.
    measure : str
        One of `MEASURES`.
    value : float
    """
    sign = 1.0 if METRICS[measure].better == "higher" else -1.0
    known = [(row["n_votes"], sign * row[measure]["value"]) for row in curve["humans"]]
    known = [point for point in known if np.isfinite(point[1])]
    numbers, scores = np.array(known, dtype=np.float64).reshape(-1, 2).T
    if not len(numbers) or (np.diff(scores) <= 0).any() or not scores[0] <= sign * value <= scores[-1]:
        return float("nan")
    return float(np.exp(np.interp(sign * value, scores, np.log(numbers))))
