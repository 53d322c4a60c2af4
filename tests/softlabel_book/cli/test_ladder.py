"""The ladder's command: what is missing is recorded, in order, as long as there is time."""

from dataclasses import replace

import pytest

from softlabel_book.cli.main import main
from softlabel_book.ladder import analysis, units
from softlabel_book.ladder.units import Study, Tune, Unit
from softlabel_core.study import protocols

ARMS = ("hard", "soft")


@pytest.fixture
def small(monkeypatch):
    """A ladder of two units that take no time, and one that needs a GPU."""
    quick = replace(
        protocols.get("digits", "small"), epochs=2, search=(("epochs", (1, 2, 3)),), trials=2, seeds=2
    )
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), quick)
    ladder = (
        Unit("plain", "two arms as they are", 0.1, (Study("digits", "small", ARMS, 1),)),
        Unit(
            "tuned",
            "two arms tuned",
            0.1,
            (Tune("digits", "small", ARMS), Study("digits", "small", ARMS, 1, tuned="own")),
        ),
        Unit("large", "many seeds", 9.0, (Study("digits", "small", ARMS, 90),), gpu=True),
    )
    for module in (units, analysis):
        monkeypatch.setattr(module, "UNITS", ladder)


def states(out):
    return [line.split(",")[0] for line in out.splitlines() if "h on " in line]


def test_it_does_what_is_missing_and_leaves_out_what_needs_a_gpu(small, tmp_path, capsys):
    ladder = ["ladder", "--device", "cpu", "--results", str(tmp_path)]
    assert main([*ladder, "--list"]) == 0
    assert states(capsys.readouterr().out) == ["plain: planned", "tuned: planned", "large: planned"]
    assert list(tmp_path.iterdir()) == []
    assert main([*ladder, "plain"]) == 0
    assert states(capsys.readouterr().out) == ["plain: recorded"]
    assert main(ladder) == 0
    out = capsys.readouterr().out
    assert "plain: two arms" not in out  # was there
    assert "  softlabel tune digits --protocol small --arms hard,soft\n" in out
    assert "large: left out, since there is no GPU." in out
    assert states(out) == ["plain: recorded", "tuned: recorded", "large: 2 of 180"]


def test_it_stops_when_its_time_is_over(small, tmp_path, capsys):
    ladder = ["ladder", "--device", "cpu", "--results", str(tmp_path), "--minutes", "1e-9"]
    assert main(ladder) == 3
    captured = capsys.readouterr()
    assert captured.err.endswith("softlabel: the time is over; the same command goes on where it was.\n")
    assert not list(tmp_path.rglob("*.npz"))


def test_an_unknown_unit_is_refused(capsys):
    assert main(["ladder", "nothing"]) == 2
    assert "the ladder has no unit 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["0", "-1", "soon", "nan"])
def test_minutes_are_a_number_above_zero(minutes, capsys):
    with pytest.raises(SystemExit):
        main(["ladder", "--minutes", minutes])
    assert "is not a number of minutes above 0" in capsys.readouterr().err
