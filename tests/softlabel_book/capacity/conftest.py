"""A small measurement on digits, made once for all tests of capacity."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from softlabel_book.capacity import analysis, design, training
from softlabel_core import data
from softlabel_core.study import protocols

SEEDS = [0, 1]
WIDTHS = {4: "small-mlp-4", 128: "small-mlp"}


@pytest.fixture(scope="session")
def protocol():
    return protocols.get("digits", "small")


@pytest.fixture(scope="session")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture(scope="session")
def smaller():
    """A context with two widths and two short lengths instead of all of them."""

    @contextmanager
    def context():
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(design.SHAPES, "small-mlp", (WIDTHS, design.EACH, (1, 12)))
            yield patch

    return context


@pytest.fixture
def small(smaller):
    with smaller():
        yield


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def recorded(digits, protocol, smaller, cache, tmp_path_factory):
    """A results folder with all cells."""
    folder = tmp_path_factory.mktemp("results")
    with smaller() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        training.record(protocol, digits, SEEDS, device="cpu", folder=folder, progress=False, n_resamples=60)
    return folder


@pytest.fixture(scope="session")
def numbers(recorded, protocol):
    return analysis.CAPACITY.read(protocol.data, protocol.name, recorded)
