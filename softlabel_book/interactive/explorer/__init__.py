"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from softlabel_book.interactive.explorer.contents import payload
from softlabel_book.interactive.explorer.figure import Explorer
from softlabel_book.interactive.explorer.sample import STATIC_ITEMS, of_study

__all__ = ["STATIC_ITEMS", "Explorer", "of_study", "payload"]
