"""Item sets: what a page holds of the items that a reader labels."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.interactive import item_sets
from softlabel_core import data
from softlabel_core.data import sampling


@pytest.fixture(scope="module")
def crowd():
    return data.load("digits", n_items=2000)


def uniform(shown):
    """A model that knows nothing."""
    return np.full(shown.counts.shape, 1 / shown.n_classes)


def test_a_set_holds_votes_and_answers(crowd):
    shown = crowd.take(sampling.spanning(crowd.counts, 20))
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
