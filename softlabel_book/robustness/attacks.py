"""Attacks: the smallest changes of an image that hurt a model most."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from softlabel_book.robustness.conditions import STEPS
from softlabel_core import votes
from softlabel_core.losses import soft_cross_entropy

BATCH = 100  # what a processor's cache holds: 500 take twice as long an image


def majority_target(counts: ArrayLike) -> Tensor:
    """What an attacker pushes away from: the majority vote, evenly over the classes of a tie.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Votes.

    Returns
    -------
    torch.Tensor of float32, shape [n_items, n_classes]
    """
    tied = votes.tied(counts)
    return torch.from_numpy((tied / tied.sum(axis=1, keepdims=True)).astype(np.float32))


def fgsm(model: nn.Module, images: Tensor, target: Tensor, epsilon: float, batch_size: int = BATCH) -> Tensor:
    """Move every pixel by epsilon in the direction that raises the loss (fast gradient sign method).

    Parameters
    ----------
    model : torch.nn.Module
        Maps raw images to logits. It is put into evaluation mode; its weights and their gradients stay.
    images : torch.Tensor, shape [n_items, channels, height, width]
        uint8 or float, grey levels from 0 to 255.
    target : torch.Tensor, shape [n_items, n_classes]
        The loss is cross-entropy with these distributions, see `majority_target`.
    epsilon : float
        Largest change of a pixel in grey levels, of 255.
    batch_size : int
        Images at once.

    Returns
    -------
    torch.Tensor of float32, same shape
        Within epsilon of the images and within 0 to 255.

    Raises
    ------
    ValueError
        If epsilon is negative, or there is not one target for each image.

    References
    ----------
    Goodfellow, Shlens and Szegedy (2015), "Explaining and harnessing adversarial examples", section 4.
    """
    _check(images, target, epsilon)
    model.eval()
    return torch.cat(
        [
            _project(batch.float() + epsilon * _slope(model, batch.float(), wanted).sign(), batch, epsilon)
            for batch, wanted in zip(images.split(batch_size), target.split(batch_size), strict=True)
        ]
    )


def pgd(
    model: nn.Module,
    images: Tensor,
    target: Tensor,
    epsilon: float,
    steps: int = STEPS,
    seed: int = 0,
    batch_size: int = BATCH,
) -> Tensor:
    """Climb the loss in signed steps of epsilon / 4 within epsilon of each image (projected gradient descent).

    One random start, and the last step's image, which need not be a picture of whole grey levels.

    Parameters
    ----------
    steps : int
    seed : int
        Seed of the start, uniform within epsilon of each image.
    model, images, target, epsilon, batch_size
        As in `fgsm`, which also says what is returned and raised.

    References
    ----------
    Madry et al. (2018), "Towards deep learning models resistant to adversarial attacks", section 2.1;
    their CIFAR-10 attacks take steps of a quarter of an epsilon of 8.
    """
    _check(images, target, epsilon)
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    start = epsilon * (2 * torch.rand(images.shape, generator=generator) - 1)
    found = []
    for rows in torch.arange(len(images)).split(batch_size):
        batch, wanted = images[rows.to(images.device)], target[rows.to(target.device)]
        moved = _project(batch.float() + start[rows].to(batch.device), batch, epsilon)
        for _ in range(steps):
            moved = _project(moved + epsilon / 4 * _slope(model, moved, wanted).sign(), batch, epsilon)
        found.append(moved)
    return torch.cat(found)


def _check(images: Tensor, target: Tensor, epsilon: float) -> None:
    if not epsilon >= 0:
        raise ValueError(f"epsilon is {epsilon}; give grey levels of 255 from 0 up.")
    if images.ndim != 4 or target.ndim != 2 or len(images) != len(target):
        raise ValueError(
            f"images have shape {tuple(images.shape)} and target {tuple(target.shape)}; give "
            "[n_items, channels, height, width] and one distribution [n_items, n_classes] for each image."
        )


def _slope(model: nn.Module, images: Tensor, target: Tensor) -> Tensor:
    """Gradient of the loss with respect to the images alone, the same shape."""
    with torch.enable_grad():
        shown = images.detach().clone().requires_grad_()
        loss = soft_cross_entropy(model(shown), target.to(shown.device))
        return torch.autograd.grad(loss, shown)[0]


def _project(moved: Tensor, images: Tensor, epsilon: float) -> Tensor:
    """The nearest images that lie within epsilon of the given ones and within 0 to 255."""
    origin = images.float()
    return torch.clamp(torch.minimum(torch.maximum(moved, origin - epsilon), origin + epsilon), 0, 255)
