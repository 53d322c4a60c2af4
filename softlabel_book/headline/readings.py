"""Readings: the headline by every way of tuning, and what is left of it where the hard arm has one temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from softlabel_book import summary
from softlabel_book.headline import analysis
from softlabel_book.headline.analysis import ARM, Mean, Row
from softlabel_book.summary import REFERENCE, Change
from softlabel_core.statistics import Estimate

ARMS = (ARM, f"{REFERENCE}/temperature-votes", f"{REFERENCE}/temperature")
"""What is held against the hard arm in a reading, in the order of tables."""


@dataclass(frozen=True)
class Reading:
    """One arm against the plain hard arm, with one way of tuning, over the same studies as every other reading.

    Attributes
    ----------
    criterion : str
        What both arms were tuned by; "" for untuned.
    arm : str
        One of `ARMS`.
    rows : list of Row
        One a primary set.
    means : dict of str to Mean
        By metric, over the rows.
    shares : dict of str to dict of str to Estimate
        By data set and metric: of what the soft arm gains over the hard arm, the part that this arm has.
        Empty for the soft arm.
    leads : dict of str to dict of str to Change
        By data set and metric: the soft arm's change against this arm. Empty for the soft arm.
    """

    criterion: str
    arm: str
    rows: list[Row]
    means: dict[str, Mean]
    shares: dict[str, dict[str, Estimate]]
    leads: dict[str, dict[str, Change]]


def make(folder: Path | None = None) -> list[Reading]:
    """Every reading of the headline over the studies that were recorded by every way of tuning.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.

    Returns
    -------
    list of Reading
        By criterion, then by arm. A temperature that a summary does not hold has no row; run
        `softlabel summarise`, which writes it.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    readings = []
    for criterion, headline in analysis.alike(folder).items():
        held = [summary.SUMMARIES[criterion].read(row.data, row.protocol, folder) for row in headline.primary]
        readings += [_reading(criterion, arm, held) for arm in ARMS]
    return readings


def _reading(criterion: str, arm: str, held: list[dict[str, Any]]) -> Reading:
    known = [numbers for numbers in held if arm == ARM or arm in _rules(numbers, "changes")]
    rows = [Row.of(numbers, arm=arm) for numbers in known]
    ruled = [numbers for numbers in known if arm != ARM]
    return Reading(
        criterion=criterion,
        arm=arm,
        rows=rows,
        means=analysis.means(rows),
        shares={
            numbers["data"]: {key: Estimate.of(each) for key, each in _rules(numbers, "shares")[arm].items()}
            for numbers in ruled
        },
        leads={
            numbers["data"]: {key: Change.of(each) for key, each in _rules(numbers, "leads")[arm].items()}
            for numbers in ruled
        },
    )


def _rules(numbers: Mapping[str, Any], entry: str) -> Mapping[str, Any]:
    return (numbers.get("rules") or {}).get(entry) or {}


def too_sure(numbers: Mapping[str, Any], arm: str = REFERENCE) -> Estimate:
    """How much too sure an arm is: the entropy that its predictions lack, in nats, above 0 for too sure.

    Model less human entropy says it only against many votes: the entropy of a few votes is on average too low,
    so a perfect model looks unsure beside them. What a perfect model would show (`floors`, which
    counts as known) is therefore taken off.

    Parameters
    ----------
    numbers : mapping
        A summary, or one of its parts.
    arm : str
        An arm, or one with a rule, as "hard/temperature-votes".

    Raises
    ------
    KeyError
        If there is no such arm.
    """
    held = _rules(numbers, "metrics") if "/" in arm else numbers["metrics"]
    bias, floor = Estimate.of(held[arm]["entropy_bias"]), numbers["floors"]["entropy_bias"]
    return -Estimate(bias.value - floor, bias.low - floor, bias.high - floor, bias.defined)
