"""Ambiguous: which half that is, and that choosing by other votes undoes what choosing by noise does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from softlabel_core import metrics, statistics, votes
from softlabel_core.statistics.ambiguous_half import MEASURED, ambiguous_half, on_other_votes

quick = settings(max_examples=50, deadline=None, database=None)


def test_the_more_disputed_items_are_marked():
    np.testing.assert_array_equal(
        ambiguous_half([[9, 1, 0], [4, 3, 3], [10, 0, 0], [5, 5, 0]]), [False, True, False, True]
    )


@pytest.mark.parametrize(
    ("counts", "n"),
    [
        ([[4, 0]] * 3 + [[3, 1]] * 4 + [[2, 2]] * 3, 7),  # 7 and 3 are equally near to 5: the larger
        ([[4, 0]] * 2 + [[3, 1]] * 5 + [[2, 2]] * 4, 4),  # 4 of 11 is nearer to 5.5 than 9 is
        ([[4, 0]] * 5, 5),  # nothing to tell them apart by
        (
            [[4, 0], [0, 4], [1, 3], [6, 2]],
            2,
        ),  # equal shares are equally ambiguous, whatever the class or number
    ],
)
def test_equal_items_are_never_parted(counts, n):
    assert ambiguous_half(counts).sum() == n


@quick
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=40))
def test_no_cut_is_nearer_to_half_and_no_item_left_out_is_as_ambiguous(rows):
    counts = np.array(rows) + np.array([1, 0, 0])
    human, marked = votes.entropy(votes.distribution(counts)), ambiguous_half(counts)
    if not marked.all():
        assert human[marked].min() > human[~marked].max()
    sizes = [(human >= cut - 1e-9).sum() for cut in human]
    assert abs(marked.sum() - len(human) / 2) == min(abs(size - len(human) / 2) for size in sizes)


def crowd(n_votes, n=600, seed=0):
    """Items that all divide people alike: how ambiguous one looks is the luck of its votes."""
    rng = np.random.default_rng(seed)
    truth = np.tile([0.6, 0.3, 0.1], (n, 1))
    sure = log_softmax(3 * np.log(truth), axis=1)
    return {"hard": sure, "soft": np.log(truth)}, rng.multinomial(n_votes, truth)


def change(boot):
    return boot.relative_change("kl", "soft", "hard").value


def test_what_luck_adds_to_the_half_is_gone_on_other_votes():
    log_p, counts = crowd(8)
    rows = ambiguous_half(counts)
    chosen = statistics.bootstrap(
        {arm: values[rows] for arm, values in log_p.items()},
        counts[rows],
        np.flatnonzero(rows),
        n_resamples=1,
    )
    everything = statistics.bootstrap(log_p, counts, np.arange(len(counts)), n_resamples=1)
    assert change(chosen) < change(everything) - 0.1  # the same items, really: luck alone
    checked = on_other_votes(log_p, counts, np.arange(len(counts)), n_resamples=20)
    assert change(checked["half"]) == pytest.approx(change(checked["all"]), abs=0.03)


def test_real_ambiguity_is_still_there_on_other_votes():
    rng = np.random.default_rng(1)
    truth = np.where(np.arange(400)[:, None] % 2, [[0.96, 0.02, 0.02]], [[0.4, 0.35, 0.25]])
    log_p = {"hard": np.log(np.tile([0.96, 0.02, 0.02], (400, 1))), "soft": np.log(truth)}
    checked = on_other_votes(log_p, rng.multinomial(40, truth), np.arange(400), n_resamples=50)
    assert change(checked["half"]) < change(checked["all"])
    assert checked["half"].interval("soft", "kl").defined


def test_every_measure_is_the_mean_over_the_splits():
    log_p, counts = crowd(9, n=40)
    log_p["soft"] = np.stack(
        [log_softmax(np.random.default_rng(k).normal(size=(40, 3)), axis=1) for k in (0, 1)]
    )
    counts[0] = [1, 0, 0]  # has no halves
    found = on_other_votes(log_p, counts, np.arange(40), n_splits=3, n_resamples=2, seed=5)
    rng, expected = np.random.default_rng(5), {"all": [], "half": []}
    for _ in range(3):
        first, second = votes.halves(counts[1:], rng)
        for scope, rows in (("all", np.arange(39)), ("half", np.flatnonzero(ambiguous_half(first)))):
            expected[scope].append(metrics.evaluate(None, second[rows], log_p=log_p["soft"][1][1:][rows]))
    for scope, each in expected.items():
        for key in MEASURED:
            value = found[scope].per_seed["soft"][key][1]
            assert value == pytest.approx(np.mean([one[key] for one in each])), (scope, key)


def test_single_votes_have_no_halves():
    with pytest.raises(ValueError, match=r"^no item has two votes, .*; collect more votes\.$"):
        on_other_votes({"soft": np.log([[0.5, 0.5]])}, [[1, 0]], [0])
