"""Studies are opened in each mode."""

import numpy as np
import pytest
from shared import small_bert

from softlabel_book import chapter, summary
from softlabel_book.chapter import switch
from softlabel_core import data
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols


def test_recorded_reads_and_trains_nothing(recorded, digits, monkeypatch):
    monkeypatch.setattr(grid, "run_study", lambda *a, **k: pytest.fail("trained"))
    opened = chapter.open_study("digits", "small", "recorded", digits)
    assert opened.run == "recorded"
    assert opened.test is not None
    assert list(opened.test.ids) == list(opened.study.test_ids)


def test_without_votes_the_record_still_opens_in_every_mode(recorded):
    for run in switch.MODES:
        opened = chapter.open_study("digits", "small", run, None)
        assert opened.test is None
        assert opened.run == "recorded"
        assert set(opened.summary["metrics"]) == {"hard", "soft"}
        with pytest.raises(ValueError, match="votes are not at hand"):
            chapter.explore(opened, "nothing")


def test_quick_trains_a_head_on_some_texts(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    n = 700
    texts = Dataset(
        name="politeness", counts=rng.multinomial(7, np.full(5, 0.2), n), items=np.full((n, 1), "a b", dtype=object),
        class_names=tuple("12345"), ids=np.arange(n).astype(str), groups=np.arange(n), text_parts=("text",),
    )  # fmt: skip
    head = protocols.get("politeness", "head", encoder=small_bert(tmp_path / "small-bert"), epochs=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("politeness", "head"), head)
    monkeypatch.setattr(summary, "make", lambda *given, **more: {})
    opened = chapter.open_study("politeness", "minilm", "quick", texts)
    assert opened.run == "quick"
    assert opened.study.protocol == head
    assert opened.study.arms == ["hard", "soft"]  # no label of its own, so no gold arm
    meta = next(iter(opened.study.records.values())).meta
    assert opened.test is not None
    assert meta["n_train"] + len(opened.test.ids) < chapter.training.QUICK_TEXTS


def test_records_of_other_votes_are_refused(recorded):
    with pytest.raises(RecordError, match="other item ids or counts"):
        chapter.open_study("digits", "small", "recorded", data.load("digits", n_items=400, seed=3))


def test_quick_trains_but_leaves_the_record_alone(recorded, digits, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    opened = chapter.open_study("digits", "small", "quick", digits)
    assert opened.run == "quick"
    assert opened.study.arms == ["hard", "gold", "soft"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_full_goes_on_where_the_record_is(recorded, digits):
    opened = chapter.open_study("digits", "small", "full", digits)
    assert opened.study.arms == ["hard", "gold", "soft"]
    assert opened.run == "full"


def test_missing_votes_are_one_notice(monkeypatch, shown):
    def nowhere(name: str) -> None:
        raise DataUnavailable("votes.npy is not at hand; get it from its owner.")

    monkeypatch.setattr(data, "load", nowhere)
    assert chapter.dataset("cifar10h") is None
    assert len(shown) == 1
    assert "cifar10h" in shown[0]
    assert "get it from its owner" in shown[0]
