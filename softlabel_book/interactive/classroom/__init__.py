"""A class votes: an interactive figure that gathers the answers of many readers."""

from softlabel_book.interactive.classroom.figure import Classroom

__all__ = ["Classroom"]
