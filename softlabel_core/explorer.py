"""The explorer: an interactive figure of every item's votes beside each arm's answer.

The figure itself is one ES module (`explorer/explorer.js`) that reads a model of
five values: `payload`, `selected`, `arm`, `order`, `css`. In a notebook those are
the traits of an anywidget; in a static page they are JSON beside the module.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from softlabel_core import votes

FORMAT = 2
P_SCALE = 100  # probabilities travel as whole per cent: eight bits, and the shown per cent is the core's own
BYTES_A_PIXEL = 0.75  # at most, of coloured thumbnails: 1,000 of 32 x 32 take 1 MB of a page
FIRST_ARMS, LAST_ARMS = ("hard", "gold"), ("soft",)  # the study's order; other arms come after these
_serial = itertools.count(1)


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
    counts : array_like of int, shape [n, K]
        Votes.
    p_model : mapping of arm to array_like, shape [n, K]
        Each arm's predicted distribution, the mean over its seeds. The entropy
        and the KL shown are those of this mean.
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
    sampled_from : int, optional
        How many items `sample` drew these from; the note then says so.
    thumbnail : int
        Longest side of a thumbnail in pixels; larger images are reduced.

    Returns
    -------
    dict
        Entropies and KL(p_human || p_model) in nats, rounded to seven decimals
        (None where infinite); votes and probabilities packed in base64.

    Raises
    ------
    ValueError
        If lengths differ, an id comes twice, votes are not counts, probabilities
        do not sum to one, a text is no string, or a warning has no text to cover.
    """
    checked = votes.check_counts(counts)
    n_items, n_classes = checked.shape
    names = [str(name) for name in class_names]
    item_ids = _check_ids(ids, n_items)
    _same_length("class_names", len(names), "columns", n_classes)
    if images is not None and texts is not None:
        raise ValueError("both images and texts were given; an explorer shows one of them.")
    if warning and texts is None:
        raise ValueError("a warning was given without texts; give the texts that it covers.")
    p_human = votes.distribution(checked)
    arms = _check_arms(p_model, checked.shape)
    shown = {arm: _arm(p, p_human) for arm, p in arms.items()}
    return {
        "format": FORMAT,
        "title": str(title),
        "note": _note(note, n_items, sampled_from),
        "classes": names,
        "ids": item_ids,
        "counts": _pack(checked),
        "entropy": _rounded(votes.entropy(p_human)),
        "arms": list(arms),
        "models": shown,
        "orders": _orders(item_ids, checked, arms, shown),
        "gold": None if gold is None else _check_gold(gold, n_items, n_classes),
        "sprite": None if images is None else _sprite(_check_images(images, n_items), thumbnail),
        "texts": None if texts is None else _pairs(check_texts(texts, n_items)),
        "warning": str(warning),
    }


