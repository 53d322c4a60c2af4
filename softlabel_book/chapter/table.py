"""A table on a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


LONG = 40  # letters: more than an interval has


class Table:
    """A data frame of texts as a page shows it: it may scroll, and intervals stand small below their values."""

    def __init__(self, cells: pd.DataFrame) -> None:
        self.cells = cells

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        small = self.cells.map(_stacked)
        small.columns = small.columns.map(html.escape)
        small.index = small.index.map(_escaped)
        page = small.to_html(escape=False, border=0, classes="sl-table")
        return {
            "text/html": f'<div class="sl-scroll" tabindex="0" role="group" aria-label="table, may scroll">{page}</div>',
            "text/plain": self.cells.to_string(),
        }


def _escaped(name: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """A row's name; of one that stands in a group, both parts."""
    return html.escape(name) if isinstance(name, str) else tuple(map(html.escape, name))


def _stacked(cell: str) -> str:
    """A cell with its interval on a line of its own; a sentence may break anywhere."""
    if len(cell) > LONG:
        return f'<span class="sl-text">{html.escape(cell)}</span>'
    value, bracket, rest = html.escape(cell).partition(" [")
    return f'{value}<br><span class="sl-interval">[{rest}</span>' if bracket else value
