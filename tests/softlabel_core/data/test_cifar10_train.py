"""CIFAR-10's training images: each but the twins of test images, under its own number."""

import hashlib
import os

import numpy as np
import pytest

from softlabel_core import data
from softlabel_core.data import cifar10_train, images, twins
from softlabel_core.data.sources import Source


def test_twins_are_left_out(tmp_path, monkeypatch):
    path = tmp_path / "twins.csv"
    path.write_text("TestID,TrainID,Distance,Judgment\n0,4,0.1,1\n9,1,0.1,2\n3,4,0.2,0\n")
    monkeypatch.setattr(
        twins, "TEST_TRAIN", Source("twins.csv", None, hashlib.sha256(path.read_bytes()).hexdigest())
    )
    pictures = np.arange(6, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)
    monkeypatch.setattr(
        cifar10_train, "load_images", lambda part: (pictures, np.array([5, 6, 7, 8, 9, 0]), part)
    )
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    found = data.load("cifar10-train")
    assert found.items[:, 0, 0, 0].tolist() == [0, 2, 3, 5]
    assert found.gold.tolist() == [5, 7, 8, 0]
    assert found.majority.tolist() == [5, 7, 8, 0]
    assert (found.counts.sum(axis=1) == 1).all()
    assert found.ids.tolist() == [f"cifar10-train-0000{i}" for i in (0, 2, 3, 5)]
    assert len(np.unique(found.groups)) == 4
    assert found.provenance == "train"


@pytest.mark.skipif(
    "SOFTLABEL_DATA" not in os.environ, reason="needs CIFAR-10 in the folder SOFTLABEL_DATA names"
)
def test_no_twin_of_a_test_image_is_left():
    found = data.load("cifar10-train")
    listed = np.unique(twins.pairs(twins.TEST_TRAIN)[:, 1])
    numbers = np.array([int(name.removeprefix("cifar10-train-")) for name in found.ids])
    assert found.n_items == 50_000 - len(listed)
    assert not np.isin(numbers, listed).any()
    assert found.items.shape == (found.n_items, 32, 32, 3)
    assert found.provenance in (images.LOSSLESS, images.JPEG)
    assert (numbers[:3].tolist(), found.gold[:3].tolist()) == ([0, 1, 2], [6, 9, 9])
    everything, labels, _ = images.load_images("train")
    np.testing.assert_array_equal(found.items[-5:], everything[numbers[-5:]])
    np.testing.assert_array_equal(found.gold, labels[numbers])
    images.load_images.cache_clear()
