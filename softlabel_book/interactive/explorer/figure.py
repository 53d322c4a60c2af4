"""The explorer: an interactive figure of every item's votes beside each arm's answer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from softlabel_book.interactive.base import Interactive, one_of, shared
from softlabel_book.interactive.explorer import choices, contents, filters, still


class Explorer(Interactive):
    """Every item's votes beside each arm's answer, live in a notebook or written into a static page.

    Parameters
    ----------
    payload : mapping
        What `of_study` or `payload` returned.
    selected : str or int, optional
        Id of the item chosen at first; by default the first in the order.
    arm : str, optional
        Arm in the plot at first; by default the first.
    beside : str, optional
        Another arm that it is compared with; by default the last of the others.
    order : str
        Order at first: "ambiguous", "wrong", "wrong-ARM", "apart" or "id".
    colour : {"arm", "class", "agreement"}
        What the dots' colour says at first.

    Raises
    ------
    ValueError
        If the payload is none, or a choice is not among what it holds.

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

    selected = shared("selected", "Id of the chosen item.")
    arm = shared("arm", "Arm whose entropy the plot shows.")
    beside = shared("beside", "Arm that the plotted one is compared with.")
    order = shared("order", "Key of the order in which the items are stepped through.")
    colour = shared("colour", 'What the dots\' colour says: "arm", "class" or "agreement".')
    region = shared(
        "region", "The brushed region, [human from, human to, arm from, arm to] in nats, or None."
    )

    def __init__(
        self,
        payload: Mapping[str, Any],
        *,
        selected: Hashable | None = None,
        arm: str | None = None,
        beside: str | None = None,
        order: str = "ambiguous",
        colour: str = "arm",
    ) -> None:
        contents.check(payload)
        orders = {known["key"]: known["items"] for known in payload["orders"]}
        first = orders[one_of("order", order, list(orders))][0]
        arm = payload["arms"][0] if arm is None else arm
        others = [other for other in payload["arms"] if other != arm] or [arm]
        beside = others[-1] if beside is None else beside
        if beside == arm and len(payload["arms"]) > 1:
            raise ValueError(f"arm and beside are both {arm!r}; compare it with one of {', '.join(others)}.")
        values = {
            "selected": payload["ids"][first] if selected is None else selected,
            "arm": arm,
            "beside": beside,
            "order": order,
            "colour": colour,
            "filter": {"majority": None, "where": "all"},
            "region": None,
        }
        super().__init__(payload, values, choices.checks(payload))

    @property
    def filter(self) -> dict[str, Any]:
        """Which items are left: `majority`, a class or None, and `where`, one of `filters.QUESTIONS`, on arm and beside.

        Where one of the two is written, the other stays.
        """
        return dict(self._values["filter"])

    @filter.setter
    def filter(self, wanted: Mapping[str, Any]) -> None:
        both = {**self.filter, **wanted} if isinstance(wanted, Mapping) else wanted
        self._choose("filter", self._check("filter", both))

    @property
    def shown(self) -> list[str]:
        """Ids of the items that filter and region leave, in the current order."""
        return [self.payload["ids"][row] for row in filters.shown(self.payload, self._values)]

    def _choose(self, name: str, value: Any) -> None:
        """Take over a choice; where it would put an arm beside itself, the two change places."""
        old = self._values[name]
        super()._choose(name, value)
        other = {"arm": "beside", "beside": "arm"}.get(name)
        if other and self._values[other] == value != old:
            super()._choose(other, old)

    def _summary(self) -> str:
        return still.summary(self.payload)

    def _picture(self) -> str:
        return still.picture(self.payload)
