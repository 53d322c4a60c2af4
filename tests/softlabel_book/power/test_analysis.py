"""What could show at all: the simulation against what is known of it, and against the recorded study."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from invented_votes import votes_of
from shared import sentence_of

from softlabel_book import summary
from softlabel_book.power import analysis, world
from softlabel_book.power.analysis import Case, Settings
from softlabel_core import data, storage
from softlabel_core.data import DataUnavailable
from softlabel_core.study import protocols

FOLDER = Path(__file__).parents[3] / "results"
RECORDED = sorted(FOLDER.glob(f"*/{analysis.POWER.file}"))
USUAL = Case(0.5, 0.8)
QUICK = Settings(40, 100, seeds=1, steps=(0.0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0))


@pytest.fixture(scope="module")
def numbers():
    return analysis.make(votes_of(600), QUICK, [USUAL])


def test_equal_arms_differ_in_about_5_percent_of_worlds():
    """Over 400 worlds, 5% has a standard error of 1.1%."""
    found = analysis.make(votes_of(300), Settings(400, 100, seeds=1, steps=(0.0, 1.0)), [USUAL])
    for curve in found["cases"][0]["curves"].values():
        assert 0.01 < curve["power"][0] < 0.1
        assert curve["change"][0] == pytest.approx(0, abs=0.01)
        assert curve["power"][1] > 0.95


def test_power_grows_with_the_difference(numbers):
    for curve in numbers["cases"][0]["curves"].values():
        assert (np.diff(np.abs(curve["change"])) > 0).all()
        assert (np.diff(curve["power"]) > -0.1).all()
        assert curve["power"][0] < 0.2 < 0.9 < curve["power"][-1]


def test_power_grows_with_the_items_and_with_what_the_arms_share(numbers):
    usual = numbers["cases"][0]["smallest"]["entropy_pearson"]["value"]
    more = analysis.make(votes_of(2000), QUICK, [USUAL])["cases"][0]
    apart = analysis.make(votes_of(600), QUICK, [Case(0.5, 0.0)])["cases"][0]
    assert more["smallest"]["entropy_pearson"]["value"] < 0.8 * usual
    assert apart["smallest"]["entropy_pearson"]["value"] > 1.25 * usual


def test_the_last_step_is_a_perfect_model(numbers):
    limits, case = numbers["limits"], numbers["cases"][0]
    reached = case["hard"]["entropy_pearson"] + case["curves"]["entropy_pearson"]["change"][-1]
    assert reached == pytest.approx(limits["ceiling_of_worlds"], abs=0.005)
    kl = case["hard"]["kl"] * (1 + case["curves"]["kl"]["change"][-1])
    assert kl == pytest.approx(limits["floor"], rel=0.05)
    assert limits["floor_share"] == pytest.approx(limits["floor"] / limits["kl_oracle_smoothing"])


def test_the_smallest_change_lies_between_its_steps():
    changes, power = np.array([0.0, -0.1, -0.2]), np.array([0.05, 0.6, 1.0])
    assert analysis.smallest(changes, power) == pytest.approx(-0.15)
    assert np.isnan(analysis.smallest(changes, np.array([0.05, 0.6, 0.7])))
    assert analysis.power_of(-0.15, changes, power) == pytest.approx(0.8)
    assert np.isnan(analysis.power_of(-0.3, changes, power))


def test_a_claim_beyond_a_perfect_model_is_out_of_reach():
    limits = {"ceiling_of_worlds": 0.5, "floor": 0.3}
    curves = np.array([[0.0, 0.1], [0.0, -0.25]]), np.array([[0.05, 1.0], [0.05, 1.0]])
    far = analysis._claims({"entropy_pearson": 0.4, "kl": 0.4}, limits, *curves)
    assert not far["entropy_pearson"]["reachable"]
    assert not far["kl"]["reachable"]
    assert np.isnan(far["kl"]["power"])
    near = analysis._claims({"entropy_pearson": 0.1, "kl": 0.6}, limits, *curves)
    assert near["entropy_pearson"]["reachable"]
    assert near["kl"]["share_of_room"] == pytest.approx(0.64)


def test_too_few_to_simulate_with_is_one_sentence():
    with pytest.raises(ValueError, match="too few") as error:
        Settings(worlds=0)
    sentence_of(error)


def test_a_round_trip_keeps_numbers_and_missing_ones(numbers, tmp_path):
    missing = {**numbers, "limits": {**numbers["limits"], "ceiling": float("nan")}}
    path = analysis.POWER.write(missing, "drawn", folder=tmp_path)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    again = analysis.POWER.read("drawn", folder=tmp_path)
    assert np.isnan(again["limits"]["ceiling"])
    assert again["cases"][0]["hard"] == pytest.approx(numbers["cases"][0]["hard"], rel=1e-5)


def test_what_is_missing_or_broken_names_the_command(tmp_path):
    path = analysis.POWER.path("drawn", folder=tmp_path)
    for content in (None, "{"):
        if content:
            path.parent.mkdir()
            path.write_text(content)
        with pytest.raises(storage.RecordError, match="softlabel power drawn") as error:
            analysis.POWER.read("drawn", folder=tmp_path)
        sentence_of(error)


def test_the_claims_are_the_papers():
    assert analysis.CLAIMED == {"entropy_pearson": 0.61, "kl": -0.32}


def test_the_split_is_the_studys():
    for protocol in protocols.PROTOCOLS.values():
        assert {
            "fold": 0,
            "n_folds": protocol.n_folds,
            "seed": protocol.split_seed,
            "validation": protocol.validation,
        } == analysis.SPLIT


def test_the_simulated_noise_is_that_of_the_recorded_study():
    """A difference with 80% power is 2.8 standard errors wide, a 95% interval 3.9."""
    study = summary.SUMMARY.read("cifar10h", "small", FOLDER)["changes"]["soft"]
    weak = next(
        case
        for case in analysis.POWER.read("cifar10h", folder=FOLDER)["cases"]
        if case["start"] == 0.25 and case["shared"] == 0.8
    )
    for key, change in {
        "entropy_pearson": study["entropy_pearson"]["difference"],
        "kl": study["kl"]["relative"],
    }.items():
        measured = (change["high"] - change["low"]) * 2.8 / 3.92
        assert 0.5 < abs(weak["smallest"][key]["value"]) / measured < 2


@pytest.mark.parametrize("path", [pytest.param(path, id=path.parent.name) for path in RECORDED])
def test_a_recorded_simulation_is_what_the_votes_give(path):
    """Ten other worlds of the first case: a fresh power must lie within four standard errors of the recorded."""
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    stored = analysis.POWER.read(path.parent.name, folder=FOLDER)
    try:
        dataset = data.load(stored["data"])
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    n_worlds, recorded = 10, stored["cases"][0]
    case = Case(recorded["start"], recorded["shared"])
    settings = Settings(n_worlds, 200, seed=1, steps=stored["settings"]["steps"])
    fresh = analysis.make(dataset, settings, [case])
    assert stored["facts"].pop("data_hash") == fresh["facts"].pop("data_hash")
    assert stored["facts"] == pytest.approx(fresh["facts"], rel=1e-5)
    for name, value in stored["limits"].items():
        error = (
            0.05 if name.endswith("of_worlds") else 1e-5
        )  # of ten worlds' mean; the rest is not simulated anew
        assert fresh["limits"][name] == pytest.approx(value, abs=error, rel=1e-5)
    again = fresh["cases"][0]
    for key in ("entropy_pearson", "kl"):
        assert again["hard"][key] == pytest.approx(recorded["hard"][key], abs=0.05)
        then, now = (np.array(entry["curves"][key]["power"]) for entry in (recorded, again))
        # Four standard errors of ten worlds, with a world added to each side so that 0 and 1 have one too.
        likely = (then * stored["settings"]["worlds"] + 1) / (stored["settings"]["worlds"] + 2)
        error = np.sqrt(likely * (1 - likely) * (1 / n_worlds + 1 / stored["settings"]["worlds"]))
        assert (np.abs(now - then) < 4 * error).all()


def test_every_data_set_of_the_headline_is_recorded():
    assert {path.parent.name for path in RECORDED} >= {
        "chaosnli", "chaosnli-snli", "chaosnli-mnli", "politeness", "offensiveness", "cifar10h",
    }  # fmt: skip


@pytest.mark.parametrize("path", RECORDED)
def test_a_recorded_simulation_holds_aggregates_only(path):
    """No list is as long as the items, and every list is of numbers for the steps."""

    def lists(value):
        if isinstance(value, dict):
            for entry in value.values():
                yield from lists(entry)
        elif isinstance(value, list):
            if all(isinstance(entry, int | float) for entry in value):
                yield value
            else:
                for entry in value:
                    assert isinstance(entry, dict)
                    yield from lists(entry)

    stored = json.loads(path.read_text())
    assert stored["settings"]["family"] == world.FAMILY
    found = list(lists(stored))
    assert found
    assert all(len(entry) == len(stored["settings"]["steps"]) for entry in found)
