"""The planned comparisons as people read them."""

from dataclasses import replace

from softlabel_book.rivals import comparisons, tables
from softlabel_book.rivals.comparisons import Judged
from softlabel_book.tables import DASH
from softlabel_core.statistics import Estimate


def judged(data, metric, expected, value, adjusted):
    difference = Estimate(value, value - 0.005, value + 0.005)
    question = ("soft", "hard", metric, expected, "Does it?")
    return Judged(*question, difference=difference, data=data, adjusted=adjusted, verdict="open")


def test_a_comparison_is_a_row_and_a_data_set_a_column():
    rows = [
        judged("a", "kl", "lower", -0.1, 0.04),
        judged("a", "accuracy", "no worse", 0.0, float("nan")),
        judged("b", "entropy_pearson", "higher", 0.1, 0.06),
    ]
    table = tables.table(rows, {"a": "Set A", "b": "Set B"})
    assert list(table.columns) == ["Set A", "Set B"]
    assert table.loc["KL: soft (votes) < hard (majority)?", "Set A"] == "−0.100* [−0.105, −0.095]"
    assert table.loc["KL: soft (votes) < hard (majority)?", "Set B"] == DASH
    assert "*" not in table.loc["accuracy: soft (votes) ≥ hard (majority)?", "Set A"]
    assert table.loc["r(H): soft (votes) > hard (majority)?", "Set B"] == "0.100 [0.095, 0.105]"


def test_every_comparison_has_a_verdict():
    rows = [
        judged("a", "kl", "lower", -0.1, 0.04),
        judged("b", "kl", "lower", -0.1, 0.4),
        judged("a", "accuracy", "no worse", 0.0, float("nan")),
    ]
    rows[0] = replace(rows[0], difference=replace(rows[0].difference, p_value=0.02), verdict="as expected")
    shown = tables.verdicts(rows, {"a": "Set A", "b": "Set B"})
    first = shown.loc[("KL: soft (votes) < hard (majority)?", "Set A")]
    assert list(first) == ["−0.100 [−0.105, −0.095]", "0.0200", "0.0400", "as expected"]
    assert shown.loc[("KL: soft (votes) < hard (majority)?", "Set B"), "verdict"] == "undecided"
    last = shown.loc[("accuracy: soft (votes) ≥ hard (majority)?", "Set A")]
    assert (last["p"], last["p, Holm"], last["verdict"]) == (DASH, DASH, "undecided")


def test_the_plan_is_shown_in_full():
    shown = tables.planned()
    assert len(shown) == len(comparisons.PLANNED)
    assert shown["difference"].iloc[0] == "soft (votes) − hard (majority)"
    assert shown.index.is_unique
    assert set(tables.SIGNS) >= {planned.expected for planned in comparisons.PLANNED}
