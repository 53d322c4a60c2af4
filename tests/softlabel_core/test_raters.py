"""Raters: agreement against published values, leanings, variance and surprise against simulated crowds."""

import numpy as np
import pandas as pd
import pytest
from crowdkit.metrics.data import alpha_krippendorff
from shared import real, sentence_of

from softlabel_core import raters
from softlabel_core.data import popquorn

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C: four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


def crowd(item_sd=1.0, rater_sd=0.0, rest_sd=0.5, n_items=600, n_raters=60, per_item=6, seed=0):
    """Ratings on five steps: item + rater + rest, rounded; each item by a few raters drawn at random."""
    rng = np.random.default_rng(seed)
    latent = 2 + rng.normal(0, item_sd, n_items)[:, None] + rng.normal(0, rater_sd, n_raters)
    rating = np.rint(latent + rng.normal(0, rest_sd, latent.shape)).clip(0, 4).astype(np.int8)
    chosen = rng.random(rating.shape).argsort(axis=1) < per_item
    return np.where(chosen, rating, -1).astype(np.int8)


def counts_of(ratings, n_classes=5):
    return np.stack([(ratings == k).sum(axis=1) for k in range(n_classes)], axis=1)


# Agreement


@pytest.mark.parametrize(("distance", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one(distance, alpha):
    counts = counts_of(np.array(PUBLISHED).T - 1)
    assert raters.agreement(counts, distance) == pytest.approx(alpha, abs=5e-4)


def test_alpha_is_crowdkits():
    ratings = crowd(n_items=40, n_raters=12)
    item, rater = np.nonzero(ratings >= 0)
    answers = pd.DataFrame({"task": item, "worker": rater, "label": ratings[item, rater]})
    assert raters.agreement(counts_of(ratings)) == pytest.approx(alpha_krippendorff(answers))
    squared = alpha_krippendorff(answers, lambda a, b: float(a - b) ** 2)
    assert raters.agreement(counts_of(ratings), "interval") == pytest.approx(squared)


def test_alpha_of_chance_is_zero_and_of_unanimity_one():
    random = np.random.default_rng(0).multinomial(7, [0.2, 0.5, 0.3], 20_000)
    assert raters.agreement(random) == pytest.approx(0, abs=0.01)
    assert raters.agreement([[5, 0], [0, 3]], "ordinal") == 1
    assert np.isnan(raters.agreement([[5, 0], [3, 0]]))


def test_alpha_leaves_single_votes_out():
    assert raters.agreement([[2, 1], [0, 3], [1, 0]]) == raters.agreement([[2, 1], [0, 3]])


def test_steps_between_votes_by_hand():
    seen, by_chance = raters.step_shares([[1, 1, 0], [0, 1, 1]])
    np.testing.assert_allclose(seen, [0, 1, 0])
    np.testing.assert_allclose(by_chance, [6 / 16, 8 / 16, 2 / 16])


# Leanings


def test_leanings_by_hand():
    ratings = [
        [0, 2, -1],
        [3, 3, 0],
        [-1, -1, 4],
    ]  # the last item has one rating, which nothing is compared with
    np.testing.assert_allclose(raters.leanings(ratings), [(-2 + 1.5) / 2, (2 + 1.5) / 2, -3])


def test_a_rater_who_was_always_alone_has_no_leaning():
    assert np.isnan(raters.leanings([[0, 2, -1], [-1, -1, 4]])).tolist() == [False, False, True]


def test_chance_deals_each_items_own_ratings_to_its_own_raters():
    ratings = np.array([[0, 4, -1, -1], [-1, -1, 1, 1]])
    dealt = raters.chance_leanings(ratings, n_draws=50)
    assert {tuple(row) for row in dealt.tolist()} == {(-4.0, 4.0, 0.0, 0.0), (4.0, -4.0, 0.0, 0.0)}
    np.testing.assert_array_equal(dealt, raters.chance_leanings(ratings, n_draws=50))


@pytest.mark.parametrize(("rater_sd", "differ"), [(0.0, False), (0.4, True)])
def test_the_spread_of_leanings_exceeds_chance_only_if_raters_differ(rater_sd, differ):
    ratings = crowd(rater_sd=rater_sd)
    spread, chance = raters.leanings(ratings).std(), raters.chance_leanings(ratings).std(axis=1)
    assert (spread > chance.max()) == differ
    assert spread > chance.min()


def test_variance_of_a_full_table_is_that_of_the_analysis_of_variance():
    table = crowd(rater_sd=0.5, n_items=7, n_raters=4, per_item=4).astype(float)
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0)
    rest = ((table - rows - columns + table.mean()) ** 2).sum() / (6 * 3)
    items = (4 * rows.var(ddof=1) - rest) / 4
    people = (7 * columns.var(ddof=1) - rest) / 7
    np.testing.assert_allclose(raters.variance(table.astype(int)), (items, people, rest))


def test_variance_is_divided_as_it_was_made():
    """Wide steps, so that rounding and the ends of the scale do not matter."""
    rng = np.random.default_rng(0)
    latent = 500 + rng.normal(0, 30, 900)[:, None] + rng.normal(0, 20, 120) + rng.normal(0, 40, (900, 120))
    ratings = np.where(rng.random(latent.shape) < 0.08, np.rint(latent).astype(int), -1)
    ratings[:, 0] = np.rint(latent[:, 0])  # one busy rater: sizes are not all alike
    found = raters.variance(ratings)
    np.testing.assert_allclose(found, (900, 400, 1600), rtol=0.15)


# Surprise


def test_no_vote_is_predicted_from_itself(monkeypatch):
    """Each vote in turn is taken out, and predicted from what is left by counting."""
    prior = np.array([0.5, 1, 1.5, 1, 0.5])
    monkeypatch.setattr(raters.statistics, "dirichlet_multinomial", lambda counts: prior)
    ratings = crowd(rater_sd=0.8, n_items=12, n_raters=8, per_item=4)
    nats = raters.surprise(ratings, 5)

    def shares(votes):
        return (counts_of(votes[None])[0] + prior) / ((votes >= 0).sum() + prior.sum())

    for index, (i, j) in enumerate(np.argwhere(ratings >= 0)):
        left, vote = ratings.copy(), ratings[i, j]
        left[i, j] = -1
        elsewhere = [shares(np.delete(ratings[k], j)) for k in np.flatnonzero(left[:, j] >= 0)]
        habit = (counts_of(left[:, j][None])[0] + prior) / (np.sum(elsewhere, axis=0) + prior)
        both = shares(left[i]) * habit
        assert nats["item"][index] == pytest.approx(-np.log(shares(left[i])[vote]))
        assert nats["rater"][index] == pytest.approx(-np.log(shares(left[:, j])[vote]))
        assert nats["both"][index] == pytest.approx(-np.log(both[vote] / both.sum()))


def test_nothing_is_learned_from_votes_that_are_chance():
    ratings = np.random.default_rng(0).integers(0, 5, (800, 20)).astype(np.int8)
    ratings[np.random.default_rng(1).random(ratings.shape) < 0.7] = -1
    for nats in raters.surprise(ratings[(ratings >= 0).sum(axis=1) > 1], 5).values():
        assert nats.mean() == pytest.approx(np.log(5), abs=0.02)


@pytest.mark.parametrize("rater_sd", [0.0, 0.8])
def test_knowing_the_rater_helps_if_raters_differ(rater_sd):
    nats = {known: values.mean() for known, values in raters.surprise(crowd(rater_sd=rater_sd), 5).items()}
    assert nats["item"] < nats["nothing"] - 0.1
    if rater_sd:
        assert nats["rater"] < nats["nothing"] - 0.05
        assert nats["both"] < nats["item"] - 0.05
    else:
        assert nats["rater"] == pytest.approx(nats["nothing"], abs=0.03)
        assert nats["both"] == pytest.approx(nats["item"], abs=0.03)


def test_a_rater_of_clear_items_does_not_pass_for_an_odd_one():
    """Two groups of raters that never differ, each on items of its own kind: who rates adds nothing."""
    rng = np.random.default_rng(0)
    ratings = np.full((1000, 40), -1, dtype=np.int8)
    ratings[:500, :20] = np.where(
        rng.random((500, 20)) < 0.4, rng.choice(5, (500, 20), p=[0.7, 0.3, 0, 0, 0]), -1
    )
    ratings[500:, 20:] = np.where(
        rng.random((500, 20)) < 0.4, rng.choice(5, (500, 20), p=[0, 0, 0, 0.3, 0.7]), -1
    )
    nats = {known: values.mean() for known, values in raters.surprise(ratings, 5).items()}
    assert nats["rater"] < nats["nothing"] - 0.5
    assert nats["both"] == pytest.approx(nats["item"], abs=0.08)


def test_the_interval_grows_with_what_raters_have_in_common():
    ratings = crowd(n_items=200, n_raters=20)
    item, rater = np.nonzero(ratings >= 0)
    each = np.random.default_rng(0).normal(0, 1, 20)
    shared = raters.interval(ratings, each[rater])
    alone = raters.interval(ratings, np.random.default_rng(1).permutation(each[rater]))
    assert shared.low < shared.value < shared.high
    assert shared.high - shared.low > 3 * (alone.high - alone.low)
    constant = raters.interval(ratings, np.full(len(item), 2.0))
    assert constant.value == pytest.approx(2)
    assert constant.high - constant.low == pytest.approx(0, abs=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: raters.leanings([[0.5, 1.0]]), "float64; give whole numbers"),
        (lambda: raters.leanings([1, 2]), r"shape \(2,\)"),
        (lambda: raters.leanings([[0, -2]]), "row 0, column 1 is -2"),
        (lambda: raters.leanings([[0, -1], [1, -1]]), "column 1 is empty"),
        (lambda: raters.leanings([[0, -1], [-1, 1]]), "no item with two ratings"),
        (lambda: raters.agreement([[1, 0], [0, 1]]), "no item has two votes"),
        (lambda: raters.agreement([[2, 1]], "cosine"), "nominal, ordinal, interval"),
        (lambda: raters.surprise([[0, 5]], 5), "class 5; with 5 classes they end at 4"),
        (lambda: raters.interval([[0, 1]], [0.5]), r"shape \(1,\); give one for each of the 2 votes"),
    ],
)
def test_bad_input_gives_one_sentence(call, told):
    with pytest.raises(ValueError, match=told) as error:
        call()
    sentence_of(error)


# The real raters


@pytest.mark.parametrize(
    ("name", "file", "alpha", "spread"),
    [
        ("politeness", popquorn.POLITENESS_COPY, (0.144, 0.427), 0.46),
        ("offensiveness", popquorn.OFFENSIVENESS, (0.134, 0.286), 0.57),
    ],
)
def test_the_raters_of_popquorn_differ(name, file, alpha, spread):
    people = real(name, file)
    found = [raters.agreement(people.counts, distance) for distance in ("nominal", "ordinal")]
    np.testing.assert_allclose(found, alpha, atol=1e-3)
    leanings, chance = raters.leanings(people.ratings), raters.chance_leanings(people.ratings, 5)
    assert leanings.std() == pytest.approx(spread, abs=0.01)
    assert leanings.std() > 2.5 * chance.std(axis=1).max()
