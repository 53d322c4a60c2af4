"""Each prepared pair shows what its note says."""

import numpy as np
import pytest

from softlabel_book.interactive.distributions import PRESETS, compare

NAMED = {preset.label: compare(preset.p_human, preset.p_model) for preset in PRESETS}


def test_equal_leaves_the_entropy_alone():
    equal = NAMED["equal"]
    assert equal["kl"] == equal["kl_reverse"] == 0
    assert equal["cross_entropy"] == equal["entropy_human"] > 0


def test_false_certainty_hurts_more_forwards_than_back():
    assert NAMED["falsely certain"]["kl"] > 2 * NAMED["falsely certain"]["kl_reverse"]


def test_too_much_doubt_costs_a_sixth_and_more_backwards():
    assert NAMED["falsely certain"]["kl"] / NAMED["too unsure"]["kl"] == pytest.approx(6, abs=0.5)
    assert NAMED["too unsure"]["kl_reverse"] > NAMED["too unsure"]["kl"]


def test_the_wrong_class_has_the_right_entropy():
    wrong = NAMED["right shape, wrong class"]
    assert wrong["entropy_human"] == pytest.approx(wrong["entropy_model"])
    assert min(wrong["kl"], wrong["kl_reverse"]) > 0.5


def test_a_class_ruled_out_is_infinite_forwards_only():
    assert NAMED["ruled out"]["kl"] == NAMED["ruled out"]["cross_entropy"] == np.inf
    assert NAMED["ruled out"]["kl_reverse"] < 0.2


def test_a_hard_label_has_no_entropy_and_is_infinite_backwards():
    hard = NAMED["one-hot label"]
    assert hard["entropy_human"] == 0
    assert hard["cross_entropy"] == hard["kl"] == pytest.approx(-np.log(PRESETS[-1].p_model[0]))
    assert hard["kl_reverse"] == np.inf
