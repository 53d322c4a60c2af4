"""Splits: disjoint, complete, the same for all, and no group on two sides."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softlabel_core import data
from softlabel_core.data import Dataset

quick = settings(max_examples=40, deadline=None, database=None)


def grouped(groups, labels):
    """A data set of these groups and majority labels of three classes."""
    n_items = len(groups)
    return Dataset(
        name="grouped",
        counts=np.eye(3, dtype=int)[labels] * 4 + 1,
        items=np.zeros((n_items, 1)),
        class_names=("a", "b", "c"),
        ids=np.array([f"{i:04d}" for i in range(n_items)]),
        groups=np.asarray(groups),
    )


@st.composite
def random_groups(draw):
    """A data set of sixty groups or more, of one to six items each, in any order."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=60, max_size=90))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    shuffle = np.random.default_rng(draw(st.integers(0, 99))).permutation(len(groups))
    return grouped(groups[shuffle], np.arange(len(groups)) % 3)


@quick
@given(random_groups(), st.integers(0, 3))
def test_no_group_straddles_and_the_folds_partition(dataset, seed):
    tested = []
    for fold in range(5):
        found = data.split(dataset, fold, seed=seed)
        parts = [found.train, found.validation, found.test]
        assert found.fold == fold
        assert all(len(part) and (np.diff(part) > 0).all() for part in parts)
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(dataset.n_items))
        groups = [set(dataset.groups[part]) for part in parts]
        assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
        tested.append(found.test)
    np.testing.assert_array_equal(np.sort(np.concatenate(tested)), np.arange(dataset.n_items))


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=1000)


def rows_of(found):
    return [found.train.tolist(), found.validation.tolist(), found.test.tolist()]


SINGLE = grouped(np.arange(300), np.arange(300) % 3)  # so many groups alike that the seed decides everything


@pytest.mark.parametrize("fold", range(5))
def test_every_call_gives_the_same_split(digits, fold):
    for dataset in (digits, SINGLE):
        first = rows_of(data.split(dataset, fold))
        assert first == rows_of(data.split(dataset, fold))
        assert first == rows_of(data.split(replace(dataset, items=dataset.items[::-1]), fold))


def test_the_splits_seed_decides_every_part():
    first, other = (rows_of(data.split(SINGLE, 0, seed=seed)) for seed in (1, 2))
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_the_parts_have_the_shares_that_were_asked_for(digits):
    found = data.split(digits, 0, n_folds=5, validation=0.25)
    assert len(found.test) == pytest.approx(200, abs=40)
    assert len(found.validation) == pytest.approx(200, abs=40)


def test_the_parts_hold_the_classes_in_like_shares():
    dataset = grouped(np.arange(900), np.arange(900) % 10 // 4)  # shares .4, .4, .2
    found = data.split(dataset, 2)
    for part in rows_of(found):
        shares = np.bincount(dataset.majority[part], minlength=3) / len(part)
        np.testing.assert_allclose(shares, [0.4, 0.4, 0.2], atol=0.03)


def test_the_fixed_split_of_digits_is_the_one_that_was_recorded():
    digits = data.load("digits")
    ids = [digits.ids[part] for part in rows_of(data.split(digits))]
    digest = hashlib.sha256("|".join(",".join(part) for part in ids).encode()).hexdigest()
    expected = "149ac2aa25156d461989b055e17a5592ea838219adc9327b2493eb8833a673a8"
    assert digest == expected, "records of digits no longer match; scikit-learn before 1.8 divides otherwise"


@pytest.mark.parametrize("fold", [-1, 5])
def test_a_fold_that_does_not_exist_is_refused(digits, fold):
    with pytest.raises(ValueError, match=rf"^fold {fold} does not exist; with 5 folds they are 0 to 4\.$"):
        data.split(digits, fold)


@pytest.mark.parametrize("validation", [0, -0.1, 0.6, float("nan")])
def test_a_share_that_is_none_is_refused(digits, validation):
    with pytest.raises(
        ValueError, match=rf"^validation={validation} must be a share above 0 and at most 0\.5\.$"
    ):
        data.split(digits, validation=validation)


@pytest.mark.parametrize("groups", [np.zeros(90), np.arange(90) % 4, np.arange(90) % 7])
def test_too_few_groups_are_refused(groups):
    dataset = grouped(groups.astype(int), np.arange(90) % 3)
    with pytest.raises(
        ValueError, match=r"^grouped has too few items or groups for 5 folds with validation=0\.1 \("
    ):
        data.split(dataset)


def test_a_rare_class_is_no_reason_to_warn():
    labels = np.arange(120) % 2
    labels[:3] = 2
    split = data.split(grouped(np.arange(120), labels))  # warnings are errors here
    assert len(split.train) + len(split.validation) + len(split.test) == 120
