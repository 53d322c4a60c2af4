"""Fitting: what one run is taught, what it starts from, and what its record says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from studies import ARMS, QUICK, TUNED, holding, refused, same

from softlabel_core import data, study, training
from softlabel_core.study import Run, fitting, grid
from softlabel_core.study.pretraining import pretrained
from softlabel_core.study.record import read_record


def test_a_record_says_where_it_came_from(whole, digits):
    meta = read_record(whole / "digits/small/hard-fold0-seed1.npz").meta
    assert (meta["data"], meta["protocol"], meta["arm"], meta["fold"], meta["seed"]) == (
        "digits",
        "small",
        "hard",
        0,
        1,
    )
    assert meta["settings"] == QUICK.settings()
    assert meta["data_hash"] == digits.hash
    assert meta["provenance"] == digits.provenance
    assert set(meta["versions"]) == {"python", "torch", "torchvision", "numpy", "scipy", "scikit-learn"}
    assert set(meta["code"]) == {"version", "commit"}
    assert meta["device"].endswith("CPU")
    assert meta["n_parameters"] == 26_122
    assert meta["n_train"] == len(data.split(digits).train)
    assert meta["pretraining"] is None
    assert [epoch["epoch"] for epoch in meta["history"]] == [1, 2, 3]
    assert set(meta["history"][0]) >= {"train_loss", "validation_kl", "validation_accuracy"}


def test_broken_ties_are_counted_in_the_hard_arm_only(whole, digits):
    tied = data.split(digits).train
    best = digits.counts[tied].max(axis=1, keepdims=True)
    expected = int(((digits.counts[tied] == best).sum(axis=1) > 1).sum())
    assert expected > 0
    for arm, count in (("hard", expected), ("gold", 0), ("soft", 0)):
        assert read_record(whole / f"digits/small/{arm}-fold0-seed0.npz").meta["n_ties_broken"] == count


def test_arms_start_from_the_same_weights(digits, monkeypatch):
    starts = {}

    def stopped(model, images, target, protocol, seed, *rest):
        starts.setdefault(seed, []).append(
            torch.cat([w.detach().flatten().clone() for w in model.parameters()])
        )
        yield training.Epoch(1, 1.0, 1.0)

    monkeypatch.setattr(training, "fit", stopped)
    for seed in (0, 1):
        for arm in ARMS:
            fitting.train(Run(QUICK, arm, 0, seed), digits, "cpu")
    assert all(torch.equal(starts[seed][0], other) for seed in (0, 1) for other in starts[seed])
    assert not torch.equal(starts[0][0], starts[1][0])


def test_the_loop_sees_no_item_of_another_part(digits, monkeypatch):
    seen = {}
    fit = training.fit

    def watched(model, images, target, protocol, seed, *rest):
        seen["images"], seen["target"] = images, target(0, np.arange(len(images)))
        return fit(model, images, target, protocol, seed, *rest)

    monkeypatch.setattr(training, "fit", watched)
    record = fitting.train(Run(QUICK, "soft", 1, 0), digits, "cpu")
    split = data.split(digits, 1)
    np.testing.assert_array_equal(seen["images"].permute(0, 2, 3, 1).numpy(), digits.items[split.train])
    np.testing.assert_allclose(seen["target"], digits.p_human[split.train], rtol=1e-6)
    assert set(record.ids_test) == set(digits.ids[split.test])
    assert not set(record.ids_test) & (set(digits.ids[split.train]) | set(record.ids_validation))


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_a_run_that_diverges_is_named_and_not_recorded(digits, tmp_path, rate):
    protocol = replace(QUICK, learning_rate=rate)
    message = refused(
        "diverged", grid.run_study, study.plan(protocol, ["soft"], [0]), digits, tmp_path, progress=False
    )
    assert message.startswith("digits/small/soft-fold0-seed0.npz: training diverged in epoch ")
    assert holding(tmp_path) == []


def test_a_run_starts_from_the_weights_and_says_so(weights, digits, monkeypatch):
    state, facts = pretrained("tiny", 1, "cpu")
    starts = []

    def stopped(model, images, target, protocol, seed, *rest):
        starts.append({key: value.clone() for key, value in model.state_dict().items()})
        yield training.Epoch(1, 1.0, 1.0)

    monkeypatch.setattr(training, "fit", stopped)
    record = fitting.train(Run(TUNED, "soft", 0, 1), digits, "cpu")
    assert same(starts[0], state)
    assert record.meta["pretraining"] == facts


# On one data set, tested on another


def test_all_of_one_data_set_is_learnt_and_all_of_another_predicted(digits, monkeypatch):
    seen, fit = [], training.fit
    monkeypatch.setattr(training, "fit", lambda *given: seen.append(len(given[1])) or fit(*given))
    taught, test = digits.take(np.arange(0, 300)), digits.take(np.arange(300, 500))
    record = fitting.train(Run(QUICK, "soft", 0, 0), taught, "cpu", test=test)
    assert seen == [300]
    assert record.ids_test.tolist() == test.ids.tolist()
    assert record.log_p_test.shape == (200, 10)
    assert record.ids_validation.shape == (0,)
    assert record.log_p_validation.shape == (0, 10)
    assert record.meta["data_hash"] == test.hash
    assert record.meta["provenance"] == f"{taught.provenance}; tested on {test.provenance}"
    assert record.meta["n_train"] == 300
    assert [set(epoch) for epoch in record.meta["history"]] == [{"epoch", "train_loss"}] * 3


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_divergence_shows_without_validation_items_too(digits, rate):
    run = Run(replace(QUICK, learning_rate=rate), "soft", 0, 0)
    refused("training diverged", fitting.train, run, digits, "cpu", test=digits)


def test_rows_that_are_not_in_the_training_part_are_refused(digits):
    split, run = data.split(digits), Run(QUICK, "soft", 0, 0)
    fewer = fitting.train(run, digits, "cpu", rows=split.train[:60])
    assert fewer.meta["n_train"] == 60
    for rows, named in (
        (split.test[:1], f"row {split.test[0]} is not"),
        (split.train[:0], "there is no row"),
    ):
        with pytest.raises(ValueError, match=rf"^{named} in the training part of fold 0; "):
            fitting.fitted(run, digits, "cpu", rows=rows)


def test_an_arm_that_a_data_set_cannot_serve_is_refused_whoever_trains(digits):
    with pytest.raises(ValueError, match="does not say who voted what"):
        fitting.train(Run(QUICK, "dawid-skene", 0, 0), digits, "cpu", test=digits)


def test_an_items_time_is_measured_on_a_model_that_is_thrown_away(digits):
    assert 0 < fitting.seconds_an_item(Run(QUICK, "mixup-0.2", 0, 0), digits) < 1
