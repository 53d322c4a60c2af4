"""Rivals: every arm of a tuned study, and what rules after training make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from softlabel_book import summary
from softlabel_book.rivals import comparisons
from softlabel_core import calibration, statistics, votes
from softlabel_core.arms import parse
from softlabel_core.data import Dataset
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import Study
from softlabel_core.study.rules import RULED, Predictions, Temperatures, ruled

RIVALS = Aggregate("rivals.json", "softlabel study {data} --protocol {protocol} --arms all --tuned")
PROTOCOL = "frozen"  # of the chapter: every arm is cheap there


def predictions(study: Study, dataset: Dataset) -> tuple[Predictions, Temperatures]:
    """Test predictions by name, without numbers: arms as they are, and with rules, as in "hard/temperature".

    Rules are fitted as `study.rules.ruled` says, and applied to the arms in its `RULED`.

    Parameters
    ----------
    study : Study
    dataset : Dataset
        The votes that it was recorded with.

    Returns
    -------
    log_p : dict of str to numpy.ndarray
        [n_seeds, n_test, n_classes], or [n_test, n_classes] for an ensemble.
    fitted : dict of str to list of dict
        For each temperature and seed: its value, and whether it lies at the edge of what was tried.
    """
    log_p: Predictions = {}
    fitted: Temperatures = {}
    for arm in study.arms:
        name, _ = parse(arm)
        log_p[name] = study.log_p(arm)
        if name in RULED:
            changed, found = ruled(study, dataset, arm, calibration.RULES.values())
            log_p |= changed
            fitted |= found
    return log_p, fitted


def make(
    study: Study, dataset: Dataset, tuned: dict[str, Any], n_resamples: int = statistics.N_PLANNED
) -> dict[str, Any]:
    """Every number of the fair trial on one data set.

    Parameters
    ----------
    study : Study
        Of the arms that tuning chose by their own labels.
    dataset : Dataset
    tuned : dict
        See `trials.tune`.
    n_resamples : int
        For the planned comparisons.

    Returns
    -------
    dict
        As `summary.of_arms`, with `spelled` (names with the numbers that tuning chose), `temperatures`,
        `comparisons` as plain values, `class_means` (the reference of the shuffled
        arm: each item's own majority known, and of its ambiguity only the class's mean) and `at_edge`.

    Raises
    ------
    RecordError
        If the study has several folds; rivals are compared on the fixed split.
    """
    if study.folds != [0]:
        raise RecordError(
            f"{study.protocol.data} {study.protocol.name}: rivals are compared on the fixed split; leave out --folds."
        )
    log_p, temperatures = predictions(study, dataset)
    test = study.test_part(dataset)
    boot = statistics.bootstrap(
        log_p, test.counts, test.groups, test.gold, n_resamples, ordinal=test.ordinal, ratings=test.ratings
    )
    return summary.of_arms(study, dataset, log_p, criterion="own") | {
        "spelled": {parse(arm)[0]: arm for arm in study.arms},
        "n_members": len(study.seeds),
        "temperatures": temperatures,
        "comparisons": [made.plain() for made in comparisons.make(boot)],
        "class_means": class_means(test),
        "at_edge": {name: tuned["arms"][name]["own"]["at_edge"] for name in tuned["arms"]},
    }


def class_means(test: Dataset) -> dict[str, float]:
    """What the class means score: every item gets the mean annotation distribution of its majority class.

    The most that a model taught by shuffled votes could learn, were it always right about the majority.
    """
    classes = votes.majority(test.counts)
    means = np.stack([
        test.p_human[classes == k].mean(axis=0) if (classes == k).any() else np.full(test.n_classes, 1 / test.n_classes)
        for k in range(test.n_classes)
    ])  # fmt: skip
    with np.errstate(divide="ignore"):
        log_p = np.log(means[classes])
    boot = statistics.bootstrap(
        {"means": log_p}, test.counts, test.groups, n_resamples=1, ordinal=test.ordinal
    )
    return boot.estimate["means"]
