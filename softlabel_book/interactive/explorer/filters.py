"""Which items filter and region leave: what view.js works out for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book.interactive.base import unpack
from softlabel_core import votes

Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """What an arm said of each of n items.

    Attributes
    ----------
    entropy, kl : numpy.ndarray of float, shape [n]
        Of its distribution, and from the votes to it; nats.
    choice : numpy.ndarray of int, shape [n]
        Its most probable class.
    right : numpy.ndarray of bool, shape [n]
        Whether that is a majority class, any of a tie.
    """

    entropy: NDArray[np.float64]
    kl: NDArray[np.float64]
    choice: NDArray[np.int64]
    right: Marks


# What can be asked of the arm in the plot and the one beside it, as the page words it in data.js.
QUESTIONS: dict[str, Callable[[Answers, Answers], Marks]] = {
    "all": lambda first, second: np.full(len(first.choice), True),
    "differ": lambda first, second: first.choice != second.choice,
    "first-nearer": lambda first, second: first.kl < second.kl,
    "second-nearer": lambda first, second: second.kl < first.kl,
    "first-wrong": lambda first, second: ~first.right,
    "second-wrong": lambda first, second: ~second.right,
}
QUESTIONS_OF_ONE = ("all", "first-wrong")  # what can be asked where there is one arm


def shown(payload: Mapping[str, Any], values: Mapping[str, Any]) -> list[int]:
    """Rows of the items that filter and region leave, in the chosen order.

    Parameters
    ----------
    payload : mapping
        What `contents.payload` returned.
    values : mapping
        An explorer's values: `arm`, `beside`, `order`, `filter`, `region`.
    """
    left = kept(payload, values["arm"], values["beside"], values["filter"], values["region"])
    rows = next(order["items"] for order in payload["orders"] if order["key"] == values["order"])
    return [row for row in rows if left[row]]


def kept(
    payload: Mapping[str, Any],
    arm: str,
    beside: str,
    wanted: Mapping[str, Any],
    region: Sequence[float] | None,
) -> Marks:
    """Mark the items that filter and region leave, shape [n]."""
    tied = votes.tied(unpack(payload["counts"], len(payload["ids"])))
    first, second = (_answers(payload["models"][name], tied) for name in (arm, beside))
    left = QUESTIONS[wanted["where"]](first, second)
    if wanted["majority"] is not None:
        left = left & tied[:, payload["classes"].index(wanted["majority"])]
    if region is not None:
        left = left & _inside(region, np.array(payload["entropy"]), first.entropy)
    return left


def _answers(model: Mapping[str, Any], tied: Marks) -> Answers:
    kl = np.array([np.inf if value is None else value for value in model["kl"]])
    choice = np.array(model["choice"])
    return Answers(np.array(model["entropy"]), kl, choice, tied[np.arange(len(tied)), choice])


def _inside(region: Sequence[float], human: NDArray[np.float64], own: NDArray[np.float64]) -> Marks:
    """Mark the places within a region, edges included."""
    left, right, bottom, top = region
    return (human >= left) & (human <= right) & (own >= bottom) & (own <= top)
