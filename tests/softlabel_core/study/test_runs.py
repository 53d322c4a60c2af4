"""Runs: planned in order, divided once, and never mixed with those of other settings."""

from dataclasses import replace

import pytest
from studies import ARMS, QUICK, refused

from softlabel_core import arms, data, study, training
from softlabel_core.study import Run, fitting, grid
from softlabel_core.study.record import read_record, write_record


def test_a_plan_completes_a_seed_before_the_next():
    protocol = replace(QUICK, folds=(0, 3))
    found = [(run.seed, run.fold, run.arm) for run in study.plan(protocol, ["soft", "hard"], [4, 1])]
    assert found == [(s, f, arm) for s in (4, 1) for f in (0, 3) for arm in ("hard", "soft")]


def test_a_runs_record_has_a_place():
    assert Run(QUICK, "soft", 2, 7).file.as_posix() == "digits/small/soft-fold2-seed7.npz"


@pytest.mark.parametrize(
    ("given", "named"),
    [(["hard", "solf"], "there is no arm 'solf'"), ([], "no arm is named"), ([""], "there is no arm ''")],
)
def test_an_arm_that_does_not_exist_is_refused(given, named):
    with pytest.raises(ValueError, match="no arm") as error:
        study.plan(QUICK, given, [0])
    assert str(error.value) == f"{named}; choose from {', '.join(arms.ARMS)}."


def test_an_arm_is_planned_and_recorded_with_its_number():
    runs = study.plan(QUICK, ["dirichlet", "hard", "smoothing-.20", "smoothing-0.2"], [3])
    assert [run.arm for run in runs] == ["hard", "smoothing-0.2", "dirichlet-1"]
    assert runs[1].file.name == "smoothing-0.2-fold0-seed3.npz"


def test_a_trials_record_has_a_place_of_its_own():
    assert Run(QUICK, "soft", 2, 7, trial=4).file.name == "soft-trial4-fold2-seed7.npz"


def test_a_data_set_is_divided_once_a_fold(digits, tmp_path, monkeypatch):
    divided, split = [], data.split
    monkeypatch.setattr(data, "split", lambda *given: divided.append(given[1]) or split(*given))
    runs = study.plan(replace(QUICK, folds=(0, 1), split_seed=5), ["hard", "soft"], [0])
    grid.run_study(runs, digits, tmp_path, device="cpu", progress=False)
    assert sorted(divided) == [0, 1]


def test_other_divisions_of_a_data_set_are_kept_apart(digits):
    def divided(fold=0, **changes):
        record = fitting.train(Run(replace(QUICK, epochs=1, **changes), "soft", fold, 0), digits, "cpu")
        return record.ids_validation.tolist(), record.ids_test.tolist()

    plain = divided()
    for changes in ({"fold": 1}, {"n_folds": 4}, {"split_seed": 9}, {"validation": 0.2}):
        assert divided(**changes) != plain
    assert divided() == plain


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"epochs": 4}, "epochs"), ({"learning_rate": 0.2, "momentum": 0.8}, "learning_rate, momentum")],
)
def test_records_for_other_settings_are_refused(whole, digits, changes, named):
    other = replace(QUICK, **changes)
    message = refused(
        "was recorded with other settings", grid.run_study, study.plan(other, ARMS, [0]), digits, whole
    )
    assert f"other settings ({named}); give another results folder, or delete it." in message
    refused(rf"was recorded with other settings \({named}\)", study.load, other, whole)


def test_how_much_is_planned_is_no_setting(whole, digits):
    more = replace(QUICK, seeds=9, cost="an hour")
    assert grid.run_study(study.plan(more, ARMS, range(2)), digits, whole, progress=False) == 0


def test_records_for_other_counts_are_refused(whole, runs, digits):
    counts = digits.counts.copy()
    counts[0, 0] += 1
    message = refused("other item ids or counts", grid.run_study, runs, replace(digits, counts=counts), whole)
    assert "hard-fold0-seed0.npz" in message


def test_a_truncated_record_stops_a_study_before_it_trains(copied, runs, digits, monkeypatch):
    monkeypatch.setattr(training, "fit", pytest.fail)
    (copied / runs[0].file).unlink()  # to be trained, if the other were sound
    path = copied / runs[-1].file
    path.write_bytes(path.read_bytes()[:100])
    assert path.name in refused("truncated or altered", grid.run_study, runs, digits, copied)
    assert path.name in refused("truncated or altered", study.load, QUICK, copied)


def test_a_record_under_another_name_is_refused(copied, runs, digits):
    (copied / "digits/small/hard-fold0-seed0.npz").replace(copied / "digits/small/soft-fold0-seed0.npz")
    match = (
        r"soft-fold0-seed0\.npz holds another run \(data digits, protocol small, arm hard, fold 0, seed 0\)"
    )
    refused(match, grid.run_study, runs, digits, copied)
    refused(match, study.load, QUICK, copied)


def test_a_setting_that_came_later_counts_as_its_default(copied, runs, digits):
    for run in runs:
        record = read_record(copied / run.file)
        del record.meta["settings"]["augment"], record.meta["settings"]["momentum"]
        write_record(record, copied / run.file)
    refused(
        r"other settings \(augment\);", study.load, QUICK, copied
    )  # digits is not augmented, the default is
    augmented = replace(QUICK, augment=True)
    assert study.load(augmented, copied).seeds == [0, 1]
