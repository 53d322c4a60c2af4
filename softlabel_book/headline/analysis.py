"""The headline's numbers: soft against hard labels in every recorded study, and the means over data sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from softlabel_book import published, sets, summary
from softlabel_book.published import Claim
from softlabel_book.summary import ARM, REFERENCE, Change
from softlabel_core import statistics
from softlabel_core.statistics import Estimate
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol

KEYS = (
    "kl",
    "excess_kl",
    "total_variation",
    "js_distance",
    "entropy_pearson",
    "entropy_spearman",
    "accuracy",
)


AMBIGUOUS = "ambiguous"  # what the more ambiguous half of the items is called where a part's name stands


@dataclass(frozen=True)
class Row:
    """What the headline takes from a study, or from one part of its test items.

    Attributes
    ----------
    part : str or None
        None for all test items; `AMBIGUOUS` for the more ambiguous half.
    instead_of : str or None
        The protocol that it stands in for, if any.
    hard, soft, changes : dict
        By metric of `KEYS`.
    floor : float
        Of KL, in nats.
    ceiling : float
        Of the correlation of entropies.
    arm : str
        What `soft` and `changes` are of: the soft arm, or the hard arm with a rule after training.
    rank_ceiling : float
        Of their rank correlation; NaN in a summary made before it was known.
    """

    data: str
    protocol: str
    part: str | None
    instead_of: str | None
    n_test: int
    seeds: list[int]
    seeds_resampled: bool
    raters_shared: bool
    hard: dict[str, Estimate]
    soft: dict[str, Estimate]
    changes: dict[str, Change]
    floor: float
    ceiling: float
    rank_ceiling: float
    arm: str = ARM

    @classmethod
    def of(cls, numbers: dict[str, Any], part: str | None = None, arm: str = ARM) -> Row:
        """A row from a summary, see `summary.make`, or from one part of it; of another arm, or one with a rule."""
        some, facts = (
            numbers[AMBIGUOUS] if part == AMBIGUOUS else numbers["parts"].get(part),
            numbers["facts"],
        )
        held = some if part else numbers
        told = held["rules"] if "/" in arm else held
        return cls(
            data=numbers["data"],
            protocol=numbers["protocol"],
            part=part,
            instead_of=None,
            n_test=held["n_test"] if part else facts["n_test"],
            seeds=facts["seeds"],
            seeds_resampled=facts["seeds_resampled"],
            raters_shared=facts["raters_shared"],
            hard={key: Estimate.of(held["metrics"][REFERENCE][key]) for key in KEYS},
            soft={key: Estimate.of(told["metrics"][arm][key]) for key in KEYS},
            changes={key: Change.of(told["changes"][arm][key]) for key in KEYS},
            floor=held["floors"]["kl"],
            ceiling=held["ceilings"]["entropy_pearson"],
            arm=arm,
            rank_ceiling=held["ceilings"].get("entropy_spearman", float("nan")),
        )


@dataclass(frozen=True)
class Mean:
    """One metric over the primary sets.

    Attributes
    ----------
    hard, soft, difference : Estimate
        Means over all rows.
    relative : Estimate
        Mean of the relative changes of the sets that have one.
    left_out : list of str
        The other sets.
    ratio : Estimate
        Relative change of the mean, over all rows.
    spread : tuple of float
        Lowest and highest of the relative changes that `relative` is the mean of; NaN where there is none.
        The interval of a mean treats its sets as fixed, so the spread must be said beside it.
    """

    hard: Estimate
    soft: Estimate
    difference: Estimate
    relative: Estimate
    left_out: list[str]
    ratio: Estimate
    spread: tuple[float, float]

    @property
    def change(self) -> Change:
        """The means of a change's two parts, for what shows a mean beside single studies."""
        return Change(self.difference, self.relative)


@dataclass(frozen=True)
class Within:
    """The correlation of entropies pooled within the parts of a set, which it does not help to tell apart."""

    data: str
    protocol: str
    hard: Estimate
    soft: Estimate
    change: Change

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Within:
        """From a summary, see `summary.make`."""
        held, key = numbers["within"], "entropy_pearson"
        hard, soft = (Estimate.of(held["metrics"][arm][key]) for arm in (REFERENCE, ARM))
        return cls(numbers["data"], numbers["protocol"], hard, soft, Change.of(held["changes"][ARM][key]))


@dataclass(frozen=True)
class Headline:
    """Soft against hard labels, from whatever studies are recorded.

    Attributes
    ----------
    criterion : str
        What the arms were tuned by; "" where they were not.
    primary, beside : list of Row
    means : dict of str to Mean
        By metric, over the primary rows.
    within : list of Within
        Of the primary rows whose sets have parts that stand beside the whole.
    missing : list of str
        Data sets without a record.
    paper : Claim
    """

    criterion: str
    primary: list[Row]
    means: dict[str, Mean]
    beside: list[Row]
    within: list[Within]
    missing: list[str]
    paper: Claim


@dataclass(frozen=True)
class ByTuning:
    """The soft arm's changes in one study, by criterion of tuning, "" for none, and by metric."""

    data: str
    protocol: str
    changes: dict[str, dict[str, Change]]


