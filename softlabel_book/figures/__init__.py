"""The book's figures: every one a function of plain arrays that returns a matplotlib Figure.

`show` draws a figure at two widths and hands the page one picture of both.
"""

from softlabel_book.figures.entropies import confidence_hist, entropy_joint
from softlabel_book.figures.estimates import Interval
from softlabel_book.figures.items import item_gallery
from softlabel_book.figures.losses import entropy_curve, loss_of_confidence, truth_curve
from softlabel_book.figures.measures import by_bin, metric_dots, training_curves
from softlabel_book.figures.page import Picture, for_page, show
from softlabel_book.figures.summaries import bins, dots
from softlabel_book.figures.votes import majority_discards, vote_bars

__all__ = [
    "Interval",
    "Picture",
    "bins",
    "by_bin",
    "confidence_hist",
    "dots",
    "entropy_curve",
    "entropy_joint",
    "for_page",
    "item_gallery",
    "loss_of_confidence",
    "majority_discards",
    "metric_dots",
    "show",
    "training_curves",
    "truth_curve",
    "vote_bars",
]
