"""Data sets by name, each as the same Dataset."""

from softlabel_core.data.dataset import Dataset
from softlabel_core.data.formats.long_table import from_table
from softlabel_core.data.registry import (
    BANDS,
    DATA_SETS,
    TOP,
    UNANIMOUS,
    Entry,
    entry,
    files,
    load,
    part_title,
)
from softlabel_core.data.sources import DataUnavailable
from softlabel_core.data.splits import Split, split

__all__ = [
    "BANDS",
    "DATA_SETS",
    "TOP",
    "UNANIMOUS",
    "DataUnavailable",
    "Dataset",
    "Entry",
    "Split",
    "entry",
    "files",
    "from_table",
    "load",
    "part_title",
    "split",
]  # fmt: skip
