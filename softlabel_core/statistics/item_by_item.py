"""Item by item: on how many items one arm is nearer to the votes than another, and where the mean difference lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core.metrics import Crowd, Prediction, kl
from softlabel_core.statistics.resampling import N_RESAMPLES, check_seeds, draw_groups, resample, seeds_first
from softlabel_core.votes import Floats, tied
from softlabel_core.weighting import Weighting

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def item_by_item(
    arm: ArrayLike,
    reference: ArrayLike,
    counts: ArrayLike,
    groups: ArrayLike,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Two arms' KL(votes || model) item by item: who is nearer on how many items, and what the mean is made of.

    An item's KL is the mean over seeds. The reference is wrong about an item, seed by seed, where its most
    probable class is none of those with the most votes; the mean difference is the sum of what such items
    and all others add.

    Parameters
    ----------
    arm, reference : array_like, shape [n_seeds, n_items, n_classes]
        Natural-log probabilities.
    counts, groups, n_resamples, seed
        See `bootstrap`. Intervals are of resampled groups alone, for these seeds.

    Returns
    -------
    dict
        Estimates: `reference_nearer`, the share of items; `median_difference` and `mean_difference`, arm less
        reference, in nats (the lower of two middle items); `reference_wrong`, a share of items; `where_wrong`
        and `where_right`, the mean difference on each; `from_wrong`, the share of the mean difference that
        comes from items on which the reference is wrong (not `defined` where the mean difference may be 0).
        And `quantiles`, the differences' own by their level.

    Raises
    ------
    ValueError
        As `bootstrap` does.
    """
    crowd = Crowd.of(counts)
    check_seeds({"arm": arm, "reference": reference}, crowd.counts.shape)
    pairs = list(zip(seeds_first(arm), seeds_first(reference), strict=True))
    seen = [(Prediction.of(a, crowd), Prediction.of(r, crowd)) for a, r in pairs]
    each = np.stack([kl(crowd.p, log_q=a.log_q) - kl(crowd.p, log_q=r.log_q) for a, r in seen])
    wrong = np.stack([(r.chosen * tied(crowd.counts)).sum(axis=1) == 0 for _, r in seen])
    difference = each.mean(axis=0)
    columns = np.column_stack(
        [difference > 0, difference, wrong.mean(axis=0), (each * wrong).mean(axis=0)]
    )  # of every item

    def measure(weights: Floats) -> dict[str, dict[str, Floats]]:
        nearer, mean, mistaken, lost = Weighting(weights).mean(columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = {
                "reference_nearer": nearer,
                "median_difference": _median(difference, weights),
                "mean_difference": mean,
                "reference_wrong": mistaken,
                "where_wrong": lost / mistaken,
                "where_right": (mean - lost) / (1 - mistaken),
                "from_wrong": lost / mean,
            }
        return {"arm": {key: value[None] for key, value in values.items()}}

    boot = resample(measure, draw_groups(groups, 1, n_resamples, seed, n_items=len(crowd.counts)))
    found = {key: boot.interval("arm", key) for key in boot.estimate["arm"]}
    mean = found["mean_difference"]
    plain = {key: estimate.plain() for key, estimate in found.items()}
    if mean.low <= 0 <= mean.high:
        plain["from_wrong"]["defined"] = False
    return plain | {"quantiles": {f"{q:g}": float(np.quantile(difference, q)) for q in QUANTILES}}


def _median(values: Floats, weights: Floats) -> Floats:
    """Weighted median under each weighting, shape [n_weightings]; of two middle values the lower."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order], axis=0)
    return values[order][(below >= below[-1] / 2).argmax(axis=0)]
