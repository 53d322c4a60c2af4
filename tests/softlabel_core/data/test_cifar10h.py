"""CIFAR-10H: the owner's votes, in the order of the images, twins together."""

import hashlib
import os

import numpy as np
import pytest

from softlabel_core import data, votes
from softlabel_core.data import cifar10h, images, twins
from softlabel_core.data.sources import Source

at_hand = pytest.mark.skipif(
    "SOFTLABEL_DATA" not in os.environ, reason="needs CIFAR-10H in the folder SOFTLABEL_DATA names"
)


@pytest.fixture(scope="module")
def dataset():
    return data.load("cifar10h")


@at_hand
def test_it_has_the_votes_that_were_published(dataset):
    assert dataset.counts.shape == (10_000, 10)
    per_item = dataset.counts.sum(axis=1)
    assert per_item.sum() == 511_000
    assert (per_item.min(), per_item.max()) == (47, 63)
    assert dataset.entropy.mean() == pytest.approx(0.154, abs=5e-4)
    assert (dataset.entropy == 0).mean() == pytest.approx(0.439, abs=5e-4)
    assert (dataset.entropy > 0.5).mean() == pytest.approx(0.089, abs=5e-4)
    assert dataset.p_human[np.arange(10_000), dataset.gold].mean() == pytest.approx(0.952, abs=5e-4)


@at_hand
def test_p_human_is_the_counts_over_their_sum(dataset):
    np.testing.assert_allclose(dataset.p_human * dataset.counts.sum(axis=1, keepdims=True), dataset.counts)
    np.testing.assert_allclose(dataset.p_human.sum(axis=1), 1)


@at_hand
def test_the_crowd_disputes_79_labels(dataset):
    disputed = dataset.majority != dataset.gold
    assert disputed.sum() == 79
    assert votes.ties(dataset.counts)[disputed].sum() == 2  # there the label shares the most votes


@at_hand
def test_images_labels_and_ids_are_in_cifar10s_order(dataset):
    assert dataset.items.shape == (10_000, 32, 32, 3)
    assert dataset.items.dtype == np.uint8
    assert (np.bincount(dataset.gold) == 1000).all()
    assert dataset.gold[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert dataset.ids[[0, 9999]].tolist() == ["cifar10-test-0000", "cifar10-test-9999"]
    assert dataset.class_names[3] == "cat"
    assert dataset.provenance in (images.LOSSLESS, images.JPEG)


@at_hand
def test_twins_share_a_group(dataset):
    pairs = twins.pairs(twins.TEST_TEST)
    assert len(pairs) == 39
    assert (dataset.groups[pairs[:, 0]] == dataset.groups[pairs[:, 1]]).all()
    assert (np.bincount(dataset.groups) > 1).sum() <= len(pairs)
    alone = np.setdiff1d(np.arange(10_000), pairs)
    assert len(np.unique(dataset.groups[alone])) == len(alone)


@at_hand
def test_the_fixed_split_is_the_one_that_was_recorded(dataset):
    found = data.split(dataset)
    assert (len(found.train), len(found.validation), len(found.test)) == (7200, 800, 2000)
    ids = [dataset.ids[part] for part in (found.train, found.validation, found.test)]
    digest = hashlib.sha256("|".join(",".join(part) for part in ids).encode()).hexdigest()
    expected = "454d98a52f1dbd6f0afde1970854f281b9faa39ac590d435b70405cb87f6e1ea"
    assert digest == expected, "records no longer match; scikit-learn before 1.8 divides otherwise"
    pairs = twins.pairs(twins.TEST_TEST)
    tested = np.isin(np.arange(10_000), found.test)
    assert (tested[pairs[:, 0]] == tested[pairs[:, 1]]).all()


@at_hand
def test_it_is_the_data_of_the_records(dataset):
    assert dataset.hash.startswith("e7702f2d2e")


def test_votes_images_and_twins_are_put_together(tmp_path, monkeypatch):
    counts = np.eye(10, dtype=np.int64)[[3, 8, 8, 0]] * 50
    np.save(tmp_path / "counts.npy", counts)
    (tmp_path / "twins.csv").write_text("TestID,TestID,Distance,Judgment\n1,2,0.1,1\n")
    for module, name, file in ((cifar10h, "COUNTS", "counts.npy"), (twins, "TEST_TEST", "twins.csv")):
        digest = hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()
        monkeypatch.setattr(module, name, Source(file, None, digest))
    pictures = np.arange(4 * 32 * 32 * 3, dtype=np.uint8).reshape(4, 32, 32, 3)
    monkeypatch.setattr(
        cifar10h, "load_images", lambda part: (pictures, np.array([3, 8, 0, 0]), f"from {part}")
    )
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    found = data.load("cifar10h")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_array_equal(found.items, pictures)
    assert found.gold.tolist() == [3, 8, 0, 0]
    assert found.groups[1] == found.groups[2]
    assert len(np.unique(found.groups)) == 3
    assert found.ids.tolist() == [f"cifar10-test-000{i}" for i in range(4)]
    assert found.provenance == "from test"
    assert "CC BY-NC-SA 4.0" in found.licence
