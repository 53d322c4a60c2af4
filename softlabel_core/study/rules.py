"""Rules after training, applied to a study: fitted on the validation items of each fold, for its own test items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_core import calibration
from softlabel_core.arms import parse
from softlabel_core.calibration import RULES, Rule
from softlabel_core.data import Dataset
from softlabel_core.study.reading import Study

RULED = ("hard", "soft")  # arms that the rules are applied to
FITTED = tuple(rule for rule in RULES.values() if rule.fit is not None)
Predictions = dict[str, NDArray[np.floating[Any]]]
Temperatures = dict[str, list[dict[str, float | bool]]]


def has_validation(study: Study) -> bool:
    """Whether every fold has validation items, which a rule could be fitted on."""
    return all(len(study.validation_ids(fold)) > 0 for fold in study.folds)


def ruled(
    study: Study, dataset: Dataset, arm: str, rules: Iterable[Rule] = FITTED
) -> tuple[Predictions, Temperatures]:
    """An arm's test predictions with each rule, by names such as "hard/temperature", without the arm's number.

    A temperature is fitted for each fold and seed on that fold's validation items and applied to its test
    items, so no item helps to set its own. An ensemble is the mean of all seeds that the study's arms share,
    and needs two.

    Parameters
    ----------
    study : Study
    dataset : Dataset
        The votes that it was recorded with.
    arm : str
    rules : iterable of Rule

    Returns
    -------
    log_p : dict of str to numpy.ndarray
        [n_seeds, n_test, n_classes], or [n_test, n_classes] for an ensemble.
    fitted : dict of str to list of dict
        For each temperature, fold and seed: its value, and whether it lies at the edge of what was tried.
    """
    name, own = parse(arm)[0], study.log_p(arm)
    log_p: Predictions = {}
    fitted: Temperatures = {}
    for rule in rules:
        if rule.fit is not None:
            log_p[f"{name}/{rule.name}"], fitted[f"{name}/{rule.name}"] = _fitted(study, dataset, arm, rule)
        elif len(own) > 1:
            log_p[f"{name}/{rule.name}"] = calibration.ensemble(own)
    return log_p, fitted


def _fitted(
    study: Study, dataset: Dataset, arm: str, rule: Rule
) -> tuple[NDArray[np.float64], list[dict[str, float | bool]]]:
    """Predictions with a rule that is fitted, and what was fitted, fold by fold and seed by seed."""
    assert rule.fit is not None
    row = {name: i for i, name in enumerate(dataset.ids)}
    own, found = study.log_p(arm), []
    changed = np.empty(own.shape)
    for fold in study.folds:
        held = dataset.counts[[row[name] for name in study.validation_ids(fold)]]
        there = study.test_rows(fold)
        for seed, validation in enumerate(study.log_p_validation(arm, fold)):
            temperature = rule.fit(validation, held)
            changed[seed, there] = temperature(own[seed, there])
            found.append({"value": temperature.value, "at_edge": temperature.at_edge})
    return changed, found
