"""One vote: a single vote an item held against the majority of all, with and without one temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from softlabel_book.summary import REFERENCE, SUMMARIES
from softlabel_book.vote_curves.design import MEASURES
from softlabel_core.statistics import Estimate

RULES = ("temperature", "temperature-votes")


@dataclass(frozen=True)
class OneVote:
    """One measure of models that were taught one vote an item, the majority of all, and all votes.

    Attributes
    ----------
    one, majority, everyone : Estimate
    less_majority : Estimate
        One vote less the majority of all, from the same resamples.
    tempered : dict of str to Estimate
        By rule: the majority of all with one temperature. Empty where no study of the same models is summarised.
    """

    one: Estimate
    majority: Estimate
    everyone: Estimate
    less_majority: Estimate
    tempered: dict[str, Estimate]


def one_vote(curve: Mapping[str, Any], tuned: Mapping[str, Any] | None = None) -> dict[str, OneVote]:
    """What one vote an item teaches beside what all of them teach, by measure.

    With one vote an item its majority is that vote, so the hard arm's difference to all votes is what is asked for.
    A curve keeps no predictions, so it has no temperature of its own. Its hard arm with all votes is the hard
    arm of the tuned study, trained again from the same seeds (on politeness without the few items that have too
    few votes for a curve): the temperature is read from there. No paired interval of one vote less a tempered
    majority exists; that would need the temperature in the curve's own bootstrap, see `analysis.make`.

    Parameters
    ----------
    curve : mapping
        See `analysis.make`.
    tuned : mapping, optional
        The summary of the same protocol, tuned by own labels, see `summary.make`.

    Returns
    -------
    dict of str to OneVote
        By the curve's measures.
    """
    hard, soft = curve["curves"][REFERENCE], curve["curves"]["soft"]
    rules = ((tuned or {}).get("rules") or {}).get("metrics") or {}
    held = {rule: rules[f"{REFERENCE}/{rule}"] for rule in RULES if f"{REFERENCE}/{rule}" in rules}
    alike = tuned and tuned["facts"]["chosen"].get(REFERENCE) == curve["facts"]["trials"][REFERENCE]
    return {
        key: OneVote(
            one=Estimate.of(soft[key][0]),
            majority=Estimate.of(hard[key][-1]),
            everyone=Estimate.of(soft[key][-1]),
            less_majority=Estimate.of(curve["to_all"][REFERENCE][key][0]),
            tempered={rule: Estimate.of(metrics[key]) for rule, metrics in held.items()} if alike else {},
        )
        for key in MEASURES
    }


def recorded(curve: Mapping[str, Any], folder: Path | None = None) -> dict[str, OneVote]:
    """The same of a recorded curve, with the temperature of the study beside it; raises as `Aggregate.read` does."""
    where, kind = (curve["data"], curve["protocol"], folder), SUMMARIES["own"]
    return one_vote(curve, kind.read(*where) if kind.exists(*where) else None)
