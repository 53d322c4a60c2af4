"""Figures that a reader touches, Python and JavaScript of each in one folder.

A figure is imported from its own folder, `from softlabel_book.interactive.labels import Labels`; that imports neither
torch nor a notebook's libraries.
"""
