"""Single items of a study on a page: an explorer, or texts with their votes."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from softlabel_book.chapter.showing import may_show, withhold
from softlabel_book.chapter.training import Opened
from softlabel_book.figures import text_gallery
from softlabel_book.figures.text_gallery import Gallery
from softlabel_book.interactive import explorer
from softlabel_book.interactive.base import STATIC_VARIABLE
from softlabel_book.interactive.explorer import Explorer

WARNINGS = {"offensiveness": "May be offensive."}  # covers each text of a data set until a reader asks


def explore(
    opened: Opened, title: str, arms: Sequence[str] | None = None, n_items: int | None = None
) -> Explorer | None:
    """An explorer of a study's test items: all of them in a notebook, a stratified sample in a static page.

    Where this build may not show the items it shows one notice instead and returns
    None: without single items' votes there is nothing to explore.

    Parameters
    ----------
    opened : Opened
    title : str
    arms : sequence of str, optional
        By default hard, gold and soft, where the study has them.
    n_items : int, optional
        How many items at most; by default `explorer.STATIC_ITEMS` in a static page.

    Raises
    ------
    ValueError
        If the votes are not at hand.
    """
    if opened.test is None:
        raise ValueError("an explorer shows single items, and their votes are not at hand.")
    if not may_show(opened.test):
        withhold(opened.test)
        return None
    if n_items is None and os.environ.get(STATIC_VARIABLE) == "1":
        n_items = explorer.STATIC_ITEMS
    warning = WARNINGS.get(opened.test.name, "")
    payload = explorer.of_study(
        opened.study, opened.test, title=title, arms=arms, n_items=n_items, warning=warning
    )
    return Explorer(payload)


def gallery(
    opened: Opened,
    rows: ArrayLike,
    captions: Sequence[str] | None = None,
    arms: Sequence[str] = ("hard", "soft"),
) -> Gallery:
    """Some test items of a text study with their votes and each arm's prediction, averaged over seeds.

    Parameters
    ----------
    opened : Opened
    rows : array_like of int, shape [n_shown]
        Rows of `opened.test`.
    captions : sequence of str, optional
        One line over each item.
    arms : sequence of str

    Raises
    ------
    ValueError
        If this build may not show the items, or their votes are not at hand: ask `may_show` first.
    """
    if opened.test is None or not may_show(opened.test):
        raise ValueError(
            "a gallery shows single items, which this build may not; ask chapter.may_show first."
        )
    rows = np.asarray(rows, dtype=np.int64)
    shown = opened.test.take(rows)
    p_model = {arm: opened.study.p_model(arm)[rows] for arm in arms}
    warning = WARNINGS.get(shown.name, "")
    return text_gallery.show(
        explorer.shown_texts(shown), shown.counts, p_model, shown.class_names, captions, warning=warning
    )
