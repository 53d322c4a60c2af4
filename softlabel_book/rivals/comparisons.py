"""Comparisons: which arm is held against which, named before the rivals were trained, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.statistics import Bootstrap, Estimate

MARGIN = 0.01  # of accuracy: what soft labels may cost and still count as no worse
LEVEL = 0.05  # of the family-wise error


@dataclass(frozen=True)
class Comparison:
    """One question: `arm` minus `against` in one metric, which sign is expected, and what a sceptic wants to know."""

    arm: str
    against: str
    metric: str
    expected: str  # "lower", "higher", "no difference" or "no worse"
    question: str


PLANNED = (
    Comparison("soft", "hard", "kl", "lower", "Does training on the votes bring predictions closer to them?"),
    Comparison("soft", "hard", "entropy_pearson", "higher", "Does it tell better which items people dispute?"),
    Comparison("soft", "hard", "accuracy", "no worse", "Does it cost accuracy?"),
    Comparison("soft", "gold", "kl", "lower", "Is it closer than training on the label that was shipped?"),
    Comparison("soft", "hard/temperature", "kl", "lower", "Would one temperature, fitted without votes, do?"),
    Comparison("soft", "hard/temperature-votes", "kl", "lower", "Would one temperature, fitted on votes, do?"),
    Comparison("soft", "hard/temperature", "entropy_pearson", "higher", "And for which items are disputed?"),
    Comparison("soft", "smoothing", "kl", "lower", "Would label smoothing do?"),
    Comparison("soft", "smoothing", "entropy_pearson", "higher", "And for which items are disputed?"),
    Comparison("soft", "mixup", "entropy_pearson", "higher", "Would mixup do?"),
    Comparison("soft", "shuffled", "entropy_pearson", "higher", "Is it the item's own votes, or those of its class?"),
    Comparison("soft", "shuffled", "kl", "lower", "And in KL?"),
    Comparison("sampled", "soft", "entropy_pearson", "no difference", "Is one vote a step as good as all of them?"),
    Comparison("multipass", "soft", "entropy_pearson", "no difference", "And dealing them out in turn?"),
    Comparison("one-vote", "hard", "kl", "lower", "Does one vote an item teach more than the majority of all?"),
    Comparison("dirichlet", "soft", "kl", "lower", "With few votes: do pseudo-votes help?"),
    Comparison("soft", "dawid-skene", "entropy_pearson", "higher", "Is modelling raters better than counting votes?"),
    Comparison("mc-dropout-soft", "mc-dropout", "entropy_pearson", "higher", "Does the gain survive dropout's own doubt?"),
    Comparison("soft/ensemble", "hard/ensemble", "entropy_pearson", "higher", "And an ensemble's?"),
    Comparison("soft", "hard/ensemble", "entropy_pearson", "higher", "Is one soft model worth an ensemble of hard ones?"),
)  # fmt: skip
"""Every comparison that was planned. Each is made on every data set that has both arms."""


@dataclass(frozen=True, kw_only=True)
class Compared(Comparison):
    """A comparison that was made on one data set.

    Attributes
    ----------
    difference : Estimate
        With a two-sided `p_value` for no difference; None for "no worse", which its interval answers.
    """

    difference: Estimate

    def plain(self) -> dict[str, Any]:
        """The question's fields, then those of the difference, as files hold them."""
        question = {field.name: getattr(self, field.name) for field in fields(Comparison)}
        return question | self.difference.plain() | {"p_value": self.difference.p_value}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Compared:
        """A comparison as a file holds it."""
        question = {field.name: plain[field.name] for field in fields(Comparison)}
        return cls(**question, difference=Estimate.of(plain))


@dataclass(frozen=True, kw_only=True)
class Judged(Compared):
    """A comparison as one of a family: on which data set, with Holm's p-value, and in one word."""

    data: str
    adjusted: float
    verdict: str

    def plain(self) -> dict[str, Any]:
        """All of it as plain values."""
        judged = {"adjusted": self.adjusted, "verdict": self.verdict}
        return {"data": self.data} | super().plain() | judged


def make(boot: Bootstrap) -> list[Compared]:
    """The planned comparisons that a study's arms allow.

    Parameters
    ----------
    boot : Bootstrap
        Of the arms by name, without their numbers. An odd few resamples give p-values too coarse
        for Holm: take `statistics.N_PLANNED`.
    """
    made = []
    for planned in PLANNED:
        if planned.arm in boot.estimate and planned.against in boot.estimate:
            found = boot.difference(planned.metric, planned.arm, planned.against)
            if planned.expected == "no worse":
                found = replace(found, p_value=None)
            made.append(Compared(**asdict(planned), difference=found))
    return made


def recorded(numbers: Mapping[str, Any]) -> list[Compared]:
    """The comparisons that a recorded trial holds, see `analysis.make`."""
    return [Compared.of(row) for row in numbers["comparisons"]]


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """P-values adjusted so that the chance of one false alarm or more among all stays below the level.

    Parameters
    ----------
    p_values : array_like, shape [n_tests]
        A NaN stands for a test that was not made, and does not count.

    Raises
    ------
    ValueError
        If one is no share.

    Raises
    ------
    ValueError
        If one is no probability.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6(2), 65-70.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if ((given < 0) | (given > 1)).any():
        raise ValueError("p_values must lie between 0 and 1; give NaN for a test that was not made.")
    adjusted = np.full(given.shape, np.nan)
    order = np.argsort(given, kind="stable")[: np.isfinite(given).sum()]
    steps = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def verdict(made: Compared, adjusted: float) -> str:
    """A comparison in a word: "as expected", "the reverse" or "open"; "a difference" where none was expected."""
    expected, found = made.expected, made.difference
    if expected == "no worse":
        return "as expected" if found.low > -MARGIN else "the reverse" if found.high < -MARGIN else "open"
    if not adjusted < LEVEL:
        return "as expected" if expected == "no difference" else "open"
    if expected == "no difference":
        return "a difference"
    return "as expected" if (found.value < 0) == (expected == "lower") else "the reverse"


def family(trials: Sequence[Mapping[str, Any]]) -> list[Judged]:
    """All comparisons of one rung of the ladder with Holm's p-values over all of them, over all data sets.

    Parameters
    ----------
    trials : sequence of mapping
        As `analysis.make` gives them; used are `data` and `comparisons`.
    """
    rows = [(numbers["data"], made) for numbers in trials for made in recorded(numbers)]
    p_values = [made.difference.p_value for _, made in rows]
    adjusted = holm([np.nan if p is None else p for p in p_values])
    return [
        Judged(**vars(made), data=data, adjusted=float(p), verdict=verdict(made, float(p)))
        for (data, made), p in zip(rows, adjusted, strict=True)
    ]
