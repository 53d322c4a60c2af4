"""Figures that a reader touches, Python and JavaScript of each in one folder."""
