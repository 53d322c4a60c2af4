"""Tuning: the same trials for every arm, judged by its user's labels, taken up where it was stopped."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shared import sentence_of, timeless

from softlabel_core import data, study
from softlabel_core.arms import ARMS as EVERY_ARM
from softlabel_core.arms import ordered, parse
from softlabel_core.storage import RecordError
from softlabel_core.study import fitting, grid, protocols, tuning
from softlabel_core.study import record as results
from softlabel_core.study.protocols import PROTOCOLS

SEARCHED = [protocol for protocol in PROTOCOLS.values() if protocol.search]
QUICK = protocols.get(
    "digits",
    "small",
    epochs=3,
    search=(("epochs", (2, 3, 4)), ("weight_decay", (1e-4, 1e-2))),
    trials=3,
)
WHERE = (QUICK.data, QUICK.name)
ARMS = ["hard", "soft", "smoothing"]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture(scope="module")
def tuned(digits, tmp_path_factory):
    """The folder of a tuning that nothing interrupted, and what it found."""
    folder = tmp_path_factory.mktemp("tuned")
    return folder, tuning.tune(QUICK, ARMS, digits, folder, device="cpu", progress=False)


def without_times(path: Path) -> str:
    return json.dumps(timeless(json.loads(path.read_text())), sort_keys=False)


# What is tried


@pytest.mark.parametrize("protocol", SEARCHED, ids=lambda protocol: f"{protocol.data}-{protocol.name}")
def test_every_arm_is_offered_the_same_settings(protocol):
    shared = dict(protocol.search)
    offered = {
        arm: [{key: c.values[key] for key in shared} for c in tuning.candidates(protocol, arm)]
        for arm in EVERY_ARM
    }
    assert all(len(settings) == protocol.trials <= 8 for settings in offered.values())
    assert all(settings == offered["hard"] for settings in offered.values())
    for settings in offered["hard"]:
        assert all(settings[key] in shared[key] for key in shared)
    for key, values in shared.items():  # every value is visited
        assert {settings[key] for settings in offered["hard"]} == set(values)
    assert len({tuple(settings.values()) for settings in offered["hard"]}) == protocol.trials


@pytest.mark.parametrize("protocol", SEARCHED, ids=lambda protocol: f"{protocol.data}-{protocol.name}")
@pytest.mark.parametrize("arm", EVERY_ARM)
def test_trial_0_is_the_protocols_own_setting(protocol, arm):
    first = tuning.candidates(protocol, arm)[0]
    assert first.number == 0
    assert first.protocol(protocol).settings() == protocol.settings()
    assert [first.arm] == ordered([arm])


@pytest.mark.parametrize("arm", [name for name, arm in EVERY_ARM.items() if arm.setting])
def test_an_arm_with_a_number_searches_it_with_no_more_trials(arm):
    tried = tuning.candidates(protocols.get("cifar10h", "frozen"), arm)
    assert {c.values["number"] for c in tried} == set(EVERY_ARM[arm].setting.tried)
    assert all(parse(c.arm) == (arm, (c.values["number"],)) for c in tried)
    assert len(tried) == len(tuning.candidates(protocols.get("cifar10h", "frozen"), "hard"))


def test_a_protocol_with_nothing_to_tune_says_so():
    with pytest.raises(ValueError, match=r"^politeness head has no settings to tune; give it `search`"):
        tuning.candidates(protocols.get("politeness", "head"), "hard")
    with pytest.raises(
        ValueError, match=r"^digits small has too few combinations of settings for its 9 trials; "
    ):
        tuning.candidates(replace(QUICK, trials=9), "hard")


# How it is judged


def test_a_trial_is_judged_by_the_labels_of_its_arms_user_and_by_the_votes(digits, tuned):
    folder, numbers = tuned
    held = study.split_of(digits, QUICK, 0).validation
    for name, labels in (("hard", "hard"), ("soft", "soft"), ("smoothing", "hard")):
        for candidate in tuning.candidates(QUICK, name):
            told = numbers["arms"][name]["trials"][str(candidate.number)]
            run = study.Run(candidate.protocol(QUICK), candidate.arm, 0, 0, candidate.number)
            log_p = results.read(tuning.trial_place(run, folder)).log_p_validation.astype(float)
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


def test_the_lowest_cross_entropy_wins_and_of_equals_the_first(tuned):
    _, numbers = tuned
    for known in numbers["arms"].values():
        for criterion in tuning.CRITERIA:
            losses = {int(number): trial[criterion] for number, trial in known["trials"].items()}
            assert losses[int(known[criterion]["trial"])] == min(losses.values())
    trials = {
        str(number): {"own": 1.0, "votes": float("inf"), "values": {"epochs": 2}} for number in (2, 1, 0)
    }
    found = tuning._choices({"trials": trials, "space": {"epochs": [1, 2, 3]}})
    assert found == {criterion: {"trial": "0", "at_edge": []} for criterion in tuning.CRITERIA}


@pytest.mark.parametrize(("value", "edge"), [(1, ["epochs"]), (2, []), (3, ["epochs"])])
def test_a_value_at_an_end_of_its_range_is_flagged(value, edge):
    assert (
        tuning.at_edge({"epochs": value, "rate": 0.2}, {"epochs": [1, 2, 3], "rate": [0.1, 0.2, 0.3]}) == edge
    )


def test_a_trial_that_diverged_is_kept_and_never_chosen(digits, tmp_path):
    wild = replace(QUICK, search=(("learning_rate", (0.05, 1e12, 1e13)),), trials=3)
    numbers = tuning.tune(wild, ["soft"], digits, tmp_path, device="cpu", progress=False)
    trials = numbers["arms"]["soft"]["trials"]
    lost = [number for number, trial in trials.items() if trial.get("diverged")]
    assert lost
    assert all(trials[number]["values"]["learning_rate"] > 1 for number in lost)
    assert numbers["arms"]["soft"]["own"]["trial"] not in lost
    again = tuning.TUNING.read(wild.data, wild.name, tmp_path)
    assert all(again["arms"]["soft"]["trials"][number]["own"] is None for number in lost)


# Going on


def test_the_same_call_trains_nothing_twice(digits, tuned, monkeypatch):
    folder, numbers = tuned

    def trained(*given, **named):
        raise AssertionError("trained again")

    monkeypatch.setattr(fitting, "train", trained)
    assert tuning.tune(QUICK, ARMS, digits, folder, device="cpu", progress=False) == numbers
    # Predictions that outlived the list of trials are judged again, not trained again.
    tuning.TUNING.path(*WHERE, folder).unlink()
    assert tuning.tune(QUICK, ARMS, digits, folder, device="cpu", progress=False) == numbers


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
        tuning.tune(QUICK, ARMS, digits, tmp_path, device="cpu", progress=False)
    tuning.tune(QUICK, ARMS, digits, tmp_path, device="cpu", progress=False)
    folder, _ = tuned
    assert without_times(tuning.TUNING.path(*WHERE, tmp_path)) == without_times(
        tuning.TUNING.path(*WHERE, folder)
    )


def test_arms_that_come_later_join_those_that_are_there(digits, tuned, tmp_path):
    for arms in (["soft"], ["smoothing", "hard"]):
        tuning.tune(QUICK, arms, digits, tmp_path, device="cpu", progress=False)
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
        tuning.tune(replace(QUICK, **changes), ARMS, digits, folder, device="cpu", progress=False)
    sentence_of(error)


def test_a_broken_file_is_refused(tuned, tmp_path):
    folder, _ = tuned
    whole = tuning.TUNING.path(*WHERE, folder).read_text()
    for content in (whole[: len(whole) // 2], "[]", "{}", '{"arms": {"hard": 3}}'):
        path = tuning.TUNING.path(*WHERE, tmp_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        with pytest.raises(
            RecordError, match=r"is truncated or altered; delete it and run `softlabel tune digits "
        ):
            tuning.TUNING.read(*WHERE, tmp_path)
    with pytest.raises(RecordError, match=r"^there is no .*tuning\.json; run `softlabel tune digits "):
        tuning.TUNING.read("digits", "none", tmp_path)


# What is trained with it


def test_a_study_is_planned_and_read_with_the_chosen_settings(digits, tuned):
    folder, numbers = tuned
    runs = tuning.plan(numbers, QUICK, ARMS, [0, 1])
    for run in runs:
        known = numbers["arms"][parse(run.arm)[0]]
        best = known["trials"][known["own"]["trial"]]
        assert (run.arm, str(run.trial)) == (best["arm"], known["own"]["trial"])
        assert all(getattr(run.protocol, k) == v for k, v in best["values"].items() if k != "number")
    tuning.adopt(runs, folder)
    assert grid.run_study(runs, digits, folder, device="cpu", progress=False) == len(ARMS)  # seed 0 is there
    found = study.load(QUICK, folder, EVERY_ARM, tuning.chosen(numbers, QUICK))
    assert set(found.records) == set(runs)
    assert found.arms == ordered({run.arm for run in runs})
    assert found.seeds == [0, 1]
    core = study.load(QUICK, folder, chosen=tuning.chosen(numbers, QUICK))
    assert core.arms == ["hard", "soft"]


def test_an_adopted_run_is_the_one_that_a_study_trains(digits, tuned, tmp_path):
    folder, numbers = tuned
    runs = tuning.plan(numbers, QUICK, ["soft"], [0])
    grid.run_study(runs, digits, tmp_path, device="cpu", progress=False)
    one, other = (
        results.read(path) for path in (tmp_path / runs[0].file, tuning.trial_place(runs[0], folder))
    )
    np.testing.assert_array_equal(one.log_p_test, other.log_p_test)


def test_an_arm_that_was_not_tuned_is_named(tuned):
    _, numbers = tuned
    with pytest.raises(ValueError, match=r"^sampled not tuned yet; run: softlabel tune digits ") as error:
        tuning.plan(numbers, QUICK, ["hard", "sampled"], [0])
    assert str(error.value).endswith("--arms sampled")
    with pytest.raises(ValueError, match=r"^there is no criterion 'luck'; choose one of own, votes\.$"):
        tuning.chosen(numbers, QUICK, "luck")


def test_the_table_names_what_was_chosen_and_marks_edges(tuned):
    _, numbers = tuned
    table = tuning.table(numbers)
    assert list(table.index) == ["hard (majority)", "soft (votes)", "label smoothing"]
    for (name, known), row in zip(numbers["arms"].items(), table.itertuples(index=False), strict=True):
        best = known["trials"][known["own"]["trial"]]["values"]
        for key, value in best.items():
            marked = "*" if value in (min(known["space"][key]), max(known["space"][key])) else ""
            assert f"{key.replace('_', ' ')} {value:g}{marked}" in row[1].split(", "), name
    assert "3 trials an arm over epochs 2, 3, 4; weight decay 0.0001, 0.01." in tuning.text(numbers)
