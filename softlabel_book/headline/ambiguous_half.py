"""Halves: the headline on all items and on the more ambiguous half of each set's test items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from softlabel_book import sets, summary
from softlabel_book.headline import analysis
from softlabel_book.headline.analysis import AMBIGUOUS, ARM, Mean, Row
from softlabel_book.summary import Change
from softlabel_core import statistics

SCOPES = ("all", "half")


@dataclass(frozen=True)
class Half:
    """Soft against hard labels on all test items of a study, and on the more ambiguous half of them.

    Attributes
    ----------
    rows : dict of str to Row
        By scope, "all" and "half".
    least : float
        Human entropy, in nats, from which on an item belongs to the half.
    other_votes : dict of str to dict of str to Change
        The check by scope and metric: the half chosen by one half of each item's votes and both scored against
        the other half, see `statistics.ambiguous_half.on_other_votes`.
    """

    data: str
    protocol: str
    rows: dict[str, Row]
    least: float
    other_votes: dict[str, dict[str, Change]]

    def kinds(self) -> dict[str, dict[str, Change]]:
        """Changes by what they are of and by metric, as `rivals.figures.halves_ratio` draws them."""
        checked = {f"{scope}, other votes": self.other_votes[scope] for scope in SCOPES}
        return {scope: self.rows[scope].changes for scope in SCOPES} | checked


@dataclass(frozen=True)
class Halves:
    """All items and the ambiguous half of every recorded set.

    Attributes
    ----------
    criterion : str
        What the arms were tuned by; "" for untuned.
    studies : list of Half
    means : dict of str to dict of str to Mean
        By scope and metric, over the primary sets.
    other_votes : dict of str to dict of str to Change
        The same of the check; a relative change where every set has one.
    """

    criterion: str
    studies: list[Half]
    means: dict[str, dict[str, Mean]]
    other_votes: dict[str, dict[str, Change]]

    def kinds(self) -> dict[str, dict[str, Change]]:
        """The means' changes as `Half.kinds` gives those of a set."""
        found = {scope: {key: mean.change for key, mean in self.means[scope].items()} for scope in SCOPES}
        return found | {f"{scope}, other votes": changes for scope, changes in self.other_votes.items()}


def make(folder: Path | None = None, criterion: str = "own") -> Halves:
    """The headline on all items and on the ambiguous half, of the studies that every way of tuning has.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.
    criterion : {"", "own", "votes"}
        What the arms were tuned by; "" for untuned.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    headline = analysis.alike(folder)[criterion]
    first = {row.data: row.protocol for row in headline.primary + headline.beside if not row.part}
    found = [
        half for data in sets.EVERY if data in first if (half := _half(data, first[data], folder, criterion))
    ]
    primary = [half for half in found if half.data in sets.PRIMARY]
    return Halves(
        criterion,
        found,
        {scope: analysis.means([half.rows[scope] for half in primary]) for scope in SCOPES},
        {scope: _mean_changes([half.other_votes[scope] for half in primary]) for scope in SCOPES},
    )


def _mean_changes(changes: Sequence[Mapping[str, Change]]) -> dict[str, Change]:
    """Means over sets of their differences and of their relative changes, by metric."""
    found = {}
    for key in changes[0] if changes else ():
        difference, relative = (
            statistics.mean_over_sets([getattr(each[key], part) for each in changes])
            for part in ("difference", "relative")
        )
        sound = relative.defined and all(each[key].relative.defined for each in changes)
        found[key] = Change(difference, replace(relative, defined=sound))
    return found


def _half(data: str, protocol: str, folder: Path | None, criterion: str) -> Half | None:
    """One study's; None where its summary does not hold the half yet."""
    numbers = summary.SUMMARIES[criterion].read(data, protocol, folder)
    held = numbers.get("ambiguous")
    if not held:
        return None
    return Half(
        data,
        protocol,
        {"all": Row.of(numbers), "half": Row.of(numbers, AMBIGUOUS)},
        held["least"],
        {
            scope: {key: Change.of(each) for key, each in held["other_votes"][scope]["changes"][ARM].items()}
            for scope in SCOPES
        },
    )
