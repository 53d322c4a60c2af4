"""Conditions: what test images go through, by name: "clean", "noise-5", "pgd-8"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from softlabel_book.robustness import corruptions

CLEAN = "clean"
LEVELS = (1, 2, 3, 4, 5)
EPSILONS = (1.0, 2.0, 4.0, 8.0)  # grey levels of 255
ATTACKS = ("fgsm", "pgd")
STEPS = 10  # of the attack "pgd"


def names(
    kinds: Sequence[str] = tuple(corruptions.SEVERITIES),
    levels: Sequence[int] = LEVELS,
    epsilons: Sequence[float] = EPSILONS,
) -> list[str]:
    """Names of conditions: clean, noise-1 to jpeg-5, fgsm-1 to pgd-8."""
    damaged = [f"{kind}-{level}" for kind in kinds for level in levels]
    return [CLEAN, *damaged, *(f"{kind}-{epsilon:g}" for kind in ATTACKS for epsilon in epsilons)]


def parts(name: str) -> tuple[str, str]:
    """Kind and strength of a condition, as its name has them: "pgd" and "8"; clean images have no strength."""
    kind, _, strength = name.partition("-")
    return kind, strength


def is_attack(name: str) -> bool:
    """Whether somebody who knows the model made it."""
    return parts(name)[0] in ATTACKS


def strongest(known: Iterable[str]) -> list[str]:
    """Of conditions in order of their strength, the last one of each kind."""
    return list({parts(name)[0]: name for name in known}.values())
