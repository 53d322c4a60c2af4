"""Pairs of distributions that a reader may go to, each with what there is to see in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A pair of distributions with what there is to see in it.

    Parameters
    ----------
    label : str
        A few words, unlike those of other presets.
    p_human, p_model : tuple of float, length K
        Distributions.
    note : str
        What to notice; a sentence or two.
    """

    label: str
    p_human: tuple[float, ...]
    p_model: tuple[float, ...]
    note: str


CLASSES = ("cat", "dog", "deer")
VOTES = (0.6, 0.3, 0.1)
CERTAIN = (0.98, 0.01, 0.01)
PRESETS = (
    Preset(
        "equal",
        VOTES,
        VOTES,
        "The model says what people say. Both KL are 0 and the soft label pulls nowhere; the loss that is left is the "
        "people’s own entropy. The hard label still asks for more certainty.",
    ),
    Preset(
        "falsely certain",
        VOTES,
        CERTAIN,
        "What training on hard labels tends to give. KL(human ‖ model) is more than twice KL(model ‖ human): the votes "
        "that the model ignores weigh in the first and hardly in the second.",
    ),
    Preset(
        "too unsure",
        VOTES,
        (0.36, 0.33, 0.31),
        "Too much doubt costs little in KL(human ‖ model), about a sixth of what false certainty costs. Now "
        "KL(model ‖ human) is the larger of the two.",
    ),
    Preset(
        "right shape, wrong class",
        VOTES,
        VOTES[::-1],
        "Both entropies are the same, and yet the model is wrong. Who compares entropies alone would call it perfect; "
        "both KL say that it is not.",
    ),
    Preset(
        "ruled out",
        VOTES,
        (0.65, 0.35, 0.0),
        "One person in ten chose a class that the model calls impossible. KL(human ‖ model) is infinite, and the loss "
        "with it, however right the rest is; KL(model ‖ human) stays small.",
    ),
    Preset(
        "one-hot label",
        (1.0, 0.0, 0.0),
        VOTES,
        "A hard label, or a crowd that agrees: the entropy is 0, so the whole loss is KL. KL(model ‖ human) is infinite "
        "until the model is certain, so training could not even begin in that direction.",
    ),
)
