"""Halves: who knows the scale predicts the other half best, and a perfect model loses by exaggerating."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.few_votes import halves
from softlabel_core import data
from softlabel_core.data import Dataset


def scale(n_items=800, n_votes=7, seed=0):
    """Items on a scale of five steps, whose votes are rounded normal: neighbours of what was chosen are likely."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, 4, n_items)
    rating = np.rint(middle[:, None] + rng.normal(0, 0.6, (n_items, n_votes))).clip(0, 4).astype(int)
    counts = np.stack([(rating == k).sum(axis=1) for k in range(5)], axis=1)
    ids = np.array([f"item-{i}" for i in range(n_items)])
    return Dataset(
        "scale", counts, np.zeros((n_items, 1)), tuple("12345"), ids, np.arange(n_items), ordinal=True
    )


def test_halves_of_equal_votes_have_equal_entropies():
    first, second = halves.entropies([[8, 0], [0, 5], [2, 0]])
    np.testing.assert_array_equal([first, second], 0)
    first, second = halves.entropies([[1, 1]] * 4)
    np.testing.assert_array_equal([first, second], 0)


def test_who_knows_the_scale_predicts_the_other_half_best():
    found = halves.predict(scale(), n_resamples=50)
    score = {
        arm: {key: cell["value"] for key, cell in cells.items()} for arm, cells in found["scores"].items()
    }
    for key in halves.SCORES:
        assert score["neighbours"][key] < score["dirichlet"][key] < score["class_shares"][key]
        change = found["changes"]["neighbours"][key]
        assert change["high"] < 0
        assert change["value"] == pytest.approx(score["neighbours"][key] - score["dirichlet"][key])
    assert score["sharpened"]["kl"] > score["dirichlet"]["kl"]


def test_predictions_see_one_half_and_are_scored_on_the_other(monkeypatch):
    seen = {}
    predictors = halves._predictors

    def spy(known, held_back, rng):
        seen.update(known=known, held_back=held_back)
        return predictors(known, held_back, rng)

    monkeypatch.setattr(halves, "_predictors", spy)
    people = scale(n_items=60)
    halves.predict(people, n_resamples=1)
    np.testing.assert_array_equal(seen["known"] + seen["held_back"], people.counts)
    assert (seen["known"].sum(axis=1) == 3).all()
    log_p = halves._predictors(seen["known"], seen["held_back"], np.random.default_rng(0))
    for p in log_p.values():
        np.testing.assert_allclose(np.exp(p).sum(axis=1), 1)


def test_smoothing_is_of_lowest_kl():
    p = np.array([[0.7, 0.3], [0.2, 0.8]])
    chosen = np.eye(2)
    best = halves._of_lowest_kl(lambda amount: (1 - amount) * chosen + amount / 2, p)
    np.testing.assert_allclose(best[0], [0.75, 0.25], atol=1e-3)


def test_a_perfect_model_loses_kl_by_exaggerating():
    found = halves.perfect_sharpened(scale().counts)
    assert found["perfect"]["kl"] < found["sharpened"]["kl"] - 0.01


def test_scores_on_a_scale_tell_a_near_miss_from_a_far_one():
    misses = {"near": [0.6, 0.25, 0.15, 0, 0], "far": [0.6, 0.25, 0, 0, 0.15], "sure": [1, 0, 0, 0, 0]}
    found = halves.scores([5, 2, 0, 0, 0], misses)
    assert found["near"]["kl"] == pytest.approx(found["far"]["kl"])
    assert [found[title]["wasserstein"] for title in ("near", "far")] == pytest.approx(
        [0.264, 0.564], abs=1e-3
    )
    assert found["sure"]["kl"] == np.inf
    with pytest.raises(ValueError, match="sums to"):
        halves.scores([1, 1], {"half": [0.5, 0.2]})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: halves.entropies([[2, 1], [1, 0]]), "row 1 has a single vote"),
        (lambda: halves.predict(data.load("digits", n_items=50)), "digits is not ordinal"),
    ],
)
def test_what_has_no_halves_or_no_scale_gives_one_sentence(call, told):
    with pytest.raises(ValueError, match=told) as error:
        call()
    sentence_of(error)
