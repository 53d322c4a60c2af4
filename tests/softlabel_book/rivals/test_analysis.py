"""The fair trial's numbers: arms and rules side by side, on digits, where the truth is known."""

import numpy as np
import pytest

from softlabel_book.rivals import analysis
from softlabel_core import calibration, data, metrics, study, votes
from softlabel_core.arms import ARMS as EVERY_ARM
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols, trials, tuning

QUICK = protocols.get("digits", "small", epochs=12, search=(("epochs", (6, 12)),), trials=2)
ARMS = ["hard", "soft", "smoothing", "shuffled", "mixup", "mc-dropout", "mc-dropout-soft"]


def recorded(digits, folder):
    """A tuned study of some rivals with two seeds."""
    numbers = trials.tune(QUICK, ARMS, digits, folder, device="cpu", progress=False)
    runs = tuning.plan(numbers, QUICK, ARMS, [0, 1])
    tuning.adopt(runs, folder)
    grid.run_study(runs, digits, folder, device="cpu", progress=False)
    return numbers, study.load(QUICK, folder, EVERY_ARM, tuning.chosen(numbers, QUICK))


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=1000)


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    return recorded(digits, tmp_path_factory.mktemp("rivals"))


@pytest.fixture(scope="module")
def numbers(digits, whole):
    tuned, trained = whole
    return analysis.make(trained, digits, tuned, n_resamples=200)


def test_arms_stand_under_their_names_and_rules_beside_them(digits, whole):
    _, trained = whole
    log_p, fitted = analysis.predictions(trained, digits)
    ruled = [f"{arm}/{rule}" for arm in ("hard", "soft") for rule in calibration.RULES]
    assert set(log_p) == {*ARMS, *ruled}
    assert set(fitted) == {name for name in ruled if not name.endswith("ensemble")}
    for name, values in log_p.items():
        shape = (len(trained.test_ids), 10)
        assert np.shape(values) == (shape if name.endswith("ensemble") else (2, *shape))


def test_a_temperature_is_fitted_on_validation_items_and_changes_no_argmax(digits, whole):
    _, trained = whole
    log_p, fitted = analysis.predictions(trained, digits)
    row = {name: i for i, name in enumerate(digits.ids)}
    held = digits.counts[[row[name] for name in trained.validation_ids()]]
    for arm in ("hard", "soft"):
        for rule, fit in (
            ("temperature", calibration.on_majority),
            ("temperature-votes", calibration.on_votes),
        ):
            for seed, validation in enumerate(trained.log_p_validation(arm)):
                assert fitted[f"{arm}/{rule}"][seed]["value"] == fit(validation, held).value
            before, after = log_p[arm].argmax(axis=-1), log_p[f"{arm}/{rule}"].argmax(axis=-1)
            np.testing.assert_array_equal(before, after)
    test = trained.test_part(digits)
    assert not set(trained.validation_ids()) & set(test.ids)


def test_an_ensemble_is_the_mean_of_the_same_seeds(digits, whole):
    _, trained = whole
    log_p, _ = analysis.predictions(trained, digits)
    np.testing.assert_allclose(np.exp(log_p["soft/ensemble"]), trained.p_model("soft"), atol=1e-6)


def test_no_two_rivals_predict_the_same(digits, whole):
    _, trained = whole
    log_p, _ = analysis.predictions(trained, digits)
    names = [name for name in log_p if not name.endswith("ensemble")]
    for i, one in enumerate(names):
        for other in names[:i]:
            gap = np.abs(np.exp(log_p[one]) - np.exp(log_p[other])).sum(axis=-1).mean()
            assert gap > 1e-3, (one, other)


def test_numbers_are_those_of_the_metrics(digits, whole, numbers):
    _, trained = whole
    log_p, _ = analysis.predictions(trained, digits)
    test = trained.test_part(digits)
    for name in ("mixup", "soft/temperature"):
        each = [metrics.evaluate(None, test.counts, test.gold, log_p=seed)["kl"] for seed in log_p[name]]
        assert numbers["metrics"][name]["kl"]["value"] == pytest.approx(np.mean(each))
    assert numbers["spelled"]["smoothing"].startswith("smoothing-0.")
    assert numbers["n_members"] == 2
    assert set(numbers["at_edge"]) == set(ARMS)
    assert {(row["arm"], row["against"]) for row in numbers["comparisons"]} >= {
        ("soft", "hard"), ("soft", "hard/temperature"), ("soft/ensemble", "hard/ensemble"), ("soft", "shuffled"),
    }  # fmt: skip


def test_class_means_are_what_the_shuffled_arm_could_know(digits, whole, numbers):
    _, trained = whole
    test = trained.test_part(digits)
    classes = votes.majority(test.counts)
    means = np.stack([test.p_human[classes == k].mean(axis=0) for k in range(10)])[classes]
    expected = metrics.evaluate(means, test.counts)["kl"]
    assert numbers["class_means"]["kl"] == pytest.approx(expected)
    # Soft training knows items; shuffled training, however good, only classes.
    assert numbers["metrics"]["soft"]["entropy_pearson"]["value"] > numbers["class_means"]["entropy_pearson"]
    lost = [row for row in numbers["comparisons"] if (row["against"], row["metric"]) == ("shuffled", "kl")]
    assert lost[0]["high"] < 0


def test_folds_are_refused(digits, whole):
    tuned, trained = whole
    two = study.Study(
        trained.protocol,
        trained.records
        | {study.Run(r.protocol, r.arm, 1, r.seed, r.trial): rec for r, rec in trained.records.items()},
    )
    with pytest.raises(
        RecordError, match=r"^digits small: rivals are compared on the fixed split; leave out --folds\.$"
    ):
        analysis.make(two, digits, tuned, n_resamples=10)


def test_they_are_read_as_they_were_written(numbers, tmp_path):
    analysis.RIVALS.write(numbers, QUICK.data, QUICK.name, tmp_path)
    read = analysis.RIVALS.read(QUICK.data, QUICK.name, tmp_path)
    assert read["metrics"]["hard"]["kl"]["value"] == pytest.approx(
        numbers["metrics"]["hard"]["kl"]["value"], rel=1e-5
    )
