"""Arms: what each trains towards item by item, what it does to batches, and that every row is whole."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import rel_entr
from scipy.stats import binom
from shared import real, sentence_of

from softlabel_core import arms, data, training, votes
from softlabel_core.data import Dataset, popquorn
from softlabel_core.study import protocols

KNOWS_NO_OTHER_ITEM = ["hard", "gold", "soft", "smoothing", "sampled"]


def voted(counts, gold=None, ratings=None):
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
        ratings=ratings,
    )


def rated(ratings, n_classes, gold=None):
    """A data set with these ratings, and the counts that they add up to."""
    ratings = np.asarray(ratings, dtype=np.int8)
    counts = np.stack([(ratings == k).sum(axis=1) for k in range(n_classes)], axis=1)
    return voted(counts, gold, ratings)


def unequal_raters(n_items=300, seed=0):
    """True classes, and their data set: three careful raters outvoted by four who mistake 0 for 1 half the time."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n_items)
    ratings = np.where(rng.random((n_items, 7)) < 0.1, rng.integers(0, 3, (n_items, 7)), truth[:, None])
    careless = (truth == 0)[:, None] & (rng.random((n_items, 7)) < 0.75) & (np.arange(7) >= 3)
    ratings = np.where(careless, 1, ratings)
    ratings[rng.random(ratings.shape) < 0.2] = -1
    ratings[:, 0] = np.where((ratings < 0).all(axis=1), truth, ratings[:, 0])
    return truth, rated(ratings, 3, gold=truth)


def all_of(target, n_items, step=0):
    return target(step, np.arange(n_items))


TORN = voted([[2, 0, 2]] * 400)
EVERY_ROW = np.arange(400)


def test_hard_is_one_hot_of_the_majority():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    target = arms.target("hard", dataset, np.array([2, 0]), seed=0)
    assert all_of(target, 2).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_hard_breaks_ties_at_random_among_the_tied_classes():
    classes = all_of(arms.target("hard", TORN, EVERY_ROW, seed=0), 400).argmax(axis=1)
    share = np.bincount(classes, minlength=3) / 400
    assert share[1] == 0
    assert 0.4 < share[0] < 0.6


def test_hard_breaks_a_tie_once():
    target = arms.target("hard", TORN, EVERY_ROW, seed=0)
    assert np.array_equal(all_of(target, 400, step=0), all_of(target, 400, step=77))


def test_the_splits_seed_alone_decides_a_tie():
    first = all_of(arms.target("hard", TORN, EVERY_ROW, seed=3), 400)
    assert np.array_equal(first, all_of(arms.target("hard", TORN, EVERY_ROW, seed=3), 400))
    assert not np.array_equal(first, all_of(arms.target("hard", TORN, EVERY_ROW, seed=4), 400))


def test_an_items_tie_falls_alike_in_every_fold():
    whole = all_of(arms.target("hard", TORN, EVERY_ROW, seed=0), 400)
    part = all_of(arms.target("hard", TORN, EVERY_ROW[150:], seed=0), 250)
    assert np.array_equal(whole[150:], part)


def test_gold_is_one_hot_of_the_label_that_was_shipped():
    dataset = voted([[3, 1, 0], [0, 0, 9]], gold=np.array([1, 2]))
    assert all_of(arms.target("gold", dataset, np.array([0, 1]), seed=0), 2).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_soft_is_the_annotation_distribution():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    rows = np.array([2, 0])
    found = all_of(arms.target("soft", dataset, rows, seed=0), 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, dataset.p_human[rows], rtol=1e-6)


@pytest.mark.parametrize("arm", arms.ARMS)
def test_a_batch_is_addressed_by_place_in_the_training_part(arm):
    _, dataset = unequal_raters(60)
    rows = np.random.default_rng(0).permutation(60)[:40]
    target = arms.target(arm, dataset, rows, seed=0)
    batch = np.array([5, 39, 5, 0])
    assert np.array_equal(target(3, batch), all_of(target, 40, step=3)[batch])
    if arm in KNOWS_NO_OTHER_ITEM:
        alone = arms.target(arm, dataset, rows[batch], seed=0)
        assert np.array_equal(all_of(alone, 4, step=3), target(3, batch))


