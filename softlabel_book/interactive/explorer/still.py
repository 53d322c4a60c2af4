"""An explorer without JavaScript: a sentence, and a scatter plot for each arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from softlabel_book.interactive.base import as_text

SIDE = 320  # of a plot, in pixels
MOST = 3  # plots


def summary(payload: Mapping[str, Any]) -> str:
    """What the figure is of, and the mean entropies."""
    human = np.array(payload["entropy"])
    means = [f"the votes {human.mean():.3f}"]
    for arm in payload["arms"]:
        model = np.array(payload["models"][arm]["entropy"])
        text = f"the {arm} arm {model.mean():.3f}"
        if np.ptp(human) > 0 and np.ptp(model) > 0:
            text += f" (correlation with the votes' entropy {np.corrcoef(human, model)[0, 1]:.2f})"
        means.append(text)
    what = f"the entropy of each arm's answer against the entropy of the votes, for {len(human):,} items"
    return (
        f"{payload['title']}. An interactive figure that needs JavaScript: {what}. "
        f"Mean entropy in nats: {'; '.join(means)}."
    )


def picture(payload: Mapping[str, Any]) -> str:
    """A scatter plot for each of the first arms, as plain SVG."""
    return "".join(_scatter(payload, arm) for arm in payload["arms"][:MOST])


def _scatter(payload: Mapping[str, Any], arm: str) -> str:
    """One arm's plot; each dot is a line of no length with a round end."""
    human, own = np.array(payload["entropy"]), np.array(payload["models"][arm]["entropy"])
    highest = max(0.1, human.max(), *(max(model["entropy"]) for model in payload["models"].values()))
    x, y = np.rint(human / highest * SIDE).astype(int), np.rint((1 - own / highest) * SIDE).astype(int)
    dots = "".join(f"M{a} {b}h0" for a, b in sorted(set(zip(x.tolist(), y.tolist(), strict=True))))
    name = as_text(arm)
    return (
        f'<svg viewBox="-20 -24 {SIDE + 30} {SIDE + 50}" width="{SIDE}" role="img" aria-label="{name} arm: '
        f'entropy of its answer (upwards) against the votes\' entropy (to the right), nats" data-arm="{name}" '
        f'stroke="currentColor" fill="currentColor"><path d="M0 {SIDE}H{SIDE}M0 {SIDE}V0M0 {SIDE}L{SIDE} 0" '
        f'stroke-opacity=".3"/><path d="{dots}" stroke-width="4" stroke-linecap="round" stroke-opacity=".4" '
        f'style="stroke:var(--_own)"/><text y="-8" stroke="none" font-size="14">{name} arm’s entropy ↑</text>'
        f'<text x="{SIDE}" y="{SIDE + 20}" stroke="none" font-size="14" text-anchor="end">human entropy →</text></svg>'
    )
