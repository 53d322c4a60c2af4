"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from __future__ import annotations

import base64
from collections.abc import Hashable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book.interactive.base import Interactive, as_text, one_of
from softlabel_book.interactive.explorer.contents import FORMAT, of_study
from softlabel_core import data, votes
from softlabel_core.data import Dataset
from softlabel_core.study import Study

STATIC_ITEMS = 1000  # of a study in a static page; more would make the page slow to load
COLOURS = ("arm", "class", "agreement")
QUESTIONS = ("all", "differ", "first-nearer", "second-nearer", "first-wrong", "second-wrong")
QUESTIONS_OF_ONE = ("all", "first-wrong")  # what can be asked where there is one arm
KEYS = (  # of a payload, beside its format
    *("title", "name", "note", "classes", "ids", "counts", "entropy"),
    *("arms", "models", "orders", "gold", "sprite", "texts", "warning"),
)
STILL = 320  # side of the picture for readers without JavaScript, in pixels


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
                    "a payload is complete; give what goes into it to softlabel_book.interactive.explorer.payload."
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
        """Which rows filter and region leave: what view.js works out for the page."""
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
            "or make one with softlabel_book.interactive.explorer.payload."
        )
    anew = "make it anew with softlabel_book.interactive.explorer.payload."
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


def unpack(packed: Mapping[str, str], n_items: int) -> NDArray:
    """What `interactive.pack` packed, [n_items, K]."""
    kind = np.dtype(packed["type"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(packed["base64"]), kind).reshape(n_items, -1)


def _check_region(edges: Any) -> list[float]:
    """Four edges of a region in nats, or a sentence."""
    numbers = isinstance(edges, Sequence | np.ndarray) and all(isinstance(edge, Real) for edge in edges)
    values = [float(edge) for edge in edges] if numbers else []
    if len(values) != 4 or not np.isfinite(values).all() or values[0] > values[1] or values[2] > values[3]:
        raise ValueError(
            f"the region {edges!r} is not [human from, human to, arm from, arm to] in nats, each from small to large."
        )
    return values
