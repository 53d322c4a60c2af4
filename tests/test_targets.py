"""Targets: what each arm trains towards, item by item."""

import numpy as np
import pytest
import torch

from softlabel_core import targets
from softlabel_core.data import Dataset


def voted(counts, gold=None):
    """A data set with these counts; its images do not matter."""
    counts = np.asarray(counts)
    n_items, n_classes = counts.shape
    return Dataset(
        name="voted",
        counts=counts,
        items=np.zeros((n_items, 2, 2, 1), dtype=np.uint8),
        class_names=tuple("abcdefghij"[:n_classes]),
        ids=np.array([f"{i:04d}" for i in range(n_items)]),
        groups=np.arange(n_items),
        gold=gold,
    )


def all_of(target, n_items, step=0):
    return target(step, torch.arange(n_items))


TORN = voted([[2, 0, 2]] * 400)
EVERY_ROW = np.arange(400)


def test_hard_is_one_hot_of_the_majority():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    target = targets.build("hard", dataset, np.array([2, 0]), seed=0)
    assert all_of(target, 2).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_hard_breaks_ties_at_random_among_the_tied_classes():
    classes = all_of(targets.build("hard", TORN, EVERY_ROW, seed=0), 400).argmax(dim=1)
    share = torch.bincount(classes, minlength=3) / 400
    assert share[1] == 0
    assert 0.4 < share[0] < 0.6


def test_hard_breaks_a_tie_once():
    target = targets.build("hard", TORN, EVERY_ROW, seed=0)
    assert torch.equal(all_of(target, 400, step=0), all_of(target, 400, step=77))


def test_the_splits_seed_alone_decides_a_tie():
    first = all_of(targets.build("hard", TORN, EVERY_ROW, seed=3), 400)
    assert torch.equal(first, all_of(targets.build("hard", TORN, EVERY_ROW, seed=3), 400))
    assert not torch.equal(first, all_of(targets.build("hard", TORN, EVERY_ROW, seed=4), 400))


def test_an_items_tie_falls_alike_in_every_fold():
    whole = all_of(targets.build("hard", TORN, EVERY_ROW, seed=0), 400)
    part = all_of(targets.build("hard", TORN, EVERY_ROW[150:], seed=0), 250)
    assert torch.equal(whole[150:], part)


def test_gold_is_one_hot_of_the_label_that_was_shipped():
    dataset = voted([[3, 1, 0], [0, 0, 9]], gold=np.array([1, 2]))
    assert all_of(targets.build("gold", dataset, np.array([0, 1]), seed=0), 2).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_soft_is_the_annotation_distribution():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    rows = np.array([2, 0])
    found = all_of(targets.build("soft", dataset, rows, seed=0), 2)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, dataset.p_human[rows], rtol=1e-6)


@pytest.mark.parametrize("arm", targets.ARMS)
def test_a_batch_is_addressed_by_place_in_the_training_part(arm):
    rng = np.random.default_rng(0)
    dataset = voted(
        rng.integers(0, 5, (60, 4)) + np.eye(4, dtype=int)[rng.integers(0, 4, 60)], rng.integers(0, 4, 60)
    )
    rows = rng.permutation(60)[:40]
    target = targets.build(arm, dataset, rows, seed=0)
    batch = torch.tensor([5, 39, 5, 0])
    assert torch.equal(target(0, batch), all_of(target, 40)[batch])
    np.testing.assert_allclose(all_of(target, 40).sum(dim=1), 1, rtol=1e-6)
    alone = targets.build(arm, dataset, rows[batch.numpy()], seed=0)
    assert torch.equal(all_of(alone, 4), target(0, batch))


def test_gold_is_refused_where_none_was_shipped():
    with pytest.raises(ValueError, match=r"^voted ships no label of its own, .*leave that arm out\.$"):
        targets.build("gold", voted([[1, 2]]), np.array([0]), seed=0)


def test_an_unknown_arm_is_refused():
    with pytest.raises(ValueError, match=r"^there is no arm 'solf'; choose from hard, gold, soft\.$"):
        targets.build("solf", TORN, EVERY_ROW, seed=0)
