"""A table on a page: names are escaped, intervals stacked."""

import pandas as pd

from softlabel_book import chapter


def test_names_are_escaped_and_intervals_stacked():
    cells = pd.DataFrame({"KL": ["0.500 [0.400, 0.600]", "2.150"]}, index=["hard", "<b>uniform</b>"])
    shown = chapter.Table(cells)._repr_mimebundle_()
    assert "<b>" not in shown["text/html"]
    assert "&lt;b&gt;" in shown["text/html"]
    assert '0.500<br><span class="sl-interval">[0.400, 0.600]</span>' in shown["text/html"]
    assert "0.500 [0.400, 0.600]" in shown["text/plain"]


def test_rows_in_groups_have_both_names():
    rows = pd.MultiIndex.from_tuples([("a & b", "one"), ("a & b", "two"), ("c", "one")])
    page = chapter.Table(pd.DataFrame({"KL": ["1", "2", "3"]}, index=rows))._repr_mimebundle_()["text/html"]
    assert page.count("a &amp; b") == 1
    assert 'rowspan="2"' in page
    assert [page.count(f">{name}</th>") for name in ("one", "two", "c")] == [2, 1, 1]


def test_a_sentence_may_break():
    cells = pd.DataFrame({"what": ["so it is [not] " * 5, "short"]}, index=["long", "short"])
    page = chapter.Table(cells)._repr_mimebundle_()["text/html"]
    assert page.count('<span class="sl-text">so it is [not] so') == 1
    assert "sl-interval" not in page
