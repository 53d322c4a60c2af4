"""The orders in which one can step through an explorer's items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_core import metrics, votes


def orders(
    ids: list[str], counts: NDArray[np.int64], p_model: Mapping[str, NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """Every order with its key, its name in words, and the rows in it.

    Parameters
    ----------
    ids : list of str, length n
    counts : numpy.ndarray of int, shape [n, K]
        Votes.
    p_model : mapping of arm to numpy.ndarray of float, shape [n, K]
        Each arm's predicted distributions.
    """
    human = votes.entropy(votes.distribution(counts))
    found = [_order("ambiguous", "most ambiguous first", np.argsort(-human, kind="stable"))]
    for arm, p in p_model.items():
        key = "wrong" if arm == next(iter(p_model)) else f"wrong-{arm}"
        found.append(_order(key, f"most confidently wrong first ({arm} arm)", _wrong_first(counts, p)))
    if len(p_model) > 1:
        first, *_, last = p_model
        apart = np.abs(p_model[first] - p_model[last]).sum(axis=1)
        found.append(
            _order("apart", f"{first} and {last} furthest apart first", np.argsort(-apart, kind="stable"))
        )
    by_id = np.array(sorted(range(len(ids)), key=lambda row: _natural(ids[row])))
    return [*found, _order("id", "by item id", by_id)]


def _order(key: str, label: str, rows: NDArray[np.int64]) -> dict[str, Any]:
    return {"key": key, "label": label, "items": rows.tolist()}


def _wrong_first(counts: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows by how confidently an arm is wrong.

    First the items where its most probable class is not a majority class, by how much
    more probability it gets than votes; then the others by falling KL.
    """
    p_human, rows, choice = votes.distribution(counts), np.arange(len(counts)), p.argmax(axis=1)
    right = votes.tied(counts)[rows, choice]
    excess = p[rows, choice] - p_human[rows, choice]
    kl = metrics.kl(p_human, p)
    return np.lexsort((rows, np.where(right, -kl, -excess), right))


def _natural(text: str) -> list[str | int]:
    """Key that sorts item 9 before item 10: text, number, text, ..."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", text))]
