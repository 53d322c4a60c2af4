"""Published: what others report, and the claim of the paper that this project rebuilds; never our result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NAMES = {
    "kl": "kl",
    "entropy_pearson": "entropy_correlation",
}  # our metrics, and what the paper's claim names them


@dataclass(frozen=True)
class Claim:
    """What the paper says of soft against hard labels.

    `relative` holds changes by the paper's own names of its measures, and `claims` what it says in words.
    """

    source: str
    citation: str
    label: str
    arm: str
    reference: str
    data: list[str]
    relative: dict[str, float]
    claims: dict[str, str]
    note: str

    def change(self, metric: str) -> float:
        """The relative change that the paper reports of one of our metrics; NaN where it reports none."""
        return self.relative.get(NAMES.get(metric, ""), float("nan"))


@dataclass(frozen=True)
class Row:
    """What others report of one arm, in our metrics; `part` names the part of the data set that it is on."""

    source: str
    citation: str | None
    arm: str
    label: str
    values: dict[str, float]
    note: str
    part: str = ""


def paper_claim() -> Claim:
    """The claim of the paper that this project rebuilds."""
    return Claim(**_published()["headline"])


def rows(data: str) -> list[Row]:
    """What others report on the votes of a data set, then on those of its parts; empty where nobody does."""
    found = _published()
    parts = {"": data} | {
        name.removeprefix(f"{data}-"): name for name in found if name.startswith(f"{data}-")
    }
    return [Row(**row, part=part) for part, name in parts.items() for row in found.get(name, [])]


@cache
def _published() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
