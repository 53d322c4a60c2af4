"""Own votes: networks trained on the votes of a table, and held against a crowd on items that they have not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from softlabel_core import study, votes
from softlabel_core.arms import PAIR
from softlabel_core.data import Dataset, sampling
from softlabel_core.study import Study, fitting, protocols
from softlabel_core.study.protocols import Protocol

if TYPE_CHECKING:
    import pandas as pd

# What few items can train: pixels of digits, else one hidden layer on frozen features.
PROTOCOLS = {"digits": "small", "cifar10h": "frozen", "chaosnli": "frozen"}
# Steps of the optimizer at least, however few the items. Set after a look at test items of all three sets, where
# ten times as many made every network surer and worse.
STEPS = 60


def simulated_class(
    crowd: Dataset, n_items: int = 100, n_annotators: int = 25, each: int = 20, seed: int = 0
) -> pd.DataFrame:
    """A class that never met: every vote is drawn from the crowd's distribution of its item.

    The items span ambiguity, see `data.sampling.spanning`, and come from four fifths of the
    crowd's groups, so that the others can test what is trained. Each annotator labels some
    of them, and every item gets as many votes as the next, or one more.

    Parameters
    ----------
    crowd : Dataset
    n_items, n_annotators, each : int
        Items in all, annotators, and items that each of them labels.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns item, annotator, label, as `data.from_table` takes it.

    Raises
    ------
    ValueError
        If an annotator should label more items than there are.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.unique(crowd.groups))
    open_rows = np.flatnonzero(np.isin(crowd.groups, groups[: -(-4 * len(groups) // 5)]))
    rows = open_rows[sampling.spanning(crowd.counts[open_rows], n_items, seed)]
    if each > len(rows):
        raise ValueError(
            f"an annotator cannot label {each} of {len(rows)} items; ask for fewer, or give more items."
        )
    p = votes.distribution(crowd.counts) if crowd.p_true is None else crowd.p_true
    answers = [
        (
            crowd.ids[row],
            f"annotator {annotator + 1}",
            crowd.class_names[rng.choice(crowd.n_classes, p=p[row])],
        )
        for annotator in range(n_annotators)
        for row in rows[(annotator * each + np.arange(each)) % len(rows)]
    ]
    return pd.DataFrame(answers, columns=["item", "annotator", "label"])


def train(
    taught: Dataset,
    crowd: Dataset,
    *,
    protocol: Protocol | None = None,
    arms: Sequence[str] = PAIR,
    seeds: Iterable[int] = range(3),
) -> tuple[Study, Dataset]:
    """Train on all items of a table, and predict the crowd's other items.

    Parameters
    ----------
    taught : Dataset
        Items with one's own votes, see `data.from_table`.
    crowd : Dataset
        The data set that they come from, with the crowd's votes.
    protocol : Protocol, optional
        By default the crowd's of `PROTOCOLS`, with more epochs where the items are so
        few that these would be less than `STEPS` steps.
    arms : sequence of str
    seeds : iterable of int

    Returns
    -------
    study : Study
        Predictions of the test items, as if they had been recorded. Nothing is written.
    test : Dataset
        The crowd's items of no group of which an item was taught.

    Raises
    ------
    ValueError
        If the two have other classes, no item is left to test on, or the table cannot teach an arm.
    RecordError
        If training diverged, or a pretrained network cannot be had.
    """
    if taught.class_names != crowd.class_names:
        raise ValueError(
            f"{taught.name} has the classes {', '.join(taught.class_names)} and {crowd.name} "
            f"{', '.join(crowd.class_names)}; read the table with items={crowd.name}."
        )
    kin = crowd.groups[np.isin(crowd.ids, taught.ids)]
    left = np.flatnonzero(~np.isin(crowd.groups, kin))
    if not left.size:
        raise ValueError(
            f"{taught.name} has items of every group of {crowd.name}, so none is left to test on; label fewer."
        )
    test = crowd.take(left[np.argsort(crowd.ids[left])])
    settings = protocol or _protocol(taught, crowd)
    runs = study.plan(replace(settings, folds=(0,)), arms, seeds)
    return Study(settings, {run: fitting.train(run, taught, test=test) for run in runs}), test


def _protocol(taught: Dataset, crowd: Dataset) -> Protocol:
    """What trains on few items."""
    found = protocols.get(crowd.name, PROTOCOLS.get(crowd.name, "head"))
    steps = -(-taught.n_items // found.batch_size)
    return replace(found, epochs=max(found.epochs, -(-STEPS // steps)))