def sample(counts: ArrayLike, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Rows of a sample of n items, stratified by human entropy.

    The items in order of entropy (equal ones shuffled) are cut into n strata of
    equal size, one more or less, and one item is drawn from each: the sample's
    entropies are spread as those of the whole. Pass the number of items as
    `sampled_from` to `payload`, whose note then says so.

    Parameters
    ----------
    counts : array_like of int, shape [n_items, K]
    n : int
        Sample size; all rows if there are no more than n.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray of int64, ascending
    """
    checked = votes.check_counts(counts)
    if n < 1:
        raise ValueError(f"a sample of {n} items was asked for; ask for 1 or more.")
    if n >= len(checked):
        return np.arange(len(checked))
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(checked))
    by_entropy = shuffled[np.argsort(votes.entropy(votes.distribution(checked))[shuffled], kind="stable")]
    return np.sort([rng.choice(stratum) for stratum in np.array_split(by_entropy, n)])


class Explorer:
    """One explorer, shown live by a notebook or written into a static page.

    Parameters
    ----------
    payload : dict
        What `payload` returned.
    selected : str or int, optional
        Id of the item chosen at first; by default the first in the order.
    arm : str, optional
        Arm shown at first; by default the first.
    order : str, optional
        Order at first: "ambiguous" (default), "wrong" or "id".

    Notes
    -----
    `selected` is the id of the chosen item, always as a string, whoever chose it.
    Write to it, or watch it with `observe(handler, "selected")`. To link it to
    another widget use `traitlets.link((explorer.widget, "selected"), ...)`.
    """

    def __init__(
        self,
        payload: Mapping[str, Any],
        *,
        selected: Hashable | None = None,
        arm: str | None = None,
        order: str = "ambiguous",
    ) -> None:
        if not isinstance(payload, Mapping) or payload.get("format") != FORMAT:
            raise ValueError(
                "this is not an explorer's payload; make one with softlabel_core.explorer.payload."
            )
        self.payload = dict(payload)
        self._known = set(self.payload["ids"])
        self.arm = _one_of("arm", self.payload["arms"][0] if arm is None else arm, self.payload["arms"])
        self.order = _one_of("order", order, [known["key"] for known in self.payload["orders"]])
        items = next(known["items"] for known in self.payload["orders"] if known["key"] == order)
        self._selected = self._check_id(self.payload["ids"][items[0]] if selected is None else selected)
        self._handlers: list[Callable[[Any], None]] = []
        self._widget: Any = None

    @property
    def selected(self) -> str:
        """Id of the chosen item."""
        return self._selected

    @selected.setter
    def selected(self, item_id: Hashable) -> None:
        self._choose(self._check_id(item_id))

    @property
    def widget(self) -> Any:
        """The anywidget behind a live explorer, made when first asked for."""
        if self._widget is None:
            self._widget = _widget_class()(**self._state())
            self._widget.observe(lambda change: self._choose(change["new"]), "selected")
        return self._widget

    def observe(self, handler: Callable[[Any], None], names: str = "selected") -> None:
        """Call `handler(change)` whenever the chosen item changes; `change.new` is its id."""
        _one_of("name", names, ["selected"])
        self._handlers.append(handler)

    def unobserve(self, handler: Callable[[Any], None], names: str = "selected") -> None:
        """Stop calling `handler`; unknown handlers are passed over."""
        _one_of("name", names, ["selected"])
        self._handlers = [kept for kept in self._handlers if kept != handler]

    def to_html(self, standalone: bool = False) -> str:
        """The explorer as HTML that needs neither a kernel nor a network.

        Parameters
        ----------
        standalone : bool
            Whether to return a whole page instead of a fragment for one.
        """
        state = _json(self._state())
        name = f"sl-{hashlib.sha256(state.encode()).hexdigest()[:12]}-{next(_serial)}"
        fragment = _FRAGMENT.format(
            name=name, state=state, summary=as_text(self._summary()), module=_inline_module()
        )
        if not standalone:
            return fragment
        return _PAGE.format(title=as_text(self.payload["title"]), body=fragment)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """What a notebook shows: the live widget, or plain HTML where EXPLORER_STATIC=1."""
        if os.environ.get("EXPLORER_STATIC") == "1":
            return {"text/html": self.to_html()}
        return self.widget._repr_mimebundle_(include=include, exclude=exclude)

    def _state(self) -> dict[str, Any]:
        """The values that the ES module reads from its model."""
        return {
            "payload": self.payload,
            "selected": self._selected,
            "arm": self.arm,
            "order": self.order,
            "css": look() + _source("explorer/explorer.css"),
        }

    def _check_id(self, item_id: Hashable) -> str:
        """The id as a string, or a sentence if no item has it."""
        if str(item_id) not in self._known:
            known = self.payload["ids"]
            raise ValueError(
                f"no item in this explorer has the id {str(item_id)!r}; it holds {len(known)} item(s), "
                f"from {known[0]!r} to {known[-1]!r} (see explorer.payload['ids'])."
            )
        return str(item_id)

    def _choose(self, item_id: str) -> None:
        """Take over a choice made in Python or in the page, once."""
        if item_id == self._selected:
            return
        from traitlets import Bunch

        old, self._selected = self._selected, item_id
        if self._widget is not None:
            self._widget.selected = item_id
        for handler in list(self._handlers):
            handler(Bunch(name="selected", old=old, new=item_id, owner=self, type="change"))

    def _summary(self) -> str:
        """What a reader without JavaScript is told."""
        shown, human = self.payload, np.array(self.payload["entropy"])
        means = [f"the votes {human.mean():.3f}"]
        for arm in shown["arms"]:
            model = np.array(shown["models"][arm]["entropy"])
            text = f"the {arm} arm {model.mean():.3f}"
            if np.ptp(human) > 0 and np.ptp(model) > 0:
                text += f" (correlation with the votes' entropy {np.corrcoef(human, model)[0, 1]:.2f})"
            means.append(text)
        what = f"the entropy of each arm's answer against the entropy of the votes, for {len(human):,} items"
        return (
            f"{shown['title']}. An interactive figure that needs JavaScript: {what}. "
            f"Mean entropy in nats: {'; '.join(means)}."
        )


def _check_ids(ids: Sequence[Hashable], n_items: int) -> list[str]:
    """Item ids as strings, each once."""
    item_ids = [str(item_id) for item_id in ids]
    _same_length("ids", len(item_ids), "rows", n_items)
    seen: set[str] = set()
    for item_id in item_ids:
        if item_id in seen:
            raise ValueError(f"the id {item_id!r} comes twice; give every item its own.")
        seen.add(item_id)
    return item_ids


def _same_length(name: str, length: int, what: str, expected: int) -> None:
    """Raise unless `name` has one entry for each row or column of the counts."""
    if length != expected:
        raise ValueError(f"{name} has {length} entries but counts has {expected} {what}; give one for each.")


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    """The value, or a sentence that lists what there is."""
    if value not in known:
        raise ValueError(f"there is no {what} {value!r} in this explorer; choose one of {', '.join(known)}.")
    return value


def _check_arms(p_model: Mapping[str, ArrayLike], shape: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """Each arm's distributions, in the study's order of arms."""
    if not p_model:
        raise ValueError("p_model holds no arm; give at least one, such as {'hard': probabilities}.")
    if "human" in p_model:
        raise ValueError("p_model holds an arm called 'human', a name kept for the votes; give it another.")
    others = [arm for arm in p_model if arm not in FIRST_ARMS + LAST_ARMS]
    arms = {}
    for arm in [*FIRST_ARMS, *LAST_ARMS, *others]:
        if arm not in p_model:
            continue
        p = np.asarray(p_model[arm], dtype=np.float64)
        if p.shape != shape:
            raise ValueError(
                f"p_model[{arm!r}] has shape {p.shape} but counts has {shape}; "
                "give the same items and classes, averaged over seeds."
            )
        arms[str(arm)] = votes.check_distribution(p, name=f"p_model[{arm!r}]")
    return arms


def _arm(p: NDArray[np.float64], p_human: NDArray[np.float64]) -> dict[str, Any]:
    """One arm's numbers: entropy, KL to the votes, most probable class, probabilities in per cent."""
    return {
        "entropy": _rounded(votes.entropy(p)),
        "kl": _rounded(scipy.stats.entropy(p_human, p, axis=1)),
        "choice": p.argmax(axis=1).tolist(),
        "p": _pack(np.rint(p * P_SCALE)) | {"scale": P_SCALE},
    }


def _rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers at seven decimals (five hundred-millionths off at most); None where infinite."""
    return [float(v) + 0.0 if np.isfinite(v) else None for v in np.round(values, 7)]


def _pack(array: NDArray) -> dict[str, Any]:
    """Whole numbers as base64 of the smallest little-endian unsigned type, row by row."""
    top = int(array.max())
    kind = next(kind for kind in ("uint8", "uint16", "uint32") if top <= np.iinfo(kind).max)
    data = np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<"))
    return {"type": kind, "base64": base64.b64encode(data.tobytes()).decode()}


def _orders(
    ids: list[str],
    counts: NDArray[np.int64],
    arms: Mapping[str, NDArray[np.float64]],
    shown: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The orders in which one can step through the items, each a list of rows.

    Confidently wrong: first the items where the arm's most probable class is not
    a majority class, by how much more probability it gets than votes; then the
    others by falling KL.
    """
    human = votes.entropy(votes.distribution(counts))
    arm = next(iter(arms))
    choice, rows = np.array(shown[arm]["choice"]), np.arange(len(ids))
    right = votes.tied(counts)[rows, choice]
    excess = arms[arm][rows, choice] - votes.distribution(counts)[rows, choice]
    kl = scipy.stats.entropy(votes.distribution(counts), arms[arm], axis=1)
    wrong = np.lexsort((rows, np.where(right, -kl, -excess), right))
    return [
        {
            "key": "ambiguous",
            "label": "most ambiguous first",
            "items": np.argsort(-human, kind="stable").tolist(),
        },
        {"key": "wrong", "label": f"most confidently wrong first ({arm} arm)", "items": wrong.tolist()},
        {
            "key": "id",
            "label": "by item id",
            "items": sorted(rows.tolist(), key=lambda row: _natural(ids[row])),
        },
    ]


def _natural(text: str) -> list[str | int]:
    """Key that sorts item 9 before item 10: text, number, text, ..."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", text))]


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
    _same_length("gold", len(labels), "rows", n_items)
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes) | (labels != np.floor(labels)))
    if outside.size:
        raise ValueError(
            f"gold row {outside[0]} is {labels[outside[0]]}; give class numbers from 0 to {n_classes - 1}."
        )
    return labels.astype(int).tolist()


def check_texts(texts: Sequence[str | Mapping[str, str]], n_items: int) -> list[str | dict[str, str]]:
    """Texts as strings, or as strings under headings, one for each item.

    Raises
    ------
    ValueError
        If one is neither a string nor a mapping of heading to string, or there are not `n_items`.
    """
    if isinstance(texts, str):
        raise ValueError("texts is one string; give a sequence with one text for each item.")
    _same_length("texts", len(texts), "rows", n_items)
    checked: list[str | dict[str, str]] = []
    for row, text in enumerate(texts):
        parts = text if isinstance(text, Mapping) else {"text": text}
        if not parts:
            raise ValueError(f"texts row {row} is an empty mapping; give at least one heading with its text.")
        for heading, body in parts.items():
            if not (isinstance(heading, str) and isinstance(body, str)):
                raise ValueError(
                    f"texts row {row} holds {body!r} under {heading!r}; "
                    "give a string, or a mapping of heading to string."
                )
        checked.append(dict(parts) if isinstance(text, Mapping) else parts["text"])
    return checked


def _pairs(texts: Sequence[str | dict[str, str]]) -> list[str | list[list[str]]]:
    """Headings and bodies as pairs: JavaScript would put a mapping's headings that are numbers first."""
    return [text if isinstance(text, str) else [list(part) for part in text.items()] for text in texts]


def _check_images(images: ArrayLike, n_items: int) -> NDArray[np.uint8]:
    """Images as uint8 [n, H, W, 1 or 3]."""
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[..., None]
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[-1] not in (1, 3):
        raise ValueError(
            f"images is {array.dtype} of shape {array.shape}; "
            "give uint8 values, shape [n, H, W] or [n, H, W, 1 or 3]."
        )
    _same_length("images", len(array), "rows", n_items)
    return array


def _sprite(images: NDArray[np.uint8], thumbnail: int) -> dict[str, Any]:
    """All images as one picture: PNG where grey, else JPEG as fine as its share of the page allows.

    JPEG because its 8-pixel blocks end where a thumbnail ends: neighbours do not bleed into one another.
    """
    from PIL import Image

    _, height, width, channels = images.shape
    shrink = min(1.0, thumbnail / max(height, width))
    tile = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    columns = int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    grey = channels == 1
    sheet = Image.new("L" if grey else "RGB", (columns * tile[0], rows * tile[1]))
    for i, pixels in enumerate(images):
        picture = Image.fromarray(pixels[..., 0] if grey else pixels)
        if picture.size != tile:
            picture = picture.resize(tile, Image.Resampling.LANCZOS)
        sheet.paste(picture, (i % columns * tile[0], i // columns * tile[1]))
    for quality in (90, 80, 70, 60, 50):
        data = io.BytesIO()
        if grey:
            sheet.save(data, "PNG", optimize=True)
        else:
            sheet.save(data, "JPEG", quality=quality, subsampling=0)
        if grey or data.tell() <= BYTES_A_PIXEL * sheet.width * sheet.height:
            break
    address = f"data:image/{'png' if grey else 'jpeg'};base64,{base64.b64encode(data.getvalue()).decode()}"
    return {"src": address, "width": tile[0], "height": tile[1], "columns": columns}


@cache
def _source(file: str) -> str:
    """One of the package's own files as text."""
    return resources.files("softlabel_core").joinpath(file).read_text(encoding="utf-8")


@cache
def look(root: str = "sl-explorer") -> str:
    """Style sheet of what shows an item's text and bars below an element of class `root`.

    The colours and letter sizes of style.json come first, as style variables, light
    or dark as the page is; a page's own `--sl-hard`, `--sl-ink`, ... take precedence.
    Dark is what the book (data-theme), JupyterLab, Colab or VS Code say, else what
    the system prefers.
    """
    style = json.loads(_source("style.json"))
    letters = f"--_family: var(--sl-font, {style['font']['family']});" + "".join(
        f" --_{name}: {size}px;" for name, size in style["font"].items() if name != "family"
    )
    theme = {
        shade: " ".join(
            f"--_{name}: var(--sl-{name}, {both[shade]});" for name, both in style["colours"].items()
        )
        for shade in ("light", "dark")
    }
    book, colab, lab, code = (
        f"{page} .sl-explorer"
        for page in (
            'html[data-theme="dark"]',
            'html[theme="dark"]',
            '[data-jp-theme-light="false"]',
            ".vscode-dark",
        )
    )
    unsaid = "html:not([data-theme], [theme]) body:not([data-jp-theme-light], .vscode-light)"
    sheet = (
        f".sl-explorer {{ {letters} {theme['light']} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {unsaid} .sl-explorer {{ {theme['dark']} }} }}\n"
        f"{book}, {colab}, {lab}, {code} {{ {theme['dark']} }}\n"
    ) + _source("explorer/item.css")
    return sheet.replace(".sl-explorer", f".{root}")


@cache
def _inline_module() -> str:
    """The ES module with its default export as a constant, so that a script tag can hold it.

    Both forms of a default export are understood: `export default x` as written
    by hand, `export { x as default };` as bundlers write it.
    """
    source = _source("explorer/explorer.js")
    pattern = r"(?m)^export\s+default\s+|^export\s*\{\s*([\w$]+)\s+as\s+default\s*,?\s*\};?"
    text, found = re.subn(pattern, lambda m: "const explorer = " + (f"{m[1]};" if m[1] else ""), source)
    if found != 1 or re.search(r"(?i)</script|<!--", text):
        raise ValueError(
            "explorer.js must have one default export, without '</script' or '<!--' in its text."
        )
    return text


@cache
def _widget_class() -> Any:
    """The anywidget class, made here so that importing the core imports no notebook library."""
    import anywidget
    import traitlets

    class ExplorerWidget(anywidget.AnyWidget):
        """A live explorer: the same ES module with traits for its model."""

        _esm = _source("explorer/explorer.js")
        payload = traitlets.Dict().tag(sync=True, to_json=_sendable)
        selected = traitlets.Unicode().tag(sync=True, to_json=_sendable)
        arm = traitlets.Unicode().tag(sync=True)
        order = traitlets.Unicode().tag(sync=True)
        css = traitlets.Unicode().tag(sync=True)

        @traitlets.validate("selected", "arm", "order")
        def _known(self, proposal: Any) -> str:
            """Refuse what the payload does not hold, whichever side it came from."""
            known = {
                "selected": self.payload["ids"],
                "arm": self.payload["arms"],
                "order": [order["key"] for order in self.payload["orders"]],
            }
            name, value = proposal["trait"].name, proposal["value"]
            if value not in known[name]:
                raise traitlets.TraitError(f"{name} cannot be {value!r}: this explorer holds none.")
            return value

    return ExplorerWidget


def _json(value: Any) -> str:
    """JSON that can stand inside a script tag: no '<' or '&', no line separators, no lone surrogates."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text)


def _sendable(value: Any, widget: Any) -> Any:
    """A trait's value without lone surrogates, which no message to a notebook can hold."""
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False)))


