"""Rules after training: each fold's temperature from its own validation items, for its own test items."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax
from studies import QUICK, some_digits

from softlabel_core import calibration
from softlabel_core.study import Run, Study, rules
from softlabel_core.study.record import Record


def invented(digits, n_folds=2, validation=True):
    """A study whose folds divide some of the items, each fold surer than the one before."""
    records = {}
    for arm in ("hard", "smoothing-0.1"):
        for fold in range(n_folds):
            for seed in (0, 1):
                rng = np.random.default_rng([fold, seed, len(arm)])
                test = digits.ids[fold : n_folds * 40 : n_folds]
                held = digits.ids[200 + fold : 300 : n_folds] if validation else digits.ids[:0]
                log_p = [
                    log_softmax(
                        (1 + fold) * (digits.p_human[rows] * 3 + rng.normal(size=(len(rows), 10))), axis=1
                    )
                    for rows in (np.searchsorted(digits.ids, held), np.searchsorted(digits.ids, test))
                ]
                records[Run(QUICK, arm, fold, seed)] = Record(
                    held, log_p[0].astype(np.float32), test, log_p[1].astype(np.float32), {}
                )
    return Study(replace(QUICK, folds=tuple(range(n_folds))), records)


@pytest.fixture(scope="module")
def digits():
    return some_digits()


@pytest.mark.parametrize("n_folds", [1, 2])
def test_a_temperature_is_of_its_fold_and_seed(digits, n_folds):
    study = invented(digits, n_folds)
    log_p, fitted = rules.ruled(study, digits, "hard")
    assert list(log_p) == list(fitted) == ["hard/temperature", "hard/temperature-votes"]
    where = {name: i for i, name in enumerate(digits.ids)}
    for name, fit in (
        ("hard/temperature", calibration.on_majority),
        ("hard/temperature-votes", calibration.on_votes),
    ):
        expected = []
        for fold in range(n_folds):
            for seed in (0, 1):
                record = study.records[Run(QUICK, "hard", fold, seed)]
                held = digits.counts[[where[item] for item in record.ids_validation]]
                temperature = fit(record.log_p_validation, held)
                expected.append({"value": temperature.value, "at_edge": temperature.at_edge})
                rows = [study.test_ids.tolist().index(item) for item in record.ids_test]
                np.testing.assert_allclose(log_p[name][seed, rows], temperature(record.log_p_test))
        assert fitted[name] == expected
    assert len({round(each["value"], 6) for each in fitted["hard/temperature"]}) == 2 * n_folds


def test_names_have_no_number_and_an_ensemble_needs_two_seeds(digits):
    study = invented(digits)
    log_p, fitted = rules.ruled(study, digits, "smoothing-0.1", calibration.RULES.values())
    assert list(log_p) == [f"smoothing/{rule}" for rule in calibration.RULES]
    assert set(fitted) == {f"smoothing/{rule.name}" for rule in rules.FITTED}
    np.testing.assert_allclose(np.exp(log_p["smoothing/ensemble"]), study.p_model("smoothing-0.1"), atol=1e-6)
    alone = Study(study.protocol, {run: record for run, record in study.records.items() if run.seed == 0})
    assert "hard/ensemble" not in rules.ruled(alone, digits, "hard", calibration.RULES.values())[0]


def test_without_validation_items_there_is_nothing_to_fit_on(digits):
    assert rules.has_validation(invented(digits))
    assert not rules.has_validation(invented(digits, validation=False))
