"""Which items of a study an explorer shows: all of them, or a sample that is stratified by human entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book.interactive.explorer.contents import payload
from softlabel_book.interactive.item_media import texts_of
from softlabel_core.arms import USUAL
from softlabel_core.data import Dataset, sampling

if TYPE_CHECKING:
    from softlabel_core.study import Study

STATIC_ITEMS = 1000  # of a study in a static page; more would make the page slow to load


def of_study(
    study: Study,
    votes_of: Dataset,
    *,
    title: str = "",
    arms: Sequence[str] | None = None,
    n_items: int | None = None,
    warning: str = "",
    note: str = "",
) -> dict[str, Any]:
    """The payload of a recorded study: its test items, or a sample of them that is stratified by human entropy.

    Parameters
    ----------
    study : Study
    votes_of : Dataset
        The study's data set, or just its test items in the study's order.
    title : str
        By default the names of data set and protocol.
    arms : sequence of str, optional
        By default hard, gold and soft, where the study has them.
    n_items : int, optional
        How many items at most; by default all.
    warning : str
        A sentence that covers every text until the reader asks for it.
    note : str
        More words below the figure, after those on seeds and licence.

    Raises
    ------
    ValueError
        If the study has none of the arms, or items that the data set does not have.
    """
    whole = not np.array_equal(votes_of.ids, study.test_ids)
    test = study.test_part(votes_of) if whole else votes_of
    chosen = [arm for arm in USUAL if arm in study.arms] if arms is None else list(arms)
    rows = sampling.stratified(test.counts, n_items or test.n_items)
    shown = test.take(rows)
    seeds = len(study.seeds)
    told = f"Predictions are means over {seeds} seeds, nearer to the votes than each seed alone, which tables count."
    said = [told] if seeds > 1 else []
    return payload(
        list(map(str, shown.ids)),
        shown.class_names,
        shown.counts,
        {arm: _probabilities(study.log_p(arm)[:, rows]) for arm in chosen},
        images=None if shown.is_text else shown.items,
        texts=texts_of(shown) if shown.is_text else None,
        warning=warning,
        gold=shown.gold,
        title=title or f"{test.name}, {study.protocol.name}",
        name=f"{test.name}-{study.protocol.name}",
        note=" ".join([*said, shown.licence, *([note] if note else [])]),
        sampled_from=test.n_items if len(rows) < test.n_items else None,
    )


def _probabilities(log_p: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of each seed, [n_seeds, n, K], that sum to one in double precision."""
    p = np.exp(log_p.astype(np.float64))
    return p / p.sum(axis=-1, keepdims=True)
