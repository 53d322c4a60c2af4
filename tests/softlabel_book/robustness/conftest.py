"""Both arms on digits under a few conditions, trained once for all tests of robustness."""

import numpy as np
import pytest

from softlabel_book.robustness import training
from softlabel_core import data
from softlabel_core.study import protocols


@pytest.fixture(scope="session")
def protocol():
    return protocols.get("digits", "small", epochs=15)


@pytest.fixture(scope="session")
def digits():
    return data.load("digits", n_items=1500)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory):
    """A cache of the tests' own, in which the models of `numbers` are."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def shared_cache(cache_folder, monkeypatch):
    """Whoever trains finds that cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", cache_folder)


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory):
    """A folder without records."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def measured(protocol):
    """A function that measures digits beside the records of a folder; what it is called with goes before."""
    names = ["clean", "noise-1", "noise-5", "blur-5", "fgsm-8", "pgd-8"]
    usual = {"names": names, "n_resamples": 100, "progress": False, "device": "cpu", "seeds": [0, 1, 2]}

    def measure(digits, folder, **changes):
        asked = {"protocol": protocol, **usual, **changes}
        return training.measure(asked.pop("protocol"), digits, folder=folder, **asked)

    return measure


@pytest.fixture(scope="session")
def numbers(digits, cache_folder, nowhere, measured):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", cache_folder)
        return measured(digits, nowhere)


@pytest.fixture(scope="session")
def drawn():
    """A function that draws votes, and members whose logits are the truth's with noise of their own."""

    def draw(n_members=3, n_items=400, seed=0, noise=1.0):
        rng = np.random.default_rng(seed)
        truth = rng.dirichlet([0.5, 0.5, 0.5], n_items)
        counts = rng.multinomial(50, truth)
        logits = np.log(truth + 1e-3) + rng.normal(0, noise, (n_members, n_items, 3))
        return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)), counts

    return draw
