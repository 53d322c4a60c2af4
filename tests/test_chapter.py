"""What chapters share: the switch, studies in each mode, claims."""

import numpy as np
import pytest

from softlabel_core import chapter, data, protocols, study, summary
from softlabel_core.data import DataUnavailable
from softlabel_core.results import RecordError


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture
def shown(monkeypatch):
    """Sentences that a chapter would show."""
    sentences: list[str] = []
    monkeypatch.setattr(chapter, "say", sentences.append)
    return sentences


@pytest.fixture
def recorded(digits, tmp_path, monkeypatch):
    """A small recorded study of the digits, in a results folder of its own."""
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    protocol = protocols.get("digits", "small", epochs=2, seeds=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), protocol)
    study.run_study(study.plan(protocol, ["hard", "soft"], [0]), digits, tmp_path, progress=False)
    summary.write(summary.make(study.load(protocol, tmp_path), digits, 20), summary.place(protocol, tmp_path))
    return protocol


def test_mode_is_the_cells_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("SOFTLABEL_RUN", raising=False)
    assert chapter.mode() == "recorded"
    assert chapter.mode("full") == "full"
    monkeypatch.setenv("SOFTLABEL_RUN", "quick")
    assert chapter.mode("full") == "quick"
    monkeypatch.setenv("SOFTLABEL_RUN", "fast")
    with pytest.raises(ValueError, match=r"'fast'.*recorded, quick, full"):
        chapter.mode()


def test_recorded_reads_and_trains_nothing(recorded, digits, monkeypatch):
    monkeypatch.setattr(study, "run_study", lambda *a, **k: pytest.fail("trained"))
    opened = chapter.open_study("digits", "small", "recorded", digits)
    assert opened.run == "recorded"
    assert opened.test is not None
    assert list(opened.test.ids) == list(opened.study.test_ids)


def test_without_votes_the_record_still_opens_in_every_mode(recorded):
    for run in chapter.MODES:
        opened = chapter.open_study("digits", "small", run, None)
        assert opened.test is None
        assert opened.run == "recorded"
        assert set(opened.summary["metrics"]) == {"hard", "soft"}
        with pytest.raises(ValueError, match="votes are not at hand"):
            chapter.explore(opened, "nothing")


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


@pytest.mark.parametrize("run", ["recorded", "full"])
def test_a_false_claim_fails_the_build(run):
    chapter.check(True, "two is two.", run)
    with pytest.raises(AssertionError, match=r"two is three\."):
        chapter.check(False, "two is three.", run)


def test_a_quick_run_only_prints(capsys):
    chapter.check(False, "two is three.", "quick")
    assert "does not hold" in capsys.readouterr().out


def test_numbers_as_claims():
    with pytest.raises(AssertionError):
        chapter.check(bool(np.float64(0.1) > 0.2), "small is large.", "recorded")


def test_the_explorer_holds_a_sample_of_the_test_items(recorded, digits):
    opened = chapter.open_study("digits", "small", "recorded", digits)
    page = chapter.explore(opened, "digits", n_items=20).to_html()
    assert "20 of 80" in page.replace("\\u00a0", " ")
