"""Simulated items with votes and two arms, for tests of the explorer and of what all interactive figures share."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np

from softlabel_book.interactive.explorer import Explorer, payload

CLASSES = ("cat", "dog", "deer", "ship")


def simulated(n: int = 40, seed: int = 0) -> dict:
    """Arguments of `payload` for n simulated items of four classes."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(20, rng.dirichlet(np.full(4, 0.5), n))
    arms = {"soft": rng.dirichlet(np.ones(4), n), "hard": rng.dirichlet(np.full(4, 0.2), n)}
    return {
        "ids": range(100, 100 + n),
        "class_names": CLASSES,
        "counts": counts,
        "p_model": arms,
        "title": "Simulated",
    }


def make(**changes) -> Explorer:
    return Explorer(payload(**simulated() | changes))


class Page(HTMLParser):
    """What a browser would find: how many scripts, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data
