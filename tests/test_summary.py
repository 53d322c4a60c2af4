"""The summary of a study, on a small real one."""

import json

import numpy as np
import pytest

from softlabel_core import data, metrics, protocols, study, summary
from softlabel_core.results import RecordError


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    votes, protocol = data.load("digits", n_items=500), protocols.get("digits", "small", epochs=4)
    folder = tmp_path_factory.mktemp("results")
    study.run_study(study.plan(protocol, ["hard", "gold", "soft"], [0, 1]), votes, folder, progress=False)
    return votes, study.load(protocol, folder)


@pytest.fixture(scope="module")
def numbers(recorded):
    votes, digits = recorded
    return summary.make(digits, votes, n_resamples=50)


def test_metrics_are_means_over_seeds(recorded, numbers):
    votes, digits = recorded
    test = digits.test_part(votes)
    for arm in digits.arms:
        each = [
            metrics.evaluate(None, test.counts, test.gold, log_p=log_p)["kl"] for log_p in digits.log_p(arm)
        ]
        shown = numbers["metrics"][arm]["kl"]
        assert shown["value"] == pytest.approx(np.mean(each))
        assert shown["per_seed"] == pytest.approx(each)
        assert shown["low"] <= shown["value"] <= shown["high"]


def test_changes_are_against_hard(numbers):
    hard, soft = (numbers["metrics"][arm]["kl"]["value"] for arm in ("hard", "soft"))
    assert numbers["changes"]["soft"]["kl"]["difference"]["value"] == pytest.approx(soft - hard)
    assert numbers["changes"]["soft"]["kl"]["relative"]["value"] == pytest.approx(soft / hard - 1)
    assert "hard" not in numbers["changes"]


def test_bins_hold_every_test_item_once(recorded, numbers):
    votes, digits = recorded
    assert sum(part["n"] for part in numbers["bins"]) == len(digits.test_ids) == numbers["facts"]["n_test"]
    unanimous = (digits.test_part(votes).entropy == 0).sum()
    assert numbers["bins"][0]["n"] == unanimous > 0
    drawn = summary.bins(numbers, "kl")
    assert drawn["bins"][0] == "unanimous"
    assert len(drawn["arms"]["soft"]) == len(drawn["n_items"])


def test_round_trip_keeps_numbers_and_missing_ones(numbers, tmp_path):
    path = tmp_path / "a" / summary.FILE
    summary.write(numbers, path)
    json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN in the file
    again = summary.read(path)
    assert again["metrics"]["soft"]["kl"]["value"] == pytest.approx(
        numbers["metrics"]["soft"]["kl"]["value"], rel=1e-5
    )
    assert np.isnan(again["references"]["uniform"]["entropy_pearson"])


def test_dots_are_what_the_figure_takes(numbers):
    value, low, high, seeds = summary.dots(numbers)["soft"]["entropy_pearson"]
    assert low <= value <= high
    assert len(seeds) == 2


@pytest.mark.parametrize("content", [None, "", '{"data": "digits", "met'])
def test_a_missing_or_broken_summary_is_named(tmp_path, content):
    path = tmp_path / summary.FILE
    if content is not None:
        path.write_text(content)
    with pytest.raises(RecordError, match=r"summary\.json.*run"):
        summary.read(path)


def test_other_votes_are_refused(recorded):
    _, digits = recorded
    with pytest.raises(RecordError, match="other item ids or counts"):
        summary.make(digits, data.load("digits", n_items=500, seed=1), n_resamples=2)
