"""Training for repair: nothing looks at test items, what was cut off goes on, and every way does what it says."""

import time
from dataclasses import replace

import numpy as np
import pytest

from softlabel_book.repair import analysis, design, training
from softlabel_core import calibration, metrics, study
from softlabel_core.clock import OutOfTime
from softlabel_core.study import Run, fitting, networks

SEEDS = [0, 1]


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture(scope="module")
def hard(digits, protocol, recorded, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        run = Run(protocol, "hard", 0, 1)
        return training._hard(run, networks.trained(run, digits, "cpu").model, digits, "cpu")


def record(protocol, digits, folder, seeds=SEEDS, **options):
    given = {"device": "cpu", "progress": False, "n_resamples": 60} | options
    return training.record(protocol, digits, seeds, folder=folder, **given)


def test_references_are_the_studys_own_models(numbers, digits, protocol):
    test = digits.take(study.split_of(digits, protocol, 0).test)
    for arm in ("hard", "soft"):
        done = fitting.train(Run(protocol, arm, 0, 1), digits, "cpu")
        kl = metrics.evaluate(None, test.counts, log_p=done.log_p_test)["kl"]
        assert numbers["references"][arm]["metrics"]["kl"]["per_seed"][1] == pytest.approx(kl, rel=1e-5)


def test_rules_are_fitted_on_the_voted_items_and_no_others(digits, protocol, hard, recorded):
    found = training.of_seed(protocol, digits, 1, "cpu")
    at = design.voted(30, len(hard.rows), 1, 0)
    log_p, counts = hard.log_p_held[at], digits.counts[hard.rows[at]]
    for way, fit in (("temperature", calibration.on_votes), ("vector", calibration.on_votes_by_class)):
        wanted = fit(log_p, counts)(hard.log_p_test)
        np.testing.assert_allclose(found[design.name_of(way, 30, 0)], wanted, atol=1e-5)


@pytest.mark.parametrize("tempered", [False, True])
def test_training_on_sees_no_item_that_was_not_voted_on(digits, hard, few, tempered):
    at = design.voted(30, len(hard.rows), 1, 0)
    told = digits.counts.copy()
    others = np.setdiff1d(np.arange(digits.n_items), hard.rows[at])
    told[others] = told[others][:, ::-1]
    other = replace(digits, counts=told)
    chosen = [training.choose(hard, known, at, tempered=tempered) for known in (digits, other)]
    assert chosen[0] == chosen[1]
    one, same = (training.further(hard, known, at, 2, tempered=tempered) for known in (digits, other))
    np.testing.assert_array_equal(one, same)


def test_training_on_begins_with_the_hard_network_or_with_it_at_one_temperature(digits, hard):
    at = design.voted(30, len(hard.rows), 1, 0)
    np.testing.assert_array_equal(training.further(hard, digits, at, 0), hard.log_p_test)
    rule = calibration.on_votes(hard.log_p_held[at], digits.counts[hard.rows[at]])
    assert rule.value > 1.2
    tempered = training.further(hard, digits, at, 0, tempered=True)
    np.testing.assert_allclose(tempered, rule(hard.log_p_test), atol=1e-4)


def test_training_on_learns_the_votes_of_the_voted_items(digits, hard):
    at = design.voted(30, len(hard.rows), 1, 0)
    p_human = digits.p_human[hard.rows[at]]
    before, *_, after = training._on_the_way(hard, digits, at, at, tempered=False)
    np.testing.assert_allclose(before, hard.log_p_held[at], atol=1e-5)
    assert metrics.kl(p_human, log_q=after).mean() < 0.7 * metrics.kl(p_human, log_q=before).mean()


def test_the_choice_is_the_lowest_loss_out_of_sight(digits, hard, protocol, monkeypatch):
    at = design.voted(30, len(hard.rows), 1, 0)
    losses = np.zeros(protocol.epochs + 1)
    for out in design.parts(digits.groups[hard.rows[at]], 1):
        for epochs in range(len(losses)):
            run = training._learner(hard, digits, at[~out], tempered=False)
            for _ in zip(range(epochs), run.epochs, strict=False):
                pass
            log_p = training.training.predict(run.model, training._take(hard.held, at[out]))
            losses[epochs] -= (digits.p_human[hard.rows[at[out]]] * log_p).sum()
    assert training.choose(hard, digits, at) == losses.argmin()
    ruined = hard._replace(run=replace(hard.run, protocol=replace(protocol, learning_rate=1e4)))
    assert training.choose(ruined, digits, at) == 0


def test_nothing_is_trained_twice(recorded, digits, protocol, few, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "of_seed", lambda *a, **k: pytest.fail("looked at again"))
    record(protocol, digits, recorded)
    record(protocol, digits, recorded, seeds=[0])
    monkeypatch.undo()


def test_a_lost_file_is_made_again_from_the_cache(recorded, digits, protocol, few, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_spent", lambda *a, **k: pytest.fail("trained again"))
    monkeypatch.setattr(fitting, "fitted", lambda *a, **k: pytest.fail("trained again"))
    path = record(protocol, digits, tmp_path)
    assert path.read_bytes() == analysis.REPAIR.path("digits", "small", recorded).read_bytes()


def test_it_stops_when_the_time_is_over_and_goes_on_later(
    recorded, digits, protocol, few, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(OutOfTime):
        record(protocol, digits, tmp_path, until=time.monotonic() - 1)
    spend, done = training._spent, []

    def cut_off(hard, dataset, n_items, draw):
        if len(done) == 7:  # a seed has five budgets and draws
            raise OutOfTime("the time is over.")
        done.append((hard.run.seed, n_items, draw))
        return spend(hard, dataset, n_items, draw)

    monkeypatch.setattr(training, "_spent", cut_off)
    with pytest.raises(OutOfTime):
        record(protocol, digits, tmp_path)
    assert analysis.REPAIR.read("digits", "small", tmp_path)["facts"]["seeds"] == [0]
    monkeypatch.setattr(
        training,
        "_spent",
        lambda hard, d, n, draw: done.append((hard.run.seed, n, draw)) or spend(hard, d, n, draw),
    )
    path = record(protocol, digits, tmp_path)
    assert len(done) == len(set(done)) == 10
    assert path.read_bytes() == analysis.REPAIR.path("digits", "small", recorded).read_bytes()
