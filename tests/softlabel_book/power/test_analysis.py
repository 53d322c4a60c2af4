"""Detectable differences: the simulation against what is known of it, and against the recorded study."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax
from shared import sentence_of

from softlabel_book import summary
from softlabel_book.cli import main as cli
from softlabel_book.power import analysis as detectable
from softlabel_core import data, metrics, statistics, storage, votes
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.study import protocols

FOLDER = Path(__file__).parents[3] / "results"
RECORDED = sorted(FOLDER.glob(f"*/{detectable.POWER.file}"))
USUAL = {"start": 0.5, "shared": 0.8}
STEPS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0)


def votes_of(n_items, n_votes=50, seed=0):
    """A data set of votes from a known Dirichlet, every item a group of its own."""
    rng = np.random.default_rng(seed)
    rows = np.arange(n_items)
    return Dataset(
        name="drawn",
        counts=rng.multinomial(n_votes, rng.dirichlet([0.6, 0.8, 0.4], n_items)),
        items=np.zeros((n_items, 1, 1, 1), np.uint8),
        class_names=("a", "b", "c"),
        ids=rows.astype(str),
        groups=rows,
    )


@pytest.fixture(scope="module")
def numbers():
    return detectable.make(votes_of(600), 40, 100, n_seeds=1, cases=[USUAL], steps=STEPS)


def test_equal_arms_differ_in_about_5_percent_of_worlds():
    """Over 400 worlds, 5% has a standard error of 1.1%."""
    found = detectable.make(votes_of(300), 400, 100, n_seeds=1, cases=[USUAL], steps=(0.0, 1.0))
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
    settings = {"n_worlds": 40, "n_resamples": 100, "n_seeds": 1, "steps": STEPS}
    more = detectable.make(votes_of(2000), cases=[USUAL], **settings)["cases"][0]
    apart = detectable.make(votes_of(600), cases=[{"start": 0.5, "shared": 0.0}], **settings)["cases"][0]
    assert more["smallest"]["entropy_pearson"]["value"] < 0.8 * usual
    assert apart["smallest"]["entropy_pearson"]["value"] > 1.25 * usual


def test_the_last_step_is_a_perfect_model(numbers):
    limits, case = numbers["limits"], numbers["cases"][0]
    reached = case["hard"]["entropy_pearson"] + case["curves"]["entropy_pearson"]["change"][-1]
    assert reached == pytest.approx(limits["ceiling_of_worlds"], abs=0.005)
    kl = case["hard"]["kl"] * (1 + case["curves"]["kl"]["change"][-1])
    assert kl == pytest.approx(limits["floor"], rel=0.05)
    assert limits["floor_share"] == pytest.approx(limits["floor"] / limits["kl_oracle_smoothing"])


def test_the_hard_arm_stands_where_it_was_put_and_is_calibrated_to_the_majority():
    counts = votes_of(2000).counts
    prior = statistics.dirichlet_multinomial(counts)
    arm = detectable.hard_arm(counts, prior, 0.4, seed=0)
    truth, fresh = detectable.world(counts, prior, np.random.default_rng(9))
    mean = detectable._mean(counts)
    log_p = detectable.predictions(truth, mean, arm, 0.8, [0.0], 1, np.random.default_rng(9))["hard"][0]
    items = metrics.per_item(log_p, fresh)
    assert np.corrcoef(items["entropy_model"], items["entropy_human"])[0, 1] == pytest.approx(0.4, abs=0.07)
    assert items["confidence"].mean() == pytest.approx(items["accuracy"].mean(), abs=0.04)
    # No sharper or flatter arm has a lower cross-entropy with the majority.
    majority = votes.tied(fresh) / votes.tied(fresh).sum(axis=1, keepdims=True)
    losses = [
        -(majority * log_softmax(mean + gain * (log_p - mean), axis=1)).sum() for gain in (0.75, 1, 1.35)
    ]
    assert losses[1] == min(losses)


def test_a_hard_arm_that_cannot_be_is_refused():
    counts = votes_of(100).counts
    with pytest.raises(ValueError, match="no hard arm has r") as error:
        detectable.hard_arm(counts, np.ones(3), 0.99, seed=0)
    sentence_of(error)


def test_worlds_keep_the_votes_of_every_item_and_their_truths_lie_around_the_posterior():
    counts = np.array([[7, 2, 1], [0, 0, 3]])
    prior = np.array([0.5, 1.0, 1.5])
    drawn = [detectable.world(counts, prior, np.random.default_rng(seed)) for seed in range(2000)]
    assert all((fresh.sum(axis=1) == [10, 3]).all() for _, fresh in drawn)
    expected = (counts + prior) / (counts + prior).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.mean([truth for truth, _ in drawn], axis=0), expected, atol=0.02)


def test_both_arms_share_the_stated_part_of_their_noise():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([1, 1, 1], 20_000)
    arm = detectable.HardArm(1.0, 1.0)
    for shared in (0.0, 0.6):
        log_p = detectable.predictions(truth, np.zeros(3), arm, shared, [0.0], 2, rng)
        off = {
            name: (values - np.log(np.maximum(truth, detectable.SMALLEST)))[..., 0]
            for name, values in log_p.items()
        }
        contrast = {
            name: off[name] - (values - np.log(np.maximum(truth, detectable.SMALLEST)))[..., 1]
            for name, values in log_p.items()
        }
        between_arms = np.corrcoef(contrast["hard"][0], contrast["0"][0])[0, 1]
        between_seeds = np.corrcoef(contrast["hard"][0], contrast["hard"][1])[0, 1]
        assert between_arms == pytest.approx(shared, abs=0.03)
        assert between_seeds == pytest.approx(shared, abs=0.03)


def test_the_smallest_change_lies_between_its_steps():
    changes, power = np.array([0.0, -0.1, -0.2]), np.array([0.05, 0.6, 1.0])
    assert detectable.smallest(changes, power) == pytest.approx(-0.15)
    assert np.isnan(detectable.smallest(changes, np.array([0.05, 0.6, 0.7])))
    assert detectable.power_of(-0.15, changes, power) == pytest.approx(0.8)
    assert np.isnan(detectable.power_of(-0.3, changes, power))


def test_a_claim_beyond_a_perfect_model_is_out_of_reach():
    limits = {"ceiling_of_worlds": 0.5, "floor": 0.3}
    curves = np.array([[0.0, 0.1], [0.0, -0.25]]), np.array([[0.05, 1.0], [0.05, 1.0]])
    far = detectable._claims({"entropy_pearson": 0.4, "kl": 0.4}, limits, *curves)
    assert not far["entropy_pearson"]["reachable"]
    assert not far["kl"]["reachable"]
    assert np.isnan(far["kl"]["power"])
    near = detectable._claims({"entropy_pearson": 0.1, "kl": 0.6}, limits, *curves)
    assert near["entropy_pearson"]["reachable"]
    assert near["kl"]["share_of_room"] == pytest.approx(0.64)


def test_too_few_to_simulate_with_is_one_sentence():
    with pytest.raises(ValueError, match="too few") as error:
        detectable.make(votes_of(100), n_worlds=0)
    sentence_of(error)


def test_a_round_trip_keeps_numbers_and_missing_ones(numbers, tmp_path):
    missing = {**numbers, "limits": {**numbers["limits"], "ceiling": float("nan")}}
    path = detectable.POWER.write(missing, "drawn", folder=tmp_path)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    again = detectable.POWER.read("drawn", folder=tmp_path)
    assert np.isnan(again["limits"]["ceiling"])
    assert again["cases"][0]["hard"] == pytest.approx(numbers["cases"][0]["hard"], rel=1e-5)
    assert detectable.text(again).startswith("drawn: 120 test items")


def test_what_is_missing_or_broken_names_the_command(tmp_path):
    path = detectable.POWER.path("drawn", folder=tmp_path)
    for content in (None, "{"):
        if content:
            path.parent.mkdir()
            path.write_text(content)
        with pytest.raises(storage.RecordError, match="softlabel power drawn") as error:
            detectable.POWER.read("drawn", folder=tmp_path)
        sentence_of(error)


def test_a_smallest_change_that_no_step_shows_prints_as_a_dash(numbers):
    case = numbers["cases"][0]
    nothing = {"value": np.nan, "low": np.nan, "high": np.nan}
    blind = {**numbers, "cases": [{**case, "smallest": dict.fromkeys(detectable.ASKED, nothing)}]}
    assert detectable.table(blind)["smallest difference of r"].item() == "–"


def test_the_command_writes_prints_and_refuses(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(data, "load", lambda name: votes_of(300))
    assert cli.main(["power", "drawn", "--worlds", "2", "--results", str(tmp_path)]) == 0
    stored, printed = detectable.POWER.read("drawn", folder=tmp_path), capsys.readouterr().out
    assert stored["settings"]["worlds"] == 2
    assert [{key: case[key] for key in USUAL} for case in stored["cases"]] == list(detectable.CASES)
    assert printed.strip() == detectable.text(stored)
    assert "Ceiling of r" in printed
    monkeypatch.undo()
    assert cli.main(["power", "nothing", "--results", str(tmp_path)]) == 2
    assert "nothing" in capsys.readouterr().err


def test_the_claims_are_the_papers():
    assert detectable.CLAIMED == {"entropy_pearson": 0.61, "kl": -0.32}


def test_the_split_is_the_studys():
    for protocol in protocols.PROTOCOLS.values():
        assert {
            "fold": 0,
            "n_folds": protocol.n_folds,
            "seed": protocol.split_seed,
            "validation": protocol.validation,
        } == detectable.SPLIT


def test_the_simulated_noise_is_that_of_the_recorded_study():
    """A difference with 80% power is 2.8 standard errors wide, a 95% interval 3.9."""
    study = summary.SUMMARY.read("cifar10h", "small", FOLDER)["changes"]["soft"]
    weak = next(
        case
        for case in detectable.POWER.read("cifar10h", folder=FOLDER)["cases"]
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
    stored = detectable.POWER.read(path.parent.name, folder=FOLDER)
    try:
        dataset = data.load(stored["data"])
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    n_worlds, recorded = 10, stored["cases"][0]
    case, steps = {key: recorded[key] for key in ("start", "shared")}, stored["settings"]["steps"]
    fresh = detectable.make(dataset, n_worlds, 200, seed=1, cases=[case], steps=steps)
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
    assert stored["settings"]["family"] == detectable.FAMILY
    found = list(lists(stored))
    assert found
    assert all(len(entry) == len(stored["settings"]["steps"]) for entry in found)
