"""Item sets: a few items that span ambiguity, with the crowd's votes and the models' answers, for readers to label."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_book.interactive.base import Interactive, one_of
from softlabel_book.interactive.explorer import shown_texts
from softlabel_book.interactive.item_media import check_texts, pairs, pictures
from softlabel_core import data, study, votes
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.study import Study, grid, protocols

FORMAT = 1
ITEMS = 20  # what one person labels in some minutes
ARMS = ("hard", "soft")
REAL = ("cifar10h", "chaosnli")  # sets whose owners let a page show items with their votes
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
        What `at_hand` or `of_study` made; the reader chooses among several.
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
        super().__init__(payload, {"data": next(iter(self._sets)), answers: {}})

    def _of(self, one: Mapping[str, Any], answers: Any) -> Any:
        """What is kept of the answers to one set, or a ValueError whose sentence says what could be given."""
        raise NotImplementedError

    def _check(self, name: str, value: Any) -> Any:
        known = list(self._sets)
        if name == "data":
            return one_of("data", value, known)
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} are no mapping; give them by data set.")
        return {
            one_of("data", data, known): self._of(self._sets[data], given) for data, given in value.items()
        }

    def _what(self) -> str:
        """How many items of what."""
        return " or ".join(f"{len(one['ids'])} {one['several']}" for one in self._sets.values())

    def _picture(self) -> str:
        return "".join(still(one) for one in self._sets.values())


def choose(
    counts: ArrayLike, n: int = ITEMS, seed: int = 0, groups: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """Rows of n items that span the range of human entropy evenly, in random order.

    The range from 0 to the largest entropy is cut into n bands of equal width, and
    one item is drawn from each; where a band is empty, the item nearest to its middle
    is taken. Within a band, items whose majority class, then whose group, has been
    taken least often go first. Unlike a random sample, most of these items are disputed.

    Parameters
    ----------
    counts : array_like of int, shape [n_items, n_classes]
    n : int
        All items if there are no more.
    seed : int
        Seed of draw and order.
    groups : sequence of int, length n_items, optional

    Returns
    -------
    numpy.ndarray of int64, shape [min(n, n_items)]

    Raises
    ------
    ValueError
        If n is below 1, or the counts are not counts.
    """
    checked = votes.check_counts(counts)
    if n < 1:
        raise ValueError(f"{n} items were asked for; ask for 1 or more.")
    rng = np.random.default_rng(seed)
    entropy, majority = votes.entropy(votes.distribution(checked)), votes.majority(checked)
    kin = np.arange(len(checked)) if groups is None else np.asarray(groups)
    width = entropy.max() / n or 1.0
    band = np.minimum((entropy / width).astype(int), n - 1)
    taken: list[int] = []
    for k in range(min(n, len(checked))):
        free = np.setdiff1d(np.arange(len(checked)), taken)
        inside = free[band[free] == k]
        if not inside.size:
            gap = np.abs(entropy[free] - (k + 0.5) * width)
            inside = free[gap == gap.min()]
        often = [((majority[taken] == majority[i]).sum(), (kin[taken] == kin[i]).sum()) for i in inside]
        best = min(often)
        taken.append(int(rng.choice([i for i, one in zip(inside, often, strict=True) if one == best])))
    return rng.permutation(np.array(taken))


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
        "texts": pairs(check_texts(shown_texts(shown), shown.n_items)) if shown.is_text else None,
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
        As in `choose`.
    **made
        `warning` and `note`, as in `make`.
    """
    test = recorded.test_part(votes_of)
    rows = choose(test.counts, n, seed, test.groups.tolist())
    arms = [arm for arm in ARMS if arm in recorded.arms]
    return make(test.take(rows), {arm: recorded.p_model(arm)[rows] for arm in arms}, **made)


def at_hand(n: int = ITEMS, seed: int = 0) -> list[dict[str, Any]]:
    """The item sets that this build may show: of photographs and of sentence pairs, where their votes are at hand.

    Where neither is, one of digits, whose crowd is simulated and whose two networks are trained on the spot.
    """
    found = []
    for name in REAL:
        try:
            people = data.load(name)
        except DataUnavailable:
            continue
        found.append(of_study(study.load(study.best_recorded(name)), people, n, seed))
    return found or [of_digits(n, seed)]


def of_digits(n: int = ITEMS, seed: int = 0) -> dict[str, Any]:
    """A set of digits with a simulated crowd and one network of each arm, trained in a few seconds."""
    crowd, protocol = data.load("digits"), protocols.get("digits", "small")
    with tempfile.TemporaryDirectory() as folder:
        grid.run_study(study.plan(protocol, ARMS, [0]), crowd, Path(folder), device="cpu", progress=False)
        trained = study.load(protocol, Path(folder))
    return of_study(trained, crowd, n, seed)


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