@st.composite
def some_ratings(draw):
    """Ratings with one or more an item."""
    n_classes = draw(st.integers(2, 5))
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 6)))
    ratings = draw(hnp.arrays(np.int8, shape, elements=st.integers(-1, n_classes - 1)))
    ratings[:, 0] = np.maximum(ratings[:, 0], 0)
    return rated(ratings, n_classes, gold=np.zeros(shape[0], dtype=int))


FAST = [arm for arm in arms.ARMS if arm != "dawid-skene"]  # whose EM takes most of a second


@pytest.mark.parametrize(
    ("names", "examples"), [([*FAST, "smoothing-0.9", "dirichlet-50"], 25), (["dawid-skene"], 5)]
)
def test_targets_are_distributions(names, examples):
    check = settings(max_examples=examples, deadline=None, database=None)
    check(given(some_ratings(), st.integers(0, 5), st.integers(0, 1000))(_distributions))(names)


def _distributions(names, dataset, seed, step):
    for arm in names:
        found = all_of(
            arms.target(arm, dataset, np.arange(dataset.n_items), seed), dataset.n_items, step=step
        )
        assert found.dtype == np.float32
        assert found.shape == dataset.counts.shape
        assert found.min() >= 0
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_no_arm_is_a_copy_of_another():
    """Where targets are alike, batches are mixed or features dropped."""
    _, dataset = unequal_raters()
    rows = np.arange(200)
    found = {arm: all_of(arms.target(arm, dataset, rows, seed=0), 200) for arm in arms.ARMS}
    for one, other in combinations(arms.ARMS.values(), 2):
        besides = [(arm.mix, arm.dropout) for arm in (one, other)]
        apart = np.abs(found[one.name] - found[other.name]).sum(axis=1).mean()
        assert apart > 0.02 or besides[0] != besides[1], (one.name, other.name)


def test_smoothing_spreads_an_amount_of_the_hard_target():
    dataset = voted([[3, 1, 0, 0], [0, 0, 9, 0]])
    found = all_of(arms.target("smoothing-0.2", dataset, np.array([1, 0]), seed=0), 2)
    np.testing.assert_allclose(found, [[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]], rtol=1e-6)
    default = all_of(arms.target("smoothing", dataset, np.array([0]), seed=0), 1)
    np.testing.assert_allclose(default, [[0.925, 0.025, 0.025, 0.025]], rtol=1e-6)


def test_smoothing_breaks_ties_as_hard_does():
    whole = [all_of(arms.target(arm, TORN, EVERY_ROW, seed=3), 400) for arm in ("hard", "smoothing")]
    assert np.array_equal(whole[0].argmax(axis=1), whole[1].argmax(axis=1))


def test_sampled_votes_average_to_soft():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1], [50, 0, 51], [0, 1, 0]])
    rows = np.array([2, 0, 3, 1, 4])
    target = arms.target("sampled", dataset, rows, seed=0)
    drawn = np.stack([all_of(target, 5, step=step) for step in range(4000)])
    assert set(np.unique(drawn).tolist()) == {0, 1}
    assert (drawn.sum(axis=2) == 1).all()
    np.testing.assert_allclose(drawn.mean(axis=0), dataset.p_human[rows], atol=0.04)  # 5 standard errors
    assert (drawn.sum(axis=0)[dataset.counts[rows] == 0] == 0).all()


def test_sampled_votes_are_drawn_anew_at_each_step_and_for_each_item():
    target = arms.target("sampled", TORN, EVERY_ROW, seed=0)
    first, second = all_of(target, 400, step=0), all_of(target, 400, step=1)
    for share in (first[:, 0].mean(), (first == second).all(axis=1).mean()):  # as coins fall
        assert 0.4 < share < 0.6


