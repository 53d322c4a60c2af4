"""Two distributions: an interactive figure of how far a prediction is from the votes."""
