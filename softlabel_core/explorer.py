"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from __future__ import annotations

import base64
import re
from collections.abc import Hashable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from softlabel_core import data, votes
from softlabel_core.data import Dataset
from softlabel_core.interactive import Interactive, as_text, one_of, pack
from softlabel_core.item_media import check_images, check_texts, pairs, pictures, same_length
from softlabel_core.study import Study

FORMAT = 3
STATIC_ITEMS = 1000  # of a study in a static page; more would make the page slow to load
DECIMALS = (
    10  # of entropies and KL: a correlation over a few items in a narrow region magnifies what is cut off
)
PER_CENT = 100  # the lowest and the highest seed travel as whole per cent, in eight bits
FIRST_ARMS, LAST_ARMS = ("hard", "gold"), ("soft",)  # the study's order; other arms come after these
COLOURS = ("arm", "class", "agreement")
QUESTIONS = ("all", "differ", "first-nearer", "second-nearer", "first-wrong", "second-wrong")
QUESTIONS_OF_ONE = ("all", "first-wrong")  # what can be asked where there is one arm
KEYS = (  # of a payload, beside its format
    *("title", "name", "note", "classes", "ids", "counts", "entropy"),
    *("arms", "models", "orders", "gold", "sprite", "texts", "warning"),
)
STILL = 320  # side of the picture for readers without JavaScript, in pixels


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
        How many items `sample` drew these from; the note then says so.
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
    names = [str(name) for name in class_names]
    item_ids = _check_ids(ids, n_items)
    same_length("class_names", len(names), "columns", n_classes)
    for class_name in names:
        if names.count(class_name) > 1:
            raise ValueError(f"the class {class_name!r} comes twice; give every class a name of its own.")
    if images is not None and texts is not None:
        raise ValueError("both images and texts were given; an explorer shows one of them.")
    if warning and texts is None:
        raise ValueError("a warning was given without texts; give the texts that it covers.")
    if images is not None:
        same_length("images", len(check_images(images)), "rows", n_items)
    p_human = votes.distribution(checked)
    arms = _check_arms(p_model, checked.shape)
    means = {arm: p.mean(axis=0) for arm, p in arms.items()}
    shown = {arm: _arm(p, means[arm], p_human) for arm, p in arms.items()}
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
        "models": shown,
        "orders": _orders(item_ids, checked, means, shown),
        "gold": None if gold is None else _check_gold(gold, n_items, n_classes),
        "sprite": None if images is None else pictures(images, thumbnail),
        "texts": None if texts is None else pairs(check_texts(texts, n_items)),
        "warning": str(warning),
    }


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
    chosen = [arm for arm in (*FIRST_ARMS, *LAST_ARMS) if arm in study.arms] if arms is None else list(arms)
    rows = sample(test.counts, n_items or test.n_items)
    shown = test.take(rows)
    seeds = len(study.seeds)
    parts = shown.text_parts
    told = f"Predictions are means over {seeds} seeds, nearer to the votes than each seed alone, which tables count."
    said = [told] if seeds > 1 else []
    return payload(
        list(map(str, shown.ids)),
        shown.class_names,
        shown.counts,
        {arm: _probabilities(study.log_p(arm)[:, rows]) for arm in chosen},
        images=None if shown.is_text else shown.items,
        texts=shown_texts(shown) if parts else None,
        warning=warning,
        gold=shown.gold,
        title=title or f"{test.name}, {study.protocol.name}",
        name=f"{test.name}-{study.protocol.name}",
        note=" ".join([*said, shown.licence, *([note] if note else [])]),
        sampled_from=test.n_items if len(rows) < test.n_items else None,
    )


def shown_texts(shown: Dataset) -> list[str | dict[str, str]]:
    """Each item's text as explorers and galleries take it: a string, or its parts under their names."""
    if len(shown.text_parts) == 1:
        return list(shown.items[:, 0])
    return [dict(zip(shown.text_parts, parts, strict=True)) for parts in shown.items]


