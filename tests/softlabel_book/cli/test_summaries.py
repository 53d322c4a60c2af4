"""Summaries written anew from what is recorded, as a person asks for it."""

import json
import shutil

import pytest

from softlabel_book.cli import summaries, training
from softlabel_book.cli.main import main
from softlabel_core.storage import RecordError
from softlabel_core.study import fitting, protocols


@pytest.fixture
def again(folder, tmp_path, monkeypatch):
    """A copy of a recorded study whose summary was spoilt."""
    short = protocols.get("digits", "small", epochs=2)  # as the study was recorded
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), short)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "digits" / "small" / "summary.json").write_text("{}")
    return tmp_path


def test_every_summary_is_written_anew_and_nothing_is_trained(folder, again, capsys, monkeypatch):
    monkeypatch.setattr(fitting, "train", lambda *given, **named: pytest.fail("it trains"))
    assert main(["summarise", "--results", str(again)]) == 0
    assert "6 run(s) recorded, seeds [0, 1]; summary in" in capsys.readouterr().out
    one, other = (
        json.loads((place / "digits" / "small" / "summary.json").read_text()) for place in (folder, again)
    )
    assert one == other
    assert {"rules", "ambiguous", "within", "item_by_item"} <= set(one)
    assert set(one["rules"]["shares"]) == {"hard/temperature", "hard/temperature-votes"}


def test_one_study_can_be_asked_for(again, capsys):
    assert [(study.data, study.name, criterion) for study, criterion, _ in summaries.recorded(again)] == [
        ("digits", "small", "")
    ]
    assert summaries.recorded(again, "politeness") == []
    assert main(["summarise", "politeness", "--results", str(again)]) == 2
    assert "holds no summary of politeness to write anew; record a study first." in capsys.readouterr().err
    assert main(["summarise", "digits", "--protocol", "nothing", "--results", str(again)]) == 2
    assert "has no protocol 'nothing'" in capsys.readouterr().err


def test_a_study_writes_the_same_way():
    assert training.summaries.write is summaries.write


def test_records_that_are_not_whole_are_refused(again):
    (again / "digits" / "small" / "soft-fold0-seed0.npz").unlink()
    (again / "digits" / "small" / "soft-fold0-seed1.npz").unlink()
    ((study, criterion, _),) = summaries.recorded(again)
    for path in (again / "digits" / "small").glob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RecordError, match="truncated"):
        summaries.write(study, None, again, criterion)


def test_more_folds_are_summarised_apart(again, capsys):
    """Two arms on two folds leave the three arms of the fixed split as they were, and are written anew as they are."""
    small = again / "digits" / "small"
    assert main(["summarise", "digits", "--results", str(again)]) == 0
    before = (small / "summary.json").read_text()
    folds = [
        "study",
        "digits",
        "--protocol",
        "small",
        "--arms",
        "hard,soft",
        "--seeds",
        "1",
        "--folds",
        "0,1",
    ]
    assert main([*folds, "--device", "cpu", "--quiet", "--results", str(again)]) == 0
    assert (small / "summary.json").read_text() == before
    written = json.loads((small / "summary-folds.json").read_text())
    assert (written["facts"]["folds"], written["facts"]["arms"], written["facts"]["seeds"]) == (
        [0, 1],
        ["hard", "soft"],
        [0],
    )
    (small / "summary-folds.json").write_text(json.dumps({"facts": written["facts"]}))
    assert main(["summarise", "digits", "--results", str(again)]) == 0
    assert json.loads((small / "summary-folds.json").read_text()) == written
