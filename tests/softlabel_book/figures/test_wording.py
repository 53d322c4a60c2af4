"""Tests of wording: numbers that say no more than they know, texts that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softlabel_book.figures import wording

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.456, "0.46"),
        (-0.5, "\N{MINUS SIGN}0.50"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (-float("inf"), "–"),
    ],
)
def test_a_number_that_does_not_exist_is_a_dash(value: float, said: str) -> None:
    assert wording.number(value) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0%"),
        (0.0001, "0.1%"),
        (0.004, "0.4%"),
        (0.5, "50%"),
        (0.996, "99.6%"),
        (0.99999, "99.9%"),
        (1, "100%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(share: float, said: str) -> None:
    assert wording.percent(share) == said


def test_a_measure_is_named_with_its_unit_and_its_better_direction() -> None:
    assert wording.titled("kl") == "KL divergence from the votes, nats"
    assert wording.reading("kl") == "nats, lower is better"
    assert wording.reading("entropy_bias") == "nats"
    assert (wording.titled("unheard_of"), wording.reading("unheard_of")) == ("unheard of", "")
    assert wording.capital("a b") == "A b"


@given(st.text("ab cd $é", max_size=30), st.floats(30, 200))
def test_a_shortened_text_fits_and_begins_as_the_whole(text: str, width: float) -> None:
    short = wording.shorten(text, width)
    if short != text:
        assert short.endswith("…")
        assert text.startswith(short[:-1])
        assert wording.width_of(short) <= width


@given(st.lists(st.text("abc", min_size=1, max_size=8), max_size=9), st.floats(30, 200))
def test_wrapped_words_are_kept_and_no_line_holds_two_words_too_many(words: list[str], width: float) -> None:
    lines = wording.wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words
    assert all(" " not in line or wording.width_of(line, wording.FONT["label"]) <= width for line in lines)


def test_a_script_without_a_glyph_still_has_a_width() -> None:
    assert wording.width_of("\N{CJK UNIFIED IDEOGRAPH-732B}") > 0
    assert wording.width_of(" ") == 0


def test_dollars_are_measured_as_they_are_written() -> None:
    assert wording.width_of("$5 or $6") > wording.width_of("5 or 6")
