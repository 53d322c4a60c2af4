"""What the tests of studies share: small data sets, a study that nothing interrupted, a stand-in for pretraining."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import small_bert
from studies import ARMS, QUICK, SEARCH, TINY, TUNED_ARMS, some_digits

from softlabel_core import data, study
from softlabel_core.data import Dataset
from softlabel_core.study import grid, protocols, trials
from softlabel_core.study.protocols import Protocol


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """One thread, as in the killed process and the workers: sums of another order differ in their last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def digits():
    return some_digits()


@pytest.fixture(scope="session")
def runs():
    return study.plan(QUICK, ARMS, range(2))


@pytest.fixture(scope="session")
def whole(digits, runs, tmp_path_factory):
    """The folder of a study that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert grid.run_study(runs, digits, folder, device="cpu", progress=False) == 6
    return folder


@pytest.fixture
def copied(whole, tmp_path):
    """A copy of the uninterrupted study that a test may damage."""
    for path in whole.rglob("*.npz"):
        target = tmp_path / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture(scope="session")
def searched_digits():
    return data.load("digits", n_items=400)


@pytest.fixture(scope="session")
def tuned(searched_digits, tmp_path_factory):
    """The folder of a tuning that nothing interrupted, and what it found."""
    folder = tmp_path_factory.mktemp("tuned")
    return folder, trials.tune(SEARCH, TUNED_ARMS, searched_digits, folder, device="cpu", progress=False)


@pytest.fixture
def weights(digits, tmp_path, monkeypatch):
    """A small stand-in for CIFAR-10's train part, a protocol for it, an empty cache; the folder of the weights."""
    some = digits.take(np.arange(150))
    train: Dataset = replace(some, name="cifar10-train", provenance="JPEG copies")
    monkeypatch.setattr(data, "load", lambda name: {"cifar10-train": train}[name])
    monkeypatch.setitem(protocols.PROTOCOLS, ("cifar10-train", "tiny"), TINY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "softlabel" / "weights"


@pytest.fixture
def sentences(tmp_path):
    """Sentence pairs with votes, and protocols of a network that reads them in no time."""
    bert = small_bert(tmp_path / "small-bert")
    rng = np.random.default_rng(0)
    words = np.array(["a", "b", "c", "d", "e"])
    first = rng.integers(5, size=120)
    items = np.array(
        [[" ".join(rng.choice(words, 1 + i % 7)), words[k]] for i, k in enumerate(first)], dtype=object
    )
    counts = rng.multinomial(20, np.eye(3)[first % 3] * 0.7 + 0.1)
    pairs = Dataset(
        name="chaosnli", counts=counts, items=items, class_names=("e", "n", "c"), ids=np.arange(120).astype(str),
        groups=np.arange(120) // 2, gold=first % 3, text_parts=("premise", "hypothesis"),
        part=np.where(np.arange(120) < 60, "snli", "mnli"),
    )  # fmt: skip
    shared = {
        "model": bert, "learning_rate": 1e-3, "batch_size": 16, "optimizer": "adamw", "clip_norm": 1.0, "augment": False,
        "max_length": 16,
    }  # fmt: skip
    before = Protocol("nli-pairs", "tiny-nli", epochs=2, subset=90, held_out=0.1, seeds=1, **shared)
    return pairs, Protocol("chaosnli", "tiny", epochs=2, pretraining="tiny-nli", seeds=1, **shared), before
