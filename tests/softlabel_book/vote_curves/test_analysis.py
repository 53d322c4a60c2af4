"""Vote curves: numbers that the records and, on digits, the truth confirm."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.vote_curves import analysis
from softlabel_book.vote_curves.analysis import Cell
from softlabel_book.vote_curves.design import MEASURES, VoteRun
from softlabel_core import metrics, statistics, study
from softlabel_core.storage import RecordError
from softlabel_core.study import Run
from softlabel_core.study.record import read_record

WHERE = ("digits", "small")


def test_votes_bring_soft_labels_nearer_to_the_truth_and_hard_ones_no_nearer(numbers):
    soft, hard = (np.array([point["value"] for point in numbers["truth"][arm]]) for arm in ("soft", "hard"))
    assert soft[-1] < soft[0] - 0.02
    assert (np.diff(soft) < 0.01).all()
    assert soft[0] == pytest.approx(hard[0])
    assert hard[-1] > soft[-1] + 0.02


def test_a_curve_is_what_metrics_say_of_its_records(numbers, digits, cache, protocol):
    test = digits.take(study.split_of(digits, protocol, 0).test)
    scores = [
        metrics.evaluate(np.exp(record.log_p_test.astype(np.float64)), test.counts, log_p=record.log_p_test)
        for draw in numbers["facts"]["draws"]
        for record in [read_record(cache / VoteRun(Run(protocol, "soft", 0, draw), 5).file)]
    ]
    at = [step["level"] for step in numbers["levels"]].index("5")
    for measure in MEASURES:
        point = numbers["curves"]["soft"][measure][at]
        assert point["value"] == pytest.approx(np.mean([score[measure] for score in scores]), rel=1e-6)
        assert point["low"] <= point["value"] <= point["high"]
        np.testing.assert_allclose(point["per_draw"], [score[measure] for score in scores], rtol=1e-6)


def test_differences_are_paired(numbers):
    """Narrower than intervals of the same size that know nothing of each other, and nothing at the reference itself."""
    first, last = numbers["to_all"]["soft"]["kl"][0], numbers["to_all"]["soft"]["kl"][-1]
    assert last == {"value": 0, "low": 0, "high": 0, "p_value": 1}
    ends = [numbers["curves"]["soft"]["kl"][i] for i in (0, -1)]
    apart = np.hypot(*(end["high"] - end["low"] for end in ends))
    assert first["high"] - first["low"] < apart
    assert first["value"] == pytest.approx(ends[0]["value"] - ends[1]["value"])
    assert numbers["soft_less_hard"]["kl"][0] == {"value": 0, "low": 0, "high": 0, "p_value": 1}
    assert numbers["soft_less_hard"]["kl"][-1]["high"] < 0


def fake(values: list[float], spread: float = 0.0) -> tuple[statistics.Bootstrap, list[Cell]]:
    """A bootstrap whose arm "soft" has these KLs at levels 1, 2, 5, 10 ..., with noise of its own at each."""
    names = [*("1", "2", "5", "10", "20")[: len(values) - 1], "all"]
    rng = np.random.default_rng(0)
    steps = [Cell(name, 40.0 if name == "all" else float(name)) for name in names]
    known = {f"soft-{name}": {"kl": value} for name, value in zip(names, values, strict=True)}
    draws = {
        arm: {"kl": value["kl"] + rng.normal(0, spread, 400) if spread else np.full(400, value["kl"])}
        for arm, value in known.items()
    }
    return statistics.Bootstrap(known, {}, draws, 1, 10, 10, False), steps


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([1.0, 0.5, 0.2, 0.09, 0.0, 0.0], "10"),  # 0.09 of a gain of 1 is within a tenth, 0.2 is not
        ([1.0, 0.05, 0.2, 0.05, 0.0, 0.0], "10"),  # a lucky dip does not count
        ([1.0, 0.8, 0.6, 0.4, 0.2, 0.0], "all"),
        ([1.0, 0.0, 0.0, 0.0, 0.0, 0.0], "2"),
        ([1.0, -0.5, -0.5, 0.0, 0.0, 0.0], "2"),  # better than with all votes is near enough
    ],
)
def test_saturation_is_the_first_level_from_which_on_nine_tenths_are_kept(values, level):
    found = analysis.saturation(*_args(fake(values)))
    assert found["level"] == found["low"] == found["high"] == level
    assert found["gain"]["value"] == pytest.approx(1)


def _args(made):
    boot, steps = made
    return boot, "soft", "kl", steps


def test_saturation_is_as_uncertain_as_its_resamples():
    found = analysis.saturation(*_args(fake([1.0, 0.5, 0.15, 0.05, 0.0, 0.0], spread=0.05)))
    names = ["1", "2", "5", "10", "20", "all"]
    assert names.index(found["low"]) < names.index(found["level"]) < names.index(found["high"])


@pytest.mark.parametrize("values", [[0.5, 0.5, 0.5], [0.5, 0.6, 0.7]])
def test_where_nothing_is_gained_nothing_saturates(values):
    found = analysis.saturation(*_args(fake(values, spread=0.02)))
    assert found.keys() == {"gain"}


def test_equal_totals_meet_and_the_best_is_behind_nobody(numbers):
    found = numbers["budgets"]["soft"]["kl"]
    n_train = numbers["facts"]["n_train"]
    assert [row["votes"] for row in found] == pytest.approx([n_train, 2 * n_train], rel=0.01)
    for row in found:
        values = [option["value"] for option in row["options"]]
        assert {option["share"] for option in row["options"]} == {0.2, 1.0}
        assert values[row["best"]] == min(values)
        assert row["options"][row["best"]]["behind"]["value"] == 0
        assert all(option["behind"]["value"] >= 0 for option in row["options"])
    best = [
        max(row["options"], key=lambda option: option["value"])
        for row in numbers["budgets"]["soft"]["entropy_pearson"]
    ]
    assert [option["behind"]["value"] for option in best] == [0, 0]


def test_it_comes_back_from_disk_and_holds_no_item_or_vote(numbers, digits, tmp_path):
    path = analysis.CURVE.write(numbers, *WHERE, tmp_path)
    again = analysis.CURVE.read(*WHERE, tmp_path)
    assert again.keys() == numbers.keys()
    assert again["curves"]["soft"]["kl"][0]["value"] == pytest.approx(
        numbers["curves"]["soft"]["kl"][0]["value"], rel=1e-5
    )
    assert path.stat().st_size < 150_000
    assert "digits-0-" not in path.read_text()

    def longest(value):
        if isinstance(value, dict):
            return max(longest(entry) for entry in value.values())
        if isinstance(value, list):
            return max([len(value), *(longest(entry) for entry in value)])
        return 0

    assert longest(json.loads(path.read_text())) < 50


def test_a_missing_curve_names_its_cure(tmp_path):
    with pytest.raises(RecordError, match="softlabel curve digits --protocol small") as error:
        analysis.CURVE.read(*WHERE, tmp_path)
    sentence_of(error)
    assert analysis.best_recorded("digits", tmp_path) is None
