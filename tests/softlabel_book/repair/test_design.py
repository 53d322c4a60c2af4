"""The design: which items are voted on, and how they are parted to choose by."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.repair import design
from softlabel_core.study import protocols


def test_budgets_end_with_all_there_are():
    assert design.budgets(296) == [25, 50, 100, 200, 296]
    assert design.budgets(100) == [25, 50, 100]
    assert design.budgets(20) == [20]
    assert list(design.draws(50, 100)) == list(range(design.DRAWS))
    assert list(design.draws(100, 100)) == [0]


def test_a_larger_budget_holds_the_smaller_and_draws_differ():
    small, large = (set(design.voted(n, 100, 3, 1)) for n in (25, 50))
    assert len(small) == 25
    assert small < large <= set(range(100))
    assert small != set(design.voted(25, 100, 3, 2))
    assert small != set(design.voted(25, 100, 4, 1))
    np.testing.assert_array_equal(design.voted(100, 100, 3, 1), np.arange(100))


@pytest.mark.parametrize("n_groups", [2, 3, 17])
def test_every_item_is_held_out_once_and_groups_stay_together(n_groups):
    groups = np.arange(40) % n_groups
    parts = design.parts(groups, 0)
    assert len(parts) == min(n_groups, design.FOLDS)
    assert (np.sum(parts, axis=0) == 1).all()
    for out in parts:
        assert out.any()
        assert not set(groups[out]) & set(groups[~out])


def test_a_single_group_is_refused():
    with pytest.raises(ValueError, match="one group") as error:
        design.parts(["a"] * 9, 0)
    sentence_of(error)


def test_training_on_may_take_as_long_as_training_did():
    assert design.longest(protocols.get("politeness", "frozen")) == 20
    assert design.longest(protocols.get("chaosnli", "minilm-nli")) == 5
    assert set(design.TAUGHT) < set(design.WAYS)
