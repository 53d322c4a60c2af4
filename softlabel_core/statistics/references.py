"""References: predictions that know less than a model should."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core.votes import Floats, check_counts, distribution, majority, majority_share


def reference_predictions(counts: ArrayLike, part: ArrayLike | None = None) -> dict[str, Floats]:
    """Predictions that know less than a model should, to read a result against.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Votes of the items themselves: these are the best constants in
        hindsight, not predictions that a model could have made.
    part : array_like, shape [n_items], optional
        Which named part of the data set an item belongs to.

    Returns
    -------
    dict of str to numpy.ndarray, shape [n_items, n_classes]
        Natural-log probabilities. "uniform": all classes alike. "class_prior":
        the mean annotation distribution for every item, the constant of lowest
        KL. "oracle_smoothing": the item's majority class, smoothed by the one
        amount of lowest KL, which puts the mean majority share s on it and
        (1 - s) / (n_classes - 1) on each other class; it knows nothing of
        how ambiguous an item is. Of a tie the first class counts as majority.
        "part_prior", where there are two parts or more: the mean annotation
        distribution of the item's part, which knows nothing but where an item is from.

    Raises
    ------
    ValueError
        If the counts are not counts.
    """
    votes = check_counts(counts)
    n_items, n_classes = votes.shape
    share = float(majority_share(votes).mean())
    smoothed = np.full(votes.shape, (1 - share) / (n_classes - 1))
    smoothed[np.arange(n_items), majority(votes)] = share
    constant = distribution(votes).mean(axis=0)
    names, member = np.unique(np.zeros(n_items) if part is None else np.asarray(part), return_inverse=True)
    by_part = np.stack([distribution(votes[member == k]).mean(axis=0) for k in range(len(names))])[member]
    with np.errstate(divide="ignore"):  # a class that nobody chose
        known = {"uniform": np.full(votes.shape, -np.log(n_classes))}
        known["class_prior"] = np.log(np.tile(constant, (n_items, 1)))
        if len(names) > 1:
            known["part_prior"] = np.log(by_part)
        known["oracle_smoothing"] = np.log(smoothed)
    return known
