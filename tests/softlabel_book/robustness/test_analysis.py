"""Robustness: numbers against the predictions that they come from, and the recorded ones against their records."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book import summary
from softlabel_book.robustness import analysis, conditions, ensembles
from softlabel_book.robustness.analysis import ARMS, MEASURES, ROBUSTNESS
from softlabel_core import data, study
from softlabel_core.data import DataUnavailable
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols

FOLDER = Path(__file__).parents[3] / "results"
RECORDED = sorted(FOLDER.glob(f"*/*/{ROBUSTNESS.file}"))
WHERE = ("digits", "small")


def test_moved_is_the_difference_of_differences_and_paired(numbers):
    clean = numbers["conditions"]["clean"]
    for name, part in numbers["conditions"].items():
        for key in MEASURES:
            here, before, moved = part["differences"][key], clean["differences"][key], part["moved"][key]
            assert moved["value"] == pytest.approx(here["value"] - before["value"], abs=1e-12)
            assert moved["low"] <= moved["value"] <= moved["high"]
            soft, hard = (part["metrics"][arm][key]["value"] for arm in ("soft", "hard"))
            assert here["value"] == pytest.approx(soft - hard)
        assert (part["moved"]["kl"]["low"] == part["moved"]["kl"]["high"] == 0) == (name == "clean")
    noisy = numbers["conditions"]["noise-1"]
    width = lambda estimate: estimate["high"] - estimate["low"]  # noqa: E731
    assert width(noisy["moved"]["kl"]) < 0.5 * np.hypot(
        width(noisy["differences"]["kl"]), width(clean["differences"]["kl"])
    )


def test_with_a_record_the_parts_come_from_it_and_stand_beside_it(
    digits, numbers, tmp_path, shared_cache, measured, protocol
):
    grid.run_study(study.plan(protocol, ARMS, [0, 1, 2]), digits, tmp_path, device="cpu", progress=False)
    found = measured(digits, tmp_path, names=["clean"])
    recorded = study.load(protocol, tmp_path)
    test = recorded.test_part(digits)
    log_p = {arm: recorded.log_p(arm) for arm in ARMS}
    assert found["parts"] == ensembles.decompose(log_p, test.counts, test.groups, 100)
    for arm in ARMS:
        beside = found["facts"]["beside_record"][arm]
        np.testing.assert_allclose(beside["here"], beside["record"], rtol=2e-3)  # float16
        assert beside["here"] == pytest.approx(
            numbers["conditions"]["clean"]["metrics"][arm]["kl"]["per_seed"]
        )
    alone = analysis.from_records(recorded, digits, 100)
    assert alone["parts"] == found["parts"]
    assert alone["conditions"] == {}
    own = found["selective"]["clean"]["areas"]["probability"]["error"]["arms"]["soft"]["aurc"]["value"]
    other = alone["selective"]["clean"]["areas"]["probability"]["error"]["arms"]["soft"]["aurc"]["value"]
    assert own == pytest.approx(other, abs=2e-3)


def test_a_round_trip_keeps_numbers(numbers, tmp_path):
    path = ROBUSTNESS.write(numbers, *WHERE, tmp_path)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    again = ROBUSTNESS.read(*WHERE, tmp_path)
    assert again["facts"]["seeds"] == [0, 1, 2]
    assert again["conditions"]["pgd-8"]["metrics"]["soft"]["kl"]["value"] == pytest.approx(
        numbers["conditions"]["pgd-8"]["metrics"]["soft"]["kl"]["value"], rel=1e-5
    )


def test_what_is_missing_or_broken_names_the_command(tmp_path):
    path = ROBUSTNESS.path(*WHERE, tmp_path)
    for content in (None, "{"):
        if content:
            path.parent.mkdir(parents=True)
            path.write_text(content)
        with pytest.raises(RecordError, match="softlabel robustness digits --protocol small") as error:
            ROBUSTNESS.read(*WHERE, tmp_path)
        sentence_of(error)


# Recorded numbers


def test_photographs_are_recorded():
    assert any(path.parts[-3] == "cifar10h" for path in RECORDED)


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_numbers_belong_to_the_recorded_study(path):
    protocol = protocols.get(*path.parts[-3:-1])
    stored = ROBUSTNESS.read(*path.parts[-3:-1], FOLDER)
    assert study.changed_settings(stored["facts"]["settings"], protocol) == []
    if stored["conditions"]:
        assert set(conditions.names(epsilons=[])) <= set(stored["conditions"]) <= set(conditions.names())
    if not summary.SUMMARY.exists(*path.parts[-3:-1], FOLDER):  # digits need no record: they train in seconds
        assert stored["facts"]["data_hash"] == data.load("digits").hash
        return
    study_ = summary.SUMMARY.read(*path.parts[-3:-1], FOLDER)
    assert stored["facts"]["data_hash"] == study_["facts"]["data_hash"]
    assert stored["facts"]["n_test"] == study_["facts"]["n_test"]
    for arm, beside in (stored["facts"].get("beside_record") or {}).items():
        summarised = [
            study_["metrics"][arm]["kl"]["per_seed"][study_["facts"]["seeds"].index(s)]
            for s in stored["facts"]["seeds"]
        ]
        spread = np.ptp(study_["metrics"][arm]["kl"]["per_seed"])
        # Trained again on another machine or with other versions: alike, not identical.
        assert np.mean(beside["here"]) == pytest.approx(np.mean(beside["record"]), abs=max(spread, 0.02))
        assert beside["record"] == pytest.approx(summarised, abs=1e-4)


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_parts_are_what_the_record_gives(path):
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    protocol = protocols.get(*path.parts[-3:-1])
    if not summary.SUMMARY.exists(*path.parts[-3:-1], FOLDER):
        pytest.skip("its parts come from the models themselves")
    stored = ROBUSTNESS.read(*path.parts[-3:-1], FOLDER)
    try:
        dataset = data.load(protocol.data)
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    recorded = study.load(protocol, FOLDER)
    test = recorded.test_part(dataset)
    log_p = {arm: recorded.log_p(arm) for arm in ARMS}
    fresh = ensembles.decompose(log_p, test.counts, test.groups, stored["facts"]["n_resamples"])
    for arm in ARMS:
        for part in ensembles.PARTS:
            for key in ("pearson", "mean"):
                assert stored["parts"]["arms"][arm][part][key]["value"] == pytest.approx(
                    fresh["arms"][arm][part][key]["value"], rel=1e-4
                )


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_numbers_hold_aggregates_only(path):
    def longest(value):
        if isinstance(value, dict):
            return max([len(value), *map(longest, value.values())])
        return max([len(value), *map(longest, value)]) if isinstance(value, list) else 0

    assert longest(json.loads(path.read_text())) < 40
    assert path.stat().st_size < 500_000