def test_seed_and_step_alone_decide_a_sampled_vote():
    target = arms.target("sampled", TORN, EVERY_ROW, seed=3)
    later = all_of(target, 400, step=7)
    all_of(target, 400, step=8)
    assert np.array_equal(later, target(7, np.arange(400)))
    assert np.array_equal(later, all_of(arms.target("sampled", TORN, EVERY_ROW, seed=3), 400, step=7))
    assert not np.array_equal(later, all_of(arms.target("sampled", TORN, EVERY_ROW, seed=4), 400, step=7))


def test_dealt_votes_come_each_once_and_then_anew():
    dataset = voted([[3, 1, 0], [0, 0, 9], [2, 3, 2]])
    rows = np.array([2, 0, 1])
    target = arms.target("multipass", dataset, rows, seed=0)
    dealt = np.stack(
        [target(step, np.arange(3), step) for step in range(7 * 4 * 9)]
    )  # whole passes of every item
    for item, row in enumerate(rows):
        n_votes = dataset.counts[row].sum()
        passes = dealt[:, item].reshape(-1, n_votes, 3)
        assert (passes.sum(axis=1) == dataset.counts[row]).all()  # exactly, in every pass
    orders = {tuple(dealt[start : start + 7, 0].argmax(axis=1)) for start in range(0, len(dealt), 7)}
    assert len(orders) > 10
    np.testing.assert_allclose(dealt.mean(axis=0), dataset.p_human[rows], rtol=1e-6)


def test_seed_and_epoch_alone_decide_a_dealt_vote():
    target = arms.target("multipass", TORN, EVERY_ROW, seed=3)
    first, second = target(0, EVERY_ROW, 0), target(0, EVERY_ROW, 1)
    assert np.array_equal(first, target(99, EVERY_ROW, 0))
    assert (
        0.2 < (first == second).all(axis=1).mean() < 0.45
    )  # two and two votes: the next is alike one time in three
    assert np.array_equal(second, arms.target("multipass", TORN, EVERY_ROW, seed=3)(5, EVERY_ROW, 1))
    assert not np.array_equal(first, arms.target("multipass", TORN, EVERY_ROW, seed=4)(0, EVERY_ROW, 0))


def test_one_vote_is_drawn_once_as_people_voted():
    found = all_of(arms.target("one-vote", TORN, EVERY_ROW, seed=0), 400)
    target = arms.target("one-vote", TORN, EVERY_ROW, seed=0)
    assert np.array_equal(found, target(5, EVERY_ROW, 3))
    assert 0.4 < found[:, 0].mean() < 0.6
    many = voted([[30, 60, 10]] * 4000)
    shares = all_of(arms.target("one-vote", many, np.arange(4000), seed=1), 4000).mean(axis=0)
    np.testing.assert_allclose(shares, [0.3, 0.6, 0.1], atol=0.04)


def test_dirichlet_adds_votes_shared_out_as_in_the_training_part():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 3, 0]])
    found = all_of(arms.target("dirichlet-2", dataset, np.array([2, 0]), seed=0), 2)
    # The prior is (.5, .5, 0): the item that is not trained on has no say in it.
    np.testing.assert_allclose(found, [[2 / 6, 4 / 6, 0], [4 / 6, 2 / 6, 0]], rtol=1e-6)
    assert np.array_equal(
        all_of(arms.target("dirichlet", dataset, np.array([0, 1]), seed=0), 2),
        all_of(arms.target("dirichlet-1", dataset, np.array([0, 1]), seed=0), 2),
    )


def test_dirichlet_runs_from_soft_to_the_prior():
    rows = np.array([0, 2])
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 1, 2]])
    few, many = (
        all_of(arms.target(arm, dataset, rows, seed=0), 2) for arm in ("dirichlet-1e-9", "dirichlet-1e9")
    )
    np.testing.assert_allclose(few, dataset.p_human[rows], atol=1e-6)
    np.testing.assert_allclose(many, np.tile(dataset.p_human[rows].mean(axis=0), (2, 1)), atol=1e-6)


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=1200)


