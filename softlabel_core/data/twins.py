"""Near-duplicates in CIFAR-10, from ciFAIR's lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data import sources
from softlabel_core.data.sources import Source

_OWNER = "https://raw.githubusercontent.com/cvjena/cifair/4c2764277f5fda8fec6784a78c1818eab13236c5/meta/"
TEST_TRAIN = Source(
    "cifair/duplicates_cifar10.csv",
    _OWNER + "duplicates_cifar10.csv",
    "4cb7e99a7dfff346082c9d8fa4c2989a196e4a37d1e58f75936046696f1ba6a4",
)
TEST_TEST = Source(
    "cifair/duplicates_cifar10_test.csv",
    _OWNER + "duplicates_cifar10_test.csv",
    "ef7b33e2f32d056cdb342046b437ee819541a07cb3bb0520a3ada9b9c035f532",
)


def pairs(source: Source) -> NDArray[np.int64]:
    """Index pairs that ciFAIR lists, whatever its judgment of them, shape [n_pairs, 2].

    References
    ----------
    Barz and Denzler (2020), "Do we train on test data? Purging CIFAR of near-duplicates".
    """
    return np.loadtxt(
        sources.locate(source), delimiter=",", skiprows=1, usecols=(0, 1), dtype=np.int64, ndmin=2
    )


def components(linked: NDArray[np.int64], n_items: int) -> NDArray[np.int64]:
    """Number the connected components of items that pairs link, shape [n_items]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(n_items, n_items))
    return connected_components(graph, directed=False)[1].astype(np.int64)
