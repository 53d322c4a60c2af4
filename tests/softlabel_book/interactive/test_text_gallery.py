"""The text gallery: what a page and a terminal are given, text that stays text, what is refused."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from shared import HOSTILE

from softlabel_book.interactive import text_gallery

NAMES = ("entailment", "neutral", "contradiction")
PAIR = {"premise": "A man cleans a window.", "hypothesis": "A man works."}
COUNTS = [[60, 30, 10], [0, 0, 1]]
ARMS = {"soft": [[0.5, 0.3, 0.2], [0.004, 0, 0.996]], "hard": [[1, 0, 0], [0, 0, 1]]}


def show(texts=(PAIR, "Alone."), **changes):
    given = {"counts": COUNTS, "arms": ARMS, "class_names": NAMES} | changes
    return text_gallery.show(texts, **given)


class Found(HTMLParser):
    """What a browser would find: elements, and the text below each kind of class."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict]] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open.append(self.elements[-1])
        if tag == "p":
            self.texts.append((self.elements[-1][1].get("class", ""), ""))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag  # all is closed in its order

    def handle_data(self, data):
        if self.open and self.open[-1][0] == "p":
            kind, text = self.texts[-1]
            self.texts[-1] = (kind, text + data)


def rows(markup: str) -> list[list[tuple[str, float, str]]]:
    """By class: arm, share as drawn, words as written."""
    cell = r'data-arm="(\w+)" style="--_share:([\d.]+)".*?sl-value">([^<]*)<'
    return [
        [(arm, float(share), words) for arm, share, words in re.findall(cell, row)]
        for row in re.findall(r'<tr><th scope="row">.*?</tr>', markup)
    ]


def test_votes_and_predictions_stand_in_the_houses_order():
    found = rows(show().html)
    assert found[0] == [("human", 0.6, "60"), ("hard", 1, "100%"), ("soft", 0.5, "50%")]
    assert found[3] == [("human", 0, "0"), ("hard", 0, "0%"), ("soft", 0.004, "0%")]
    assert found[5] == [("human", 1, "1"), ("hard", 1, "100%"), ("soft", 0.996, "100%")]


def test_a_pair_stands_under_its_headings_and_a_text_alone():
    found = Found(show(captions=["most ambiguous", "unanimous"]).html)
    assert found.texts == [
        ("sl-caption", "100 votes, most ambiguous"),
        ("sl-heading", "premise"),
        ("", PAIR["premise"]),
        ("sl-heading", "hypothesis"),
        ("", PAIR["hypothesis"]),
        ("sl-caption", "1 vote, unanimous"),
        ("", "Alone."),
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(hostile):
    shown = show(
        [{hostile: hostile}] * 2, class_names=[hostile, "b", "c"], captions=[hostile] * 2, warning=hostile
    )
    found = Found(shown.html)
    kept = re.sub("[\x00\ud800]", "\ufffd", hostile)
    assert [text for kind, text in found.texts if kind == "sl-heading"] == [kept] * 2
    assert [text for kind, text in found.texts if kind == ""] == [kept] * 2
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "img"}
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    shown.html.encode()


def test_a_warning_covers_every_text_on_the_page_and_leaves_it_out_elsewhere():
    shown = show(warning="This text may offend.")
    assert len(re.findall("<details><summary>This text may offend. Show text</summary>", shown.html)) == 2
    assert PAIR["premise"] in shown.html
    assert PAIR["premise"] not in shown.text
    assert shown.text.count("This text may offend.") == 2
    assert "<details" not in show().html


def test_only_a_text_that_may_scroll_is_a_stop_of_the_tab_key():
    assert 'tabindex="0"' not in show().html
    assert show(["long " * 500, "a\nb\n" * 20]).html.count('tabindex="0"') == 2


def test_a_terminal_gets_texts_and_numbers():
    shown = show()
    assert shown._repr_mimebundle_() == {"text/html": shown.html, "text/plain": shown.text}
    first, second = shown.text.split("\n\n")
    assert first.splitlines()[:3] == [
        "100 votes",
        f"premise: {PAIR['premise']}",
        f"hypothesis: {PAIR['hypothesis']}",
    ]
    assert [line.split() for line in first.splitlines()[3:5]] == [
        ["human", "hard", "soft"],
        ["entailment", "60", "100%", "50%"],
    ]
    assert second.splitlines()[1] == "Alone."


BAD = {
    "texts": ({"texts": [PAIR]}, "texts has 1 entries but counts has 2 rows"),
    "no text": ({"texts": [PAIR, None]}, "texts row 1 holds None"),
    "names": ({"class_names": NAMES[:2]}, r"class_names has shape \(2,\) but counts asks for \(3,\)"),
    "captions": ({"captions": ["a"]}, r"captions has shape \(1,\)"),
    "arms": ({"arms": {"hard": [[1.0, 0.0, 0.0]]}}, r"arms\['hard'\] has shape \(1, 3\)"),
    "sum": ({"arms": {"hard": np.full((2, 3), 0.3)}}, r"arms\['hard'\] row 0 sums to 0.9"),
    "votes": ({"counts": [[0, 0, 0], [1, 0, 0]]}, "row 0 has no votes"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    changes, sentence = BAD[case]
    with pytest.raises(ValueError, match=sentence):
        show(**changes)
