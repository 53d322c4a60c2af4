"""Targets: what an arm trains towards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softlabel_core import votes
from softlabel_core.data import Dataset

# A target tells, for a step of training and positions in the training part, the
# batch's distributions [n_batch, n_classes]. Most arms ignore the step.
Target = Callable[[int, Tensor], Tensor]


def hard(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the majority vote; each tie broken at random once."""
    return _fixed(np.eye(dataset.n_classes)[votes.break_ties(dataset.counts, rng)[train_rows]])


def gold(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the label that the data set itself ships.

    Raises
    ------
    ValueError
        If the data set ships no label.
    """
    if dataset.gold is None:
        raise ValueError(
            f"{dataset.name} ships no label of its own, so it has no arm 'gold'; leave that arm out."
        )
    return _fixed(np.eye(dataset.n_classes)[dataset.gold[train_rows]])


def soft(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """The annotation distribution itself."""
    return _fixed(dataset.p_human[train_rows])


ARMS: dict[str, Callable[[Dataset, NDArray[np.int64], np.random.Generator], Target]] = {
    "hard": hard,
    "gold": gold,
    "soft": soft,
}


def build(arm: str, dataset: Dataset, train_rows: NDArray[np.int64], seed: int) -> Target:
    """Build an arm's target on the training part of a split.

    Parameters
    ----------
    arm : str
        One of `ARMS`.
    dataset : Dataset
    train_rows : numpy.ndarray of int
        Rows of the training part.
    seed : int
        The split's seed, so that every run of a split breaks the same ties alike.

    Raises
    ------
    ValueError
        If there is no such arm, or the data set cannot serve it.
    """
    if arm not in ARMS:
        raise ValueError(f"there is no arm {arm!r}; choose from {', '.join(ARMS)}.")
    return ARMS[arm](dataset, train_rows, np.random.default_rng(seed))


def served(dataset: Dataset) -> list[str]:
    """Arms that a data set can serve, in the house's order: without a label of its own there is no gold arm."""
    return [arm for arm in ARMS if arm != "gold" or dataset.gold is not None]


def _fixed(matrix: NDArray[np.float64]) -> Target:
    """A target that is the same at every step."""
    distributions = torch.as_tensor(matrix, dtype=torch.float32)
    return lambda step, batch: distributions[batch]
