"""What tests of the chapter's parts share: digits, a recorded study of them, what a page would show."""

from types import SimpleNamespace

import numpy as np
import pytest

from softlabel_book import chapter, summary
from softlabel_book.chapter import prose, showing
from softlabel_core import data, study
from softlabel_core.data import Dataset
from softlabel_core.study import grid, protocols


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture
def shown(monkeypatch):
    """Sentences that a chapter would show."""
    sentences: list[str] = []
    for module in (showing, prose):
        monkeypatch.setattr(module, "say", sentences.append)
    return sentences


@pytest.fixture
def recorded(digits, tmp_path, monkeypatch):
    """A small recorded study of the digits, in a results folder of its own."""
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    protocol = protocols.get("digits", "small", epochs=2, seeds=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), protocol)
    grid.run_study(study.plan(protocol, ["hard", "soft"], [0]), digits, tmp_path, progress=False)
    summary.SUMMARY.write(
        summary.make(study.load(protocol, tmp_path), digits, 20), protocol.data, protocol.name, tmp_path
    )
    return protocol


def _text_study(name: str, published: bool, n_parts: int = 1) -> chapter.Opened:
    """A text study as a chapter sees it: six items, two seeds."""
    parts = ("premise", "hypothesis")[:n_parts] if n_parts > 1 else ("text",)
    rng = np.random.default_rng(0)
    votes = Dataset(
        name=name,
        counts=rng.integers(1, 9, (6, 3)),
        items=np.array([[f"{part} {i}" for part in parts] for i in range(6)], dtype=object),
        class_names=("low", "middle", "high"),
        ids=np.array([f"item-{i}" for i in range(6)]),
        groups=np.arange(6),
        provenance="simulated",
        licence="Ratings: nobody's, no licence stated.",
        text_parts=parts,
        published=published,
    )
    answers = {arm: rng.dirichlet(np.ones(3), (2, 6)) for arm in ("hard", "soft")}
    predictions = SimpleNamespace(
        seeds=[0, 1],
        arms=["hard", "soft"],
        test_ids=votes.ids,
        protocol=SimpleNamespace(name="simulated"),
        log_p=lambda arm: np.log(answers[arm]),
        p_model=lambda arm: answers[arm].mean(axis=0),
    )
    return chapter.Opened(predictions, {}, votes, "recorded")


@pytest.fixture(scope="session")
def text_study():
    """Makes a text study as a chapter sees it: six items, two seeds."""
    return _text_study