def test_shuffled_keeps_the_distributions_of_each_class(digits):
    rows = np.arange(100, 1200)
    lent = all_of(arms.target("shuffled", digits, rows, seed=0), 1100)
    classes = all_of(arms.target("hard", digits, rows, seed=0), 1100).argmax(axis=1)
    for k in range(10):
        of_class, own = lent[classes == k], digits.p_human[rows][classes == k]
        np.testing.assert_allclose(of_class[np.lexsort(of_class.T)], own[np.lexsort(own.T)], rtol=1e-6)
        np.testing.assert_allclose(of_class.mean(axis=0), own.mean(axis=0), rtol=1e-5)


def test_shuffled_does_not_know_the_item(digits):
    rows = np.arange(1200)
    lent = all_of(arms.target("shuffled", digits, rows, seed=0), 1200)
    classes = all_of(arms.target("hard", digits, rows, seed=0), 1200).argmax(axis=1)
    means = np.stack([digits.p_human[classes == k].mean(axis=0) for k in range(10)])[classes]
    rest, own = lent - means, digits.p_human - means  # what is left of a target once its class is known
    assert abs(np.corrcoef(rest.ravel(), own.ravel())[0, 1]) < 0.05
    assert (lent == digits.p_human.astype(np.float32)).all(axis=1).mean() < 0.5  # clear items look alike


def test_the_splits_seed_alone_decides_who_is_shuffled(digits):
    first, again, other = (
        all_of(arms.target("shuffled", digits, np.arange(1200), seed=seed), 1200) for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    target = arms.target("shuffled", digits, np.arange(1200), seed=3)
    assert np.array_equal(first, all_of(target, 1200, step=9))


def em(ratings, n_classes, n_rounds):
    """Dawid and Skene's estimate, written out: from vote shares, rounds of raters' matrices and then classes."""
    seen = np.stack([ratings == k for k in range(n_classes)], axis=2).astype(float)  # item, rater, vote
    p = seen.sum(axis=1) / seen.sum(axis=(1, 2))[:, None]
    for _ in range(n_rounds):
        matrix = np.einsum("irv,ic->rvc", seen, p).clip(1e-10)
        matrix /= matrix.sum(axis=1, keepdims=True)
        log_p = np.log(p.mean(axis=0).clip(1e-10)) + np.einsum("irv,rvc->ic", seen, np.log(matrix))
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
    return p


def test_dawid_skene_is_em_to_the_last_round():
    _, dataset = unequal_raters()
    rows = np.arange(200)
    found = all_of(arms.target("dawid-skene", dataset, rows, seed=0), 200)
    np.testing.assert_allclose(found, em(dataset.ratings[rows], 3, 100), atol=1e-4)


def test_dawid_skene_finds_who_is_careful():
    truth, dataset = unequal_raters()
    found = all_of(arms.target("dawid-skene", dataset, np.arange(300), seed=0), 300).argmax(axis=1)
    assert (found == truth).mean() > 0.97 > 0.92 > (dataset.majority == truth).mean()


def test_dawid_skene_reads_the_votes_of_the_training_part_only():
    _, dataset = unequal_raters(100)
    other = dataset.ratings.copy()
    other[60:] = np.where(other[60:] >= 0, (other[60:] + 1) % 3, -1)
    found = [
        all_of(arms.target("dawid-skene", known, np.arange(60), seed=0), 60)
        for known in (dataset, rated(other, 3))
    ]
    assert np.array_equal(*found)


def test_dawid_skene_gives_no_chance_to_a_class_that_nobody_chose():
    found = all_of(arms.target("dawid-skene", rated([[0, 2], [2, -1]], 4), np.array([0, 1]), seed=0), 2)
    assert found.shape == (2, 4)
    assert (found[:, [1, 3]] == 0).all()


@pytest.mark.parametrize(
    ("name", "source"), [("politeness", popquorn.POLITENESS_COPY), ("offensiveness", popquorn.OFFENSIVENESS)]
)
def test_every_rival_serves_the_real_raters(name, source):
    dataset = real(name, source)
    rows = data.split(dataset).train
    for arm in arms.ARMS:
        if arm != "gold":
            found = all_of(arms.target(arm, dataset, rows, seed=0), len(rows))
            votes.check_distribution(found, arm)


def test_dawid_skene_is_refused_without_raters():
    with pytest.raises(ValueError, match=r"^voted does not say who voted what, .*leave that arm out\.$"):
        arms.target("dawid-skene", voted([[1, 2]]), np.array([0]), seed=0)


def test_dawid_skene_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(ValueError, match="pip install 'crowd-kit") as error:
        arms.target("dawid-skene", rated([[0, 1]], 2), np.array([0]), seed=0)
    sentence_of(error)


def test_gold_is_refused_where_none_was_shipped():
    with pytest.raises(ValueError, match=r"^voted ships no label of its own, .*leave that arm out\.$"):
        arms.target("gold", voted([[1, 2]]), np.array([0]), seed=0)


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ("solf", "there is no arm 'solf'; choose from hard, gold, soft, smoothing, "),
        ("softer", "there is no arm 'softer'"),
        ("", "there is no arm ''"),
        ("hard-0.1", "hard takes no number; write hard"),
        ("dawid-skene-2", "dawid-skene takes no number"),
        (
            "smoothing-",
            "must end in its amount, a number above 0 and below 1; write for instance smoothing-0.1",
        ),
        ("smoothing-much", "must end in its amount"),
        ("smoothing-0", "above 0"),
        ("smoothing-1", "below 1"),
        ("smoothing-nan", "above 0"),
        ("dirichlet--2", "must end in its number of pseudo-votes, a number above 0 and finite"),
        ("dirichlet-inf", "finite"),
    ],
)
def test_an_unknown_arm_is_refused(arm, told):
    for refuse in (
        lambda: arms.target(arm, TORN, EVERY_ROW, seed=0),
        lambda: arms.ordered(["hard", arm]),
    ):
        with pytest.raises(ValueError, match="arm") as error:
            refuse()
        assert told in sentence_of(error)


