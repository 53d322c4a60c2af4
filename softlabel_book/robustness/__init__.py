"""Robustness: damaged and attacked images, abstaining, the parts of a model's entropy."""
