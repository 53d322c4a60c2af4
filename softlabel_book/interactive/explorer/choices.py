"""What may be chosen in an explorer: each of its values, and which it can hold."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from softlabel_book.interactive.base import Check, one_of
from softlabel_book.interactive.explorer.filters import QUESTIONS, QUESTIONS_OF_ONE

COLOURS = ("arm", "class", "agreement")


def checks(payload: Mapping[str, Any]) -> dict[str, Check]:
    """For each value what is kept of what is given, or a sentence that says what this explorer holds."""
    arms, ids = payload["arms"], payload["ids"]
    known = set(ids)
    return {
        "selected": lambda value: _an_id(value, ids, known),
        "arm": partial(one_of, "arm", known=arms),
        "beside": partial(one_of, "beside", known=arms),
        "order": partial(one_of, "order", known=[order["key"] for order in payload["orders"]]),
        "colour": partial(one_of, "colour", known=COLOURS),
        "filter": partial(
            _a_filter,
            classes=payload["classes"],
            questions=list(QUESTIONS) if len(arms) > 1 else QUESTIONS_OF_ONE,
        ),
        "region": _a_region,
    }


def _an_id(value: Hashable, ids: Sequence[str], known: set[str]) -> str:
    """An item's id as a string."""
    if str(value) not in known:
        raise ValueError(
            f"no item in this explorer has the id {str(value)!r}; it holds {len(ids)} item(s), "
            f"from {ids[0]!r} to {ids[-1]!r} (see explorer.payload['ids'])."
        )
    return str(value)


def _a_filter(wanted: Any, classes: Sequence[str], questions: Sequence[str]) -> dict[str, Any]:
    """A majority class or None, and a question."""
    if not isinstance(wanted, Mapping) or set(wanted) != {"majority", "where"}:
        raise ValueError(
            f"the filter {wanted!r} is not {{'majority': a class or None, 'where': a question}}."
        )
    majority, where = wanted["majority"], wanted["where"]
    if majority is not None:
        one_of("class", majority, classes)
    return {"majority": majority, "where": one_of("question", where, questions)}


def _a_region(edges: Any) -> list[float] | None:
    """Four edges in nats, or None."""
    if edges is None:
        return None
    numbers = isinstance(edges, Sequence | np.ndarray) and all(isinstance(edge, Real) for edge in edges)
    values = [float(edge) for edge in edges] if numbers else []
    if len(values) != 4 or not np.isfinite(values).all() or values[0] > values[1] or values[2] > values[3]:
        raise ValueError(
            f"the region {edges!r} is not [human from, human to, arm from, arm to] in nats, each from small to large."
        )
    return values
