"""Votes drawn from a known distribution."""

import numpy as np

from softlabel_core.data import Dataset


def votes_of(n_items, n_votes=50, seed=0):
    """A data set of votes from a known Dirichlet, every item a group of its own."""
    rng = np.random.default_rng(seed)
    rows = np.arange(n_items)
    return Dataset(
        name="drawn",
        counts=rng.multinomial(n_votes, rng.dirichlet([0.6, 0.8, 0.4], n_items)),
        items=np.zeros((n_items, 1, 1, 1), np.uint8),
        class_names=("a", "b", "c"),
        ids=rows.astype(str),
        groups=rows,
    )