def as_text(value: str) -> str:
    """Text as markup that shows it, letter by letter.

    Markup cannot hold NUL or a lone surrogate, which become U+FFFD, and would
    read a carriage return as a line feed.
    """
    kept = re.sub("[\x00\ud800-\udfff]", "\ufffd", value)
    return html.escape(kept).replace("\r", "&#13;")


_FRAGMENT = """<style>@media (scripting: enabled) {{ #{name} {{ min-height: 32rem; }} }}</style>
<div id="{name}" class="sl-explorer"><noscript><p>{summary}</p></noscript></div>
<script type="application/json" id="{name}-state">{state}</script>
<script type="module">
{module}
{{ // the model that a widget would bring: five values, and who listens to them
  const state = JSON.parse(document.getElementById("{name}-state").textContent);
  const heard = {{}};
  const model = {{
    get: (key) => state[key],
    set(key, value) {{
      if (state[key] === value) return;
      state[key] = value;
      for (const call of heard["change:" + key] ?? []) call();
    }},
    on: (event, call) => (heard[event] ??= new Set()).add(call),
    off: (event, call) => heard[event]?.delete(call),
    save_changes() {{}},
  }};
  explorer.render({{ model, el: document.getElementById("{name}") }});
}}
</script>
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
body {{ margin: 2rem auto; padding: 0 1rem; max-width: 56rem; background: Canvas; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
