"""CIFAR-10's training images, one label each, without the twins of test images: pretraining only."""

from __future__ import annotations

import numpy as np

from softlabel_core.data import twins
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.images import CLASS_NAMES, load_images


def load() -> Dataset:
    """Load CIFAR-10's train part less every image that ciFAIR lists as a twin of a test image."""
    images, labels, provenance = load_images("train")
    keep = np.setdiff1d(np.arange(len(images)), twins.pairs(twins.TEST_TRAIN)[:, 1])
    return Dataset(
        name="cifar10-train",
        counts=np.eye(10, dtype=np.int64)[labels[keep]],
        items=images[keep],
        class_names=CLASS_NAMES,
        ids=np.array([f"cifar10-train-{i:05d}" for i in keep]),
        groups=keep,
        gold=labels[keep],
        provenance=provenance,
    )
