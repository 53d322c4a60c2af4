"""Sentences of a page, and claims held against the numbers."""

from __future__ import annotations


def check(claim: bool, sentence: str, run: str) -> None:
    """Hold a claim of the prose against the numbers.

    Raises
    ------
    AssertionError
        If the claim does not hold in a recorded or full run. A quick run only prints.
    """
    if run == "quick":
        print(f"{'holds' if claim else 'does not hold'} in this quick run: {sentence}")
    elif not claim:
        raise AssertionError(
            f"the text says: {sentence} The numbers of this {run} run say otherwise; correct the text."
        )


def say(text: str) -> None:
    """Show a sentence of Markdown whose numbers were measured."""
    from IPython.display import Markdown, display

    display(Markdown(text))


def notice(text: str) -> None:
    """Show one visible notice."""
    say(f"> **Note.** {text}")
