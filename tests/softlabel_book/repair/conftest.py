"""A small comparison on digits, made once for all tests of repair."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from softlabel_book.repair import analysis, design, training
from softlabel_core import data
from softlabel_core.study import protocols

SEEDS = [0, 1]


@pytest.fixture(scope="session")
def protocol():
    return protocols.get("digits", "small", epochs=20)


@pytest.fixture(scope="session")
def digits():
    return data.load("digits", n_items=600)


@pytest.fixture(scope="session")
def fewer():
    """A context with fewer budgets and draws than there are."""

    @contextmanager
    def context():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(design, "BUDGETS", (10, 30, 1000))
            patch.setattr(design, "DRAWS", 2)
            yield patch

    return context


@pytest.fixture
def few(fewer):
    with fewer():
        yield


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def recorded(digits, protocol, fewer, cache, tmp_path_factory):
    """A results folder with the comparison."""
    folder = tmp_path_factory.mktemp("results")
    with fewer() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        training.record(protocol, digits, SEEDS, device="cpu", folder=folder, progress=False, n_resamples=60)
    return folder


@pytest.fixture(scope="session")
def numbers(recorded, protocol):
    return analysis.REPAIR.read(protocol.data, protocol.name, recorded)
