"""Learning from disagreement: train on the votes, keep human uncertainty."""

__version__ = "0.1.0"
