"""What a build may show, and what it says where it may not."""

import pytest
from shared import sentence_of

from softlabel_book import chapter


@pytest.mark.parametrize(
    ("published", "wish", "shows"),
    [(True, "", True), (False, "", False), (True, "all", True), (False, "all", True)],
)
def test_what_a_page_may_show(published, wish, shows, monkeypatch, text_study):
    monkeypatch.setenv("BOOK_ITEMS", wish)
    assert chapter.may_show(text_study("politeness", published).test) is shows
    assert chapter.may_show(None) is False


@pytest.mark.parametrize("wish", ["none", "ALL", " "])
def test_an_unknown_wish_about_items_is_refused(wish, monkeypatch, text_study):
    monkeypatch.setenv("BOOK_ITEMS", wish)
    for votes in (None, text_study("politeness", True).test):
        with pytest.raises(ValueError, match=f"BOOK_ITEMS is '{wish}'; set it to all") as error:
            chapter.may_show(votes)
        sentence_of(error)
