"""Ensembles: parts of entropy against what members are made of, and against numpy's correlations."""

import numpy as np
import pytest

from softlabel_book.robustness import ensembles
from softlabel_core import calibration, votes


def test_identical_members_leave_no_epistemic_part(drawn):
    log_p, counts = drawn()
    same = np.repeat(log_p[:1], 3, axis=0)
    found = ensembles.decompose({"hard": same, "soft": log_p}, counts, np.arange(400), 50)
    alone = found["arms"]["hard"]
    assert alone["epistemic"]["mean"]["value"] == pytest.approx(0, abs=1e-12)
    assert np.isnan(alone["epistemic"]["pearson"]["value"])
    assert alone["epistemic"]["pearson"]["defined"] is False
    assert alone["aleatoric"]["pearson"]["value"] == pytest.approx(alone["total"]["pearson"]["value"])
    assert found["arms"]["soft"]["epistemic"]["mean"]["low"] > 0.01


def test_correlations_of_the_parts_are_numpys(drawn):
    log_p, counts = drawn()
    other, _ = drawn(seed=1)
    found = ensembles.decompose({"hard": other, "soft": log_p}, counts, np.arange(400), 200)
    human, split = votes.entropy(votes.distribution(counts)), calibration.uncertainty(log_p)
    for part in ensembles.PARTS:
        estimate = found["arms"]["soft"][part]["pearson"]
        assert estimate["value"] == pytest.approx(np.corrcoef(getattr(split, part), human)[0, 1])
        assert estimate["low"] < estimate["value"] < estimate["high"]
        # Fisher's approximation of the interval's width, for 400 independent items.
        expected = 2 * 1.96 * (1 - estimate["value"] ** 2) / np.sqrt(400)
        assert 0.5 < (estimate["high"] - estimate["low"]) / expected < 2
    assert found["n_members"] == 3
    gain = {part: found["differences"][part]["pearson"]["value"] for part in ensembles.PARTS}
    assert found["apart"]["value"] == pytest.approx(gain["aleatoric"] - gain["epistemic"])
    # Members that know the truth against members of noise: the aleatoric part is what is learnt.
    assert found["differences"]["aleatoric"]["pearson"]["low"] > 0


def test_equal_arms_do_not_differ(drawn):
    log_p, counts = drawn()
    found = ensembles.decompose({"hard": log_p, "soft": log_p}, counts, np.arange(400), 50)
    assert found["apart"] == {"value": 0, "low": 0, "high": 0, "p_value": 1}
