"""Design: how many items are voted on, which, what is done with their votes, and how training on is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from softlabel_core.study.protocols import Protocol

BUDGETS = (25, 50, 100, 200)  # voted items; all that are held out of training come last
DRAWS = 5  # of the voted items, for each seed and budget
WAYS = {
    "temperature": "one temperature",
    "vector": "a scale and a bias a class",
    "further": "trained on",
    "tempered": "one temperature, then trained on",
}
"""What is done with the votes, and how figures and tables call it. All begin with the network of hard labels."""
TAUGHT = {"further": False, "tempered": True}  # ways that train on, and whether after a temperature

# Training on: the network goes on with the votes of these items alone, as `arms` has it for "soft", at the rate of its
# protocol, which comes down over `longest` epochs. It stops after the epoch, or before the first one, that had the
# lowest cross-entropy on voted items that it did not see, in as many parts as there are folds.
LEAST_EPOCHS = 5
BATCH = 16
FOLDS = 4
RULE = f"least epochs {LEAST_EPOCHS}, batch {BATCH}, folds {FOLDS}"  # by which predictions in the cache were made


def longest(protocol: Protocol) -> int:
    """How many epochs training on may take: as many as the network was trained for, or more where those are few."""
    return max(protocol.epochs, LEAST_EPOCHS)


def budgets(n_held: int) -> list[int]:
    """How many items are voted on, rising, the last time all that there are."""
    return [n for n in BUDGETS if n < n_held] + [n_held]


def draws(n_items: int, n_held: int) -> range:
    """Draws of so many items: of all of them there is one."""
    return range(1 if n_items == n_held else DRAWS)


def voted(n_items: int, n_held: int, seed: int, draw: int) -> NDArray[np.int64]:
    """Positions of the voted items among those held out of training, in their order.

    The items of a smaller budget are among those of a larger one of the same draw; each seed has draws of its own, so
    that resampling seeds resamples them too.
    """
    return np.sort(np.random.default_rng([seed, draw]).permutation(n_held)[:n_items])


def parts(groups: Sequence[object] | NDArray[np.generic], seed: int) -> list[NDArray[np.bool_]]:
    """Which of the voted items each fold holds out, whole groups at a time.

    Raises
    ------
    ValueError
        If all of them are of one group.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            "all voted items belong to one group, so none can be held out to choose by; vote on others."
        )
    fold_of = np.random.default_rng([seed, 2]).permutation(len(names)) % min(FOLDS, len(names))
    return [fold_of[member] == fold for fold in range(fold_of.max() + 1)]


def name_of(way: str, n_items: int, draw: int) -> str:
    """What predictions are called, and, with "epochs of" before a way, how long it trained on."""
    return f"{way} {n_items} {draw}"
