"""Single items on a page: a study's in an explorer, texts with their votes, and those that a reader labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_book.chapter.showing import may_show, withhold
from softlabel_book.chapter.training import Opened, train_here
from softlabel_book.interactive import explorer, item_media, text_gallery
from softlabel_book.interactive import item_sets as sets
from softlabel_book.interactive.base import STATIC_VARIABLE
from softlabel_book.interactive.explorer import Explorer
from softlabel_book.interactive.text_gallery import Gallery
from softlabel_core import data, study
from softlabel_core.arms import PAIR
from softlabel_core.data import DataUnavailable, entry
from softlabel_core.study import protocols

TO_LABEL = ("cifar10h", "chaosnli")  # whose owners let a page show items with their votes


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
    warning = entry(opened.test.name).warning
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
    warning = entry(shown.name).warning
    return text_gallery.show(
        item_media.texts_of(shown), shown.counts, p_model, shown.class_names, captions, warning=warning
    )


def item_sets(n: int = sets.ITEMS, seed: int = 0) -> list[dict[str, Any]]:
    """The item sets that this build may show: of photographs and of sentence pairs, where their votes are at hand.

    Where neither is, one of digits, whose crowd is simulated and whose two networks are trained on the spot.

    Parameters
    ----------
    n : int
        How many items of each.
    seed : int
        Of the choice of items.
    """
    found = []
    for name in TO_LABEL:
        try:
            people = data.load(name)
        except DataUnavailable:
            continue
        found.append(sets.of_study(study.load(study.best_recorded(name)), people, n, seed))
    return found or [_digits(n, seed)]


def _digits(n: int, seed: int) -> dict[str, Any]:
    """A set of digits with a simulated crowd and one network of each arm, trained in a few seconds."""
    crowd = data.load("digits")
    opened = train_here(crowd, protocols.get("digits", "small"), PAIR, [0], "recorded")
    return sets.of_study(opened.study, crowd, n, seed)
