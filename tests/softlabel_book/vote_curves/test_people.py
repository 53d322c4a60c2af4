"""People: what N of them say about the others, against formulas."""

from __future__ import annotations

import numpy as np
import pytest

from softlabel_book.vote_curves import people
from softlabel_core.data import Dataset


def test_more_people_predict_the_others_better(digits):
    rows = people.humans(digits.take(np.arange(400)), n_repeats=2, n_resamples=50)
    assert [row["n_votes"] for row in rows] == [1, 2, 3, 5, 10]
    assert [row["others"] for row in rows] == [19, 18, 17, 15, 10]
    kl, distance = ([row[key]["value"] for row in rows] for key in ("kl", "total_variation"))
    assert sorted(kl, reverse=True) == kl
    assert sorted(distance, reverse=True) == distance
    assert np.isnan(rows[0]["entropy_pearson"]["value"])  # one vote never varies
    assert rows[-1]["entropy_pearson"]["value"] > rows[1]["entropy_pearson"]["value"]
    for row in rows:
        assert row["kl"]["value"] > row["floors"]["kl"]


def test_people_are_scored_as_the_formula_says():
    """One item of two kinds, where every draw is the same: (n + 1/2) / (N + K/2) against the rest."""
    counts = np.tile([[10, 0], [0, 10]], (20, 1))
    sure = Dataset("sure", counts, np.zeros((40, 1)), ("a", "b"), np.arange(40).astype(str), np.arange(40))
    rows = people.humans(sure, n_repeats=1, n_resamples=20)
    assert [row["n_votes"] for row in rows] == [1, 2, 3, 5]
    for row in rows:
        n = row["n_votes"]
        assert row["kl"]["value"] == pytest.approx(-np.log((n + 0.5) / (n + 1)))
        assert row["total_variation"]["value"] == pytest.approx(1 - (n + 0.5) / (n + 1))
        assert row["accuracy"]["value"] == 1


def test_a_model_is_worth_as_many_people_as_predict_as_well():
    rows = [
        {"n_votes": n, "kl": {"value": kl}, "entropy_pearson": {"value": r}}
        for n, kl, r in ((1, 0.4, np.nan), (2, 0.3, 0.2), (8, 0.1, 0.6))
    ]
    curve = {"humans": rows}
    assert people.people_worth(curve, "kl", 0.3) == pytest.approx(2)
    assert people.people_worth(curve, "kl", 0.2) == pytest.approx(4)
    assert people.people_worth(curve, "entropy_pearson", 0.4) == pytest.approx(4)
    beyond = [("kl", 0.5), ("kl", 0.05), ("entropy_pearson", 0.1), ("entropy_pearson", 0.7)]
    assert np.isnan([people.people_worth(curve, *asked) for asked in beyond]).all()