def test_arms_have_an_order_and_one_spelling():
    given_arms = ["dirichlet-10", "smoothing", "soft", "dirichlet-2", "smoothing-.10", "dawid-skene", "hard"]
    wanted = ["hard", "soft", "smoothing-0.1", "dirichlet-2", "dirichlet-10", "dawid-skene"]
    assert arms.ordered(given_arms) == wanted
    assert arms.ordered(wanted) == wanted
    assert list(arms.ARMS)[:3] == ["hard", "gold", "soft"]
    assert arms.ordered(["dirichlet-1e-7"]) == ["dirichlet-1e-07"]
    assert arms.ordered(["dirichlet-1e-07"]) == ["dirichlet-1e-07"]


def test_a_study_trains_no_rival_unless_told():
    assert arms.usual(voted([[1, 2]])) == ["hard", "soft"]
    assert arms.usual(voted([[1, 2]], gold=np.array([1]))) == ["hard", "gold", "soft"]


# What a model learns from them


@pytest.fixture(scope="module")
def learned(digits):
    """What a small network predicts for the items that it was trained on, by arm."""
    protocol = protocols.get("digits", "small")
    images, rows = training.to_tensor(digits.items, torch.device("cpu")), np.arange(1200)

    def predictions(arm):
        model, epochs = training.teach(arm, digits, rows, images, protocol, seed=0)
        list(epochs)
        return np.exp(training.predict(model, images).astype(np.float64))

    return {
        arm: predictions(arm) for arm in ("hard", "soft", "smoothing", "sampled", "dirichlet", "shuffled")
    }


def kl_from_truth(digits, p):
    return rel_entr(digits.p_true, p).sum(axis=1).mean()


