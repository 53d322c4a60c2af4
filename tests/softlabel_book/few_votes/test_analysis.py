"""Few votes: what simulated crowds, whose truth is known, say about what N votes can tell."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.few_votes import analysis
from softlabel_core import votes


@pytest.fixture(scope="module")
def crowd():
    """Truths of a thousand items from a Dirichlet, and a hundred votes on each."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([0.6, 0.9, 0.4], 1000)
    return truth, rng.multinomial(100, truth)


def test_three_estimates_of_the_entropy_by_hand():
    counts = np.array([[2, 1, 0], [3, 0, 0], [1, 1, 1]])
    found = analysis.entropy_estimates(counts)
    np.testing.assert_allclose(found["human"], votes.entropy(counts / 3))
    np.testing.assert_allclose(found["miller_madow"], votes.miller_madow(counts))
    assert found["dirichlet"][1] > found["human"][1] == 0


def test_distances_of_targets_by_hand(monkeypatch):
    monkeypatch.setattr(analysis.statistics, "dirichlet_multinomial", lambda counts: np.array([0.5, 0.5]))
    found = analysis.target_distances([[3, 1], [4, 0]], [[0.5, 0.5], [1, 0]], np.random.default_rng(0))
    assert found["hard"] == {"kl": np.inf, "total_variation": 0.25, "ruled_out": 0.5}
    assert found["soft"]["kl"] == pytest.approx((0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)) / 2)
    assert found["soft"]["total_variation"] == 0.125
    assert found["dirichlet"]["total_variation"] == pytest.approx((0.2 + 0.1) / 2)
    assert found["dirichlet"]["ruled_out"] == 0


def test_few_votes_and_those_held_back_are_different_votes(monkeypatch, crowd):
    """With fifty of a hundred held back, the other fifty are all that is left."""
    _, counts = crowd
    seen = []
    monkeypatch.setattr(
        analysis, "target_distances", lambda few, p, rng: seen.append((few, p)) or {"soft": {}}
    )
    analysis.by_votes(counts, n_repeats=1)
    for n, (few, p) in zip(analysis.N_VOTES, seen, strict=True):
        held_back = np.rint(analysis.HELD_BACK * p).astype(int)
        assert (few.sum(axis=1) == n).all()
        assert (few + held_back <= counts).all()
    np.testing.assert_array_equal(few + held_back, counts)


def test_what_few_votes_tell_of_a_simulated_crowd(crowd):
    truth, counts = crowd
    rows = analysis.by_votes(counts, n_repeats=3)
    assert [row["n_votes"] for row in rows] == list(analysis.N_VOTES)
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
    kl = analysis.by_votes(counts, n_repeats=1)[0]["kl_smoothed"]
    assert list(kl) == ["0.25", "0.5", "1", "2", "4", "8"]
    assert (np.diff(list(kl.values())) < 0).all()


def test_the_ceiling_from_other_votes_is_the_true_one_and_that_from_few_votes_is_too_low(crowd):
    truth, counts = crowd
    rows = {row["n_votes"]: row for row in analysis.ceilings(counts, n_repeats=4)}
    assert tuple(rows) == analysis.EVEN
    rng = np.random.default_rng(1)
    for n, row in rows.items():
        drawn = [votes.entropy(rng.multinomial(n, truth) / n) for _ in range(10)]
        reached = np.mean([np.corrcoef(entropies, votes.entropy(truth))[0, 1] for entropies in drawn])
        assert row["others"] == pytest.approx(reached, abs=0.03)
        assert row["halves"] < reached - 0.04 if n <= 6 else abs(row["halves"] - reached) < 0.05


def test_too_few_votes_to_draw_from_give_one_sentence():
    with pytest.raises(ValueError, match=r"an item has 99 votes.*needs 100") as error:
        analysis.by_votes([[60, 39], [100, 0]])
    sentence_of(error)
