"""What an explorer shows: items, votes and predictions as values that JSON can hold."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_book.interactive.base import pack
from softlabel_book.interactive.explorer.orders import orders
from softlabel_book.interactive.item_media import (
    check_images,
    check_texts,
    pairs,
    pictures,
    same_length,
)
from softlabel_book.palette import ordered
from softlabel_core import metrics, votes

if TYPE_CHECKING:
    pass

FORMAT = 3
DECIMALS = 10  # of entropies and KL: a correlation over a few items in a narrow region magnifies what is cut
PER_CENT = 100  # the lowest and the highest seed travel as whole per cent, in eight bits
KEYS = (  # of a payload, beside its format
    *("title", "name", "note", "classes", "ids", "counts", "entropy"),
    *("arms", "models", "orders", "gold", "sprite", "texts", "warning"),
)


def payload(
    ids: Sequence[Hashable],
    class_names: Sequence[str],
    counts: ArrayLike,
    p_model: Mapping[str, ArrayLike],
    *,
    images: ArrayLike | None = None,
    texts: Sequence[str | Mapping[str, str]] | None = None,
    warning: str = "",
    gold: ArrayLike | None = None,
    title: str,
    name: str = "",
    note: str = "",
    sampled_from: int | None = None,
    thumbnail: int = 32,
) -> dict[str, Any]:
    """Everything that an explorer shows, as values that JSON can hold.

    Votes, images and texts enter a page only through this call: whoever calls it
    decides what may be published.

    Parameters
    ----------
    ids : sequence of str or int, length n
        Item ids, each once.
    class_names : sequence of str, length K
        Each once.
    counts : array_like of int, shape [n, K]
        Votes.
    p_model : mapping of arm to array_like, shape [n, K] or [n_seeds, n, K]
        Each arm's predicted distribution. Of several seeds the mean is shown, with
        its entropy and its KL, and of each probability the lowest and the highest seed.
    images : array_like of uint8, shape [n, H, W] or [n, H, W, 1 or 3], optional
        Shown as thumbnails, all in one picture.
    texts : sequence of str, or of mapping of heading to str, length n, optional
        Shown as text, never read as markup. In the table that a reader copies, a cell
        that a spreadsheet would take for a formula gets an apostrophe before it.
    warning : str
        A sentence that covers every text until the reader asks for that one, or for all.
    gold : array_like of int, shape [n], optional
        The data set's own label of each item.
    title, note : str
        Title above, note below the figure.
    name : str
        What links to an item call this figure; by default the title in small letters.
    sampled_from : int, optional
        How many items `data.sampling.stratified` drew these from; the note then says so.
    thumbnail : int
        Longest side of a thumbnail in pixels; larger images are reduced.

    Returns
    -------
    dict
        Entropies and KL(p_human || p_model) in nats, rounded to ten decimals
        (None where infinite); votes and probabilities (float32) packed in base64.

    Raises
    ------
    ValueError
        If lengths differ, an id or a class comes twice, votes are not counts,
        probabilities do not sum to one, a text is no string, or a warning has no
        text to cover.
    """
    checked = votes.check_counts(counts)
    n_items, n_classes = checked.shape
    item_ids, names = _check_ids(ids, n_items), _check_classes(class_names, n_classes)
    p_human = votes.distribution(checked)
    arms = _check_arms(p_model, checked.shape)
    means = {arm: p.mean(axis=0) for arm, p in arms.items()}
    return {
        "format": FORMAT,
        "title": str(title),
        "name": _slug(name or title),
        "note": _note(note, n_items, sampled_from),
        "classes": names,
        "ids": item_ids,
        "counts": pack(checked),
        "entropy": _rounded(votes.entropy(p_human)),
        "arms": list(arms),
        "models": {arm: _arm(p, means[arm], p_human) for arm, p in arms.items()},
        "orders": orders(item_ids, checked, means),
        "gold": None if gold is None else _check_gold(gold, n_items, n_classes),
        **_media(images, texts, warning, n_items, thumbnail),
    }


def check(payload: Any) -> None:
    """Refuse what `payload` of this version did not return.

    Raises
    ------
    ValueError
        If something is missing or of another length; the sentence says what is amiss.
    """
    if not isinstance(payload, Mapping) or "format" not in payload:
        raise ValueError(
            "this is no explorer's payload; make one with softlabel_book.interactive.explorer.of_study, or with "
            "softlabel_book.interactive.explorer.payload."
        )
    anew = "make it anew with softlabel_book.interactive.explorer.payload."
    if payload["format"] != FORMAT:
        raise ValueError(
            f"the payload has format {payload['format']!r}, and this version reads format {FORMAT}; {anew}"
        )
    missing = [repr(key) for key in KEYS if key not in payload]
    missing += [f"the arm {arm!r}" for arm in payload.get("arms", []) if arm not in payload.get("models", {})]
    if missing:
        raise ValueError(f"the payload lacks {', '.join(missing)}; {anew}")
    items = {"entropy": payload["entropy"]}
    items |= {f"the entropies of the {arm} arm": payload["models"][arm]["entropy"] for arm in payload["arms"]}
    items |= {f"the order {order['key']!r}": order["items"] for order in payload["orders"]}
    n_items = len(payload["ids"])
    for what, values in items.items():
        if len(values) != n_items:
            raise ValueError(f"the payload holds {n_items} ids but {len(values)} entries in {what}; {anew}")


def _check_ids(ids: Sequence[Hashable], n_items: int) -> list[str]:
    """Item ids as strings, each once."""
    item_ids = [str(item_id) for item_id in ids]
    same_length("ids", len(item_ids), "rows", n_items)
    seen: set[str] = set()
    for item_id in item_ids:
        if item_id in seen:
            raise ValueError(f"the id {item_id!r} comes twice; give every item its own.")
        seen.add(item_id)
    return item_ids


def _check_classes(class_names: Sequence[str], n_classes: int) -> list[str]:
    """Class names as strings, each once."""
    names = [str(name) for name in class_names]
    same_length("class_names", len(names), "columns", n_classes)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the class {name!r} comes twice; give every class a name of its own.")
    return names


def _media(
    images: ArrayLike | None,
    texts: Sequence[str | Mapping[str, str]] | None,
    warning: str,
    n_items: int,
    thumbnail: int,
) -> dict[str, Any]:
    """The items themselves, if any: pictures, or texts and what covers them."""
    if images is not None and texts is not None:
        raise ValueError("both images and texts were given; an explorer shows one of them.")
    if warning and texts is None:
        raise ValueError("a warning was given without texts; give the texts that it covers.")
    if images is not None:
        same_length("images", len(check_images(images)), "rows", n_items)
    return {
        "sprite": None if images is None else pictures(images, thumbnail),
        "texts": None if texts is None else pairs(check_texts(texts, n_items)),
        "warning": str(warning),
    }


def _check_arms(p_model: Mapping[str, ArrayLike], shape: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """Each arm's distributions, [n_seeds, n, K], in the order of every figure."""
    if not p_model:
        raise ValueError("p_model holds no arm; give at least one, such as {'hard': probabilities}.")
    if "human" in p_model:
        raise ValueError("p_model holds an arm called 'human', a name kept for the votes; give it another.")
    arms = {}
    for arm in ordered(p_model):
        p = np.asarray(p_model[arm], dtype=np.float64)
        if p.ndim not in (2, 3) or p.shape[-2:] != shape or not len(p):
            raise ValueError(
                f"p_model[{arm!r}] has shape {p.shape} but counts has {shape}; "
                "give the same items and classes, or those for each seed."
            )
        name = f"p_model[{arm!r}]"
        names = [name] if p.ndim == 2 else [f"{name}[{seed}]" for seed in range(len(p))]
        seeds = np.stack(list(map(votes.check_distribution, p.reshape(-1, *shape), names)))
        arms[str(arm)] = seeds / seeds.sum(axis=-1, keepdims=True)
    return arms


