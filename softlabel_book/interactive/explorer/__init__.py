"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from softlabel_book.interactive.explorer.contents import of_study, payload
from softlabel_book.interactive.explorer.figure import STATIC_ITEMS, Explorer

__all__ = ["STATIC_ITEMS", "Explorer", "of_study", "payload"]
