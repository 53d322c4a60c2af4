"""Two distributions: an interactive figure of how far a prediction is from the votes, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_book.interactive.base import Interactive, as_text, shared
from softlabel_book.interactive.distributions.presets import CERTAIN, CLASSES, PRESETS, VOTES, Preset
from softlabel_core import metrics, votes

MOST_CLASSES = 5  # more rows would not fit beside their bars on a phone
ROUNDING = 1e-9  # a sum this near to one is one; anything further is divided by its sum
STILL = (300, 30)  # width of the longest bar and height of a class in the picture without JavaScript, pixels


def compare(p_human: ArrayLike, p_model: ArrayLike) -> dict[str, float]:
    """Every measure that the figure shows, of one pair of distributions.

    Parameters
    ----------
    p_human, p_model : array_like of float, shape [K]
        Distributions.

    Returns
    -------
    dict
        `entropy_human`, `entropy_model`, `cross_entropy`, `kl` (KL(p_human || p_model)) and
        `kl_reverse` (KL(p_model || p_human)) in nats, infinite where they are; `js_distance`
        and `total_variation`, all as `softlabel_core.metrics` defines them.

    Raises
    ------
    ValueError
        If either is no distribution or they differ in length.
    """
    p, q = votes.check_distribution(p_human, "p_human"), votes.check_distribution(p_model, "p_model")
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(
            f"p_human has shape {p.shape} and p_model {q.shape}; give one probability for each class to both."
        )
    own, kl = float(votes.entropy(p)), float(metrics.kl(p, q))
    return {
        "entropy_human": own,
        "entropy_model": float(votes.entropy(q)),
        "cross_entropy": own + kl,
        "kl": kl,
        "kl_reverse": float(metrics.kl(q, p)),
        "js_distance": float(metrics.js_distance(p, q)),
        "total_variation": float(metrics.total_variation(p, q)),
    }


class Distributions(Interactive):
    """A human and a model distribution to be changed by hand, with every measure between them.

    Parameters
    ----------
    class_names : sequence of str, length K
        Two to five, each once.
    p_human, p_model : array_like of float, shape [K]
        The distributions at first, and after "reset".
    presets : sequence of Preset, optional
        Pairs that a reader may go to; by default `PRESETS` if there are three classes, else none.
    title : str
        Title above the figure.

    Raises
    ------
    ValueError
        If there are too few or too many classes, a class or a preset comes twice, or what is
        given is no distribution over the classes.

    Notes
    -----
    `p_human` and `p_model` are lists of K floats, whoever changed them. Write to them, or
    watch them with `observe(handler, "p_human")`.
    """

    kind = "distributions"
    height = "48rem"

    p_human = shared("p_human", "The human distribution, one share for each class.")
    p_model = shared("p_model", "The model's distribution, one probability for each class.")

    def __init__(
        self,
        class_names: Sequence[str] = CLASSES,
        p_human: ArrayLike = VOTES,
        p_model: ArrayLike = CERTAIN,
        presets: Sequence[Preset] | None = None,
        *,
        title: str = "Two distributions",
    ) -> None:
        names = [str(name) for name in class_names]
        if not 2 <= len(names) <= MOST_CLASSES:
            raise ValueError(f"there are {len(names)} classes; give between 2 and {MOST_CLASSES}.")
        _each_once("class", names)
        if presets is None:
            presets = PRESETS if len(names) == len(CLASSES) else ()
        _each_once("preset", [preset.label for preset in presets])
        keep = partial(_shares, n_classes=len(names))
        checks = {name: partial(keep, name) for name in ("p_human", "p_model")}
        first = {"p_human": checks["p_human"](p_human), "p_model": checks["p_model"](p_model)}
        payload = {
            "title": title,
            "classes": names,
            "presets": [_preset(preset, len(names)) for preset in presets],
            "first": first,
        }
        super().__init__(payload, first, checks)

    def measures(self) -> dict[str, float]:
        """What `compare` says of the two distributions as they are now."""
        return compare(self.p_human, self.p_model)

    def _summary(self) -> str:
        both = "; ".join(
            f"{who}: "
            + ", ".join(f"{name} {share:.0%}" for name, share in zip(self.payload["classes"], p, strict=True))
            for who, p in (("people", self.p_human), ("model", self.p_model))
        )
        found = {name: _number(value) for name, value in self.measures().items()}
        return (
            f"{both}. In nats: entropy of the votes {found['entropy_human']}, of the model {found['entropy_model']}; "
            f"KL(human ‖ model) {found['kl']}, KL(model ‖ human) {found['kl_reverse']}; cross-entropy "
            f"{found['cross_entropy']} = {found['entropy_human']} + {found['kl']}. JS distance {found['js_distance']}, "
            f"total variation {found['total_variation']}. With JavaScript, both distributions can be changed here."
        )

    def _picture(self) -> str:
        """Two bars for each class, people above the model, as plain SVG."""
        longest, tall = STILL
        rows = "".join(
            f'<text y="{k * tall + 16}">{as_text(name)}</text>'
            f'<path d="M110 {k * tall + 5}h{longest * p:.1f}v8h-{longest * p:.1f}z"/>'
            f'<path d="M110 {k * tall + 14}h{longest * q:.1f}v8h-{longest * q:.1f}z" fill-opacity=".45"/>'
            for k, (name, p, q) in enumerate(
                zip(self.payload["classes"], self.p_human, self.p_model, strict=True)
            )
        )
        return (
            f'<svg viewBox="0 0 {110 + longest} {len(self.payload["classes"]) * tall}" width="{110 + longest}" role="img" '
            'aria-label="share of each class: people above, the model below" fill="currentColor" font-size="14" '
            f'style="max-width:100%">{rows}</svg>'
        )


def _shares(name: str, value: ArrayLike, n_classes: int) -> list[float]:
    """A distribution over the classes as a list that sums to one."""
    p = votes.check_distribution(value, name)
    if p.shape != (n_classes,):
        raise ValueError(f"{name} has shape {p.shape}; give one number for each of the {n_classes} classes.")
    total = float(p.sum())
    return (p if abs(total - 1) <= ROUNDING else p / total).tolist()


def _preset(preset: Preset, n_classes: int) -> dict[str, Any]:
    """A preset as values that JSON can hold."""
    both = {
        name: _shares(f"{name} of the preset {preset.label!r}", getattr(preset, name), n_classes)
        for name in ("p_human", "p_model")
    }
    return {"label": preset.label, **both, "note": preset.note}


def _each_once(what: str, names: Sequence[str]) -> None:
    """Raise for the first name that comes twice."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the {what} {name!r} comes twice; give every {what} a name of its own.")


def _number(value: float) -> str:
    """Three decimals, or the sign of infinity."""
    return "∞" if np.isinf(value) else f"{value:.3f}"
