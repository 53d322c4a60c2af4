"""Mixing: what an arm does to a batch and its targets before the model sees them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from softlabel_core import targets
from softlabel_core.models.tokens import Tokens

# For (step, batch as the model takes it, its target distributions): both as they shall be learnt.
Mix = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


def mixup(strength: float, seed: int) -> Mix:
    """Each item blended with another of its batch, and its target likewise.

    lambda * item + (1 - lambda) * other, with one lambda a batch from Beta(strength, strength)
    (Zhang et al., 2018, "mixup: Beyond empirical risk minimization").

    Parameters
    ----------
    strength : float
        Above 0; the larger, the more evenly two items are blended.
    seed : int
        The run's, so that a step is mixed alike whenever it is taken.
    """

    def mix(step: int, shown: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([seed, step])
        share = float(rng.beta(strength, strength))
        other = torch.from_numpy(rng.permutation(len(shown)))
        there = other.to(shown.device)
        return (
            share * shown + (1 - share) * shown[there],
            share * target + (1 - share) * target[other.to(target.device)],
        )

    return mix


def build(arm: str, inputs: Tensor | Tokens, seed: int) -> Mix | None:
    """What an arm does to its batches; None for the arms that leave them as they are.

    Raises
    ------
    ValueError
        If the arm mixes and the inputs are token ids, which have no blend.
    """
    name, setting = targets.parse(arm)
    if name != "mixup":
        return None
    check(arm, token_ids=isinstance(inputs, Tokens))
    (strength,) = setting
    return mixup(strength, seed)


def check(arm: str, *, token_ids: bool) -> None:
    """Refuse an arm that mixes inputs where those are token ids.

    Raises
    ------
    ValueError
        Then.
    """
    if token_ids and targets.parse(arm)[0] == "mixup":
        raise ValueError(
            "the arm 'mixup' blends inputs, and token ids cannot be blended; leave that arm out, "
            "or take a protocol on frozen features, such as 'frozen'."
        )
