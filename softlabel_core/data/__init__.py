"""Data sets by name, each as the same Dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softlabel_core.data import cifar10_train, cifar10h, digits
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.sources import DataUnavailable
from softlabel_core.data.splits import Split, split

LOADERS: dict[str, Callable[..., Dataset]] = {
    "digits": digits.load,
    "cifar10h": cifar10h.load,
    "cifar10-train": cifar10_train.load,
}

__all__ = ["LOADERS", "DataUnavailable", "Dataset", "Split", "load", "split"]


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : {"digits", "cifar10h", "cifar10-train"}
    **options
        What the data set's own loader takes; only `digits` takes any.

    Raises
    ------
    ValueError
        If there is no such data set.
    DataUnavailable
        If a file is altered, or neither at hand nor to be had.
    """
    if name not in LOADERS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(LOADERS)}.")
    return LOADERS[name](**options)
