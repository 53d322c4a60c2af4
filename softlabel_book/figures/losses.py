"""Losses, entropy and the truth: curves that need no study."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.special import expit

from softlabel_book.figures import canvas, wording
from softlabel_book.figures.canvas import Floats
from softlabel_book.figures.style import styled
from softlabel_book.palette import LINE, MARK, PAGE, colour, mark_colour, ordered
from softlabel_core import votes

# Splits of two classes that `entropy_curve` names: share, words, their side of the dot, pixels to the right and up.
SPLITS = (
    (0.5, "an even split: ln 2 = 0.69", "center", 0, 12),
    (0.9, "9 to 1: 0.33", "right", -10, -2),
    (1.0, "all agree: 0", "right", -14, 9),
)


@styled
def loss_of_confidence(share: float = 0.7, *, width: float = PAGE) -> Figure:
    """Two classes: the loss, and its pull on the logit, as the model grows more confident.

    The hard label asks for certainty whatever the votes; the soft label's loss
    is least, and its pull is zero, where the prediction equals the vote share.
    The derivative of cross-entropy by the logit is p_model minus the target.

    Parameters
    ----------
    share : float
        Share of the votes for the majority class, above one half and below one.
    width : float
        CSS pixels.

    Raises
    ------
    ValueError
        If `share` is not above one half and below one.
    """
    p, targets = _probabilities(), {"hard": 1.0, "soft": _checked_share(share)}
    losses = {arm: -target * np.log(p) - (1 - target) * np.log(1 - p) for arm, target in targets.items()}
    pulls = {arm: p - target for arm, target in targets.items()}
    least = {arm: float(votes.entropy([target, 1 - target])) for arm, target in targets.items()}
    wide = width >= PAGE
    w, h = ((width - 2 * 62 - 32) / 2, 240.0) if wide else (width - 62, 210.0)
    figure = canvas.blank(width, h + 110 if wide else 2 * h + 202)
    canvas.key(figure, 15, list(targets))
    first, second = canvas.corners(2, 2 if wide else 1, w + 62 + 32, h + 90, 40.0, 62.0)
    panel = partial(_confidence_panel, figure, p=p, targets=targets, share=share)
    panel((*first[1:], w, h), "loss, nats", (0, 3), losses, least)
    panel(
        (*second[1:], w, h),
        "pull on the logit: p \N{MINUS SIGN} target",
        (-1, 1),
        pulls,
        dict.fromkeys(targets, 0.0),
    )
    return figure


def _confidence_panel(
    figure: Figure,
    box: canvas.Box,
    name: str,
    limits: tuple[float, float],
    curves: Mapping[str, Floats],
    best: Mapping[str, float],
    *,
    p: Floats,
    targets: Mapping[str, float],
    share: float,
) -> None:
    """One curve an arm over the predicted probability, with a dot at its best where the prediction is the target."""
    left, top, w, h = box
    axes = canvas.axes(figure, box, "y")
    low, high = limits
    axes.set(xlim=(0, 1), ylim=limits)
    axes.xaxis.set_major_formatter(canvas.PERCENT)
    canvas.dash(axes, [share, share], limits)
    said = f"votes: {wording.percent(share)}"
    canvas.label(axes, share - 0.02, low + 0.08 * (high - low), said, ha="right")
    for arm, target in targets.items():
        axes.plot(p, curves[arm], color=mark_colour(arm), linewidth=LINE["mean"])
        canvas.dot(axes, target, best[arm], mark_colour(arm), clip_on=False)
    canvas.write(figure, left - 40, top - 14, name)
    text = "predicted probability of the majority class"
    canvas.write(figure, left + w / 2, top + h + 40, text, ha="center")


def _probabilities() -> Floats:
    """Probabilities from almost 0 to almost 1, closer together towards both ends."""
    return np.asarray(expit(np.linspace(-7.5, 7.5, 301)))


def _checked_share(share: float) -> float:
    if not 0.5 < share < 1:
        raise ValueError(f"share is {share}; give a majority's share of the votes, above 0.5 and below 1.")
    return share


@styled
def entropy_curve(*, width: float = PAGE) -> Figure:
    """Two classes: entropy by the share of votes for one of them, in nats."""
    left, top, w, h = box = (46.0, 36.0, width - 46 - 22, 220.0)
    figure = canvas.blank(width, top + h + 50)
    axes = canvas.axes(figure, box, "y")
    axes.set(xlim=(0, 1), ylim=(0, 0.8))
    axes.xaxis.set_major_formatter(canvas.PERCENT)
    p = np.linspace(0, 1, 201)
    entropies, look = votes.entropy(np.stack([p, 1 - p], -1)), {"linewidth": LINE["mean"], "clip_on": False}
    axes.plot(p, entropies, color=colour("human"), **look)
    for share, text, side, right, up in SPLITS:
        height = float(votes.entropy([share, 1 - share]))
        canvas.dot(axes, share, height, colour("human"), clip_on=False)
        canvas.label(axes, share + right / w, height + 0.8 * up / h, text, ha=side, color=colour("ink"))
    canvas.write(figure, 0, 16, "entropy, nats")
    text = "share of the votes for one of two classes"
    canvas.write(figure, left + w / 2, top + h + 42, text, ha="center")
    return figure


@styled
def truth_curve(
    blend: ArrayLike,
    p_true: ArrayLike,
    arms: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    votes_seen: tuple[ArrayLike, ArrayLike] | None = None,
    axis: str = "blend weight of the second digit",
    measure: str = "probability of the second digit",
    width: float = PAGE,
) -> Figure:
    """Where the truth is known: the true probability against what each arm predicts.

    Parameters
    ----------
    blend, p_true : array_like, shape [n]
        The blend weight, from 0 to 1 and rising, and the true probability there.
    arms : mapping of arm to (mean, low, high), each array_like of shape [n]
        Mean prediction and the band around it.
    votes_seen : (blend, share), optional
        Items' observed vote shares, as faint dots.
    axis, measure : str
        Names of the two axes.
    width : float
        CSS pixels.
    """
    x, truth = np.asarray(blend, dtype=float), np.asarray(p_true, dtype=float)
    figure, axes, _ = canvas.line_panel(["human", *arms], axis, measure, width)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    if votes_seen is not None:
        canvas.dots(axes, *votes_seen, "human", MARK["seed"], 0.18)
    ends = {"human": (float(x[-1]), float(truth[-1]))}
    for arm in ordered(arms):
        mean, low, high = (np.asarray(part, dtype=float) for part in arms[arm])
        band = np.clip([low, high], 0, 1)
        axes.fill_between(x, *band, color=mark_colour(arm), alpha=0.2, linewidth=0)
        axes.plot(x, mean, color=mark_colour(arm), linewidth=LINE["mean"])
        ends[arm] = (float(x[-1]), float(mean[-1]))
    axes.plot(x, truth, color=colour("human"), linewidth=LINE["mean"])
    canvas.name_lines(figure, axes, ends, {"human": "the truth"})
    return figure
