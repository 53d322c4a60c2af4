"""Reading: records lined up, and nothing read that was not asked for."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax
from studies import ARMS, QUICK, refused

from softlabel_core import data, study
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, Study
from softlabel_core.study.record import Record, read_record, write_record

FOLDED = replace(QUICK, folds=(0, 2, 4))


def planted(arm, seed, ids):
    """Predictions that tell arm, seed and item apart."""
    number = np.array([int(name.split("-")[-1]) for name in ids])
    logits = np.sin(number[:, None] * (1 + np.arange(10)) + 7 * seed + 3 * ARMS.index(arm))
    return log_softmax(logits, axis=1).astype(np.float32)


def plant(dataset, folder, run):
    """Write a record of planted predictions."""
    split = data.split(dataset, run.fold)
    ids = {part: dataset.ids[getattr(split, part)] for part in ("validation", "test")}
    meta = {"data": "digits", "protocol": "small", "arm": run.arm, "fold": run.fold, "seed": run.seed}
    history = [{"epoch": k, "validation_kl": run.seed + k / 10} for k in (1, 2, 3)]
    meta |= {"settings": run.protocol.settings(), "data_hash": dataset.hash, "history": history}
    log_p = {part: planted(run.arm, run.seed, ids[part]) for part in ids}
    record = Record(ids["validation"], log_p["validation"], ids["test"], log_p["test"], meta)
    write_record(record, folder / run.file)


@pytest.fixture(scope="module")
def folded(digits, tmp_path_factory):
    """A folder of two arms, three folds and seeds 0 and 3, and seed 5 without one of its six runs."""
    folder = tmp_path_factory.mktemp("folded")
    for run in study.plan(FOLDED, ["soft", "hard"], [0, 3, 5]):
        if (run.arm, run.fold, run.seed) != ("soft", 4, 5):
            plant(digits, folder, run)
    return folder


def test_predictions_line_up_with_the_test_ids_of_all_folds(folded, digits):
    found = study.load(FOLDED, folded)
    tested = np.concatenate([data.split(digits, fold).test for fold in FOLDED.folds])
    assert found.test_ids.tolist() == sorted(digits.ids[tested])
    for arm in ("hard", "soft"):
        log_p = found.log_p(arm)
        assert log_p.shape == (2, len(tested), 10)
        assert log_p.dtype == np.float32
        for k, seed in enumerate((0, 3)):
            np.testing.assert_allclose(log_p[k], planted(arm, seed, found.test_ids), atol=5e-3)


def test_a_seed_that_is_not_complete_is_left_out(folded):
    found = study.load(FOLDED, folded)
    assert found.seeds == [0, 3]
    assert found.folds == [0, 2, 4]
    assert found.arms == ["hard", "soft"]
    assert len(found.records) == 17


def test_p_model_averages_the_distributions_over_seeds(folded):
    found = study.load(FOLDED, folded)
    expected = np.exp([planted("soft", seed, found.test_ids) for seed in (0, 3)]).mean(axis=0)
    np.testing.assert_allclose(found.p_model("soft"), expected, atol=1e-3)
    np.testing.assert_allclose(found.p_model("soft").sum(axis=1), 1)


def test_each_fold_has_its_validation_items_and_its_rows_of_the_test_items(folded, digits):
    found = study.load(FOLDED, folded)
    for fold in FOLDED.folds:
        split = data.split(digits, fold)
        assert found.validation_ids(fold).tolist() == digits.ids[split.validation].tolist()
        ids = found.test_ids[found.test_rows(fold)]
        assert sorted(ids) == sorted(digits.ids[split.test])
        log_p = found.log_p_validation("soft", fold)
        np.testing.assert_allclose(log_p[1], planted("soft", 3, found.validation_ids(fold)), atol=5e-3)
    np.testing.assert_array_equal(found.validation_ids(), found.validation_ids(0))
    np.testing.assert_array_equal(found.log_p_validation("hard"), found.log_p_validation("hard", 0))


def test_the_history_of_a_measure(folded):
    history = study.load(FOLDED, folded).history("hard", "validation_kl")
    np.testing.assert_allclose(history, [[0.1, 0.2, 0.3], [3.1, 3.2, 3.3]])


def test_the_test_part_has_votes_in_the_order_of_the_predictions(folded, digits):
    found = study.load(FOLDED, folded)
    part = found.test_part(digits)
    assert part.ids.tolist() == found.test_ids.tolist()
    rows = [digits.ids.tolist().index(name) for name in found.test_ids]
    np.testing.assert_array_equal(part.counts, digits.counts[rows])


def test_reading_a_study_divides_nothing(folded, digits, monkeypatch):
    def divide(*given):
        raise AssertionError("another version of scikit-learn may divide otherwise")

    monkeypatch.setattr(data, "split", divide)
    assert study.load(FOLDED, folded).test_part(digits).n_items == 300


def test_the_test_part_refuses_other_votes(folded, digits):
    counts = digits.counts.copy()
    counts[0, 0] += 1
    found = study.load(FOLDED, folded)
    refused("other item ids or counts", found.test_part, replace(digits, counts=counts))


def test_records_of_different_test_items_are_not_lined_up(digits, tmp_path):
    for arm in ("hard", "soft"):
        run = Run(FOLDED, arm, 0, 0)
        plant(digits, tmp_path, run)
    record = read_record(tmp_path / run.file)
    shorter = replace(record, ids_test=record.ids_test[1:], log_p_test=record.log_p_test[1:])
    write_record(shorter, tmp_path / run.file)
    refused(r"has other test items than hard-fold0-seed0\.npz", study.load, FOLDED, tmp_path)


def test_folds_on_their_way_leave_the_fixed_split_standing(digits, tmp_path):
    for arm in ("hard", "soft"):
        plant(digits, tmp_path, Run(FOLDED, arm, 0, 0))
    plant(digits, tmp_path, Run(FOLDED, "hard", 2, 0))
    assert study.load(FOLDED, tmp_path).folds == [0]
    plant(digits, tmp_path, Run(FOLDED, "soft", 2, 0))
    assert study.load(FOLDED, tmp_path).folds == [0, 2]


def test_folds_that_were_not_asked_for_change_nothing(digits, tmp_path):
    """Whatever lies beside the fixed split: other seeds, a broken file, fewer arms."""
    for arm in ("hard", "soft"):
        for seed in (0, 3):
            plant(digits, tmp_path, Run(QUICK, arm, 0, seed))
    alone = study.load(QUICK, tmp_path)
    plant(digits, tmp_path, Run(FOLDED, "hard", 2, 0))
    plant(digits, tmp_path, Run(FOLDED, "soft", 3, 0))
    plant(digits, tmp_path, Run(FOLDED, "gold", 4, 3))
    (tmp_path / "digits" / "small" / "soft-fold1-seed0.npz").write_bytes(b"broken")
    beside = study.load(QUICK, tmp_path)
    assert (beside.arms, beside.seeds, beside.folds) == (alone.arms, alone.seeds, alone.folds)
    assert set(beside.records) == set(alone.records)
    np.testing.assert_array_equal(beside.log_p("soft"), alone.log_p("soft"))
    refused(r"soft-fold1-seed0\.npz is truncated", study.load, replace(QUICK, folds=(0, 1)), tmp_path)


def test_a_single_fold_is_read_by_its_number(folded, digits):
    found = study.load(replace(FOLDED, folds=(2,)), folded)
    assert found.folds == [2]
    assert found.seeds == [0, 3, 5]
    assert set(found.test_ids) == set(digits.ids[data.split(digits, 2).test])


def test_a_folder_without_a_complete_seed_says_what_to_run(digits, tmp_path):
    with pytest.raises(
        RecordError, match=r"holds no seed that is complete .*run: softlabel study digits --protocol small"
    ):
        study.load(FOLDED, tmp_path)
    plant(digits, tmp_path, Run(FOLDED, "hard", 0, 0))
    plant(digits, tmp_path, Run(FOLDED, "soft", 0, 1))
    with pytest.raises(RecordError, match="holds no seed that is complete"):
        study.load(FOLDED, tmp_path)


def test_the_results_of_the_repository_are_the_default(folded, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(folded))
    assert isinstance(study.load(FOLDED), Study)


def test_what_only_reads_imports_no_torch():
    code = (
        "import sys, softlabel_core\n"
        "from softlabel_core import arms, study\n"
        "from softlabel_core.study import protocols, reading, record, runs, tuning\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
