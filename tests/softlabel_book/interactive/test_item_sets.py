"""Item sets: which items a reader labels, and what a page holds of them."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.interactive import item_sets
from softlabel_core import data, votes
from softlabel_core.data import DataUnavailable


@pytest.fixture(scope="module")
def crowd():
    return data.load("digits", n_items=2000)


def uniform(shown):
    """A model that knows nothing."""
    return np.full(shown.counts.shape, 1 / shown.n_classes)


def test_items_span_the_range_of_entropy_evenly(crowd):
    counts = np.random.default_rng(0).multinomial(50, np.random.default_rng(1).dirichlet([0.1] * 4, 2000))
    entropy = votes.entropy(votes.distribution(counts))
    rows = item_sets.choose(counts, 20)
    bands = (entropy[rows] / (entropy.max() / 20)).astype(int).clip(0, 19)
    assert sorted(bands.tolist()) == list(range(20))
    some = item_sets.choose(crowd.counts, 20)  # of few different entropies
    assert len(set(some.tolist())) == 20
    assert np.unique(crowd.entropy[some]).size >= 9


def test_items_come_in_an_order_that_the_seed_gives(crowd):
    first = item_sets.choose(crowd.counts, 20, seed=3)
    assert np.array_equal(first, item_sets.choose(crowd.counts, 20, seed=3))
    assert not np.array_equal(first, item_sets.choose(crowd.counts, 20, seed=4))
    entropy = crowd.entropy[first]
    assert not np.array_equal(entropy, np.sort(entropy))


def test_classes_take_turns():
    counts = np.zeros((40, 4), dtype=int)
    counts[np.arange(40), np.arange(40) % 4] = 10
    counts[np.arange(40), (np.arange(40) + 1) % 4] += np.arange(40) // 8  # ten of each class in each band
    majority = votes.majority(counts[item_sets.choose(counts, 8)])
    assert np.bincount(majority, minlength=4).tolist() == [2, 2, 2, 2]


def test_all_items_are_taken_where_there_are_few():
    rows = item_sets.choose([[3, 0], [2, 1], [0, 3]], 20)
    assert sorted(rows.tolist()) == [0, 1, 2]
    assert sorted(item_sets.choose([[3, 0], [0, 3]], 2).tolist()) == [0, 1]  # no entropy anywhere
    with pytest.raises(ValueError, match="0 items were asked for"):
        item_sets.choose([[3, 0]], 0)


def test_a_set_holds_votes_and_answers(crowd):
    shown = crowd.take(item_sets.choose(crowd.counts, 20))
    made = item_sets.make(shown, {"soft": uniform(shown)}, note="Not real.")
    assert made["ids"] == shown.ids.tolist()
    assert made["counts"] == shown.counts.tolist()
    assert made["models"]["soft"] == [[0.1] * 10] * 20
    assert made["keys"] == list("0123456789")
    assert made["annotators"] == "simulated annotators"
    assert made["note"].endswith("simulated. Not real.")
    assert made["sprite"]["src"].startswith("data:image/png")


def test_the_hash_is_of_data_set_items_order_and_classes(crowd):
    shown = crowd.take(np.arange(20))
    same = item_sets.make(shown)["hash"]
    assert item_sets.make(crowd.take(np.arange(20)), {"soft": uniform(shown)})["hash"] == same
    assert item_sets.make(crowd.take(np.arange(20)[::-1]))["hash"] != same
    assert item_sets.make(crowd.take(np.arange(1, 21)))["hash"] != same


def test_keys_go_from_1_to_9_then_0():
    assert item_sets._keys([f"c{k}" for k in range(12)]) == [*"1234567890", "", ""]
    assert item_sets._keys(["yes", "no"]) == ["1", "2"]


def test_what_does_not_fit_is_refused(crowd):
    shown = crowd.take(np.arange(20))
    with pytest.raises(ValueError, match="one row an item") as error:
        item_sets.make(shown, {"soft": uniform(shown)[:5]})
    sentence_of(error)
    with pytest.raises(ValueError, match="no item sets"):
        item_sets.check([{}])
    with pytest.raises(ValueError, match="two item sets are of 'digits'"):
        item_sets.check([item_sets.make(shown)] * 2)


def test_digits_stand_in_where_no_votes_are_at_hand(monkeypatch):
    def absent(name):
        if name in item_sets.REAL:
            raise DataUnavailable("not here.")
        return data.DATA_SETS[name].load(n_items=250)

    monkeypatch.setattr(item_sets.data, "load", absent)
    (found,) = item_sets.at_hand()
    assert found["data"] == "digits"
    assert found["arms"] == ["hard", "soft"]
    assert len(found["ids"]) == 20
    p = np.array(found["models"]["soft"])
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert p.max(axis=1).mean() > 0.3  # it was trained
