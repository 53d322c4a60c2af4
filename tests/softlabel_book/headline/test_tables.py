"""The headline in words, on invented summaries."""

import pytest
from invented_studies import first, record

from softlabel_book import summary
from softlabel_book import tables as shared_tables
from softlabel_book.headline import analysis, tables
from softlabel_core.data import entry


def test_the_table_shows_values_ceilings_floors_and_the_paper(three):
    table = tables.table(analysis.make(three))
    assert list(table) == list(tables.COLUMNS)
    row = table.loc["CIFAR-10H: scratch"]
    assert row["KL, hard"] == "1.000 [0.900, 1.100]"
    assert row["KL change"] == "−10% [−15%, −5%]"
    assert row["KL − floor change"] == row["ρ(H) change"] == "+10% [+5%, +15%]"
    assert row["KL floor"] == "0.020"
    assert (row["r(H) ceiling"], row["ρ(H) ceiling"]) == ("0.900", "0.800")
    assert row["accuracy difference"] == "0.050 [0.025, 0.075]"
    paper = table.loc["the paper: mean over its three"]
    assert (paper["KL change"], paper["r(H) change"]) == ("−32%", "+61%")
    assert paper["ρ(H) change"] == shared_tables.DASH
    assert table.loc["mean over 3 of 3 sets", "r(H) ceiling"] == shared_tables.DASH
    assert table.loc[tables.LOWEST_TO_HIGHEST, "KL change"] == "−40% to −10%"
    assert row["TV change"] == row["JS change"] == "+10% [+5%, +15%]"
    part = f"ChaosNLI, SNLI alone: {first('chaosnli')}"
    assert table.loc[part, "KL change"] == "−50% [−55%, −45%]"


def test_what_holds_within_sources_is_a_row_of_correlations(every):
    table = tables.table(analysis.make(every))
    row = table.loc[f"ChaosNLI within its sources: {first('chaosnli')}"]
    assert row["r(H) change"] == "+20% [+15%, +25%]"
    assert row["r(H), hard"] == "0.300 [0.200, 0.400]"
    assert row["KL change"] == shared_tables.DASH
    assert "within its sources" in tables.text(analysis.make(every))


def test_where_hard_touches_zero_the_difference_is_printed(three):
    record(three, "politeness", first("politeness"), r=2.0, hard_r=0.05, half_r=0.1)
    numbers = analysis.make(three)
    table = tables.table(numbers)
    assert table.loc[f"Politeness: {first('politeness')}", "r(H) change"] == "0.100 [0.098, 0.102]"
    mean = table.loc["mean over 3 of 3 sets"]
    assert mean["r(H) change"].startswith("+65% [")
    assert mean["r(H) change"].endswith(", 2 sets")
    assert mean["KL change"].endswith("]")
    assert any(note.startswith("r(H): Politeness left out") for note in tables.notes(numbers))
    assert not any(note.startswith("KL:") for note in tables.notes(numbers))


def test_a_row_that_stands_in_for_another_says_so(three):
    summary.SUMMARY.path("cifar10h", "scratch", three).unlink()
    record(three, "cifar10h", "small", seeds=3)
    numbers = analysis.make(three)
    assert tables.title(numbers.primary[2]) == "CIFAR-10H: small, no scratch yet"
    said = " ".join(tables.notes(numbers))
    assert "No record yet of CIFAR-10H scratch: the next recorded protocol stands in its place." in said
    assert "Fewer than 5 seeds, so intervals are of these seeds alone: CIFAR-10H small (3)." in said


@pytest.mark.parametrize("kept", [[], ["politeness"], ["chaosnli", "cifar10h"]])
def test_the_text_names_what_is_missing(tmp_path, kept):
    for data in kept:
        record(tmp_path, data, first(data))
    numbers = analysis.make(tmp_path)
    text = tables.text(numbers)
    assert f"mean over {len(kept)} of 3 sets" in text
    assert "It treats these sets as fixed" in text
    for data in numbers.missing:
        assert f"{entry(data).title} is not recorded" in text
        assert f"softlabel study {data}" in text
    assert "nan" not in text.lower()
    assert "−32%" in text
    assert "+61%" in text


def test_shared_raters_are_said_of_the_sets_that_have_them(three):
    said = [note for note in tables.notes(analysis.make(three)) if shared_tables.RATERS_SHARED in note]
    assert said == [f"Politeness: {shared_tables.RATERS_SHARED}"]


def test_the_notes_say_how_arms_were_set(tuned):
    own, untuned = (" ".join(tables.notes(analysis.make(tuned, criterion))) for criterion in ("own", ""))
    assert "tuned with the same number of trials, by cross-entropy with its own labels" in own
    assert "Provisional: on a set one setting for all arms" in untuned
    assert set(tables.SETTINGS) == set(summary.SUMMARIES)