def test_soft_learns_more_than_the_class_of_an_item_and_shuffled_does_not(digits, learned):
    """The reference knows the true chance of every majority class, and of a class its mean distribution.

    On blends, unlike on clear photographs, this already follows the item: a torn one has two likely classes.
    """
    chance = 1 - binom.cdf(10, 20, digits.p_true) + binom.pmf(10, 20, digits.p_true) / 2  # of 20 votes
    means = np.stack([digits.p_human[digits.majority == k].mean(axis=0) for k in range(10)])
    reference = kl_from_truth(digits, chance @ means)
    assert kl_from_truth(digits, learned["soft"]) < 0.9 * reference
    assert kl_from_truth(digits, learned["shuffled"]) > reference


def test_sampled_votes_teach_what_soft_labels_do(learned):
    apart = {arm: np.abs(p - learned["soft"]).sum(axis=1).mean() / 2 for arm, p in learned.items()}
    assert 0 < apart["sampled"] < 0.5 * min(apart[arm] for arm in ("hard", "smoothing", "shuffled"))


def test_a_smoother_target_teaches_a_smoother_prediction(learned):
    mean = {arm: votes.entropy(p).mean() for arm, p in learned.items()}
    assert mean["hard"] < mean["soft"] < mean["dirichlet"]
    assert mean["soft"] < mean["smoothing"]


# What tuning may look at


def test_labels_of_held_out_items_are_those_that_the_arms_user_has():
    _, dataset = unequal_raters()
    train, held = np.arange(150), np.arange(150, 200)

    def found(arm):
        return arms.labels(arm, dataset, train, held, seed=0)

    for arm in ("hard", "smoothing-0.3", "mixup", "mc-dropout"):
        np.testing.assert_array_equal(
            found(arm),
            np.eye(dataset.n_classes)[votes.break_ties(dataset.counts, np.random.default_rng(0))[held]],
        )
    for arm in ("soft", "sampled", "dirichlet", "mc-dropout-soft"):
        np.testing.assert_allclose(found(arm), dataset.p_human[held], rtol=1e-6)
    for arm in ("shuffled", "dawid-skene"):
        assert np.abs(found(arm) - dataset.p_human[held]).sum(axis=1).mean() > 0.1
        np.testing.assert_allclose(found(arm).sum(axis=1), 1, rtol=1e-6)


def test_ties_are_counted_where_they_are_broken():
    dataset = voted([[2, 2, 0], [3, 1, 0], [1, 1, 1]])
    rows = np.array([0, 1])
    counted = {arm: arms.n_ties(arm, dataset, rows) for arm in arms.ARMS}
    assert {arm for arm, n in counted.items() if n == 1} == {
        "hard",
        "smoothing",
        "shuffled",
        "mixup",
        "mc-dropout",
    }
    assert set(counted.values()) == {0, 1}


def test_a_data_set_is_served_with_the_arms_that_it_has_labels_for():
    dataset = voted([[2, 2, 0], [3, 1, 0]])
    assert set(arms.ARMS) - set(arms.possible(dataset)) == {"gold", "dawid-skene"}
    _, rated = unequal_raters()
    assert "dawid-skene" in arms.possible(rated)


def test_a_longer_name_is_not_taken_for_a_shorter_one_with_a_number():
    assert arms.parse("mc-dropout-soft") == ("mc-dropout-soft", ())
    assert arms.ordered(["mc-dropout-soft", "mixup", "mc-dropout"]) == [
        "mixup-0.2",
        "mc-dropout",
        "mc-dropout-soft",
    ]


# What an arm does to its batches

SHOWN = torch.arange(8, dtype=torch.uint8).reshape(8, 1, 1, 1) * 30
ONE_HOT = torch.eye(8)


def test_an_item_and_its_target_are_blended_alike():
    mix = arms.mixup(0, 1.0)
    for step in range(20):
        shown, wanted = mix(step, SHOWN, ONE_HOT)
        # Item k shows 30 k, so what is shown says which items went in and how much of each.
        torch.testing.assert_close(shown.flatten(), wanted @ SHOWN.flatten().float())
        torch.testing.assert_close(wanted.sum(dim=1), torch.ones(8))


