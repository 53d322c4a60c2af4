"""What the text of an option stands for."""

import argparse

import pytest

from softlabel_book.cli import options


def test_seeds_are_a_number_or_a_list():
    assert options.some_seeds("3") == [0, 1, 2]
    assert options.some_seeds("3,7") == [3, 7]
    assert options.some_seeds("0,") == [0]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (options.some_seeds, "0"),
        (options.numbers, "0,-1"),
        (options.numbers, "a"),
        (options.positive, "1.5"),
        (options.criterion, "both"),
    ],
)
def test_what_an_option_cannot_be_is_named(read, text):
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        read(text)
