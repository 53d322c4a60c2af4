"""Trials: judged by the labels that an arm's user has, taken up where they were stopped."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shared import sentence_of, timeless
from studies import SEARCH, TUNED_ARMS

from softlabel_core import study
from softlabel_core.storage import RecordError
from softlabel_core.study import fitting, trials, tuning
from softlabel_core.study.record import read_record

WHERE = (SEARCH.data, SEARCH.name)


@pytest.fixture(scope="module")
def digits(searched_digits):
    return searched_digits


def without_times(path: Path) -> str:
    return json.dumps(timeless(json.loads(path.read_text())), sort_keys=False)


def test_a_trial_is_judged_by_the_labels_of_its_arms_user_and_by_the_votes(digits, tuned):
    folder, numbers = tuned
    held = study.split_of(digits, SEARCH, 0).validation
    for name, labels in (("hard", "hard"), ("soft", "soft"), ("smoothing", "hard")):
        for candidate in tuning.candidates(SEARCH, name):
            told = numbers["arms"][name]["trials"][str(candidate.number)]
            run = study.Run(candidate.protocol(SEARCH), candidate.arm, 0, 0, candidate.number)
            log_p = read_record(tuning.trial_path(run, folder)).log_p_validation.astype(float)
            wanted = {"hard": np.eye(10)[digits.majority[held]], "soft": digits.p_human[held]}
            clear = ~(
                np.sort(digits.counts[held], axis=1)[:, -1] == np.sort(digits.counts[held], axis=1)[:, -2]
            )
            assert told["votes"] == pytest.approx(-(wanted["soft"] * log_p).sum(axis=1).mean(), rel=1e-5)
            if labels == "soft":
                assert told["own"] == pytest.approx(told["votes"], rel=1e-6)
            elif clear.all():
                assert told["own"] == pytest.approx(-(wanted["hard"] * log_p).sum(axis=1).mean(), rel=1e-5)
            else:
                assert told["own"] != told["votes"]


def test_a_trial_on_two_seeds_is_judged_by_their_mean(digits, tuned, tmp_path):
    twice = replace(SEARCH, trial_seeds=2)
    numbers = trials.tune(twice, ["soft"], digits, tmp_path, device="cpu", progress=False)
    assert numbers["n_seeds"] == 2
    held = digits.p_human[study.split_of(digits, SEARCH, 0).validation]
    for candidate in tuning.candidates(twice, "soft"):
        runs = [study.Run(candidate.protocol(twice), "soft", 0, seed, candidate.number) for seed in (0, 1)]
        each = [read_record(tuning.trial_path(run, tmp_path)).log_p_validation.astype(float) for run in runs]
        assert np.abs(each[0] - each[1]).max() > 1e-3
        told = numbers["arms"]["soft"]["trials"][str(candidate.number)]
        loss = [-(held * log_p).sum(axis=1).mean() for log_p in each]
        assert told["votes"] == pytest.approx(np.mean(loss), rel=1e-5)
    # What was tuned on one seed, or by files that do not say, is not gone on with.
    for folder, other in ((tmp_path, SEARCH), (tuned[0], twice)):
        with pytest.raises(RecordError, match="tuned with another n_seeds"):
            trials.tune(other, ["soft"], digits, folder, device="cpu", progress=False)


def test_the_lowest_cross_entropy_wins_and_of_equals_the_first(tuned):
    _, numbers = tuned
    for known in numbers["arms"].values():
        for criterion in tuning.CRITERIA:
            losses = {int(number): trial[criterion] for number, trial in known["trials"].items()}
            assert losses[int(known[criterion]["trial"])] == min(losses.values())
    told = {str(number): {"own": 1.0, "votes": float("inf"), "values": {"epochs": 2}} for number in (2, 1, 0)}
    found = trials._choices({"trials": told, "space": {"epochs": [1, 2, 3]}})
    assert found == {criterion: {"trial": "0", "at_edge": []} for criterion in tuning.CRITERIA}


def test_a_trial_that_diverged_is_kept_and_never_chosen(digits, tmp_path):
    wild = replace(SEARCH, search=(("learning_rate", (0.05, 1e12, 1e13)),), trials=3)
    numbers = trials.tune(wild, ["soft"], digits, tmp_path, device="cpu", progress=False)
    found = numbers["arms"]["soft"]["trials"]
    lost = [number for number, trial in found.items() if trial.get("diverged")]
    assert lost
    assert all(found[number]["values"]["learning_rate"] > 1 for number in lost)
    assert numbers["arms"]["soft"]["own"]["trial"] not in lost
    again = tuning.TUNING.read(wild.data, wild.name, tmp_path)
    assert all(again["arms"]["soft"]["trials"][number]["own"] is None for number in lost)


def test_the_same_call_trains_nothing_twice(digits, tuned, monkeypatch):
    folder, numbers = tuned

    def trained(*given, **named):
        raise AssertionError("trained again")

    monkeypatch.setattr(fitting, "train", trained)
    assert trials.tune(SEARCH, TUNED_ARMS, digits, folder, device="cpu", progress=False) == numbers
    # Predictions that outlived the list of trials are judged again, not trained again.
    tuning.TUNING.path(*WHERE, folder).unlink()
    assert trials.tune(SEARCH, TUNED_ARMS, digits, folder, device="cpu", progress=False) == numbers


@pytest.mark.parametrize("killed_at", range(1, 9, 3))
def test_killed_at_any_trial_it_ends_with_the_same_file(killed_at, digits, tuned, tmp_path, monkeypatch):
    train, calls = fitting.train, []

    def stopped(*given, **named):
        calls.append(1)
        if len(calls) == killed_at:
            raise KeyboardInterrupt
        return train(*given, **named)

    monkeypatch.setattr(fitting, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        trials.tune(SEARCH, TUNED_ARMS, digits, tmp_path, device="cpu", progress=False)
    trials.tune(SEARCH, TUNED_ARMS, digits, tmp_path, device="cpu", progress=False)
    folder, _ = tuned
    assert without_times(tuning.TUNING.path(*WHERE, tmp_path)) == without_times(
        tuning.TUNING.path(*WHERE, folder)
    )


def test_arms_that_come_later_join_those_that_are_there(digits, tuned, tmp_path):
    for arms in (["soft"], ["smoothing", "hard"]):
        trials.tune(SEARCH, arms, digits, tmp_path, device="cpu", progress=False)
    folder, _ = tuned
    assert without_times(tuning.TUNING.path(*WHERE, tmp_path)) == without_times(
        tuning.TUNING.path(*WHERE, folder)
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch_size": 64}, "batch_size"),
        ({"trials": 2}, "n_trials"),
        ({"search": (("epochs", (3, 4)),)}, "search"),
    ],
)
def test_a_tuning_of_other_settings_is_not_gone_on_with(changes, named, digits, tuned):
    folder, _ = tuned
    with pytest.raises(RecordError, match=rf"tuning\.json was tuned with another {named}; ") as error:
        trials.tune(replace(SEARCH, **changes), TUNED_ARMS, digits, folder, device="cpu", progress=False)
    sentence_of(error)
