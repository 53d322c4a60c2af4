"""Data sets by name, each as the same Dataset."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from softlabel_core.data import chaosnli, cifar10_train, cifar10h, digits, nli_pairs, popquorn
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.formats.long_table import from_table
from softlabel_core.data.sources import DataUnavailable
from softlabel_core.data.splits import Split, split

LOADERS: dict[str, Callable[..., Dataset]] = {
    "digits": digits.load,
    "cifar10h": cifar10h.load,
    "cifar10-train": cifar10_train.load,
    "chaosnli": chaosnli.load,
    "chaosnli-snli": partial(chaosnli.load, "snli"),
    "chaosnli-mnli": partial(chaosnli.load, "mnli"),
    "politeness": popquorn.load_politeness,
    "offensiveness": popquorn.load_offensiveness,
    "nli-pairs": nli_pairs.load,
}

__all__ = ["LOADERS", "DataUnavailable", "Dataset", "Split", "from_table", "load", "split"]


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        A key of `LOADERS`.
    **options
        What the data set's own loader takes, such as `n_items` of `digits`.

    Raises
    ------
    ValueError
        If there is no such data set, or a file of it holds what it should not.
    DataUnavailable
        If a file is altered, or neither at hand nor to be had.
    """
    if name not in LOADERS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(LOADERS)}.")
    return LOADERS[name](**options)
