"""Ensembles: the parts of their entropy, and how each goes with human entropy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core import calibration, statistics, votes, weighting
from softlabel_core.statistics import Estimate
from softlabel_core.votes import Floats
from softlabel_core.weighting import Values, Weighting

PARTS = ("total", "aleatoric", "epistemic")
MIN_MEMBERS = 3  # fewer say too little about where members differ


def decompose(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """How each part of an ensemble's entropy goes with human entropy, by arm.

    The members of an ensemble are an arm's seeds; they are not resampled.

    Parameters
    ----------
    log_p : mapping of arm to array_like, shape [n_members, n_items, n_classes]
        Natural-log probabilities.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    groups : array_like, shape [n_items]
    n_resamples : int

    Returns
    -------
    dict
        `n_members`; `arms`: arm -> part -> `pearson` with human entropy and `mean` in nats, with value, low,
        high; `differences`: part -> the same, soft less hard; `apart`: how much more soft labels add to the
        aleatoric part's correlation than to the epistemic part's.
    """
    human = Values(votes.entropy(votes.distribution(counts)))
    amounts = {arm: _amounts(members) for arm, members in log_p.items()}

    def measure(weights: Floats) -> dict[str, dict[str, Floats]]:
        drawn = Weighting(weights)
        found: dict[str, dict[str, Floats]] = {arm: {} for arm in amounts}
        for arm, parts in amounts.items():
            for part, amount in parts.items():
                found[arm][f"{part} pearson"] = weighting.pearson(amount, human, drawn)[None]
                found[arm][f"{part} mean"] = drawn.mean(amount.values[:, None])
        return found

    boot = statistics.resample(
        measure, statistics.draw_groups(groups, 1, n_resamples, drawing=statistics.by_number)
    )
    here, there = ((boot, f"{part} pearson") for part in ("aleatoric", "epistemic"))
    return {
        "n_members": int(np.shape(next(iter(log_p.values())))[0]),
        "arms": {arm: _by_part(partial(boot.interval, arm)) for arm in amounts},
        "differences": _by_part(lambda key: boot.difference(key, "soft", "hard")),
        "apart": statistics.difference_of_differences(here, there, "soft", "hard").plain(),
    }


def _amounts(members: ArrayLike) -> dict[str, Values]:
    """Each part of an ensemble's entropy by item, nats; what rounding alone leaves is nothing."""
    split = calibration.uncertainty(members)
    amounts = {part: getattr(split, part) for part in PARTS}
    return {part: Values(np.where(amount < 1e-12, 0.0, amount)) for part, amount in amounts.items()}


def _by_part(estimate: Callable[[str], Estimate]) -> dict[str, dict[str, Any]]:
    """part -> measure -> plain estimate."""
    return {part: {key: estimate(f"{part} {key}").plain() for key in ("pearson", "mean")} for part in PARTS}
