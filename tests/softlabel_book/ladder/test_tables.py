"""The ladder as people read it."""

from softlabel_book.ladder import analysis, tables
from softlabel_book.ladder.analysis import Standing
from softlabel_book.ladder.units import Pretrain, Unit

STEPS = (Pretrain("one"), Pretrain("two"))


def test_a_unit_is_planned_on_its_way_or_recorded(monkeypatch):
    units = [Unit(name, f"what {name} is", 1.5, STEPS, gpu=name == "c") for name in "abc"]
    counts = {"a": (0, 0), "b": (1, 0), "c": (1, 1)}
    monkeypatch.setattr(
        analysis,
        "standings",
        lambda unit, folder: [Standing(s, n, 1) for s, n in zip(STEPS, counts[unit.name], strict=True)],
    )
    table = tables.table(units)
    assert table["state"].tolist() == ["planned", "1 of 2", "recorded"]
    assert table["takes about"].tolist() == ["1.5 h on one core", "1.5 h on one core", "1.5 h on a GPU"]
    assert tables.text(units).splitlines()[:2] == ["a: planned, 1.5 h on one core", "    what a is"]
