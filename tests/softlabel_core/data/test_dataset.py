"""Dataset: what it refuses, what it derives, what its hash covers."""

import dataclasses
import pickle

import numpy as np
import pytest

from softlabel_core import data, votes
from softlabel_core.data import Dataset

COUNTS = np.array([[3, 1, 0], [0, 0, 9], [2, 0, 2]])
TEXTS = np.array([["first", "text"], ["second", ""], ["<b>third</b>", "שלום"]], dtype=object)
FEW = np.array([[2, 1, 0], [0, 0, 3], [1, 0, 1]])
RATINGS = np.array([[0, 1, -1, 0], [2, 2, 2, -1], [-1, 0, 2, -1]], dtype=np.int8)  # they add up to FEW
PARTS = np.array(["one", "two", "one"])


def dataset(**changes):
    """Three items of three classes, with some of its fields changed."""
    fields = {
        "name": "three",
        "counts": COUNTS,
        "items": np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1),
        "class_names": ("a", "b", "c"),
        "ids": np.array(["x", "y", "z"]),
        "groups": np.array([0, 1, 0]),
        "gold": np.array([1, 2, 0]),
        "p_true": np.full((3, 3), 1 / 3),
        "provenance": "made here",
        "licence": "free",
    }
    return Dataset(**{**fields, **changes})


def refused(**changes):
    """The sentence with which a data set is refused."""
    with pytest.raises(ValueError, match=r"^three: ") as error:
        dataset(**changes)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_what_is_derived_comes_from_the_votes():
    found = dataset()
    assert (found.n_items, found.n_classes) == (3, 3)
    np.testing.assert_array_equal(found.p_human, [[0.75, 0.25, 0], [0, 0, 1], [0.5, 0, 0.5]])
    np.testing.assert_allclose(found.entropy, [votes.entropy([0.75, 0.25]), 0, np.log(2)])
    np.testing.assert_array_equal(found.majority, [0, 2, 0])


def test_counts_are_kept_as_whole_numbers():
    assert dataset(counts=COUNTS.astype(float)).counts.dtype == np.int64


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [(-1, "-1.0 is negative"), (0.5, "0.5 is a fraction"), (np.nan, "nan is not a finite number")],
)
def test_a_cell_that_is_no_count_is_named(cell, complaint):
    counts = COUNTS.astype(float)
    counts[1, 2] = cell
    assert f"three: counts row 1, column 2: {complaint}" in refused(counts=counts)


def test_an_item_without_votes_is_named():
    counts = COUNTS.copy()
    counts[2] = 0
    assert "row 2 has no votes" in refused(counts=counts)


@pytest.mark.parametrize("counts", [COUNTS[0], COUNTS[:, :1], COUNTS[None]])
def test_misshapen_counts_are_refused(counts):
    assert "must be [n_items, n_classes]" in refused(counts=counts)


@pytest.mark.parametrize("field", ["items", "ids", "groups", "gold", "p_true", "part"])
def test_an_array_of_another_length_is_named(field):
    message = refused(**{field: np.array(getattr(dataset(part=PARTS), field))[:2]})
    assert message == f"three: {field} has 2 entries but counts has 3; give one per item."


def test_a_class_without_a_name_is_refused():
    assert refused(class_names=("a", "b")) == "three: 2 class names for 3 columns of counts."


def test_a_repeated_id_is_named():
    assert refused(ids=np.array(["x", "y", "y"])) == "three: item id 'y' occurs twice; ids must be unique."


@pytest.mark.parametrize("label", [-1, 3])
def test_a_gold_label_off_the_scale_is_named(label):
    message = refused(gold=np.array([0, label, 2]))
    assert message == f"three: gold label {label} of item y is off the scale 0-2."


def test_what_not_every_data_set_has_may_be_missing():
    found = dataset(gold=None, p_true=None)
    assert found.gold is None
    for field in ("gold", "p_true", "ratings", "part"):
        assert getattr(found.take(np.array([1])), field) is None


def test_items_are_images_unless_their_texts_have_names():
    assert not dataset().is_text
    assert dataset(items=TEXTS, text_parts=("premise", "hypothesis")).is_text


