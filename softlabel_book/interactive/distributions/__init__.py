"""Two distributions: an interactive figure of how far a prediction is from the votes."""

from softlabel_book.interactive.distributions.figure import (
    CLASSES,
    PRESETS,
    VOTES,
    Distributions,
    Preset,
    compare,
)

__all__ = ["CLASSES", "PRESETS", "VOTES", "Distributions", "Preset", "compare"]
