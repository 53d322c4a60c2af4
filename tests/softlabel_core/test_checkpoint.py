"""A training that was cut off goes on to the same weights."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import small_bert
from studies import refused

from softlabel_core import training
from softlabel_core.checkpoint import Checkpoint
from softlabel_core.clock import OutOfTime
from softlabel_core.data import Dataset
from softlabel_core.models import texts
from softlabel_core.study.protocols import Protocol

N_ITEMS, N_CLASSES = 50, 3
IMAGES = Protocol("digits", "cut", "small-resnet", 2, 0.05, batch_size=8, precision="fp32")


class Cutting(Checkpoint):
    """Keeps its state after every step, and cuts training off after the named one."""

    steps = math.inf

    def due(self):
        self.steps -= 1
        self.until = -math.inf if self.steps == 0 else math.inf
        return True


def cut_after(steps, path, facts):
    checkpoint = Cutting(path, facts)
    checkpoint.steps = steps
    return checkpoint


def holding(name, votes, items):
    numbers = np.arange(N_ITEMS)
    return Dataset(
        name=name, counts=votes, items=items, class_names=("a", "b", "c"), ids=numbers.astype(str), groups=numbers
    )  # fmt: skip


def some_images():
    rng = np.random.default_rng(0)
    votes = rng.integers(1, 5, (N_ITEMS, N_CLASSES))
    images = rng.integers(0, 256, (N_ITEMS, 8, 8, 3), dtype=np.uint8)
    dataset = holding("digits", votes, images)
    return dataset, training.to_tensor(images, torch.device("cpu")), IMAGES


def some_texts(folder):
    rng = np.random.default_rng(0)
    items = np.array([[" ".join(rng.choice(list("abcde"), 1 + i % 7))] for i in range(N_ITEMS)], dtype=object)
    votes = rng.integers(1, 5, (N_ITEMS, N_CLASSES))
    dataset, bert = holding("politeness", votes, items), small_bert(folder)
    changes = {"optimizer": "adamw", "learning_rate": 1e-3, "clip_norm": 1.0, "augment": False, "model": bert}
    protocol = replace(IMAGES, data="politeness", **changes)
    return dataset, texts.tokenize(items, bert, 16), protocol


def taught(dataset, inputs, protocol, checkpoint=None):
    """Weights and losses in the end; losses only of the epochs that came to their end."""
    rows = np.arange(len(inputs))
    learner = training.teach("multipass", dataset, rows, inputs, protocol, 0, checkpoint=checkpoint)
    losses = {epoch.number: epoch.loss for epoch in learner.epochs}
    return {name: values.clone() for name, values in learner.model.state_dict().items()}, losses


@pytest.mark.parametrize("kind", ["images", "texts"])
@pytest.mark.parametrize("steps", [1, 4, 7, 8, 13])  # of 7 an epoch
def test_the_outcome_is_that_of_a_training_without_a_cut(kind, steps, tmp_path):
    given = some_images() if kind == "images" else some_texts(tmp_path / "bert")
    weights, losses = taught(*given)
    path = tmp_path / "kept" / "state.part"
    torch.manual_seed(1)  # another process
    with pytest.raises(OutOfTime, match="goes on from"):
        taught(*given, cut_after(steps, path, {"seed": 0}))
    torch.manual_seed(2)
    again, later = taught(*given, Checkpoint(path, {"seed": 0}))
    assert weights.keys() == again.keys()
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert later == {number: losses[number] for number in later}
    assert len(later) == 2 - (steps > 7)


def test_a_state_of_other_facts_is_not_gone_on_with(tmp_path):
    path = tmp_path / "state.part"
    with pytest.raises(OutOfTime):
        taught(*some_images(), cut_after(3, path, {"seed": 0}))
    assert Checkpoint(path, {"seed": 1}).read() is None
    assert Checkpoint(path, {"seed": 0}).read() is not None


def test_notes_come_back_and_a_forgotten_state_does_not(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state.part", {})
    checkpoint.notes["1"] = {"accuracy": 0.5}
    checkpoint.write({"step": 3})
    later = Checkpoint(tmp_path / "state.part", {})
    assert later.read() == {"step": 3}
    assert later.notes == {"1": {"accuracy": 0.5}}
    later.forget()
    later.forget()
    assert Checkpoint(tmp_path / "state.part", {}).read() is None


def test_a_damaged_state_is_refused(tmp_path):
    path = tmp_path / "state.part"
    Checkpoint(path, {}).write({"weights": torch.ones(1000)})
    whole = path.read_bytes()
    for content in (b"", whole[:-1], whole[:40], whole[:900] + bytes([whole[900] ^ 1]) + whole[901:]):
        path.write_bytes(content)
        refused("is truncated or altered; delete it, and training begins anew", Checkpoint(path, {}).read)


def test_a_state_is_kept_no_oftener_than_asked(tmp_path):
    often, seldom = (Checkpoint(tmp_path / "state.part", {}, every) for every in (0.0, 60.0))
    assert often.due()
    assert not seldom.due()
    seldom.until = time.monotonic()
    assert seldom.due()
