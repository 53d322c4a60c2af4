"""Targets: what each arm trains towards, item by item."""

import sys
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import rel_entr
from scipy.stats import binom
from shared import real, sentence_of

from softlabel_core import data, models, targets, training, votes
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
    return target(step, torch.arange(n_items))


TORN = voted([[2, 0, 2]] * 400)
EVERY_ROW = np.arange(400)


def test_hard_is_one_hot_of_the_majority():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    target = targets.build("hard", dataset, np.array([2, 0]), seed=0)
    assert all_of(target, 2).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_hard_breaks_ties_at_random_among_the_tied_classes():
    classes = all_of(targets.build("hard", TORN, EVERY_ROW, seed=0), 400).argmax(dim=1)
    share = torch.bincount(classes, minlength=3) / 400
    assert share[1] == 0
    assert 0.4 < share[0] < 0.6


def test_hard_breaks_a_tie_once():
    target = targets.build("hard", TORN, EVERY_ROW, seed=0)
    assert torch.equal(all_of(target, 400, step=0), all_of(target, 400, step=77))


def test_the_splits_seed_alone_decides_a_tie():
    first = all_of(targets.build("hard", TORN, EVERY_ROW, seed=3), 400)
    assert torch.equal(first, all_of(targets.build("hard", TORN, EVERY_ROW, seed=3), 400))
    assert not torch.equal(first, all_of(targets.build("hard", TORN, EVERY_ROW, seed=4), 400))


def test_an_items_tie_falls_alike_in_every_fold():
    whole = all_of(targets.build("hard", TORN, EVERY_ROW, seed=0), 400)
    part = all_of(targets.build("hard", TORN, EVERY_ROW[150:], seed=0), 250)
    assert torch.equal(whole[150:], part)


def test_gold_is_one_hot_of_the_label_that_was_shipped():
    dataset = voted([[3, 1, 0], [0, 0, 9]], gold=np.array([1, 2]))
    assert all_of(targets.build("gold", dataset, np.array([0, 1]), seed=0), 2).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_soft_is_the_annotation_distribution():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1]])
    rows = np.array([2, 0])
    found = all_of(targets.build("soft", dataset, rows, seed=0), 2)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, dataset.p_human[rows], rtol=1e-6)


@pytest.mark.parametrize("arm", targets.ARMS)
def test_a_batch_is_addressed_by_place_in_the_training_part(arm):
    _, dataset = unequal_raters(60)
    rows = np.random.default_rng(0).permutation(60)[:40]
    target = targets.build(arm, dataset, rows, seed=0)
    batch = torch.tensor([5, 39, 5, 0])
    assert torch.equal(target(3, batch), all_of(target, 40, step=3)[batch])
    if arm in KNOWS_NO_OTHER_ITEM:
        alone = targets.build(arm, dataset, rows[batch.numpy()], seed=0)
        assert torch.equal(all_of(alone, 4, step=3), target(3, batch))


@st.composite
def some_ratings(draw):
    """Ratings with one or more an item."""
    n_classes = draw(st.integers(2, 5))
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 6)))
    ratings = draw(hnp.arrays(np.int8, shape, elements=st.integers(-1, n_classes - 1)))
    ratings[:, 0] = np.maximum(ratings[:, 0], 0)
    return rated(ratings, n_classes, gold=np.zeros(shape[0], dtype=int))


FAST = [arm for arm in targets.ARMS if arm != "dawid-skene"]  # whose EM takes most of a second


@pytest.mark.parametrize(
    ("arms", "examples"), [([*FAST, "smoothing-0.9", "dirichlet-50"], 25), (["dawid-skene"], 5)]
)
def test_targets_are_distributions(arms, examples):
    check = settings(max_examples=examples, deadline=None, database=None)
    check(given(some_ratings(), st.integers(0, 5), st.integers(0, 1000))(_distributions))(arms)


def _distributions(arms, dataset, seed, step):
    for arm in arms:
        found = all_of(
            targets.build(arm, dataset, np.arange(dataset.n_items), seed), dataset.n_items, step=step
        )
        assert found.dtype == torch.float32
        assert found.shape == dataset.counts.shape
        assert found.min() >= 0
        torch.testing.assert_close(found.sum(dim=1), torch.ones(len(found)))


def test_no_arm_is_a_copy_of_another():
    _, dataset = unequal_raters()
    rows = np.arange(200)
    found = {arm: all_of(targets.build(arm, dataset, rows, seed=0), 200) for arm in targets.ARMS}
    # What these do besides is in `mixing` and `models`, and is held apart in their tests.
    for arm, same in (("mixup", "hard"), ("mc-dropout", "hard"), ("mc-dropout-soft", "soft")):
        assert torch.equal(found.pop(arm), found[same])
    for one, other in combinations(found, 2):
        assert (found[one] - found[other]).abs().sum(dim=1).mean() > 0.02, (one, other)


