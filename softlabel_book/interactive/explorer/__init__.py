"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from softlabel_book.interactive.explorer.contents import (
    DECIMALS,
    FIRST_ARMS,
    FORMAT,
    LAST_ARMS,
    PER_CENT,
    of_study,
    payload,
    sample,
    shown_texts,
)
from softlabel_book.interactive.explorer.figure import (
    COLOURS,
    KEYS,
    QUESTIONS,
    QUESTIONS_OF_ONE,
    STATIC_ITEMS,
    STILL,
    Explorer,
    unpack,
)

__all__ = [
    "COLOURS",
    "DECIMALS",
    "FIRST_ARMS",
    "FORMAT",
    "KEYS",
    "LAST_ARMS",
    "PER_CENT",
    "QUESTIONS",
    "QUESTIONS_OF_ONE",
    "STATIC_ITEMS",
    "STILL",
    "Explorer",
    "of_study",
    "payload",
    "sample",
    "shown_texts",
    "unpack",
]
