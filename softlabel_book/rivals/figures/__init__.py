"""Figures of the fair trial."""

from softlabel_book.rivals.figures.forests import forest
from softlabel_book.rivals.figures.planes import plane
from softlabel_book.rivals.figures.tuning import halves_ratio, tuning_ratio

__all__ = ["forest", "halves_ratio", "plane", "tuning_ratio"]