def make(folder: Path | None = None, criterion: str = "", only: Mapping[str, str] | None = None) -> Headline:
    """The headline's numbers, from whatever studies are recorded.

    A set is represented by its first protocol with a summary, in the order of
    `protocols`; its other recorded protocols stand beside, and so do its parts.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.
    criterion : {"", "own", "votes"}
        Of the studies without tuning, or of those that were tuned by this criterion.
    only : dict of str to str, optional
        For a data set the one protocol to take; others are left to the order.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    rows = {data: _rows(data, folder, criterion, (only or {}).get(data)) for data in sets.EVERY}
    primary = [rows[data][0] for data in sets.PRIMARY if rows[data]]
    return Headline(
        criterion=criterion,
        primary=primary,
        means=means(primary),
        beside=[row for data in sets.EVERY for row in rows[data][data in sets.PRIMARY :]],
        within=[Within.of(numbers) for numbers in _with_parts(primary, folder, criterion)],
        missing=[data for data in sets.EVERY if not rows[data]],
        paper=published.paper_claim(),
    )


def with_and_without_tuning(folder: Path | None = None) -> list[ByTuning]:
    """Soft against hard labels in every study that was recorded both without tuning and with it.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.

    Returns
    -------
    list of ByTuning
        In the order of the headline.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    rows = []
    for protocol in (protocol for data in sets.EVERY for protocol in _protocols(data)):
        found = {criterion: _recorded(protocol, folder, criterion) for criterion in summary.SUMMARIES}
        changes = {
            criterion: {key: Change.of(held) for key, held in numbers["changes"][ARM].items()}
            for criterion, numbers in found.items()
            if numbers
        }
        if "" in changes and len(changes) > 1:
            rows.append(ByTuning(protocol.data, protocol.name, changes))
    return rows


def alike(folder: Path | None = None) -> dict[str, Headline]:
    """The headline by every way of tuning over the same studies, so that its means compare.

    A set takes part by its first protocol that was recorded untuned, tuned by own labels and tuned by the votes.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Results folder, by default the repository's.

    Returns
    -------
    dict of str to Headline
        By criterion, "" for untuned; a set without such a protocol is in none of them.

    Raises
    ------
    RecordError
        If a summary is broken.
    """
    only = {
        data: protocol.name
        for data in sets.EVERY
        for protocol in reversed(_protocols(data))  # the first that fits comes last and stays
        if all(_recorded(protocol, folder, criterion) for criterion in summary.SUMMARIES)
    }
    found = {criterion: make(folder, criterion, only) for criterion in summary.SUMMARIES}
    return {
        criterion: _without(headline, set(sets.EVERY) - set(only)) for criterion, headline in found.items()
    }


def _without(headline: Headline, data: set[str]) -> Headline:
    """The headline without some data sets."""
    primary = [row for row in headline.primary if row.data not in data]
    return replace(
        headline,
        primary=primary,
        means=means(primary),
        beside=[row for row in headline.beside if row.data not in data],
        within=[found for found in headline.within if found.data not in data],
    )


def _with_parts(rows: Sequence[Row], folder: Path | None, criterion: str) -> Iterator[dict[str, Any]]:
    """The summaries of rows whose sets have parts, where they say what holds within these."""
    for row in rows:
        if row.data in sets.WITH_PARTS:
            numbers = summary.SUMMARIES[criterion].read(row.data, row.protocol, folder)
            if numbers.get("within"):
                yield numbers


def _rows(data: str, folder: Path | None, criterion: str, only: str | None) -> list[Row]:
    """A set's row, those of its parts, then those of its other protocols; empty if nothing is recorded."""
    known = [protocol for protocol in _protocols(data) if only in (None, protocol.name)]
    studies = [numbers for protocol in known if (numbers := _recorded(protocol, folder, criterion))]
    if not studies:
        return []
    first, *others = map(Row.of, studies)
    if first.protocol != known[0].name:
        first = replace(first, instead_of=known[0].name)
    parts = studies[0]["parts"] if data in sets.WITH_PARTS else ()
    return [first, *(Row.of(studies[0], part) for part in parts), *others]


def _protocols(data: str) -> list[Protocol]:
    return [protocol for protocol in protocols.PROTOCOLS.values() if protocol.data == data]


def _recorded(protocol: Protocol, folder: Path | None, criterion: str) -> dict[str, Any] | None:
    """A protocol's summary, if there is one and it holds both arms."""
    kind, study = summary.SUMMARIES[criterion], (protocol.data, protocol.name, folder)
    numbers = kind.read(*study) if kind.exists(*study) else None
    return numbers if numbers and ARM in numbers["changes"] else None


def means(rows: Sequence[Row]) -> dict[str, Mean]:
    """What rows of different data sets come to, by metric of `KEYS`."""
    return {key: _mean(rows, key) for key in KEYS}


def _mean(rows: Sequence[Row], key: str) -> Mean:
    """One metric over the rows."""
    hard, soft = [row.hard[key] for row in rows], [row.soft[key] for row in rows]
    changes = {row.data: row.changes[key] for row in rows}
    difference = [change.difference for change in changes.values()]
    shares = [change.relative for change in changes.values() if change.relative.defined]
    return Mean(
        hard=statistics.mean_over_sets(hard),
        soft=statistics.mean_over_sets(soft),
        difference=statistics.mean_over_sets(difference),
        relative=statistics.mean_over_sets(shares),
        left_out=[data for data, change in changes.items() if not change.relative.defined],
        ratio=statistics.ratio_of_means(soft, hard, difference),
        spread=_ends([share.value for share in shares]),
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (float("nan"), float("nan"))
