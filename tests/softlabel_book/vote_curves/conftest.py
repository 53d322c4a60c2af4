"""A small curve on digits, trained once for all tests of vote curves."""

from __future__ import annotations

import pytest

from softlabel_book.vote_curves import analysis, design, training
from softlabel_core import data, study
from softlabel_core.data import Dataset
from softlabel_core.study import protocols

DRAWS = 2


@pytest.fixture(scope="session")
def protocol():
    return protocols.get("digits", "small", epochs=12)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return data.load("digits", n_items=1000)


@pytest.fixture(scope="session")
def rows(digits, protocol):
    return design.usable(digits, study.split_of(digits, protocol, 0).train)


@pytest.fixture(scope="session")
def runs(digits, rows, protocol):
    return design.plan(protocol, digits.counts[rows], range(DRAWS), shares=(0.2, 1.0))


@pytest.fixture(scope="session")
def cache(digits, runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("curves")
    assert training.train(runs, digits, folder, progress=False) == len(runs)
    return folder


@pytest.fixture(scope="session")
def numbers(digits, runs, cache):
    return analysis.make(runs, digits, cache, n_resamples=100)