@pytest.mark.parametrize("items", [TEXTS[:, :1], TEXTS[:, 0], np.concatenate([TEXTS, TEXTS], axis=1)])
def test_texts_without_a_column_for_each_part_are_refused(items):
    message = refused(items=items, text_parts=("premise", "hypothesis"))
    assert message == (
        f"three: text items have shape {items.shape}; give one column for each of premise, hypothesis."
    )


@pytest.mark.parametrize("value", [None, 3, np.nan, b"bytes"])
def test_a_text_that_is_none_is_named(value):
    items = TEXTS.copy()
    items[1, 1] = value
    message = refused(items=items, text_parts=("premise", "hypothesis"))
    assert message == "three: hypothesis of item y is not text; give a string."


def test_ratings_add_up_to_the_counts():
    found = dataset(counts=FEW, ratings=RATINGS)
    np.testing.assert_array_equal(found.ratings, RATINGS)


@pytest.mark.parametrize(
    ("row", "rater", "value"), [(1, 0, 0), (1, 3, 2), (1, 1, -1), (2, 1, 3), (2, 0, 3), (0, 2, -2)]
)
def test_ratings_that_do_not_add_up_are_named(row, rater, value):
    ratings = RATINGS.copy()
    ratings[row, rater] = value
    assert refused(counts=FEW, ratings=ratings) == (
        f"three: the ratings of item {'xyz'[row]} do not add up to its counts (1 such item(s)); "
        "count the votes from the ratings."
    )


def test_ratings_of_other_items_are_refused():
    assert "ratings has 2 entries but counts has 3" in refused(counts=FEW, ratings=RATINGS[:2])


def test_take_keeps_the_rows_in_their_order():
    found = dataset().take(np.array([2, 0]))
    assert found.ids.tolist() == ["z", "x"]
    for field in ("counts", "items", "groups", "gold", "p_true"):
        np.testing.assert_array_equal(getattr(found, field), getattr(dataset(), field)[[2, 0]])
    for field in ("name", "class_names", "provenance", "licence"):
        assert getattr(found, field) == getattr(dataset(), field)


def test_take_keeps_texts_ratings_and_parts():
    whole = dataset(
        counts=FEW,
        items=TEXTS,
        text_parts=("premise", "hypothesis"),
        ratings=RATINGS,
        part=PARTS,
        ordinal=True,
        published=False,
    )
    found = whole.take(np.array([2, 1]))
    assert found.items.tolist() == TEXTS[[2, 1]].tolist()
    np.testing.assert_array_equal(found.ratings, RATINGS[[2, 1]])
    assert found.part.tolist() == ["one", "two"]
    assert (found.text_parts, found.ordinal, found.published) == (("premise", "hypothesis"), True, False)


def test_what_take_derives_is_its_own():
    whole = dataset()
    before = whole.hash, whole.p_human  # derived before rows are taken
    found = whole.take(np.array([2, 0]))
    np.testing.assert_array_equal(found.p_human, before[1][[2, 0]])
    assert found.hash != before[0]


def test_the_hash_depends_on_ids_and_counts():
    first = dataset().hash
    assert first == dataset().hash
    assert first != dataset(ids=np.array(["x", "y", "w"])).hash
    one_vote_moved = COUNTS.copy()
    one_vote_moved[0] = [2, 2, 0]
    assert first != dataset(counts=one_vote_moved).hash
    assert first != dataset().take(np.array([1, 0, 2])).hash


def test_the_hash_depends_on_nothing_else():
    other = dataset(
        items=np.zeros((3, 5, 5, 3), dtype=np.uint8),
        groups=np.arange(3),
        gold=None,
        p_true=None,
        provenance="JPEG copies",
        licence="",
        part=PARTS,
        ordinal=True,
    )
    assert other.hash == dataset().hash
    assert dataset(counts=COUNTS.astype(np.int16)).hash == dataset().hash


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset().name = "other"


def test_it_travels_to_another_process():
    found = dataset()
    copy = pickle.loads(pickle.dumps(found))
    assert copy.hash == found.hash
    np.testing.assert_array_equal(copy.items, found.items)


def test_an_unknown_data_set_is_refused():
    with pytest.raises(ValueError, match=r"^there is no data set 'cifar'; choose one of digits, ") as error:
        data.load("cifar")
    for name in ("cifar10h", "chaosnli", "chaosnli-snli", "politeness", "offensiveness", "nli-pairs"):
        assert f" {name}" in str(error.value)
