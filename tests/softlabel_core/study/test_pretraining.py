"""Pretraining: weights trained once, kept with a hash, refused when anything is off."""

from dataclasses import replace

import pytest
from studies import TINY, refused, same

from softlabel_core import data, study, training
from softlabel_core.models import texts as text_models
from softlabel_core.study import fitting, protocols
from softlabel_core.study.pretraining import _hold_out, _subset, pretrained


def test_pretrained_weights_are_kept_and_used_again(weights, monkeypatch):
    first, facts = pretrained("tiny", 0, "cpu")
    assert len(list(weights.iterdir())) == 1
    assert facts["settings"] == TINY.settings()
    assert (facts["seed"], facts["n_train"], facts["provenance"]) == (0, 150, "JPEG copies")
    assert len(facts["sha256"]) == 64
    monkeypatch.setattr(training, "fit", pytest.fail)
    again, same_facts = pretrained("tiny", 0, "cpu")
    assert same(first, again)
    assert facts == same_facts


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_pretrained_weights_say_which_precision_they_had(weights, monkeypatch, native, precision):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: native)
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, precision="bf16"))
    assert pretrained("tiny", 0, "cpu")[1]["precision"] == precision
    monkeypatch.setattr(training, "_computes_bf16", lambda device: not native)
    assert pretrained("tiny", 0, "cpu")[1]["precision"] == precision  # those that were kept


def test_pretraining_has_seeds_of_its_own(weights):
    one, other = (pretrained("tiny", seed, "cpu")[0] for seed in (0, 1))
    assert not same(one, other)
    assert same(one, pretrained("tiny", 2, "cpu")[0])  # of two seeds, the first again
    assert len(list(weights.iterdir())) == 2


def test_weights_from_lossless_images_are_kept_apart(weights, monkeypatch):
    pretrained("tiny", 0, "cpu")
    train = replace(data.load("cifar10-train"), provenance="lossless CIFAR-10 images")
    monkeypatch.setattr(data, "load", lambda name: train)
    _, facts = pretrained("tiny", 0, "cpu")
    assert facts["provenance"] == "lossless CIFAR-10 images"
    assert len(list(weights.iterdir())) == 2


def test_weights_of_other_settings_are_refused(weights, monkeypatch):
    pretrained("tiny", 0, "cpu")
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, weight_decay=0.1))
    refused(r"seed0\.pt was trained with other settings; delete it", pretrained, "tiny", 0, "cpu")


def test_broken_weights_are_refused(weights):
    pretrained("tiny", 0, "cpu")
    [path] = weights.iterdir()
    sound = path.read_bytes()
    middle = sound.index(b"data/1") + 4000  # inside the first layer's weights
    flipped = sound[:middle] + bytes([sound[middle] ^ 0x10]) + sound[middle + 1 :]
    for content in (b"", b"weights", sound[:1000], sound[:-1], sound[: len(sound) // 2], flipped):
        path.write_bytes(content)
        message = refused("is truncated or altered; delete it, and it is made", pretrained, "tiny", 0, "cpu")
        assert str(path) in message
    path.unlink()
    pretrained("tiny", 0, "cpu")


def test_weights_that_diverged_are_not_kept(weights, monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), replace(TINY, learning_rate=1e30))
    refused("pretraining tiny seed 0 diverged, so no weights were kept", pretrained, "tiny", 0, "cpu")
    assert not weights.exists()


def test_a_full_disk_keeps_no_half_weights(weights, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    refused("No space left on device", pretrained, "tiny", 0, "cpu")
    assert list(weights.iterdir()) == []


def test_texts_start_from_a_stage_that_kept_items_out(sentences, tmp_path, monkeypatch):
    pairs, protocol, before = sentences
    nli = replace(pairs, name="nli-pairs")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "load", lambda name: {"nli-pairs": nli}[name])
    monkeypatch.setitem(protocols.PROTOCOLS, ("nli-pairs", "tiny-nli"), before)
    seen = []
    tokenize = text_models.tokenize
    monkeypatch.setattr(
        text_models, "tokenize", lambda items, *rest: seen.append(len(items)) or tokenize(items, *rest)
    )
    run = study.plan(protocol, ["soft"], [0])[0]
    facts = fitting.train(run, pairs).meta["pretraining"]
    assert seen == [120, 90]  # the study's items, then a subset of the pairs
    held = facts["held_out"]
    assert facts["n_train"] + held["n"] == 90
    assert 0 < held["n"] < 20
    assert sum(part["n"] for part in held["by_part"].values()) == held["n"]
    assert 0 <= held["accuracy"] <= 1
    assert facts["encoder"]["from"] == "folder small-bert"
    fitting.train(run, pairs)
    assert len(seen) == 3  # the weights were kept


def test_pretraining_holds_out_whole_groups(sentences):
    pairs, _, before = sentences
    some = _subset(pairs, before)
    train, held = _hold_out(some, before)
    assert not set(some.groups[train]) & set(some.groups[held])
    assert sorted([*train, *held]) == list(range(90))
    assert (_subset(pairs, before).ids == some.ids).all()
    assert _subset(pairs, replace(before, subset=None)) is pairs