def _arm(p: NDArray[np.float64], mean: NDArray[np.float64], p_human: NDArray[np.float64]) -> dict[str, Any]:
    """One arm's numbers: entropy, KL to the votes, most probable class, probabilities, their range over seeds."""
    low, high = (pack(np.rint(edge * PER_CENT).astype(np.int64)) for edge in (p.min(axis=0), p.max(axis=0)))
    return {
        "entropy": _rounded(votes.entropy(mean)),
        "kl": _rounded(metrics.kl(p_human, mean)),
        "choice": mean.argmax(axis=1).tolist(),
        "p": pack(mean),
        "low": low | {"scale": PER_CENT} if len(p) > 1 else None,
        "high": high | {"scale": PER_CENT} if len(p) > 1 else None,
    }


def _rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers as a payload holds them; None where infinite."""
    return [float(v) + 0.0 if np.isfinite(v) else None for v in np.round(values, DECIMALS)]


def _slug(text: str) -> str:
    """A name for addresses: letters and digits, joined by dashes."""
    return re.sub(r"\W+", "-", text.lower()).strip("-") or "explorer"


def _note(note: str, n_items: int, sampled_from: int | None) -> str:
    """The note, with a sentence about the sample if there was one."""
    if sampled_from is None or sampled_from == n_items:
        return str(note)
    if sampled_from < n_items:
        raise ValueError(f"sampled_from is {sampled_from}, fewer than the {n_items} items given.")
    return f"A sample of {n_items:,} of {sampled_from:,} items, stratified by human entropy. {note}".strip()


def _check_gold(gold: ArrayLike, n_items: int, n_classes: int) -> list[int]:
    """The data set's labels as class numbers."""
    labels = np.asarray(gold)
    if labels.ndim != 1 or labels.dtype.kind not in "iuf":
        raise ValueError(
            f"gold is {labels.dtype} of shape {labels.shape}; give one class number for each item, "
            f"from 0 to {n_classes - 1}."
        )
    same_length("gold", len(labels), "rows", n_items)
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes) | (labels != np.floor(labels)))
    if outside.size:
        raise ValueError(
            f"gold row {outside[0]} is {labels[outside[0]]}; give class numbers from 0 to {n_classes - 1}."
        )
    return labels.astype(int).tolist()
