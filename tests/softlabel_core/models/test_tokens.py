"""Tokens: every text once, in batches of similar length, padded to the batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from softlabel_core.models.tokens import POOL, STEP, Tokens


def tokens(lengths):
    """Texts of such lengths; item i holds the token i + 1 throughout."""
    lengths = torch.tensor(lengths)
    inside = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.where(inside, torch.arange(1, len(lengths) + 1)[:, None], 0).to(torch.int32)
    return Tokens(ids, inside.to(torch.int32), lengths)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=300), st.integers(1, 33), st.integers(0, 5))
def test_batches_hold_every_item_once(lengths, size, seed):
    found = list(tokens(lengths).batches(size, generator(seed)))
    assert torch.equal(torch.cat(found).sort().values, torch.arange(len(lengths)))
    assert max(map(len, found)) <= size
    assert len(found) == -(-len(lengths) // size)  # as many steps as with batches of any order


def test_batches_hold_similar_lengths():
    lengths = torch.randint(1, 200, (3200,), generator=generator()).tolist()
    some = tokens(lengths)
    padded = sum(some.padded(rows)[:, 0].numel() for rows in some.batches(32, generator()))
    at_random = sum(
        some.padded(rows)[:, 0].numel() for rows in torch.randperm(3200, generator=generator()).split(32)
    )
    assert padded < 1.1 * sum(lengths)
    assert at_random > 1.5 * sum(lengths)


def test_the_generator_decides_the_batches():
    some = tokens(list(range(1, 101)))
    first = torch.cat(list(some.batches(8, generator(1))))
    assert torch.equal(first, torch.cat(list(some.batches(8, generator(1)))))
    assert not torch.equal(first, torch.cat(list(some.batches(8, generator(2)))))


def test_batches_are_not_in_order_of_length():
    some = tokens(list(range(1, 161)))
    means = [float(some.lengths[rows].float().mean()) for rows in some.batches(8, generator())]
    assert means != sorted(means)
    assert means != sorted(means, reverse=True)


def test_a_batch_does_not_see_the_whole_set():
    """Pools keep the order random: short and long items meet again in other company."""
    n = 2 * POOL * 4
    some, order = tokens([1 + i % 50 for i in range(n)]), generator()
    first, second = ({tuple(sorted(rows.tolist())) for rows in some.batches(4, order)} for _ in range(2))
    assert len(first & second) < len(first) / 4


def test_a_batch_is_padded_to_its_longest_and_masked():
    batch = tokens([3, 1, 17]).padded(torch.tensor([1, 0]))
    assert batch.shape == (2, 3, STEP)
    ids, types, mask = batch.unbind(dim=1)
    assert ids.dtype == torch.int64
    assert ids.tolist() == [[2] + [0] * 7, [1, 1, 1] + [0] * 5]
    assert torch.equal(types, mask)
    assert mask.sum(dim=1).tolist() == [1, 3]


def test_padding_never_exceeds_what_there_is():
    assert tokens([3, 5]).padded(torch.tensor([0, 1])).shape == (2, 3, 5)


def test_rows_can_be_taken():
    some = tokens([2, 4, 6, 8])
    for kept in (some[torch.tensor([3, 0])], some[torch.tensor([3, 0])].to(torch.device("cpu"))):
        assert len(kept) == 2
        assert kept.lengths.tolist() == [8, 2]
        assert kept.ids[:, 0].tolist() == [4, 1]
    assert len(some[:3]) == 3


def test_prediction_meets_the_longest_first():
    some = tokens([2, 9, 4, 9, 1])
    found = list(some.by_length(2))
    assert [rows.tolist() for rows in found] == [[1, 3], [2, 0], [4]]


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_they_know_where_they_lie(device):
    assert tokens([1, 2]).to(torch.device(device)).device.type == device
