"""A playground without JavaScript: what the training comes to, in a sentence and as squares."""

from __future__ import annotations

import base64
import io

import numpy as np

from softlabel_book.interactive.base import as_text
from softlabel_book.interactive.playground.world import GRID, N_CLASSES, STEPS, Floats, Outcome, Settings
from softlabel_book.palette import colour
from softlabel_core import votes

COLOURS = ("class-3", "class-8", "class-5")  # of A, B and C; none is an arm's own
SIDE = 160  # of a square, in pixels
NAMES = {"human": "truth", "hard": "hard", "soft": "soft"}


def summary(now: Settings, found: Outcome) -> str:
    """What was set, and how far both models end from the truth."""
    return (
        f"{now.annotators} annotators vote on each of {now.items} items of three classes; the true distributions "
        f"have a mean entropy of {found.entropy['human']:.3f} nats. Two softmax models with the same start learn from "
        f"the votes for {STEPS} steps: the hard one from each item’s majority, the soft one from its annotation "
        "distribution. "
        f"The hard model ends at a KL to the truth of {found.kl['hard']:.3f} and an entropy of "
        f"{found.entropy['hard']:.3f}, the soft one at {found.kl['soft']:.3f} and {found.entropy['soft']:.3f}. "
        "With JavaScript, items, votes and annotators can be changed here, and both models learn before your eyes."
    )


def picture(found: Outcome) -> str:
    """Truth, hard and soft side by side: one class a colour, its strength the certainty."""
    squares = "".join(
        f'<figure style="margin:0"><img src="{_square(p)}" width="{SIDE}" height="{SIDE}" '
        f'alt="{as_text(NAMES[arm])}: the distribution over the square" style="border:1px solid">'
        f"<figcaption>{as_text(NAMES[arm])}</figcaption></figure>"
        for arm, p in found.p.items()
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:1rem">{squares}</div>'


def _square(p: Floats) -> str:
    """Distributions over the grid as a PNG in a data address, see-through where they are flat."""
    from PIL import Image

    colours = np.array([list(bytes.fromhex(colour(name)[1:])) for name in COLOURS])
    strength = 1 - votes.entropy(p) / np.log(N_CLASSES)
    pixels = np.hstack([p @ colours, 255 * (0.05 + 0.75 * strength[:, None])])
    image = Image.fromarray(np.round(pixels).astype(np.uint8).reshape(GRID, GRID, 4)[::-1].copy(), "RGBA")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
