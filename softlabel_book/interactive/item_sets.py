"""Item sets: a few items that span ambiguity, with the crowd's votes and the models' answers, for readers to label."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_book.interactive.base import Check, Interactive, one_of
from softlabel_book.interactive.item_media import check_texts, pairs, pictures, texts_of
from softlabel_core import votes
from softlabel_core.arms import PAIR
from softlabel_core.data import Dataset, sampling

if TYPE_CHECKING:
    from softlabel_core.study import Study

FORMAT = 1
ITEMS = 20  # what one person labels in some minutes
DIGITS = "0123456789"
MOST_CLASSES = 36  # an answer is one letter of a code

# What a reader is asked, by data set: the name of its items, one of them, the question, and what a class means.
WORDS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "cifar10h": ("photographs", "photograph", "What is in the photograph?", ()),
    "digits": ("digits", "digit", "Which digit do you see?", ()),
    "chaosnli": (
        "sentence pairs",
        "pair",
        "Suppose the premise is true. What of the hypothesis?",
        ("it must be true", "it may or may not be true", "it cannot be true"),
    ),
}
OTHER = ("items", "item", "Which label fits?", ())


class SetsFigure(Interactive):
    """What the figures of item sets share: the sets, of which one is shown, and a value with answers by data set.

    Parameters
    ----------
    sets : sequence of item sets
        What `of_study` or `make` gave; the reader chooses among several.
    title : str
    answers : str
        Name of the value that holds answers by data set.

    Raises
    ------
    ValueError
        If they are no item sets, or two are of one data set.
    """

    def __init__(self, sets: Sequence[Mapping[str, Any]], title: str, answers: str) -> None:
        self._sets = {one["data"]: one for one in check(sets)}
        payload = {"title": title, "sets": list(self._sets.values())}
        checks: dict[str, Check] = {
            "data": partial(one_of, "data", known=list(self._sets)),
            answers: partial(self._by_data_set, answers),
        }
        super().__init__(payload, {"data": next(iter(self._sets)), answers: {}}, checks)

    def _of(self, one: Mapping[str, Any], answers: Any) -> Any:
        """What is kept of the answers to one set, or a ValueError whose sentence says what could be given."""
        raise NotImplementedError

    def _by_data_set(self, name: str, answers: Any) -> dict[str, Any]:
        """What is kept of the answers to all sets."""
        if not isinstance(answers, Mapping):
            raise ValueError(f"{name} are no mapping; give them by data set.")
        known = list(self._sets)
        return {
            one_of("data", data, known): self._of(self._sets[data], given) for data, given in answers.items()
        }

    def _what(self) -> str:
        """How many items of what."""
        return " or ".join(f"{len(one['ids'])} {one['several']}" for one in self._sets.values())

    def _picture(self) -> str:
        return "".join(still(one) for one in self._sets.values())


def make(
    shown: Dataset,
    p_model: Mapping[str, ArrayLike] | None = None,
    *,
    warning: str = "",
    note: str = "",
) -> dict[str, Any]:
    """An item set as a page holds it: the items in their order, votes and answers.

    Votes and items enter a page only through this call: whoever calls it decides what
    may be published.

    Parameters
    ----------
    shown : Dataset
        The items to label, in the order in which they are shown.
    p_model : mapping of arm to array_like, shape [n_items, n_classes], optional
        What models said of them.
    warning : str
        A sentence that covers every text until the reader asks for it.
    note : str
        More words below the figure, after the licence.

    Returns
    -------
    dict
        `hash` names the set: data set, item ids in their order, and classes. Answers to
        one set fit no other.

    Raises
    ------
    ValueError
        If probabilities do not fit the items, or there are more than 36 classes.
    """
    if shown.n_classes > MOST_CLASSES:
        raise ValueError(
            f"{shown.name} has {shown.n_classes} classes; people can be asked to choose among {MOST_CLASSES}."
        )
    several, one, question, meanings = WORDS.get(shown.name, OTHER)
    ids, names = [str(i) for i in shown.ids], [str(name) for name in shown.class_names]
    simulated = shown.p_true is not None
    return {
        "format": FORMAT,
        "data": shown.name,
        "hash": _hash(shown.name, ids, names),
        "several": several,
        "one": one,
        "question": question,
        "classes": names,
        "meanings": list(meanings) if len(meanings) == len(names) else [],
        "keys": _keys(names),
        "ids": ids,
        "counts": shown.counts.tolist(),
        "annotator": "simulated annotator" if simulated else "person",
        "annotators": "simulated annotators" if simulated else "people",
        "arms": list(p_model or {}),
        "models": {arm: _checked(arm, p, shown) for arm, p in (p_model or {}).items()},
        "sprite": None if shown.is_text else pictures(shown.items),
        "texts": pairs(check_texts(texts_of(shown), shown.n_items)) if shown.is_text else None,
        "warning": str(warning),
        "note": " ".join(part for part in (shown.licence, note) if part),
    }


def of_study(
    recorded: Study, votes_of: Dataset, n: int = ITEMS, seed: int = 0, **made: Any
) -> dict[str, Any]:
    """Test items of a study that span ambiguity, with what its hard and soft arms said of them.

    Parameters
    ----------
    recorded : Study
    votes_of : Dataset
        The study's data set.
    n, seed : int
        As in `data.sampling.spanning`.
    **made
        `warning` and `note`, as in `make`.

    Raises
    ------
    ValueError
        If the data set is not the study's, or `make` refuses it.
    """
    test = recorded.test_part(votes_of)
    rows = sampling.spanning(test.counts, n, seed, test.groups.tolist())
    arms = [arm for arm in PAIR if arm in recorded.arms]
    return make(test.take(rows), {arm: recorded.p_model(arm)[rows] for arm in arms}, **made)


def check(sets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Item sets that one figure can show together, or a sentence.

    Raises
    ------
    ValueError
        If there is none, one is no item set, or two are of one data set.
    """
    found = [dict(one) for one in sets]
    if not found or any(one.get("format") != FORMAT for one in found):
        raise ValueError("these are no item sets; make them with softlabel_book.interactive.item_sets.")
    names = [one["data"] for one in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two item sets are of {name!r}; a figure shows one of each data set.")
    return found


def check_answers(one: Mapping[str, Any], answers: Any, whole: bool = True) -> list[int | None]:
    """Answers to a set's items in their order: class numbers, None where an item was skipped.

    Parameters
    ----------
    one : mapping
        The item set.
    answers : sequence of int or None
    whole : bool
        Whether every item must be answered or skipped; else the first few may be.

    Raises
    ------
    ValueError
        If they are not.
    """
    n, n_classes = len(one["ids"]), len(one["classes"])
    found = list(answers) if isinstance(answers, Sequence) and not isinstance(answers, str) else [-1]
    fits = len(found) == n if whole else len(found) <= n
    known = (
        k is None or (isinstance(k, int) and not isinstance(k, bool) and 0 <= k < n_classes) for k in found
    )
    if not fits or not all(known):
        raise ValueError(
            f"these are no answers to the {n} items of {one['data']}; give a class number from 0 to "
            f"{n_classes - 1} for each, None for what was skipped."
        )
    return found


def still(one: Mapping[str, Any]) -> str:
    """A set's pictures on one sheet as markup, for readers without JavaScript; nothing for texts."""
    if not one["sprite"]:
        return ""
    side = one["sprite"]["columns"] * 64
    return (
        f'<img src="{one["sprite"]["src"]}" width="{side}" style="max-width: 100%" '
        f'alt="The {len(one["ids"])} {one["several"]} on one sheet.">'
    )


def _hash(name: str, ids: list[str], names: list[str]) -> str:
    """Twelve letters that name a set."""
    text = json.dumps([name, ids, names], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _keys(names: list[str]) -> list[str]:
    """The key of each class: a digit is its own; else 1 to 9, then 0, and no key beyond."""
    if all(name in DIGITS and len(name) == 1 for name in names):
        return names
    return [*(DIGITS[1:] + DIGITS[0])[: len(names)], *[""] * (len(names) - len(DIGITS))]


def _checked(arm: str, p: ArrayLike, shown: Dataset) -> list[list[float]]:
    """An arm's distributions at seven decimals."""
    checked = votes.check_distribution(p, f"p_model of {arm}")
    if checked.shape != shown.counts.shape:
        raise ValueError(
            f"p_model of {arm} has shape {checked.shape} and the votes {shown.counts.shape}; give one row an item."
        )
    return np.round(checked, 7).tolist()
