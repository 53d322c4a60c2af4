"""Rivals: every arm of a tuned study, rules after training, and comparisons named beforehand."""
