"""Single items on a page."""

import numpy as np
import pytest

from softlabel_book import chapter
from softlabel_book.chapter import items
from softlabel_core import data
from softlabel_core.data import DataUnavailable


def test_the_explorer_holds_a_sample_of_the_test_items(recorded, digits):
    opened = chapter.open_study("digits", "small", "recorded", digits)
    page = chapter.explore(opened, "digits", n_items=20).to_html()
    assert "20 of 80" in page.replace("\\u00a0", " ")


def test_items_that_may_not_be_shown_are_one_notice(monkeypatch, shown, text_study):
    monkeypatch.delenv("BOOK_ITEMS", raising=False)
    closed = text_study("politeness", published=False)
    assert chapter.explore(closed, "Politeness") is None
    assert len(shown) == 1
    for said in ("`politeness`", "no licence stated.", "`BOOK_ITEMS=all`"):
        assert said in shown[0]
    assert not any(text in shown[0] for text in closed.test.items[:, 0])
    with pytest.raises(ValueError, match=r"ask chapter\.may_show first"):
        chapter.gallery(closed, [0])
    chapter.licence(closed.test)
    assert "Shown here: aggregates and model outputs only." in shown[-1]
    chapter.licence(text_study("chaosnli", published=True).test)
    assert "Shown here: simulated." in shown[-1]


def test_a_local_page_shows_them(monkeypatch, shown, text_study):
    monkeypatch.setenv("BOOK_ITEMS", "all")
    closed = text_study("politeness", published=False)
    payload = chapter.explore(closed, "Politeness").payload
    assert payload["texts"] == [f"text {i}" for i in range(6)]
    assert payload["warning"] == ""
    assert payload["note"].startswith("Predictions are means over 2 seeds, ")
    assert "text 3" in chapter.gallery(closed, [3]).text
    assert shown == []


def test_a_pair_has_its_headings(text_study):
    pairs = text_study("chaosnli", published=True, n_parts=2)
    payload = chapter.explore(pairs, "ChaosNLI").payload
    assert payload["texts"][4] == [["premise", "premise 4"], ["hypothesis", "hypothesis 4"]]
    few = chapter.explore(pairs, "ChaosNLI", n_items=2).payload
    for item, text in zip(few["ids"], few["texts"], strict=True):
        assert text[0][1] == item.replace("item-", "premise ")


def test_a_gallery_holds_the_chosen_rows_with_their_numbers(text_study):
    pairs = text_study("chaosnli", published=True, n_parts=2)
    text = chapter.gallery(pairs, [4, 1], ["first", "second"], arms=("soft",)).text
    first, second = text.split("\n\n")
    assert "premise: premise 4" in first
    assert "hypothesis: hypothesis 1" in second
    assert second.splitlines()[0] == f"{pairs.test.counts[1].sum()} votes, second"
    share = pairs.study.p_model("soft")[4, 2]
    assert first.splitlines()[-1].split() == ["high", str(pairs.test.counts[4, 2]), f"{100 * share:.0f}%"]


def test_offensive_texts_are_covered(monkeypatch, text_study):
    monkeypatch.setenv("BOOK_ITEMS", "all")
    offensive = text_study("offensiveness", published=False)
    assert chapter.explore(offensive, "Offensiveness").payload["warning"] == "May be offensive."
    assert "<summary>May be offensive." in chapter.gallery(offensive, [0]).html


def test_without_votes_there_is_no_gallery(recorded):
    with pytest.raises(ValueError, match=r"ask chapter\.may_show first"):
        chapter.gallery(chapter.open_study("digits", "small", "recorded", None), [0])


def test_digits_stand_in_where_no_votes_are_at_hand(monkeypatch):
    def absent(name):
        if name in items.TO_LABEL:
            raise DataUnavailable("not here.")
        return data.DATA_SETS[name].load(n_items=250)

    monkeypatch.setattr(items.data, "load", absent)
    (found,) = chapter.item_sets()
    assert found["data"] == "digits"
    assert found["arms"] == ["hard", "soft"]
    assert len(found["ids"]) == 20
    p = np.array(found["models"]["soft"])
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert p.max(axis=1).mean() > 0.3  # it was trained