def test_a_batch_has_one_share_drawn_from_its_beta_distribution():
    shares = []
    for step in range(2000):
        _, wanted = arms.mixup(3, 0.2)(step, SHOWN, ONE_HOT)
        diagonal = wanted.diagonal()
        mixed = diagonal[diagonal < 1]
        assert (mixed - mixed[:1]).abs().max() < 1e-6 if len(mixed) else True
        shares += mixed[:1].tolist()
    assert np.var(shares) == pytest.approx(0.25 / (2 * 0.2 + 1), rel=0.1)  # of Beta(a, a)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.04)


def test_a_step_is_mixed_alike_whenever_it_is_taken_and_other_steps_and_seeds_are_not():
    def mixed(seed, step):
        return arms.mixup(seed, 0.5)(step, SHOWN, ONE_HOT)[1]

    assert torch.equal(mixed(1, 4), mixed(1, 4))
    assert not torch.equal(mixed(1, 4), mixed(1, 5))
    assert not torch.equal(mixed(1, 4), mixed(2, 4))


@pytest.mark.parametrize("arm", [arm for arm in arms.ARMS if arm != "mixup"])
def test_other_arms_leave_their_batches_alone(arm):
    assert arms.mix(arm, 0) is None


def test_mixup_is_built_with_its_strength_and_the_runs_seed():
    built = arms.mix("mixup-0.5", 7)(2, SHOWN, ONE_HOT)
    expected = arms.mixup(7, 0.5)(2, SHOWN, ONE_HOT)
    assert all(torch.equal(one, other) for one, other in zip(built, expected, strict=True))


def test_token_ids_are_not_blended():
    known = voted([[2, 1]])
    for refuse in (
        lambda: arms.mix("mixup", 0, token_ids=True),
        lambda: arms.check("mixup-0.5", known, token_ids=True),
    ):
        with pytest.raises(
            ValueError, match=r"^the arm 'mixup' blends inputs, and token ids cannot be blended; "
        ) as error:
            refuse()
        assert str(error.value).endswith(".")
    assert arms.mix("hard", 0, token_ids=True) is None
    arms.check("hard", known, token_ids=True)
    assert "mixup" in arms.possible(known)
    assert "mixup" not in arms.possible(known, token_ids=True)


# The rows


@pytest.mark.parametrize("arm", arms.ARMS.values(), ids=lambda arm: arm.name)
def test_a_row_is_whole(arm):
    assert arms.ARMS[arm.name] is arm
    assert arm.taught_by in ("majorities", "votes", "control")
    assert arms.ARMS[arm.labels].labels == arm.labels  # whose user has just these
    assert arms.ARMS[arm.labels].dropout == 0
    assert arm.needs in (None, *arms.LACKS)
    assert 0 <= arm.dropout < 1
    assert arm.mix is None or arm.setting is not None
    if arm.setting:
        assert 0 < arm.setting.default < arm.setting.below
        assert arm.setting.default in arm.setting.tried
        assert all(0 < number < arm.setting.below for number in arm.setting.tried)


def test_no_two_arms_have_one_title():
    assert len({arm.title for arm in arms.ARMS.values()}) == len(arms.ARMS)


@pytest.mark.parametrize("arm", arms.ARMS)
def test_the_glossary_knows_it(arm):
    text = (Path(__file__).parents[2] / "book" / "glossary.md").read_text(encoding="utf-8")
    assert re.search(rf"The arms? (`[a-z-]+`(, | and ))*`{arm}`", text), (
        f"glossary.md has no sentence on {arm}"
    )


@pytest.mark.parametrize(
    ("arm", "titled"),
    [
        ("hard", "hard (majority)"),
        ("smoothing-0.2", "label smoothing 0.2"),
        ("mc-dropout-soft", "soft, MC dropout"),
        ("hard/temperature", "hard, one temperature"),
        ("soft/ensemble", "soft, ensemble"),
        ("uniform", "uniform"),
    ],
)
def test_an_arm_is_titled_with_its_number_and_what_comes_after_training(arm, titled):
    assert arms.title(arm) == titled


def test_arms_need_no_torch():
    code = "import sys, softlabel_core.arms; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
