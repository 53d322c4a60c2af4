"""Label it yourself: an interactive figure in which the reader votes first and then sees the crowd's votes."""

from softlabel_book.interactive.labels.figure import Labels

__all__ = ["Labels"]
