"""Tuning: the same settings offered to every arm, and what is trained with those that were chosen."""

from dataclasses import replace

import numpy as np
import pytest
from studies import SEARCH, TUNED_ARMS

from softlabel_core import study
from softlabel_core.arms import ARMS as EVERY_ARM
from softlabel_core.arms import ordered, parse
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols, tuning
from softlabel_core.study.protocols import PROTOCOLS
from softlabel_core.study.record import read_record

SEARCHED = [protocol for protocol in PROTOCOLS.values() if protocol.search]
WHERE = (SEARCH.data, SEARCH.name)


@pytest.fixture(scope="module")
def digits(searched_digits):
    return searched_digits


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
        tuning.candidates(replace(SEARCH, trials=9), "hard")


@pytest.mark.parametrize(("value", "edge"), [(1, ["epochs"]), (2, []), (3, ["epochs"])])
def test_a_value_at_an_end_of_its_range_is_flagged(value, edge):
    assert (
        tuning.at_edge({"epochs": value, "rate": 0.2}, {"epochs": [1, 2, 3], "rate": [0.1, 0.2, 0.3]}) == edge
    )


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


def test_a_study_is_planned_and_read_with_the_chosen_settings(digits, tuned):
    folder, numbers = tuned
    runs = tuning.plan(numbers, SEARCH, TUNED_ARMS, [0, 1])
    for run in runs:
        known = numbers["arms"][parse(run.arm)[0]]
        best = known["trials"][known["own"]["trial"]]
        assert (run.arm, str(run.trial)) == (best["arm"], known["own"]["trial"])
        assert all(getattr(run.protocol, k) == v for k, v in best["values"].items() if k != "number")
    tuning.adopt(runs, folder)
    assert grid.run_study(runs, digits, folder, device="cpu", progress=False) == len(
        TUNED_ARMS
    )  # seed 0 is there
    found = study.load(SEARCH, folder, EVERY_ARM, tuning.chosen(numbers, SEARCH))
    assert set(found.records) == set(runs)
    assert found.arms == ordered({run.arm for run in runs})
    assert found.seeds == [0, 1]
    core = study.load(SEARCH, folder, chosen=tuning.chosen(numbers, SEARCH))
    assert core.arms == ["hard", "soft"]


def test_an_adopted_run_is_the_one_that_a_study_trains(digits, tuned, tmp_path):
    folder, numbers = tuned
    runs = tuning.plan(numbers, SEARCH, ["soft"], [0])
    grid.run_study(runs, digits, tmp_path, device="cpu", progress=False)
    one, other = (read_record(path) for path in (tmp_path / runs[0].file, tuning.trial_path(runs[0], folder)))
    np.testing.assert_array_equal(one.log_p_test, other.log_p_test)


def test_an_arm_that_was_not_tuned_is_named(tuned):
    _, numbers = tuned
    with pytest.raises(ValueError, match=r"^sampled not tuned yet; run: softlabel tune digits ") as error:
        tuning.plan(numbers, SEARCH, ["hard", "sampled"], [0])
    assert str(error.value).endswith("--arms sampled")
    with pytest.raises(ValueError, match=r"^there is no criterion 'luck'; choose one of own, votes\.$"):
        tuning.chosen(numbers, SEARCH, "luck")
