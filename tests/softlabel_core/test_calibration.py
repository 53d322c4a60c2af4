"""Calibration: temperatures and ensembles, where the right answer is known."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import log_softmax
from shared import sentence_of

from softlabel_core import calibration, data, metrics, training, votes
from softlabel_core.study import protocols

quick = settings(max_examples=50, deadline=None, database=None)
FITS = {name: rule.fit for name, rule in calibration.RULES.items() if rule.fit}
RULES = list(FITS)


@st.composite
def some_predictions(draw, members=()):
    """Log-probabilities as a record holds them: float16, sometimes with equals, sometimes very sure."""
    shape = (*members, draw(st.integers(1, 10)), draw(st.integers(2, 6)))
    logits = draw(hnp.arrays(np.float64, shape, elements=st.floats(-40, 40)))
    return log_softmax(logits, axis=-1).astype(np.float16)


def surer(n_items=4000, n_votes=200, power=2.5, seed=0):
    """Predictions that are the true distributions to a power, and votes drawn from the truth."""
    rng = np.random.default_rng(seed)
    logits = 1.5 * rng.normal(size=(n_items, 4))
    counts = rng.multinomial(n_votes, np.exp(log_softmax(logits, axis=1)))
    return log_softmax(power * logits, axis=1), counts, logits


# Temperature


@pytest.mark.parametrize("power", [0.4, 1.0, 2.5])
def test_votes_tell_how_much_too_sure_a_model_is(power):
    log_p, counts, logits = surer(power=power)
    rule = calibration.on_votes(log_p, counts)
    assert rule.value == pytest.approx(power, rel=0.02)
    assert not rule.at_edge
    np.testing.assert_allclose(rule(log_p), log_softmax(logits, axis=1), atol=0.3)


def test_a_single_vote_an_item_is_its_majority():
    log_p, counts, _ = surer(n_votes=1)
    rules = [FITS[name](log_p, counts) for name in RULES]
    assert rules[0] == rules[1]
    assert rules[0].value == pytest.approx(2.5, rel=0.1)


def test_the_majority_of_many_votes_asks_for_more_certainty_than_the_votes():
    log_p, counts, _ = surer()
    majority, people = (FITS[name](log_p, counts) for name in ("temperature", "temperature-votes"))
    assert majority.value < 0.5 * people.value


@pytest.mark.parametrize("name", RULES)
def test_no_temperature_on_a_grid_fits_better(name):
    log_p, counts, _ = surer(n_items=200)
    rule = FITS[name](log_p, counts)
    tied = votes.tied(counts)
    target = {"temperature": tied / tied.sum(axis=1, keepdims=True), "temperature-votes": counts / 200}[name]

    def loss(temperature):
        return -(target * log_softmax(log_p / temperature, axis=1)).sum(axis=1).mean()

    assert rule.nll == pytest.approx(loss(rule.value))
    assert rule.nll <= min(loss(temperature) for temperature in np.geomspace(0.02, 50, 300)) + 1e-9


def test_a_tie_counts_as_its_mean_over_the_tied_classes():
    log_p, counts, _ = surer(n_items=300, n_votes=3)
    tied = votes.ties(counts)
    assert 20 < tied.sum() < 280
    first, last = (
        np.eye(4, dtype=int)[side]
        for side in (votes.tied(counts).argmax(1), 3 - votes.tied(counts)[:, ::-1].argmax(1))
    )
    two_way = votes.tied(counts).sum(axis=1) <= 2
    both = calibration.on_majority(
        np.tile(log_p[two_way], (2, 1)), np.concatenate([first[two_way], last[two_way]])
    )
    once = calibration.on_majority(log_p[two_way], counts[two_way])
    assert once.value == pytest.approx(both.value, rel=1e-4)


@pytest.mark.parametrize("name", RULES)
def test_where_surer_is_always_better_the_edge_is_flagged(name):
    logits = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]])
    right, wrong = np.array([[9, 0, 0], [0, 9, 0]]), np.array([[0, 9, 0], [9, 0, 0]])
    cold = FITS[name](log_softmax(logits, axis=1), right)
    hot = FITS[name](log_softmax(logits, axis=1), wrong)
    assert cold.at_edge
    assert cold.value == pytest.approx(calibration.COLDEST)
    assert hot.at_edge
    assert hot.value == pytest.approx(calibration.HOTTEST)
    assert np.isfinite(cold(log_softmax(logits, axis=1))).all()


@pytest.mark.parametrize("name", RULES)
def test_predictions_that_no_temperature_changes_are_left_alone(name):
    rule = FITS[name](np.log(np.full((5, 4), 0.25)), np.arange(1, 21).reshape(5, 4))
    assert rule.value == 1
    assert not rule.at_edge
    assert rule.nll == pytest.approx(np.log(4))


@quick
@given(some_predictions(), st.floats(calibration.COLDEST, calibration.HOTTEST))
def test_a_temperature_keeps_distributions_and_their_order_of_classes(log_p, value):
    found = calibration.Temperature(value, 0.0, False)(log_p)
    votes.check_distribution(np.exp(found), tolerance=1e-9)
    for row, before in zip(found, log_p, strict=True):
        by_rank = np.argsort(before, kind="stable")
        assert (np.diff(row[by_rank]) >= 0).all()
    np.testing.assert_array_equal(found.argmax(axis=1), log_p.argmax(axis=1))


@quick
@given(some_predictions(), st.data())
def test_a_fitted_temperature_is_positive_and_no_worse_than_none(log_p, drawn):
    counts = drawn.draw(hnp.arrays(np.int64, log_p.shape, elements=st.integers(0, 5)))
    counts[:, 0] += 1
    for name in RULES:
        rule = FITS[name](log_p, counts)
        assert calibration.COLDEST * 0.999 <= rule.value <= calibration.HOTTEST * 1.001
    # The rule for votes, whose loss is a metric.
    before, after = (metrics.evaluate(None, counts, log_p=given_p)["nll"] for given_p in (log_p, rule(log_p)))
    assert after <= before + 1e-9
    assert after == pytest.approx(rule.nll)


def test_a_class_of_no_probability_matters_only_if_people_chose_it():
    with np.errstate(divide="ignore"):
        log_p = np.log([[0.5, 0.5, 0.0], [0.3, 0.7, 0.0]])
    rule = calibration.on_votes(log_p, [[3, 1, 0], [1, 3, 0]])
    assert np.isfinite(rule.nll)
    np.testing.assert_array_equal(np.isneginf(rule(log_p)), np.isneginf(log_p))
    with pytest.raises(ValueError, match=r"^log_p row 1 gives a class that people chose") as error:
        calibration.on_votes(log_p, [[3, 1, 0], [1, 3, 1]])
    sentence_of(error)
    assert np.isfinite(calibration.on_majority(log_p, [[3, 1, 0], [1, 3, 1]]).nll)


def test_other_items_than_the_votes_are_refused():
    with pytest.raises(ValueError, match=r"^log_p has shape \(2, 2\) and counts \(3, 2\)") as error:
        calibration.on_votes(np.log([[0.5, 0.5]] * 2), [[1, 2]] * 3)
    sentence_of(error)
    with pytest.raises(ValueError, match="not 1"):
        calibration.on_votes(np.log([[0.5, 0.6]] * 3), [[1, 2]] * 3)
    with pytest.raises(ValueError, match="not 1"):
        calibration.Temperature(1.0, 0.0, False)(np.log([[0.5, 0.6]]))


# A scale and a bias for each class


SCALE, BIAS = np.array([0.4, 0.5, 0.5, 0.7]), np.array([-1.0, 0.0, 0.5, 0.5])


def skewed(n_items=3000, seed=1):
    """Predictions that are too sure and lean to some classes, and votes drawn from the truth."""
    rng = np.random.default_rng(seed)
    log_p = log_softmax(3 * rng.normal(size=(n_items, 4)), axis=1)
    truth = log_softmax(SCALE * log_p + BIAS, axis=1)
    return log_p, rng.multinomial(100, np.exp(truth)), truth


def test_scales_and_biases_are_found_again():
    log_p, counts, truth = skewed()
    rule = calibration.on_votes_by_class(log_p, counts)
    np.testing.assert_allclose(rule.scale, SCALE, atol=0.02)
    np.testing.assert_allclose(rule.bias - rule.bias.mean(), BIAS - BIAS.mean(), atol=0.05)
    assert metrics.kl(np.exp(truth), log_q=rule(log_p)).mean() < 0.001
    before = calibration.on_votes(log_p, counts)
    assert metrics.kl(np.exp(truth), log_q=before(log_p)).mean() > 0.05
    after = metrics.evaluate(None, counts, log_p=rule(log_p))["nll"]
    assert after == pytest.approx(rule.nll)


def test_no_parameters_nearby_have_a_lower_loss_and_the_penalty_is_what_it_says():
    log_p, counts, _ = skewed(n_items=40)
    rule, target = calibration.on_votes_by_class(log_p, counts), counts / 100

    def loss(scale, bias):
        nll = -(target * log_softmax(scale * log_p + bias, axis=1)).sum()
        return nll + 0.5 * ((scale - scale.mean()) ** 2).sum() + 0.5 * (bias**2).sum()

    best, rng = loss(rule.scale, rule.bias), np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.3):
        for _ in range(30):
            assert best <= loss(rule.scale + size * rng.normal(size=4), rule.bias + size * rng.normal(size=4))


def test_a_single_item_is_treated_by_little_more_than_one_temperature():
    log_p, counts, _ = skewed(n_items=1)
    rule, one = calibration.on_votes_by_class(log_p, counts), calibration.on_votes(log_p, counts)
    assert np.abs(rule.bias).max() < 1
    assert np.ptp(rule.scale) < 1
    assert rule.nll <= one.nll + 1e-9


@quick
@given(some_predictions(), st.data())
def test_vector_scaling_gives_distributions_that_fit_no_worse_than_the_predictions(log_p, drawn):
    counts = drawn.draw(hnp.arrays(np.int64, log_p.shape, elements=st.integers(0, 5)))
    counts[:, 0] += 1
    rule = calibration.on_votes_by_class(log_p, counts)
    votes.check_distribution(np.exp(rule(log_p)), tolerance=1e-9)
    assert rule.nll <= metrics.evaluate(None, counts, log_p=log_p)["nll"] + 1e-6
    assert (rule.scale >= 1 / calibration.HOTTEST).all()
    assert (rule.scale <= 1 / calibration.COLDEST).all()


def test_votes_of_other_items_or_lost_classes_are_refused():
    with pytest.raises(ValueError, match=r"^log_p has shape \(2, 2\) and counts \(3, 2\)"):
        calibration.on_votes_by_class(np.log([[0.5, 0.5]] * 2), [[1, 2]] * 3)
    with np.errstate(divide="ignore"):
        log_p = np.log([[0.5, 0.5, 0.0], [0.3, 0.7, 0.0]])
    with pytest.raises(ValueError, match="gives a class that people chose"):
        calibration.on_votes_by_class(log_p, [[3, 1, 0], [1, 3, 1]])
    found = calibration.on_votes_by_class(log_p, [[3, 1, 0], [1, 3, 0]])
    np.testing.assert_array_equal(np.isneginf(found(log_p)), np.isneginf(log_p))


# Ensembles


def test_an_ensemble_is_the_mean_of_probabilities():
    p = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.3, 0.7], [0.5, 0.5]], [[0.6, 0.4], [0.2, 0.8]]])
    np.testing.assert_allclose(np.exp(calibration.ensemble(np.log(p))), p.mean(axis=0))


def test_members_that_are_sure_of_different_classes_differ_in_all_there_is():
    with np.errstate(divide="ignore"):
        found = calibration.uncertainty(np.log([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]]))
    np.testing.assert_allclose(found.total, [np.log(2), 0], atol=1e-12)
    np.testing.assert_allclose(found.aleatoric, 0, atol=1e-12)
    np.testing.assert_allclose(found.epistemic, [np.log(2), 0], atol=1e-12)


@quick
@given(some_predictions(), st.integers(1, 6))
def test_identical_members_leave_no_epistemic_part(log_p, n_members):
    alike = np.repeat(log_p[None], n_members, axis=0)
    found = calibration.uncertainty(alike)
    np.testing.assert_allclose(found.epistemic, 0, atol=1e-12)
    whole = metrics.check_log_probabilities(log_p)
    np.testing.assert_allclose(found.aleatoric, votes.entropy(np.exp(whole)), atol=1e-12)
    np.testing.assert_allclose(calibration.ensemble(alike), whole, atol=1e-12)


@quick
@given(some_predictions(members=(3,)))
def test_the_parts_of_an_ensembles_entropy_add_up(log_p):
    found = calibration.uncertainty(log_p)
    np.testing.assert_allclose(found.aleatoric + found.epistemic, found.total)
    assert found.epistemic.min() >= 0
    assert found.epistemic.max() <= np.log(3) + 1e-9
    mean = np.exp(calibration.ensemble(log_p))
    votes.check_distribution(mean, tolerance=1e-9)
    np.testing.assert_allclose(found.total, votes.entropy(mean))
    each = [votes.entropy(np.exp(metrics.check_log_probabilities(member))) for member in log_p]
    np.testing.assert_allclose(found.aleatoric, np.mean(each, axis=0), atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 3), (0, 4, 3), (2, 2, 4, 3)])
def test_what_is_no_ensemble_is_refused(shape):
    for call in (calibration.ensemble, calibration.uncertainty):
        with pytest.raises(ValueError, match=r"give the predictions of one member or more") as error:
            call(np.full(shape, np.log(1 / 3)))
        sentence_of(error)


# On what models learned


@pytest.fixture(scope="module")
def trained():
    """Digits, its split, and what three seeds of a hard network predict for validation and test items."""
    digits = data.load("digits", n_items=400)
    split, protocol = data.split(digits, validation=0.25), protocols.get("digits", "small")
    images = {
        part: training.to_tensor(digits.items[getattr(split, part)], torch.device("cpu"))
        for part in ("train", "validation", "test")
    }
    predicted = {"validation": [], "test": []}
    for seed in range(3):
        model, epochs = training.teach("hard", digits, split.train, images["train"], protocol, seed)
        list(epochs)
        for part, found in predicted.items():
            found.append(training.predict(model, images[part]))
    return digits, split, {part: np.stack(found) for part, found in predicted.items()}


def test_a_temperature_fitted_on_votes_brings_a_hard_model_closer_to_them(trained):
    digits, split, log_p = trained
    kl = {}
    for name in RULES:
        rule = FITS[name](log_p["validation"][0], digits.counts[split.validation])
        assert rule.value > 1
        found = rule(log_p["test"][0])
        np.testing.assert_array_equal(found.argmax(axis=1), log_p["test"][0].argmax(axis=1))
        kl[name] = metrics.evaluate(None, digits.counts[split.test], log_p=found)["kl"]
    kl["none"] = metrics.evaluate(None, digits.counts[split.test], log_p=log_p["test"][0])["kl"]
    assert max(kl[name] for name in RULES) < 0.9 * kl["none"]


def test_seeds_differ_where_the_ensemble_gains(trained):
    digits, split, log_p = trained
    found = calibration.uncertainty(log_p["test"])
    assert 0.01 < found.epistemic.mean() < found.total.mean()
    alone = [
        metrics.evaluate(None, digits.counts[split.test], log_p=member)["kl"] for member in log_p["test"]
    ]
    together = metrics.evaluate(None, digits.counts[split.test], log_p=calibration.ensemble(log_p["test"]))
    assert together["kl"] < np.mean(alone) - 0.01
