"""Twins: ciFAIR's lists read, and linked items numbered as one group."""

import hashlib
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softlabel_core.data import twins
from softlabel_core.data.sources import DataUnavailable, Source

quick = settings(max_examples=60, deadline=None, database=None)


def test_pairs_are_read_whatever_their_judgment(tmp_path, monkeypatch):
    text = "test,train,Judgment\n3,40,1\n5,50,2\n"
    (tmp_path / "cifair").mkdir()
    (tmp_path / "cifair" / "list.csv").write_text(text)
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    source = Source("cifair/list.csv", None, hashlib.sha256(text.encode()).hexdigest())
    found = twins.pairs(source)
    assert found.dtype == np.int64
    assert found.tolist() == [[3, 40], [5, 50]]


def test_an_altered_list_is_refused(tmp_path, monkeypatch):
    (tmp_path / "cifair").mkdir()
    (tmp_path / twins.TEST_TEST.file).write_text("test,test,Judgment\n1,2,1\n")
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable, match=r"duplicates_cifar10_test\.csv is truncated or altered"):
        twins.pairs(twins.TEST_TEST)


@quick
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=25))
def test_items_share_a_number_when_a_chain_of_pairs_links_them(pairs):
    found = twins.components(np.array(pairs, dtype=np.int64).reshape(-1, 2), 20)
    number = list(range(20))
    for a, b in pairs:  # the slow way: merge two numbers for each pair
        number = [number[a] if n == number[b] else n for n in number]
    assert found.shape == (20,)
    for i in range(20):
        for j in range(20):
            assert (found[i] == found[j]) == (number[i] == number[j])


def test_without_pairs_every_item_stands_alone():
    found = twins.components(np.empty((0, 2), dtype=np.int64), 4)
    assert sorted(found.tolist()) == [0, 1, 2, 3]


@pytest.mark.skipif(
    "SOFTLABEL_DATA" not in os.environ, reason="needs ciFAIR's lists in the folder SOFTLABEL_DATA names"
)
def test_cifairs_lists_lie_within_cifar10():
    across, within = twins.pairs(twins.TEST_TRAIN), twins.pairs(twins.TEST_TEST)
    assert len(across) == 286
    assert across.min() >= 0
    assert across[:, 0].max() < 10_000
    assert across[:, 1].max() < 50_000
    assert within.min() >= 0
    assert within.max() < 10_000
    assert (within[:, 0] != within[:, 1]).all()
