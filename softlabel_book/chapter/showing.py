"""What a build may show: single items only where their owners let a page, or on one's own machine."""

from __future__ import annotations

import os

from softlabel_book.chapter.prose import notice, say
from softlabel_core.data import Dataset

ITEMS_VARIABLE = "BOOK_ITEMS"


def shows_everything() -> bool:
    """Whether BOOK_ITEMS=all lifts the rule that a page shows only items whose owners let it.

    Raises
    ------
    ValueError
        If BOOK_ITEMS is set to something else than "all".
    """
    wish = os.environ.get(ITEMS_VARIABLE, "")
    if wish not in ("", "all"):
        raise ValueError(
            f"{ITEMS_VARIABLE} is {wish!r}; set it to all, for pages that stay on your own machine, or unset it."
        )
    return wish == "all"


def may_show(votes: Dataset | None) -> bool:
    """Whether this build may show single items: texts, pictures, votes, and what follows from an item's votes.

    A published page may where the data set's owners let it, and a page of one's own
    with BOOK_ITEMS=all, see `shows_everything`.

    Parameters
    ----------
    votes : Dataset or None
        None where the votes are not at hand: there is nothing to show.
    """
    everything = shows_everything()
    return votes is not None and (votes.published or everything)


def withhold(votes: Dataset) -> None:
    """Show one notice that says which items a page leaves out, why, and how to see them."""
    notice(
        f"Single items of `{votes.name}`, their votes and their entropies are left out of this page; it shows "
        f"aggregates and model outputs. {votes.licence} To see the items on your own machine, set "
        f"`{ITEMS_VARIABLE}=all` in the environment and build the book, or run this page, again."
    )


def licence(shown: Dataset) -> None:
    """Print whose votes and items a page shows, with what licence."""
    what = shown.provenance if may_show(shown) else "aggregates and model outputs only"
    say(f"<small>{shown.licence} Shown here: {what}.</small>")
