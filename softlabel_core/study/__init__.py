"""The study: what is trained, recorded and read; training itself is in `fitting` and `grid`."""

from softlabel_core.study.reading import Study, best_recorded, load
from softlabel_core.study.runs import (
    Run,
    Trial,
    changed_settings,
    check,
    pending,
    plan,
    reads_tokens,
    split_of,
)

__all__ = [
    "Run",
    "Study",
    "Trial",
    "best_recorded",
    "changed_settings",
    "check",
    "load",
    "pending",
    "plan",
    "reads_tokens",
    "split_of",
]