def test_smoothing_spreads_an_amount_of_the_hard_target():
    dataset = voted([[3, 1, 0, 0], [0, 0, 9, 0]])
    found = all_of(targets.build("smoothing-0.2", dataset, np.array([1, 0]), seed=0), 2)
    np.testing.assert_allclose(found, [[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]], rtol=1e-6)
    default = all_of(targets.build("smoothing", dataset, np.array([0]), seed=0), 1)
    np.testing.assert_allclose(default, [[0.925, 0.025, 0.025, 0.025]], rtol=1e-6)


def test_smoothing_breaks_ties_as_hard_does():
    whole = [all_of(targets.build(arm, TORN, EVERY_ROW, seed=3), 400) for arm in ("hard", "smoothing")]
    assert torch.equal(whole[0].argmax(dim=1), whole[1].argmax(dim=1))


def test_sampled_votes_average_to_soft():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 2, 1], [50, 0, 51], [0, 1, 0]])
    rows = np.array([2, 0, 3, 1, 4])
    target = targets.build("sampled", dataset, rows, seed=0)
    drawn = torch.stack([all_of(target, 5, step=step) for step in range(4000)])
    assert set(drawn.unique().tolist()) == {0, 1}
    assert (drawn.sum(dim=2) == 1).all()
    np.testing.assert_allclose(drawn.mean(dim=0), dataset.p_human[rows], atol=0.04)  # 5 standard errors
    assert (drawn.sum(dim=0).numpy()[dataset.counts[rows] == 0] == 0).all()


def test_sampled_votes_are_drawn_anew_at_each_step_and_for_each_item():
    target = targets.build("sampled", TORN, EVERY_ROW, seed=0)
    first, second = all_of(target, 400, step=0), all_of(target, 400, step=1)
    for share in (first[:, 0].mean(), (first == second).all(dim=1).float().mean()):  # as coins fall
        assert 0.4 < share < 0.6


def test_seed_and_step_alone_decide_a_sampled_vote():
    target = targets.build("sampled", TORN, EVERY_ROW, seed=3)
    later = all_of(target, 400, step=7)
    all_of(target, 400, step=8)
    assert torch.equal(later, target(7, torch.arange(400)))
    assert torch.equal(later, all_of(targets.build("sampled", TORN, EVERY_ROW, seed=3), 400, step=7))
    assert not torch.equal(later, all_of(targets.build("sampled", TORN, EVERY_ROW, seed=4), 400, step=7))


def test_dirichlet_adds_votes_shared_out_as_in_the_training_part():
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 3, 0]])
    found = all_of(targets.build("dirichlet-2", dataset, np.array([2, 0]), seed=0), 2)
    # The prior is (.5, .5, 0): the item that is not trained on has no say in it.
    np.testing.assert_allclose(found, [[2 / 6, 4 / 6, 0], [4 / 6, 2 / 6, 0]], rtol=1e-6)
    assert torch.equal(
        all_of(targets.build("dirichlet", dataset, np.array([0, 1]), seed=0), 2),
        all_of(targets.build("dirichlet-1", dataset, np.array([0, 1]), seed=0), 2),
    )


def test_dirichlet_runs_from_soft_to_the_prior():
    rows = np.array([0, 2])
    dataset = voted([[3, 1, 0], [0, 0, 9], [1, 1, 2]])
    few, many = (
        all_of(targets.build(arm, dataset, rows, seed=0), 2) for arm in ("dirichlet-1e-9", "dirichlet-1e9")
    )
    np.testing.assert_allclose(few, dataset.p_human[rows], atol=1e-6)
    np.testing.assert_allclose(many, np.tile(dataset.p_human[rows].mean(axis=0), (2, 1)), atol=1e-6)


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=1200)


def test_shuffled_keeps_the_distributions_of_each_class(digits):
    rows = np.arange(100, 1200)
    lent = all_of(targets.build("shuffled", digits, rows, seed=0), 1100).numpy()
    classes = all_of(targets.build("hard", digits, rows, seed=0), 1100).argmax(dim=1).numpy()
    for k in range(10):
        of_class, own = lent[classes == k], digits.p_human[rows][classes == k]
        np.testing.assert_allclose(of_class[np.lexsort(of_class.T)], own[np.lexsort(own.T)], rtol=1e-6)
        np.testing.assert_allclose(of_class.mean(axis=0), own.mean(axis=0), rtol=1e-5)


def test_shuffled_does_not_know_the_item(digits):
    rows = np.arange(1200)
    lent = all_of(targets.build("shuffled", digits, rows, seed=0), 1200).numpy()
    classes = all_of(targets.build("hard", digits, rows, seed=0), 1200).argmax(dim=1).numpy()
    means = np.stack([digits.p_human[classes == k].mean(axis=0) for k in range(10)])[classes]
    rest, own = lent - means, digits.p_human - means  # what is left of a target once its class is known
    assert abs(np.corrcoef(rest.ravel(), own.ravel())[0, 1]) < 0.05
    assert (lent == digits.p_human.astype(np.float32)).all(axis=1).mean() < 0.5  # clear items look alike


