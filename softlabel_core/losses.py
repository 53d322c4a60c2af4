"""The loss: cross-entropy towards a distribution."""

from __future__ import annotations

import torch
from torch import Tensor


def soft_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Mean cross-entropy of predicted distributions towards target distributions, in nats.

    For a one-hot target this is the usual loss; for a soft label it is
    KL(target || softmax(logits)) plus the target's entropy, which is constant.

    Parameters
    ----------
    logits : torch.Tensor, shape [n_batch, n_classes]
        Computed on in float32, whatever their type.
    target : torch.Tensor of float, shape [n_batch, n_classes]
        Distributions.

    Returns
    -------
    torch.Tensor
        A scalar.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if logits.shape != target.shape:
        raise ValueError(
            f"logits have shape {tuple(logits.shape)} but the target has {tuple(target.shape)}; "
            "give one distribution over the same classes for each item of the batch."
        )
    return torch.nn.functional.cross_entropy(logits.float(), target)
