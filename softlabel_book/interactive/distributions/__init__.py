"""Two distributions: an interactive figure of how far a prediction is from the votes."""

from softlabel_book.interactive.distributions.figure import Distributions, compare
from softlabel_book.interactive.distributions.presets import CLASSES, PRESETS, VOTES, Preset

__all__ = ["CLASSES", "PRESETS", "VOTES", "Distributions", "Preset", "compare"]
