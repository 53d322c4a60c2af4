"""Labels on the Python side: what is checked and observed."""

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.interactive import item_sets
from softlabel_book.interactive.labels import Labels
from softlabel_core import data

SETS = [item_sets.make(data.load("digits", n_items=50).take(np.arange(4)))]


def test_a_page_says_without_script_what_it_is():
    page = Labels(SETS).to_html(standalone=True)
    assert "With JavaScript, 4 digits can be labelled here" in page
    assert 'alt="The 4 digits on one sheet."' in page


def test_answers_are_checked():
    figure = Labels(SETS)
    heard = []
    figure.observe(heard.append, "votes")
    figure._choose("votes", figure._check("votes", {"digits": [1, None]}))
    assert figure.votes == {"digits": [1, None]}
    assert len(heard) == 1
    for wrong in ({"digits": [10]}, {"digits": [True]}, {"digits": "12"}, {"digits": [1] * 5}):
        with pytest.raises(ValueError, match="no answers to the 4 items") as error:
            figure._check("votes", wrong)
        sentence_of(error)
    with pytest.raises(ValueError, match="there is no data 'cifar10h'"):
        figure._check("votes", {"cifar10h": []})
