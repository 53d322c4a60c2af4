"""Classroom on the Python side: what is checked, and given as a table."""

import numpy as np
import pytest

from softlabel_book.interactive import item_sets
from softlabel_book.interactive.classroom import Classroom
from softlabel_core import data

SETS = [item_sets.make(data.load("digits", n_items=50).take(np.arange(4)))]


def test_a_page_says_without_script_what_it_is():
    page = Classroom(SETS).to_html(standalone=True)
    assert "With JavaScript, the answers of a class to 4 digits can be gathered here" in page
    assert 'alt="The 4 digits on one sheet."' in page


def test_a_class_is_a_table_that_from_table_reads():
    figure = Classroom(SETS)
    annotators = [{"name": "=Ada", "answers": [3, None, 3, 0]}, {"name": "Bo", "answers": [None, None, 1, 0]}]
    figure._choose("annotators", figure._check("annotators", {"digits": annotators}))
    crowd = data.load("digits", n_items=50)
    read = data.from_table(figure.table(), items=crowd)
    assert read.ids.tolist() == [SETS[0]["ids"][i] for i in (0, 2, 3)]
    assert read.counts[2, 0] == 2
    assert read.counts.sum() == 5


def test_annotators_are_checked():
    figure = Classroom(SETS)
    for wrong in (
        {"answers": [0] * 4},
        {"name": "", "answers": [0] * 4},
        {"name": "x" * 41, "answers": [0] * 4},
        "Ada",
    ):
        with pytest.raises(ValueError, match="no name of 1 to 40 letters"):
            figure._check("annotators", {"digits": [wrong]})
    with pytest.raises(ValueError, match="no answers to the 4 items"):
        figure._check("annotators", {"digits": [{"name": "Ada", "answers": [0] * 3}]})
    with pytest.raises(ValueError, match="there is no data 'x'"):
        figure.table("x")
