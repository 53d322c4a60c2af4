"""Protocols: what all arms of a study share."""

import json
from dataclasses import fields

import pytest

from softlabel_core import data, models
from softlabel_core.study import protocols
from softlabel_core.study.protocols import PRETRAINING_DATA, PROTOCOLS, Protocol, get, pretraining


@pytest.mark.parametrize(
    "protocol", PROTOCOLS.values(), ids=lambda protocol: f"{protocol.data}-{protocol.name}"
)
def test_a_protocol_names_what_exists(protocol):
    assert protocol.data in data.DATA_SETS
    reads_images = protocol.data in ("digits", "cifar10h", "cifar10-train")
    is_text = not reads_images and protocol.encoder is None and not protocol.frozen
    assert is_text or protocol.model in models.MODELS
    assert is_text or protocol.frozen or protocol.encoder or protocol.optimizer == "sgd"
    assert set(protocol.folds) <= set(range(protocol.n_folds))
    assert len(set(protocol.folds)) == len(protocol.folds)
    assert 0 <= protocol.warmup < 1
    assert protocol.seeds >= 1
    if protocol.pretraining:
        before = pretraining(protocol.pretraining)
        assert protocol.frozen or before.model == protocol.model
        assert before.data in PRETRAINING_DATA


@pytest.mark.parametrize(
    "protocol",
    [protocol for protocol in PROTOCOLS.values() if protocol.search],
    ids=lambda protocol: f"{protocol.data}-{protocol.name}",
)
def test_what_tuning_may_change_is_a_setting_whose_own_value_is_tried(protocol):
    assert protocol.trials <= 8
    for key, values in protocol.search:
        assert getattr(protocol, key) in values
        assert list(values) == sorted(set(values))
        assert len(values) > 1
        assert key in protocol.settings()


def test_no_two_protocols_share_a_name():
    assert len(PROTOCOLS) == len(protocols._PROTOCOLS)


def test_a_pretraining_is_known_by_its_name_alone():
    names = [protocol.name for protocol in PROTOCOLS.values() if protocol.data in PRETRAINING_DATA]
    assert len(set(names)) == len(names)
    with pytest.raises(ValueError, match="'nothing'; choose one of resnet18, "):
        pretraining("nothing")


def test_an_arm_is_no_part_of_a_protocol():
    assert not {"arm", "target", "loss"} & {field.name for field in fields(Protocol)}


def test_scratch_is_the_published_setting():
    found = get("cifar10h", "scratch")
    assert (found.model, found.epochs, found.batch_size) == ("cifar-resnet18", 200, 128)
    assert (found.learning_rate, found.momentum, found.weight_decay, found.warmup) == (0.1, 0.9, 5e-4, 0)
    assert found.augment
    assert (found.n_folds, found.folds, found.pretraining) == (5, (0,), None)


def test_a_setting_can_be_changed_for_a_trial():
    assert get("digits", "small", epochs=3).epochs == 3
    assert get("digits", "small").epochs != 3


def test_settings_are_what_the_outcome_depends_on():
    protocol = get("digits", "small")
    settings = protocol.settings()
    assert json.loads(json.dumps(settings)) == settings
    for changes in (
        {"epochs": 1},
        {"learning_rate": 9.0},
        {"split_seed": 7},
        {"validation": 0.2},
        {"augment": True},
    ):
        assert get("digits", "small", **changes).settings() != settings
    for changes in ({"folds": (0, 1)}, {"seeds": 9}, {"cost": "an hour"}, {"search": ()}, {"trials": 2}):
        assert get("digits", "small", **changes).settings() == settings


def test_an_unknown_protocol_is_refused():
    with pytest.raises(
        ValueError, match=r"^cifar10h has no protocol 'larg'; choose one of scratch, pretrained, "
    ):
        get("cifar10h", "larg")


def test_a_data_set_without_protocols_is_refused():
    with pytest.raises(
        ValueError, match=r"^nothing has no protocol 'small'; no protocol is defined for that data set\.$"
    ):
        get("nothing", "small")


@pytest.mark.parametrize(
    "changes", [{"epochs": 0}, {"epochs": -1}, {"batch_size": 0}, {"learning_rate": float("nan")}]
)
def test_a_number_that_must_be_positive_is_held_to_it(changes):
    with pytest.raises(ValueError, match=rf"^digits small: {next(iter(changes))}=\S+ must be above 0\.$"):
        get("digits", "small", **changes)


def test_an_unknown_precision_is_refused():
    with pytest.raises(
        ValueError, match=r"^digits small: there is no precision 'fp16'; choose from bf16, fp32\.$"
    ):
        get("digits", "small", precision="fp16")
