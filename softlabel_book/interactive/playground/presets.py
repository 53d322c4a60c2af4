"""Settings that a reader may go to, each with what there is to see in them."""

from __future__ import annotations

from dataclasses import dataclass

from softlabel_book.interactive.playground.world import Settings


@dataclass(frozen=True)
class Preset:
    """Settings with what there is to see in them.

    Parameters
    ----------
    label : str
        A few words, unlike those of other presets.
    settings : Settings
    note : str
        What to notice; a sentence or two.
    """

    label: str
    settings: Settings
    note: str


PRESETS = (
    Preset(
        "1 clear items",
        Settings(ambiguity=0.05, annotators=5),
        "People agree on nearly every item, so the majority and the votes say nearly the same. The two models learn "
        "nearly the same, too.",
    ),
    Preset(
        "2 contested items",
        Settings(ambiguity=0.75, annotators=20),
        "Twenty people vote on each item and often differ. Told only who won, the hard model is near the truth for a few "
        "steps, then draws sharp borders and is ever more certain; told the votes, the soft one finds the truth.",
    ),
    Preset(
        "3 few votes",
        Settings(ambiguity=0.75, annotators=2),
        "Two votes an item are noisy, and the soft model pays for it, too. Add annotators: it nears the truth. The hard one "
        "gains a little with the third; from the sixth on it ends much further away, as clean majorities hide the doubt.",
    ),
    Preset(
        "4 one item’s votes",
        Settings(ambiguity=0.55, annotators=10, items=24, seed=4),  # where one vote tips the ringed item
        "Few items, so each one matters. Move votes of the ringed item to another class: the soft model follows every "
        "vote, the hard one stands still until the majority tips, and then jumps.",
    ),
)


def named(label: str) -> Preset:
    """The preset of that label.

    Raises
    ------
    ValueError
        If there is none; the sentence lists those there are.
    """
    for preset in PRESETS:
        if preset.label == label:
            return preset
    raise ValueError(
        f"there is no preset {label!r}; choose one of {', '.join(each.label for each in PRESETS)}."
    )
