"""An arm means one thing: whoever trains, no two arms give the same network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from softlabel_book import chapter
from softlabel_book.own_votes import training as own_votes
from softlabel_book.robustness import training as robustness
from softlabel_book.vote_curves import design
from softlabel_book.vote_curves import training as vote_curves
from softlabel_core import data, study
from softlabel_core.arms import ARMS, possible
from softlabel_core.data import Dataset
from softlabel_core.study import Run, grid, protocols, trials, tuning
from softlabel_core.study.record import read_record

SHORT = protocols.get(
    "digits", "small", epochs=2, batch_size=32, seeds=1, search=(("epochs", (2, 3)),), trials=2
)
EVERY = list(ARMS)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """Digits whose crowd is known by number, and with whom the majority often disagrees with the shipped label.

    Nine votes an item, some of them slips: no label, majority, distribution or posterior is another one's copy.
    """
    plain = data.load("digits", n_items=400, n_votes=9, noise=0.2)
    rng = np.random.default_rng(0)
    ratings = np.full((plain.n_items, 12), -1, dtype=np.int8)
    for row, counts in enumerate(plain.counts):
        ratings[row, rng.permutation(12)[:9]] = np.repeat(np.arange(10), counts)
    made = replace(plain, ratings=ratings)
    assert possible(made) == EVERY
    return made


def predictions(study_: study.Study) -> dict[str, np.ndarray]:
    return {arm: study_.log_p(arm) for arm in study_.arms}


def by_a_study(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    grid.run_study(study.plan(SHORT, EVERY, [0]), digits, folder, device="cpu", progress=False)
    return predictions(study.load(SHORT, folder, EVERY))


def by_tuning(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    trials.tune(SHORT, EVERY, digits, folder, device="cpu", progress=False)
    return {
        path.name: read_record(path).log_p_test
        for path in (folder / "digits" / "small" / tuning.TRIALS_FOLDER).glob("*.npz")
        if "-trial" not in path.name  # the first one has no number
    }


def by_vote_curves(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    runs = [design.VoteRun(run, None) for run in study.plan(SHORT, EVERY, [0])]
    vote_curves.train(runs, digits, folder, device="cpu", progress=False)
    return {run.arm: read_record(folder / run.file).log_p_test for run in runs}


def by_vote_curves_with_few_votes(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    """A few of the votes no longer say whose they are, so Dawid and Skene have nothing to go by."""
    some = [arm for arm in EVERY if ARMS[arm].needs != "ratings"]
    runs = [design.VoteRun(run, 5, 0.5) for run in study.plan(SHORT, some, [0])]
    vote_curves.train(runs, digits, folder, device="cpu", progress=False)
    return {run.arm: read_record(folder / run.file).log_p_test for run in runs}


def by_robustness(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    test = digits.take(study.split_of(digits, SHORT, 0).test)
    runs = [Run(SHORT, run.arm, 0, 0) for run in study.plan(SHORT, EVERY, [0])]
    return {run.arm: robustness.of_run(run, digits, test, ["clean"], "cpu", False)["clean"] for run in runs}


def by_robustness_from_its_cache(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    """The second time each network is built anew and given the weights that were kept."""
    test = digits.take(study.split_of(digits, SHORT, 0).test)
    runs = [Run(SHORT, run.arm, 0, 0) for run in study.plan(SHORT, EVERY, [0])]
    for name in ("clean", "noise-1"):
        found = {run.arm: robustness.of_run(run, digits, test, [name], "cpu", True) for run in runs}
    return {arm: conditions["noise-1"] for arm, conditions in found.items()}


def by_a_chapter(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    return predictions(chapter.train_here(digits, SHORT, EVERY, [0], "quick").study)


def by_own_votes(digits: Dataset, folder: Path) -> dict[str, np.ndarray]:
    taught = digits.take(np.flatnonzero(digits.groups < 18))
    trained, _ = own_votes.train(taught, digits, protocol=SHORT, arms=EVERY, seeds=[0])
    return predictions(trained)


CALLERS = [
    by_a_study,
    by_tuning,
    by_vote_curves,
    by_vote_curves_with_few_votes,
    by_robustness,
    by_robustness_from_its_cache,
    by_a_chapter,
    by_own_votes,
]


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.__name__)
def test_no_two_arms_give_the_same_network(
    caller: Callable[[Dataset, Path], dict[str, np.ndarray]],
    digits: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = caller(digits, tmp_path / "results")
    few = caller is by_vote_curves_with_few_votes
    assert len(found) == len(EVERY) - few
    for one, other in combinations(found, 2):
        assert np.abs(found[one] - found[other]).max() > 1e-3, f"{one} and {other} are one network"


def test_one_function_puts_an_arm_together() -> None:
    """Who builds a network, a target or a loop elsewhere may leave out what else the arm is."""
    root = Path(__file__).resolve().parents[2]
    builds = re.compile(r"\b(?:training\.fit|models\.build|arms\.target|arms\.mix)\(")
    found = {
        str(path.relative_to(root))
        for package in ("softlabel_core", "softlabel_book", "benchmarks")
        for path in (root / package).rglob("*.py")
        if builds.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"softlabel_core/training.py"}
