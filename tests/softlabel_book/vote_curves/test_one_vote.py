"""One vote against the majority of all, on the small curve of digits and on recorded ones."""

import pytest

from softlabel_book.summary import SUMMARIES
from softlabel_book.vote_curves import one_vote
from softlabel_book.vote_curves.design import MEASURES
from softlabel_book.vote_curves.opening import open_curves


def tuned(trial):
    """A tuned study whose hard arm has a temperature."""
    told = {key: {"value": 0.5, "low": 0.4, "high": 0.6} for key in MEASURES}
    return {"facts": {"chosen": {"hard": trial}}, "rules": {"metrics": {"hard/temperature-votes": told}}}


def test_one_vote_is_the_first_level_and_the_majority_the_last(numbers):
    found = one_vote.one_vote(numbers)
    assert list(found) == list(MEASURES)
    kl = found["kl"]
    assert kl.one.value == numbers["curves"]["soft"]["kl"][0]["value"]
    assert kl.one.value == pytest.approx(
        numbers["curves"]["hard"]["kl"][0]["value"]
    )  # one vote is its majority
    assert kl.majority.value == numbers["curves"]["hard"]["kl"][-1]["value"]
    assert kl.everyone.value == numbers["curves"]["soft"]["kl"][-1]["value"]
    assert kl.less_majority.value == pytest.approx(kl.one.value - kl.majority.value)
    assert kl.tempered == {}


def test_a_temperature_is_taken_from_the_same_models_only(numbers):
    trial = numbers["facts"]["trials"]["hard"]
    assert one_vote.one_vote(numbers, tuned(trial))["accuracy"].tempered["temperature-votes"].value == 0.5
    assert one_vote.one_vote(numbers, tuned(trial + 1))["accuracy"].tempered == {}
    assert one_vote.one_vote(numbers, tuned(trial) | {"rules": {}})["kl"].tempered == {}


def test_on_recorded_curves_the_tuned_hard_arm_is_the_majority_of_all():
    for name, curve in open_curves(
        ["chaosnli", "politeness", "cifar10h", "offensiveness"], "recorded"
    ).items():
        study = SUMMARIES["own"].read(name, curve["protocol"])
        assert study["facts"]["chosen"]["hard"] == curve["facts"]["trials"]["hard"]
        assert study["facts"]["data_hash"] == curve["facts"]["data_hash"]
        found = one_vote.recorded(curve)["kl"].majority.value
        left_out = curve["facts"]["n_left_out"]
        assert study["metrics"]["hard"]["kl"]["value"] == pytest.approx(found, rel=0.01 if left_out else 1e-5)
