"""Vote curves: nested draws of votes, runs that go on, and, on digits, numbers that the truth confirms."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.vote_curves import analysis as vote_curves
from softlabel_book.vote_curves.analysis import VoteRun
from softlabel_core import data, metrics, statistics, storage, study
from softlabel_core.data import Dataset
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, Trial, fitting, grid, protocols
from softlabel_core.study.record import read_record

QUICK = protocols.get("digits", "small", epochs=12)
WHERE = (QUICK.data, QUICK.name)
DRAWS = 2


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return data.load("digits", n_items=1000)


@pytest.fixture(scope="module")
def rows(digits):
    return vote_curves.usable(digits, study.split_of(digits, QUICK, 0).train)


@pytest.fixture(scope="module")
def runs(digits, rows):
    return vote_curves.plan(QUICK, digits.counts[rows], range(DRAWS), shares=(0.2, 1.0))


@pytest.fixture(scope="module")
def cache(digits, runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("curves")
    assert vote_curves.run_curve(runs, digits, folder, progress=False) == len(runs)
    return folder


@pytest.fixture(scope="module")
def numbers(digits, runs, cache):
    return vote_curves.make(runs, digits, cache, n_resamples=100)


def uneven(n_items: int = 200) -> np.ndarray:
    """Items with 5 to 9 votes on four classes."""
    rng = np.random.default_rng(0)
    return np.stack([rng.multinomial(rng.integers(5, 10), rng.dirichlet(np.ones(4))) for _ in range(n_items)])


# Which votes, which items


@pytest.mark.parametrize(
    ("least", "most", "wanted"),
    [
        (100, 100, [1, 2, 3, 5, 10, 20, 50, None]),
        (47, 63, [1, 2, 3, 5, 10, 20, None]),
        (5, 9, [1, 2, 3, 5, None]),
        (20, 20, [1, 2, 3, 5, 10, None]),
        (1, 1, [None]),
    ],
)
def test_levels_are_those_that_every_item_allows(least, most, wanted):
    assert vote_curves.levels([[least, 0], [0, most]]) == wanted


def test_each_draw_has_its_own_order_and_leaves_other_items_alone(digits, rows):
    first, second = (vote_curves.taught(digits, rows, 3, draw) for draw in (0, 1))
    assert (first.counts[rows] != second.counts[rows]).any(axis=1).mean() > 0.1
    others = np.setdiff1d(np.arange(digits.n_items), rows)
    for part in (first, second):
        np.testing.assert_array_equal(part.counts[others], digits.counts[others])
    assert vote_curves.taught(digits, rows, None, 0) is digits


def test_items_of_few_votes_are_left_out():
    counts = np.array([[4, 0], [5, 0], [3, 3]])
    few = Dataset("few", counts, np.zeros((3, 1)), ("a", "b"), np.array(list("abc")), np.arange(3))
    assert vote_curves.usable(few, np.arange(3)).tolist() == [1, 2]
    with pytest.raises(ValueError, match="no item of few has 5 votes") as error:
        vote_curves.usable(few, np.array([0]))
    sentence_of(error)


def test_ratings_are_dropped_with_the_votes():
    counts = uneven(50)
    ratings = np.full((50, 9), -1, dtype=np.int8)
    for row, item in enumerate(counts):
        ratings[row, : item.sum()] = np.repeat(np.arange(4), item)
    rated = Dataset(
        "rated",
        counts,
        np.zeros((50, 1)),
        tuple("abcd"),
        np.arange(50).astype(str),
        np.arange(50),
        ratings=ratings,
    )
    assert vote_curves.taught(rated, np.arange(50), 2, 0).ratings is None


def test_a_smaller_share_is_part_of_a_larger_one():
    rows = np.arange(100, 300)
    tenth, half, whole = (vote_curves.some(rows, share, 3) for share in (0.1, 0.5, 1.0))
    assert len(tenth) == 20
    assert set(tenth) < set(half) < set(whole)
    np.testing.assert_array_equal(whole, rows)
    assert set(vote_curves.some(rows, 0.1, 4)) != set(tenth)


# The runs


def test_a_plan_is_complete_draw_by_draw(runs):
    per_draw = len(runs) // DRAWS
    assert [run.run.seed for run in runs] == [draw for draw in range(DRAWS) for _ in range(per_draw)]
    assert len({run.file for run in runs}) == len(runs)
    assert {run.arm for run in runs[:per_draw]} == {run.arm for run in runs[per_draw:]}
    assert {"hard-1", "soft-all", "soft-10-of-0.2"} <= {run.arm for run in runs}


def test_tuned_settings_hold_at_all_levels(digits):
    chosen = replace(QUICK, epochs=3)
    planned = vote_curves.plan(QUICK, digits.counts, [0], shares=[1], tuned={"soft": Trial(4, chosen)})
    assert {run.run.protocol.epochs for run in planned if run.run.arm == "soft"} == {3}
    assert {run.run.trial for run in planned if run.run.arm == "soft"} == {4}
    assert {run.run.protocol.epochs for run in planned if run.run.arm == "hard"} == {QUICK.epochs}


def test_fewer_items_are_seen_more_often_but_make_fewer_steps(digits):
    planned = vote_curves.plan(QUICK, digits.counts, [0], shares=(0.25, 1.0))
    epochs = {run.share: run.run.protocol.epochs for run in planned}
    assert epochs == {1.0: QUICK.epochs, 0.25: 2 * QUICK.epochs}


@pytest.mark.parametrize("shares", [(0.5,), (0.0, 1.0), (1.0, 2.0)])
def test_shares_out_of_range_are_refused(digits, shares):
    with pytest.raises(ValueError, match="shares are") as error:
        vote_curves.plan(QUICK, digits.counts, [0], shares=shares)
    sentence_of(error)


def test_a_second_call_trains_nothing_and_a_killed_one_goes_on(digits, runs, cache, numbers, monkeypatch):
    lost = cache / runs[3].file
    kept = lost.read_bytes()
    lost.unlink()
    with pytest.raises(RecordError, match="is missing") as error:
        vote_curves.make(runs, digits, cache)
    sentence_of(error)
    assert vote_curves.run_curve(runs, digits, cache, progress=False) == 1
    again, before = read_record(lost), kept
    lost.write_bytes(before)
    np.testing.assert_array_equal(again.log_p_test, read_record(lost).log_p_test)
    monkeypatch.setattr(fitting, "train", lambda *a, **k: pytest.fail("trained again"))
    assert vote_curves.run_curve(runs, digits, cache, progress=False) == 0


def test_records_of_other_settings_or_votes_are_trained_again(digits, runs, cache):
    one = [run for run in runs if run.arm == "soft-1-of-0.2" and run.run.seed == 0]
    shorter = [one[0]._replace(run=replace(one[0].run, protocol=replace(QUICK, epochs=1)))]
    kept = (cache / one[0].file).read_bytes()
    assert vote_curves.run_curve(shorter, digits, cache, progress=False) == 1
    assert vote_curves.run_curve(shorter, digits, cache, progress=False) == 0
    other = data.load("digits", n_items=1000, seed=1)
    assert vote_curves.run_curve(shorter, other, cache, progress=False) == 1
    (cache / one[0].file).write_bytes(kept)


def test_all_votes_are_the_plain_study_bit_for_bit(digits, cache, tmp_path):
    for arm in ("hard", "soft"):
        plain = Run(QUICK, arm, 0, 1)
        grid.execute(plain, digits, tmp_path)
        curve = read_record(cache / VoteRun(plain, None).file)
        np.testing.assert_array_equal(curve.log_p_test, read_record(tmp_path / plain.file).log_p_test)


def test_with_one_vote_hard_and_soft_are_the_same_and_with_ten_they_are_not(cache):
    def predicted(arm: str, n_votes: int) -> Any:
        return read_record(cache / VoteRun(Run(QUICK, arm, 0, 0), n_votes).file).log_p_test

    np.testing.assert_array_equal(predicted("hard", 1), predicted("soft", 1))
    assert not np.array_equal(predicted("hard", 10), predicted("soft", 10))


def test_validation_and_test_items_are_those_of_the_study(digits, cache, runs):
    split = study.split_of(digits, QUICK, 0)
    for run in runs[:6]:
        record = read_record(cache / run.file)
        np.testing.assert_array_equal(record.ids_test, digits.ids[split.test])
        assert record.meta["n_train"] == len(vote_curves.some(split.train, run.share, run.run.seed))


# The numbers


def test_votes_bring_soft_labels_nearer_to_the_truth_and_hard_ones_no_nearer(numbers):
    soft, hard = (np.array([point["value"] for point in numbers["truth"][arm]]) for arm in ("soft", "hard"))
    assert soft[-1] < soft[0] - 0.02
    assert (np.diff(soft) < 0.01).all()
    assert soft[0] == pytest.approx(hard[0])
    assert hard[-1] > soft[-1] + 0.02


def test_a_curve_is_what_metrics_say_of_its_records(numbers, digits, cache):
    test = digits.take(study.split_of(digits, QUICK, 0).test)
    scores = [
        metrics.evaluate(np.exp(record.log_p_test.astype(np.float64)), test.counts, log_p=record.log_p_test)
        for draw in range(DRAWS)
        for record in [read_record(cache / VoteRun(Run(QUICK, "soft", 0, draw), 5).file)]
    ]
    at = [step["level"] for step in numbers["levels"]].index("5")
    for measure in vote_curves.MEASURES:
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


def fake(values: list[float], spread: float = 0.0) -> tuple[statistics.Bootstrap, list[dict[str, Any]]]:
    """A bootstrap whose arm "soft" has these KLs at levels 1, 2, 5, 10 ..., with noise of its own at each."""
    names = [*("1", "2", "5", "10", "20")[: len(values) - 1], "all"]
    rng = np.random.default_rng(0)
    steps = [{"level": name, "n_votes": 40.0 if name == "all" else float(name)} for name in names]
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
    found = vote_curves.saturation(*_args(fake(values)))
    assert found["level"] == found["low"] == found["high"] == level
    assert found["gain"]["value"] == pytest.approx(1)


def _args(made):
    boot, steps = made
    return boot, "soft", "kl", steps


def test_saturation_is_as_uncertain_as_its_resamples():
    found = vote_curves.saturation(*_args(fake([1.0, 0.5, 0.15, 0.05, 0.0, 0.0], spread=0.05)))
    names = ["1", "2", "5", "10", "20", "all"]
    assert names.index(found["low"]) < names.index(found["level"]) < names.index(found["high"])


@pytest.mark.parametrize("values", [[0.5, 0.5, 0.5], [0.5, 0.6, 0.7]])
def test_where_nothing_is_gained_nothing_saturates(values):
    found = vote_curves.saturation(*_args(fake(values, spread=0.02)))
    assert found.keys() == {"gain"}


def test_more_people_predict_the_others_better(digits):
    rows = vote_curves.humans(digits.take(np.arange(400)), n_repeats=2, n_resamples=50)
    assert [row["n_votes"] for row in rows] == [1, 2, 3, 5, 10]
    assert [row["others"] for row in rows] == [19, 18, 17, 15, 10]
    kl, distance = ([row[key]["value"] for row in rows] for key in ("kl", "total_variation"))
    assert sorted(kl, reverse=True) == kl
    assert sorted(distance, reverse=True) == distance
    assert np.isnan(rows[0]["entropy_pearson"]["value"])  # one vote never varies
    assert rows[-1]["entropy_pearson"]["value"] > rows[1]["entropy_pearson"]["value"]
    for row in rows:
        assert row["kl"]["value"] > row["floors"]["kl"]


def test_people_are_scored_as_the_formula_says():
    """One item of two kinds, where every draw is the same: (n + 1/2) / (N + K/2) against the rest."""
    counts = np.tile([[10, 0], [0, 10]], (20, 1))
    sure = Dataset("sure", counts, np.zeros((40, 1)), ("a", "b"), np.arange(40).astype(str), np.arange(40))
    rows = vote_curves.humans(sure, n_repeats=1, n_resamples=20)
    assert [row["n_votes"] for row in rows] == [1, 2, 3, 5]
    for row in rows:
        n = row["n_votes"]
        assert row["kl"]["value"] == pytest.approx(-np.log((n + 0.5) / (n + 1)))
        assert row["total_variation"]["value"] == pytest.approx(1 - (n + 0.5) / (n + 1))
        assert row["accuracy"]["value"] == 1


def test_a_model_is_worth_as_many_people_as_predict_as_well():
    rows = [
        {"n_votes": n, "kl": {"value": kl}, "entropy_pearson": {"value": r}}
        for n, kl, r in ((1, 0.4, np.nan), (2, 0.3, 0.2), (8, 0.1, 0.6))
    ]
    curve = {"humans": rows}
    assert vote_curves.people_worth(curve, "kl", 0.3) == pytest.approx(2)
    assert vote_curves.people_worth(curve, "kl", 0.2) == pytest.approx(4)
    assert vote_curves.people_worth(curve, "entropy_pearson", 0.4) == pytest.approx(4)
    beyond = [("kl", 0.5), ("kl", 0.05), ("entropy_pearson", 0.1), ("entropy_pearson", 0.7)]
    assert np.isnan([vote_curves.people_worth(curve, *asked) for asked in beyond]).all()


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
    path = vote_curves.CURVE.write(numbers, *WHERE, tmp_path)
    again = vote_curves.CURVE.read(*WHERE, tmp_path)
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
        vote_curves.CURVE.read(*WHERE, tmp_path)
    sentence_of(error)
    assert vote_curves.best_recorded("digits", tmp_path) is None


def test_recording_uses_the_recorded_tuning(monkeypatch, tmp_path, digits):
    monkeypatch.setattr(vote_curves.data, "load", lambda name: digits)
    seen = {}

    def instead(dataset, protocol, arms, draws, shares, tuned, **rest):
        seen["tuned"] = tuned
        return {"facts": {}}

    monkeypatch.setattr(vote_curves, "train_here", instead)
    vote_curves.record("digits", QUICK, folder=tmp_path)
    assert seen["tuned"] == {}
    assert vote_curves.CURVE.exists(*WHERE, tmp_path)
    assert vote_curves.best_recorded("digits", tmp_path).name == "small"
    monkeypatch.setattr(type(vote_curves.CURVE), "read", lambda *where: "numbers")
    monkeypatch.setattr(vote_curves.tuning, "chosen", lambda numbers, protocol: {"soft": numbers})
    vote_curves.tuning.TUNING.path(*WHERE, tmp_path).write_text("{}")
    vote_curves.record("digits", QUICK, folder=tmp_path)
    assert seen["tuned"] == {"soft": "numbers"}


def test_no_draw_is_refused(digits):
    with pytest.raises(ValueError, match="draws is 0") as error:
        vote_curves.train_here(digits, QUICK, draws=0)
    sentence_of(error)


def test_a_chapter_opens_what_is_recorded_and_says_what_is_not(monkeypatch, tmp_path, numbers):
    monkeypatch.setenv(storage.RESULTS_VARIABLE, str(tmp_path))
    with pytest.raises(RecordError, match="no curve of digits, chaosnli is recorded") as error:
        vote_curves.open_curves(["digits", "chaosnli"], "recorded")
    sentence_of(error)
    vote_curves.CURVE.write(numbers, *WHERE)
    assert vote_curves.open_curves(["digits", "chaosnli"], "recorded").keys() == {"digits"}
    trained = []
    monkeypatch.setattr(
        vote_curves, "record", lambda name, protocol: trained.append((name, protocol.name)) or numbers
    )
    vote_curves.open_curves(["digits", "chaosnli"], "full")
    assert trained == [("digits", "small")]


def test_a_quick_chapter_trains_digits_and_keeps_nothing(monkeypatch, numbers):
    seen = {}

    def instead(dataset, protocol, **options):
        seen.update(options, n_items=dataset.n_items, epochs=protocol.epochs)
        return numbers

    monkeypatch.setattr(vote_curves, "train_here", instead)
    assert vote_curves.open_curves(["chaosnli"], "quick") == {"digits": numbers}
    assert seen["epochs"] < 60
    assert seen["n_items"] < 4000
    assert not seen["cache"].exists()