def test_the_splits_seed_alone_decides_who_is_shuffled(digits):
    first, again, other = (
        all_of(targets.build("shuffled", digits, np.arange(1200), seed=seed), 1200) for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    target = targets.build("shuffled", digits, np.arange(1200), seed=3)
    assert torch.equal(first, all_of(target, 1200, step=9))


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
    found = all_of(targets.build("dawid-skene", dataset, rows, seed=0), 200)
    np.testing.assert_allclose(found, em(dataset.ratings[rows], 3, 100), atol=1e-4)


def test_dawid_skene_finds_who_is_careful():
    truth, dataset = unequal_raters()
    found = all_of(targets.build("dawid-skene", dataset, np.arange(300), seed=0), 300).argmax(dim=1).numpy()
    assert (found == truth).mean() > 0.97 > 0.92 > (dataset.majority == truth).mean()


def test_dawid_skene_reads_the_votes_of_the_training_part_only():
    _, dataset = unequal_raters(100)
    other = dataset.ratings.copy()
    other[60:] = np.where(other[60:] >= 0, (other[60:] + 1) % 3, -1)
    found = [
        all_of(targets.build("dawid-skene", known, np.arange(60), seed=0), 60)
        for known in (dataset, rated(other, 3))
    ]
    assert torch.equal(*found)


def test_dawid_skene_gives_no_chance_to_a_class_that_nobody_chose():
    found = all_of(targets.build("dawid-skene", rated([[0, 2], [2, -1]], 4), np.array([0, 1]), seed=0), 2)
    assert found.shape == (2, 4)
    assert (found[:, [1, 3]] == 0).all()


@pytest.mark.parametrize(
    ("name", "source"), [("politeness", popquorn.POLITENESS_COPY), ("offensiveness", popquorn.OFFENSIVENESS)]
)
def test_every_rival_serves_the_real_raters(name, source):
    dataset = real(name, source)
    rows = data.split(dataset).train
    for arm in targets.ARMS:
        if arm != "gold":
            found = all_of(targets.build(arm, dataset, rows, seed=0), len(rows))
            votes.check_distribution(found.numpy(), arm)


def test_dawid_skene_is_refused_without_raters():
    with pytest.raises(ValueError, match=r"^voted does not say who voted what, .*leave that arm out\.$"):
        targets.build("dawid-skene", voted([[1, 2]]), np.array([0]), seed=0)


def test_dawid_skene_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(ValueError, match="pip install 'crowd-kit") as error:
        targets.build("dawid-skene", rated([[0, 1]], 2), np.array([0]), seed=0)
    sentence_of(error)


def test_gold_is_refused_where_none_was_shipped():
    with pytest.raises(ValueError, match=r"^voted ships no label of its own, .*leave that arm out\.$"):
        targets.build("gold", voted([[1, 2]]), np.array([0]), seed=0)


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
        lambda: targets.build(arm, TORN, EVERY_ROW, seed=0),
        lambda: targets.ordered(["hard", arm]),
    ):
        with pytest.raises(ValueError, match="arm") as error:
            refuse()
        assert told in sentence_of(error)


def test_arms_have_an_order_and_one_spelling():
    given_arms = ["dirichlet-10", "smoothing", "soft", "dirichlet-2", "smoothing-.10", "dawid-skene", "hard"]
    wanted = ["hard", "soft", "smoothing-0.1", "dirichlet-2", "dirichlet-10", "dawid-skene"]
    assert targets.ordered(given_arms) == wanted
    assert targets.ordered(wanted) == wanted
    assert list(targets.ARMS)[:3] == ["hard", "gold", "soft"]
    assert targets.ordered(["dirichlet-1e-7"]) == ["dirichlet-1e-07"]
    assert targets.ordered(["dirichlet-1e-07"]) == ["dirichlet-1e-07"]


def test_a_study_trains_no_rival_unless_told():
    assert targets.served(voted([[1, 2]])) == ["hard", "soft"]
    assert targets.served(voted([[1, 2]], gold=np.array([1]))) == ["hard", "gold", "soft"]


# What a model learns from them


@pytest.fixture(scope="module")
def learned(digits):
    """What a small network predicts for the items that it was trained on, by arm."""
    protocol = protocols.get("digits", "small")
    images, rows = training.to_tensor(digits.items, torch.device("cpu")), np.arange(1200)

    def predictions(arm):
        model = models.build(protocol.model, images, 10, seed=0)
        list(training.fit(model, images, targets.build(arm, digits, rows, 0), protocol, seed=0))
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
        return targets.labels(arm, dataset, train, held, seed=0)

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
    counted = {arm: targets.n_ties(arm, dataset, rows) for arm in targets.ARMS}
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
    assert set(targets.ARMS) - set(targets.rivals(dataset)) == {"gold", "dawid-skene"}
    _, rated = unequal_raters()
    assert "dawid-skene" in targets.rivals(rated)


def test_a_longer_name_is_not_taken_for_a_shorter_one_with_a_number():
    assert targets.parse("mc-dropout-soft") == ("mc-dropout-soft", ())
    assert targets.ordered(["mc-dropout-soft", "mixup", "mc-dropout"]) == [
        "mixup-0.2",
        "mc-dropout",
        "mc-dropout-soft",
    ]
