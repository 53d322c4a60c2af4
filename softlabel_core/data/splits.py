"""Splits: which items train, which validate, which test, with no group on two sides."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data.dataset import Dataset


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts of one fold, each sorted."""

    fold: int
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def split(dataset: Dataset, fold: int = 0, n_folds: int = 5, seed: int = 0, validation: float = 0.1) -> Split:
    """One fold of a grouped split, stratified by the majority vote.

    Parameters
    ----------
    dataset : Dataset
    fold : int
        Which fold is the test part; fold 0 is "the fixed split".
    n_folds : int
    seed : int
        Seed of the split, apart from any run's seed.
    validation : float
        Share of the training part that every arm gives up for validation.

    Raises
    ------
    ValueError
        If there is no such fold, validation is not between 0 and 1/2, or the data
        set has too few items or groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if not 0 <= fold < n_folds:
        raise ValueError(f"fold {fold} does not exist; with {n_folds} folds they are 0 to {n_folds - 1}.")
    if not 0 < validation <= 0.5:
        raise ValueError(f"validation={validation} must be a share above 0 and at most 0.5.")
    rows = np.arange(dataset.n_items)
    try:
        with warnings.catch_warnings():
            # A class with fewer items than folds cannot be in every one of them, and need not be.
            warnings.filterwarnings("ignore", message="The least populated class")
            outer = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
            rest, test = list(outer.split(rows, dataset.majority, dataset.groups))[fold]
            inner = StratifiedGroupKFold(round(1 / validation), shuffle=True, random_state=seed)
            train, held = next(iter(inner.split(rest, dataset.majority[rest], dataset.groups[rest])))
    except ValueError as error:
        raise ValueError(
            f"{dataset.name} has too few items or groups for {n_folds} folds with validation={validation} ({error}); "
            "give more items, fewer folds, or a larger share for validation."
        ) from error
    return Split(fold, rest[train], rest[held], test)
