"""CIFAR-10H: about 51 human votes for each of CIFAR-10's 10,000 test images."""

from __future__ import annotations

import numpy as np

from softlabel_core.data import sources, twins
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.images import CLASS_NAMES, load_images
from softlabel_core.data.sources import Source

COUNTS = Source(
    "cifar10h-counts.npy",
    "https://raw.githubusercontent.com/jcpeterson/cifar-10h/"
    "48da312b193b82e6939ec20f23d1f09cbdd849c8/data/cifar10h-counts.npy",
    "9b36b4550349af56c79083356312eb4af856cc5fd3caf1f669d40b9d0bbb69ff",
)
LICENCE = (
    "Votes: CIFAR-10H (Peterson et al. 2019), CC BY-NC-SA 4.0, not for commercial use. "
    "Images: CIFAR-10 (Krizhevsky 2009), no licence stated."
)


def load() -> Dataset:
    """Load CIFAR-10H: 10,000 items, 10 classes, twins grouped, CIFAR-10's label as gold.

    References
    ----------
    Peterson, Battleday, Griffiths and Russakovsky (2019), "Human uncertainty makes
    classification more robust", ICCV.
    """
    counts = np.load(sources.locate(COUNTS), allow_pickle=False)
    images, labels, provenance = load_images("test")
    return Dataset(
        name="cifar10h",
        counts=counts,
        items=images,
        class_names=CLASS_NAMES,
        ids=np.array([f"cifar10-test-{i:04d}" for i in range(len(images))]),
        groups=twins.components(twins.pairs(twins.TEST_TEST), len(images)),
        gold=labels,
        provenance=provenance,
        licence=LICENCE,
    )
