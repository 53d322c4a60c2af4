"""Texts with their votes and each arm's prediction as bars: what `item_gallery` is for pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_book.interactive.base import as_text, look
from softlabel_book.interactive.item_media import check_texts
from softlabel_book.palette import ordered
from softlabel_core import votes

LETTERS = 30  # a line on a phone
LINES = 10  # a text of more may scroll there, and a keyboard must reach what scrolls
STOP = ' tabindex="0"'
CAPTION = "The votes (counts) and each arm's answer (per cent)"

_LAYOUT = """
.sl-gallery { margin: .5rem 0; }
.sl-gallery .sl-figure { margin: 0; max-width: none; }
.sl-gallery .sl-entry { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem 2rem; align-items: start; }
.sl-gallery .sl-entry + .sl-entry { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--_rule); }
.sl-gallery .sl-caption { color: var(--_muted); font-size: var(--_note); margin-bottom: .25rem; }
.sl-gallery summary { color: var(--_muted); font-size: var(--_note); cursor: pointer; width: fit-content; }
@container (min-width: 38rem) { .sl-gallery .sl-entry { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
@media print { .sl-gallery .sl-entry { break-inside: avoid; } .sl-gallery .sl-text { max-height: none; } }
"""


@dataclass(frozen=True)
class Gallery:
    """Texts and bars for a page, with plain text for everything else."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def show(
    texts: Sequence[str | Mapping[str, str]],
    counts: ArrayLike,
    arms: Mapping[str, ArrayLike],
    class_names: Sequence[str],
    captions: Sequence[str] | None = None,
    *,
    warning: str = "",
) -> Gallery:
    """Texts with their votes and each arm's prediction, class by class, beside them.

    Parameters
    ----------
    texts : sequence of str, or of mapping of heading to str, length n_items
        Shown as text, never read as markup.
    counts : array_like of int, shape [n_items, n_classes]
        Votes.
    arms : mapping of arm to array_like, shape [n_items, n_classes]
        Predicted probabilities.
    class_names : sequence of str
    captions : sequence of str, optional
        One line over each item.
    warning : str
        A sentence that covers each text until the reader asks for it.

    Raises
    ------
    ValueError
        If votes are not counts, probabilities do not sum to one, a text is no
        string, or lengths differ.
    """
    checked = votes.check_counts(counts)
    bodies = check_texts(texts, len(checked))
    p_model = {arm: votes.check_distribution(arms[arm], name=f"arms[{arm!r}]") for arm in ordered(arms)}
    for name, given, wanted in [
        ("class_names", (len(class_names),), checked.shape[1:]),
        ("captions", (len(checked if captions is None else captions),), checked.shape[:1]),
        *((f"arms[{arm!r}]", p.shape, checked.shape) for arm, p in p_model.items()),
    ]:
        if given != wanted:
            raise ValueError(
                f"{name} has shape {given} but counts asks for {wanted}; give the same items and classes."
            )
    names = [str(name) for name in class_names]
    entries, plain = [], []
    for row, body in enumerate(bodies):
        parts = [("", body)] if isinstance(body, str) else list(body.items())
        total = int(checked[row].sum())
        said = f"{total} vote{'s' * (total != 1)}" + (f", {captions[row]}" if captions else "")
        table = _table(checked[row], {arm: p[row] for arm, p in p_model.items()})
        entries.append(_entry(said, _text(parts, warning), _bars(table, names)))
        plain.append(_plain(said, [("", warning)] if warning else parts, table, names))
    page = "".join(entries)
    return Gallery(
        f'<div class="sl-gallery"><style>{look("sl-gallery")}{_LAYOUT}</style>'
        f'<div class="sl-figure" role="list">{page}</div></div>',
        "\n\n".join(plain),
    )


def _table(
    counts: NDArray[np.int64], arms: Mapping[str, NDArray[np.float64]]
) -> dict[str, list[tuple[float, str]]]:
    """By column, each class's share and how it is written: votes as counts, answers as whole per cent."""
    human = [(float(count / counts.sum()), str(count)) for count in counts]
    return {"human": human} | {
        arm: [(float(share), f"{100 * share:.0f}%") for share in p] for arm, p in arms.items()
    }


def _entry(caption: str, text: str, bars: str) -> str:
    said = f'<p class="sl-caption" dir="auto">{as_text(caption)}</p>{text}'
    return f'<div class="sl-entry" role="listitem"><div>{said}</div>{bars}</div>'


def _text(parts: Sequence[tuple[str, str]], warning: str) -> str:
    """A text under its headings, closed behind the warning where there is one.

    The last part scrolls with the whole text, the others by themselves: see item.css.
    """
    lines = [sum(1 + len(line) // LETTERS for line in body.splitlines()) for _, body in parts]
    stops = [sum(lines) > LINES] * (len(parts) - 1) + [False]
    inner = "".join(
        (f'<p class="sl-heading" dir="auto">{as_text(heading)}</p>' if heading else "")
        + f'<p dir="auto"{STOP if stop else ""}>{as_text(body)}</p>'
        for (heading, body), stop in zip(parts, stops, strict=True)
    )
    stop = STOP if lines[-1] > LINES else ""
    shown = f'<div class="sl-text" role="group" aria-label="text of the item"{stop}>{inner}</div>'
    return f"<details><summary>{as_text(warning)} Show text</summary>{shown}</details>" if warning else shown


def _bars(table: Mapping[str, Sequence[tuple[float, str]]], names: Sequence[str]) -> str:
    """The explorer's table: one row a class, one column for the humans and one for each arm."""
    longest = min(14, max(11, *map(len, names)))
    heads = "".join(f'<th scope="col" data-arm="{as_text(arm)}">{as_text(arm)}</th>' for arm in table)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{as_text(name)}</bdi></th>'
        + "".join(_cell(arm, *column[k]) for arm, column in table.items())
        + "</tr>"
        for k, name in enumerate(names)
    )
    return (
        f'<table class="sl-bars" style="--_longest:{longest}"><caption>{CAPTION}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(arm: str, share: float, words: str) -> str:
    none = ' class="sl-none"' if share == 0 else ""
    return (
        f'<td data-arm="{as_text(arm)}" style="--_share:{share:.4f}"{none}>'
        f'<div><span class="sl-bar"></span><span class="sl-value">{words}</span></div></td>'
    )


def _plain(
    caption: str,
    parts: Sequence[tuple[str, str]],
    table: Mapping[str, Sequence[tuple[float, str]]],
    names: Sequence[str],
) -> str:
    """An item for a terminal: caption, text, and the numbers of the bars in columns."""
    said = [textwrap.fill(f"{heading}: {body}" if heading else body, 100) for heading, body in parts]
    wide = max(map(len, names))
    lines = [" " * wide + "".join(f"{arm:>10}" for arm in table)]
    lines += [
        f"{name:<{wide}}" + "".join(f"{column[k][1]:>10}" for column in table.values())
        for k, name in enumerate(names)
    ]
    return "\n".join([caption, *said, *lines])
