"""Few votes: what simulated crowds, whose truth is known, say about what N votes can tell."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.few_votes import analysis as few_votes
from softlabel_core import data, votes
from softlabel_core.data import Dataset


@pytest.fixture(scope="module")
def crowd():
    """Truths of a thousand items from a Dirichlet, and a hundred votes on each."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.6, 0.9, 0.4], 1000)
    return truth, rng.multinomial(100, truth)


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


def test_three_estimates_of_the_entropy_by_hand():
    counts = np.array([[2, 1, 0], [3, 0, 0], [1, 1, 1]])
    found = few_votes.entropy_estimates(counts)
    np.testing.assert_allclose(found["human"], votes.entropy(counts / 3))
    np.testing.assert_allclose(found["miller_madow"], votes.miller_madow(counts))
    assert found["dirichlet"][1] > found["human"][1] == 0


def test_distances_of_targets_by_hand(monkeypatch):
    monkeypatch.setattr(few_votes.statistics, "dirichlet_multinomial", lambda counts: np.array([0.5, 0.5]))
    found = few_votes.target_distances([[3, 1], [4, 0]], [[0.5, 0.5], [1, 0]], np.random.default_rng(0))
    assert found["hard"] == {"kl": np.inf, "total_variation": 0.25, "ruled_out": 0.5}
    assert found["soft"]["kl"] == pytest.approx((0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)) / 2)
    assert found["soft"]["total_variation"] == 0.125
    assert found["dirichlet"]["total_variation"] == pytest.approx((0.2 + 0.1) / 2)
    assert found["dirichlet"]["ruled_out"] == 0


def test_halves_of_equal_votes_have_equal_entropies():
    first, second = few_votes.half_entropies([[8, 0], [0, 5], [2, 0]])
    np.testing.assert_array_equal([first, second], 0)
    first, second = few_votes.half_entropies([[1, 1]] * 4)
    np.testing.assert_array_equal([first, second], 0)


def test_few_votes_and_those_held_back_are_different_votes(monkeypatch, crowd):
    """With fifty of a hundred held back, the other fifty are all that is left."""
    _, counts = crowd
    seen = []
    monkeypatch.setattr(
        few_votes, "target_distances", lambda few, p, rng: seen.append((few, p)) or {"soft": {}}
    )
    few_votes.by_votes(counts, n_repeats=1)
    for n, (few, p) in zip(few_votes.N_VOTES, seen, strict=True):
        held_back = np.rint(few_votes.HELD_BACK * p).astype(int)
        assert (few.sum(axis=1) == n).all()
        assert (few + held_back <= counts).all()
    np.testing.assert_array_equal(few + held_back, counts)


def test_what_few_votes_tell_of_a_simulated_crowd(crowd):
    truth, counts = crowd
    rows = few_votes.by_votes(counts, n_repeats=3)
    assert [row["n_votes"] for row in rows] == list(few_votes.N_VOTES)
    known = votes.entropy(truth).mean()
    means = {name: [row["entropy"][name]["mean"] for row in rows] for name in rows[0]["entropy"]}
    assert (np.diff(means["human"]) > 0).all()
    assert means["human"][0] < means["miller_madow"][0] < known - 0.1
    np.testing.assert_allclose(means["dirichlet"], known, atol=0.04)
    for row in rows[:-1]:  # fifty votes are half of those that the error is measured against
        assert 0.05 < row["entropy"]["dirichlet"]["error"] < row["entropy"]["human"]["error"]
    for arm in ("hard", "soft", "dirichlet"):
        assert (np.diff([row["targets"][arm]["total_variation"] for row in rows]) < 0).all()
    for row in rows:
        assert row["pseudo_votes"] == pytest.approx(1.9, abs=0.4)
        assert row["targets"]["dirichlet"]["kl"] < 1.05 * min(row["kl_smoothed"].values())
        assert row["targets"]["hard"]["ruled_out"] > row["targets"]["soft"]["ruled_out"] > 0


def test_targets_are_drawn_towards_the_class_shares():
    """Items that are all alike are best described by what they have in common."""
    counts = np.random.default_rng(0).multinomial(100, [0.9, 0.06, 0.04], 200)
    kl = few_votes.by_votes(counts, n_repeats=1)[0]["kl_smoothed"]
    assert list(kl) == ["0.25", "0.5", "1", "2", "4", "8"]
    assert (np.diff(list(kl.values())) < 0).all()


def test_the_ceiling_from_other_votes_is_the_true_one_and_that_from_few_votes_is_too_low(crowd):
    truth, counts = crowd
    rows = {row["n_votes"]: row for row in few_votes.ceilings(counts, n_repeats=4)}
    assert tuple(rows) == few_votes.EVEN
    rng = np.random.default_rng(1)
    for n, row in rows.items():
        drawn = [votes.entropy(rng.multinomial(n, truth) / n) for _ in range(10)]
        reached = np.mean([np.corrcoef(entropies, votes.entropy(truth))[0, 1] for entropies in drawn])
        assert row["others"] == pytest.approx(reached, abs=0.03)
        assert row["halves"] < reached - 0.04 if n <= 6 else abs(row["halves"] - reached) < 0.05


def test_who_knows_the_scale_predicts_the_other_half_best():
    found = few_votes.predict_half(scale(), n_resamples=50)
    score = {
        arm: {key: cell["value"] for key, cell in cells.items()} for arm, cells in found["scores"].items()
    }
    for key in few_votes.SCORES:
        assert score["neighbours"][key] < score["dirichlet"][key] < score["class_shares"][key]
        change = found["changes"]["neighbours"][key]
        assert change["high"] < 0
        assert change["value"] == pytest.approx(score["neighbours"][key] - score["dirichlet"][key])
    assert score["sharpened"]["kl"] > score["dirichlet"]["kl"]


def test_predictions_see_one_half_and_are_scored_on_the_other(monkeypatch):
    seen = {}
    predictors = few_votes._predictors

    def spy(known, held_back, rng):
        seen.update(known=known, held_back=held_back)
        return predictors(known, held_back, rng)

    monkeypatch.setattr(few_votes, "_predictors", spy)
    people = scale(n_items=60)
    few_votes.predict_half(people, n_resamples=1)
    np.testing.assert_array_equal(seen["known"] + seen["held_back"], people.counts)
    assert (seen["known"].sum(axis=1) == 3).all()
    log_p = few_votes._predictors(seen["known"], seen["held_back"], np.random.default_rng(0))
    for p in log_p.values():
        np.testing.assert_allclose(np.exp(p).sum(axis=1), 1)


def test_smoothing_is_of_lowest_kl():
    p = np.array([[0.7, 0.3], [0.2, 0.8]])
    chosen = np.eye(2)
    best = few_votes._of_lowest_kl(lambda amount: (1 - amount) * chosen + amount / 2, p)
    np.testing.assert_allclose(best[0], [0.75, 0.25], atol=1e-3)


def test_a_perfect_model_loses_kl_by_exaggerating():
    found = few_votes.perfect_sharpened(scale().counts)
    assert found["perfect"]["kl"] < found["sharpened"]["kl"] - 0.01


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: few_votes.half_entropies([[2, 1], [1, 0]]), "row 1 has a single vote"),
        (lambda: few_votes.by_votes([[60, 39], [100, 0]]), "an item has 99 votes.*needs 100"),
        (lambda: few_votes.predict_half(data.load("digits", n_items=50)), "digits is not ordinal"),
    ],
)
def test_what_cannot_be_measured_gives_one_sentence(call, told):
    with pytest.raises(ValueError, match=told) as error:
        call()
    sentence_of(error)
