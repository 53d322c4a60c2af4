"""What the page tests of labelling and of the class share: two item sets, and a reader at the keyboard."""

from __future__ import annotations

import numpy as np
from test_accessibility import RULES, faults

from softlabel_book.interactive import item_sets
from softlabel_core.data import Dataset, digits, sampling

N, CLASSES = 20, ("entailment", "neutral", "contradiction")
HOSTILE = "</script><script>document.title = 'taken'</script>"


def answers_of(shown: Dataset, seed: int) -> dict[str, np.ndarray]:
    """Two models of no skill."""
    rng = np.random.default_rng(seed)
    return {arm: rng.dirichlet(np.full(shown.n_classes, a), N) for arm, a in (("hard", 0.2), ("soft", 1.0))}


def digit_set() -> dict:
    """Twenty digits with a simulated crowd."""
    crowd = digits.load(n_items=500)
    shown = crowd.take(sampling.spanning(crowd.counts, N))
    return item_sets.make(shown, answers_of(shown, 0))


def pair_set() -> dict:
    """Twenty pairs of texts, one of them hostile, named as ChaosNLI's so that they are asked about like these."""
    rng = np.random.default_rng(5)
    texts = [[f"Premise {i}.", f"Hypothesis {i}."] for i in range(N)]
    texts[0] = [HOSTILE, "\u202eleft to right? " + "long " * 400]
    shown = Dataset(
        name="chaosnli",
        counts=rng.multinomial(100, rng.dirichlet(np.full(3, 0.7), N)),
        items=np.array(texts, dtype=object),
        class_names=CLASSES,
        ids=np.array([f"pair-{i}" for i in range(N)]),
        groups=np.arange(N),
        text_parts=("premise", "hypothesis"),
        licence="Simulated.",
    )
    return item_sets.make(shown, answers_of(shown, 1))


def press(page, one: dict, answers) -> None:
    """Answer every item by keyboard: class numbers, None to skip."""
    for k in answers:
        page.keyboard.press("s" if k is None else one["keys"][k])


def violations(page) -> list[str]:
    """What axe-core finds wrong with the page."""
    return faults(page, RULES)