def _probabilities(log_p: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of each seed, [n_seeds, n, K], that sum to one in double precision."""
    p = np.exp(log_p.astype(np.float64))
    return p / p.sum(axis=-1, keepdims=True)


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


class Explorer(Interactive):
    """An explorer of a recorded study, live in a notebook or written into a static page.

    Parameters
    ----------
    source : Study or dict
        A study, or what `payload` returned.
    votes_of : Dataset, optional
        The study's data set; by default it is loaded by name. Only with a study.
    selected : str or int, optional
        Id of the item chosen at first; by default the first in the order.
    arm : str, optional
        Arm in the plot at first; by default the first.
    beside : str, optional
        Another arm that it is compared with; by default the last of the others.
    order : str, optional
        Order at first: "ambiguous" (default), "wrong", "wrong-ARM", "apart" or "id".
    colour : {"arm", "class", "agreement"}
        What the dots' colour says at first.
    **made
        What `of_study` takes, with a study: `title`, `arms`, `n_items`, ...

    Notes
    -----
    `selected` is the id of the chosen item, always as a string, whoever chose it.
    Write to it, or watch it with `observe(handler, "selected")`. To link it to
    another widget use `traitlets.link((explorer.widget, "selected"), ...)`. The same
    holds for `arm`, `beside`, `order`, `colour`, `filter` and `region`. Of two arms or
    more none is compared with itself: when `arm` becomes what `beside` is, or the other
    way round, the two change places.
    """

    kind = "explorer"
    height = "48rem"

    def __init__(
        self,
        source: Study | Mapping[str, Any],
        votes_of: Dataset | None = None,
        *,
        selected: Hashable | None = None,
        arm: str | None = None,
        beside: str | None = None,
        order: str = "ambiguous",
        colour: str = "arm",
        **made: Any,
    ) -> None:
        if isinstance(source, Study):
            source = of_study(source, votes_of or data.load(source.protocol.data), **made)
        else:
            _check_payload(source)
            if made or votes_of is not None:
                raise ValueError(
                    "a payload is complete; give what goes into it to softlabel_core.explorer.payload."
                )
        self._known_ids = {item_id: row for row, item_id in enumerate(source["ids"])}
        self._orders = {known["key"]: known["items"] for known in source["orders"]}
        self.payload = dict(source)
        first = self._orders[one_of("order", order, list(self._orders))][0]
        arm = source["arms"][0] if arm is None else arm
        others = [other for other in source["arms"] if other != arm] or [arm]
        beside = others[-1] if beside is None else beside
        if beside == arm and len(source["arms"]) > 1:
            raise ValueError(f"arm and beside are both {arm!r}; compare it with one of {', '.join(others)}.")
        super().__init__(
            source,
            {
                "selected": source["ids"][first] if selected is None else selected,
                "arm": arm,
                "beside": beside,
                "order": order,
                "colour": colour,
                "filter": {"majority": None, "where": "all"},
                "region": None,
            },
        )

    @property
    def selected(self) -> str:
        """Id of the chosen item."""
        return self._values["selected"]

    @selected.setter
    def selected(self, item_id: Hashable) -> None:
        self._choose("selected", self._check("selected", item_id))

    @property
    def arm(self) -> str:
        """Arm whose entropy the plot shows."""
        return self._values["arm"]

    @arm.setter
    def arm(self, arm: str) -> None:
        self._choose("arm", self._check("arm", arm))

    @property
    def beside(self) -> str:
        """Arm that the plotted one is compared with."""
        return self._values["beside"]

    @beside.setter
    def beside(self, arm: str) -> None:
        self._choose("beside", self._check("beside", arm))

    @property
    def order(self) -> str:
        """Key of the order in which the items are stepped through."""
        return self._values["order"]

    @order.setter
    def order(self, key: str) -> None:
        self._choose("order", self._check("order", key))

    @property
    def colour(self) -> str:
        """What the dots' colour says, one of `COLOURS`."""
        return self._values["colour"]

    @colour.setter
    def colour(self, what: str) -> None:
        self._choose("colour", self._check("colour", what))

    @property
    def region(self) -> list[float] | None:
        """The brushed region, [human from, human to, arm from, arm to] in nats, or None."""
        return self._values["region"]

    @region.setter
    def region(self, edges: Sequence[float] | None) -> None:
        self._choose("region", self._check("region", edges))

    @property
    def filter(self) -> dict[str, Any]:
        """Which items are left: `majority`, a class or None, and `where`, one of `QUESTIONS`, on arm and beside."""
        return dict(self._values["filter"])

    @filter.setter
    def filter(self, wanted: Mapping[str, Any]) -> None:
        both = {**self.filter, **wanted} if isinstance(wanted, Mapping) else wanted
        self._choose("filter", self._check("filter", both))

    @property
    def shown(self) -> list[str]:
        """Ids of the items that filter and region leave, in the current order."""
        kept = self._kept()
        return [self.payload["ids"][row] for row in self._orders[self._values["order"]] if kept[row]]

    def _choose(self, name: str, value: Any) -> None:
        """Take over a choice; where it would put an arm beside itself, the two change places."""
        old = self._values[name]
        super()._choose(name, value)
        other = {"arm": "beside", "beside": "arm"}.get(name)
        if other and self._values[other] == value != old:
            super()._choose(other, old)

    def observe(self, handler: Any, names: str = "selected") -> None:
        """Call `handler(change)` whenever a value changes, the chosen item by default; `change.new` is the new one."""
        super().observe(handler, names)

    def unobserve(self, handler: Any, names: str = "selected") -> None:
        """Stop calling `handler`; unknown handlers are passed over."""
        super().unobserve(handler, names)

    def _kept(self) -> NDArray[np.bool_]:
        """Which rows filter and region leave: what explorer/view.js works out for the page."""
        counts = self._counts()
        n = len(counts)
        tied = votes.tied(counts)
        first, second = (self.payload["models"][self._values[name]] for name in ("arm", "beside"))
        kl = [np.array([np.inf if v is None else v for v in arm["kl"]]) for arm in (first, second)]
        right = [tied[np.arange(n), arm["choice"]] for arm in (first, second)]
        majority, where = self._values["filter"]["majority"], self._values["filter"]["where"]
        kept = {
            "all": np.ones(n, dtype=bool),
            "differ": np.array(first["choice"]) != np.array(second["choice"]),
            "first-nearer": kl[0] < kl[1],
            "second-nearer": kl[1] < kl[0],
            "first-wrong": ~right[0],
            "second-wrong": ~right[1],
        }[where]
        if majority is not None:
            kept = kept & tied[:, self.payload["classes"].index(majority)]
        if self.region is not None:
            human, own = np.array(self.payload["entropy"]), np.array(first["entropy"])
            left, right_edge, bottom, top = self.region
            kept = kept & (human >= left) & (human <= right_edge) & (own >= bottom) & (own <= top)
        return kept

    def _counts(self) -> NDArray[np.int64]:
        return unpack(self.payload["counts"], len(self.payload["ids"])).astype(np.int64)

    def _check(self, name: str, value: Any) -> Any:
        """The value as it is kept, or a sentence that says what this explorer holds."""
        known = self.payload
        if name == "selected":
            return self._check_id(value)
        if name in ("arm", "beside"):
            return one_of(name, value, known["arms"])
        if name == "order":
            return one_of(name, value, list(self._orders))
        if name == "colour":
            return one_of(name, value, list(COLOURS))
        if name == "filter":
            return self._check_filter(value)
        return None if value is None else _check_region(value)

    def _check_id(self, item_id: Hashable) -> str:
        """The id as a string, or a sentence if no item has it."""
        if str(item_id) not in self._known_ids:
            known = self.payload["ids"]
            raise ValueError(
                f"no item in this explorer has the id {str(item_id)!r}; it holds {len(known)} item(s), "
                f"from {known[0]!r} to {known[-1]!r} (see explorer.payload['ids'])."
            )
        return str(item_id)

    def _check_filter(self, wanted: Any) -> dict[str, Any]:
        if not isinstance(wanted, Mapping) or set(wanted) != {"majority", "where"}:
            raise ValueError(
                f"the filter {wanted!r} is not {{'majority': a class or None, 'where': a question}}."
            )
        majority, where = wanted["majority"], wanted["where"]
        if majority is not None:
            one_of("class", majority, self.payload["classes"])
        asked = QUESTIONS if len(self.payload["arms"]) > 1 else QUESTIONS_OF_ONE
        return {"majority": majority, "where": one_of("question", where, list(asked))}

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

    def _picture(self) -> str:
        """A scatter plot for each arm, as plain SVG."""
        return "".join(self._still(arm) for arm in self.payload["arms"][:3])

    def _still(self, arm: str) -> str:
        """One arm's scatter plot; each dot is a line of no length with a round end."""
        human, own = np.array(self.payload["entropy"]), np.array(self.payload["models"][arm]["entropy"])
        highest = max(0.1, human.max(), *(max(m["entropy"]) for m in self.payload["models"].values()))
        x, y = np.rint(human / highest * STILL).astype(int), np.rint((1 - own / highest) * STILL).astype(int)
        dots = "".join(f"M{a} {b}h0" for a, b in sorted(set(zip(x.tolist(), y.tolist(), strict=True))))
        name = as_text(arm)
        return (
            f'<svg viewBox="-20 -24 {STILL + 30} {STILL + 50}" width="{STILL}" role="img" aria-label="{name} arm: '
            f'entropy of its answer (upwards) against the votes\' entropy (to the right), nats" data-arm="{name}" '
            f'stroke="currentColor" fill="currentColor"><path d="M0 {STILL}H{STILL}M0 {STILL}V0M0 {STILL}L{STILL} 0" '
            f'stroke-opacity=".3"/><path d="{dots}" stroke-width="4" stroke-linecap="round" stroke-opacity=".4" '
            f'style="stroke:var(--_own)"/><text y="-8" stroke="none" font-size="14">{name} arm’s entropy ↑</text>'
            f'<text x="{STILL}" y="{STILL + 20}" stroke="none" font-size="14" text-anchor="end">human entropy →</text></svg>'
        )


def _check_payload(source: Any) -> None:
    """Refuse what `payload` of this version did not return, in a sentence that says what is amiss."""
    if not isinstance(source, Mapping) or "format" not in source:
        raise ValueError(
            "this is neither a study nor an explorer's payload; open one with softlabel_core.study.load, "
            "or make one with softlabel_core.explorer.payload."
        )
    anew = "make it anew with softlabel_core.explorer.payload."
    if source["format"] != FORMAT:
        raise ValueError(
            f"the payload has format {source['format']!r}, and this version reads format {FORMAT}; {anew}"
        )
    missing = [repr(key) for key in KEYS if key not in source]
    missing += [f"the arm {arm!r}" for arm in source.get("arms", []) if arm not in source.get("models", {})]
    if missing:
        raise ValueError(f"the payload lacks {', '.join(missing)}; {anew}")
    items = {f"the entropies of the {arm} arm": source["models"][arm]["entropy"] for arm in source["arms"]}
    items |= {f"the order {order['key']!r}": order["items"] for order in source["orders"]}
    n_items = len(source["ids"])
    for what, values in {"entropy": source["entropy"], **items}.items():
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


def _check_arms(p_model: Mapping[str, ArrayLike], shape: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """Each arm's distributions, [n_seeds, n, K], in the study's order of arms."""
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
        if p.ndim not in (2, 3) or p.shape[-2:] != shape or not len(p):
            raise ValueError(
                f"p_model[{arm!r}] has shape {p.shape} but counts has {shape}; "
                "give the same items and classes, or those for each seed."
            )
        seeds = p.reshape(-1, *shape)
        name = f"p_model[{arm!r}]"
        arms[str(arm)] = np.stack(
            [
                votes.check_distribution(one, name=name if p.ndim == 2 else f"{name}[{i}]")
                for i, one in enumerate(seeds)
            ]
        )
    return arms


def _arm(p: NDArray[np.float64], mean: NDArray[np.float64], p_human: NDArray[np.float64]) -> dict[str, Any]:
    """One arm's numbers: entropy, KL to the votes, most probable class, probabilities, their range over seeds."""
    low, high = (pack(np.rint(edge * PER_CENT).astype(np.int64)) for edge in (p.min(axis=0), p.max(axis=0)))
    return {
        "entropy": _rounded(votes.entropy(mean)),
        "kl": _rounded(scipy.stats.entropy(p_human, mean, axis=1)),
        "choice": mean.argmax(axis=1).tolist(),
        "p": pack(mean),
        "low": low | {"scale": PER_CENT} if len(p) > 1 else None,
        "high": high | {"scale": PER_CENT} if len(p) > 1 else None,
    }


def _rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers as a payload holds them; None where infinite."""
    return [float(v) + 0.0 if np.isfinite(v) else None for v in np.round(values, DECIMALS)]


def unpack(packed: Mapping[str, str], n_items: int) -> NDArray:
    """What `interactive.pack` packed, [n_items, K]."""
    kind = np.dtype(packed["type"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(packed["base64"]), kind).reshape(n_items, -1)


def _slug(text: str) -> str:
    """A name for addresses: letters and digits, joined by dashes."""
    return re.sub(r"\W+", "-", text.lower()).strip("-") or "explorer"


def _check_region(edges: Any) -> list[float]:
    """Four edges of a region in nats, or a sentence."""
    numbers = isinstance(edges, Sequence | np.ndarray) and all(isinstance(edge, Real) for edge in edges)
    values = [float(edge) for edge in edges] if numbers else []
    if len(values) != 4 or not np.isfinite(values).all() or values[0] > values[1] or values[2] > values[3]:
        raise ValueError(
            f"the region {edges!r} is not [human from, human to, arm from, arm to] in nats, each from small to large."
        )
    return values


def _orders(
    ids: list[str],
    counts: NDArray[np.int64],
    arms: Mapping[str, NDArray[np.float64]],
    shown: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The orders in which one can step through the items, each a list of rows."""
    rows, names = np.arange(len(ids)), list(arms)
    human = votes.entropy(votes.distribution(counts))
    wrong = [
        {
            "key": f"wrong-{arm}" if i else "wrong",
            "label": f"most confidently wrong first ({arm} arm)",
            "items": _wrong_first(counts, p, np.array(shown[arm]["choice"])).tolist(),
        }
        for i, (arm, p) in enumerate(arms.items())
    ]
    first, last = arms[names[0]], arms[names[-1]]
    distance = np.abs(first - last).sum(axis=1)
    furthest = {
        "key": "apart",
        "label": f"{names[0]} and {names[-1]} furthest apart first",
        "items": np.argsort(-distance, kind="stable").tolist(),
    }
    return [
        {
            "key": "ambiguous",
            "label": "most ambiguous first",
            "items": np.argsort(-human, kind="stable").tolist(),
        },
        *wrong,
        *([furthest] if len(names) > 1 else []),
        {
            "key": "id",
            "label": "by item id",
            "items": sorted(rows.tolist(), key=lambda row: _natural(ids[row])),
        },
    ]


def _wrong_first(
    counts: NDArray[np.int64], p: NDArray[np.float64], choice: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows by how confidently an arm is wrong.

    First the items where its most probable class is not a majority class, by how much
    more probability it gets than votes; then the others by falling KL.
    """
    p_human, rows = votes.distribution(counts), np.arange(len(counts))
    right = votes.tied(counts)[rows, choice]
    excess = p[rows, choice] - p_human[rows, choice]
    kl = scipy.stats.entropy(p_human, p, axis=1)
    return np.lexsort((rows, np.where(right, -kl, -excess), right))


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
    same_length("gold", len(labels), "rows", n_items)
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes) | (labels != np.floor(labels)))
    if outside.size:
        raise ValueError(
            f"gold row {outside[0]} is {labels[outside[0]]}; give class numbers from 0 to {n_classes - 1}."
        )
    return labels.astype(int).tolist()
