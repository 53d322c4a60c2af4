"""Building: a classifier of images or texts by its name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from softlabel_core.models import texts as text_models
from softlabel_core.models.images import Scale, named
from softlabel_core.models.tokens import Tokens

# PyTorch draws initial weights from one generator for all threads.
_drawing = threading.Lock()


def build(name: str, inputs: Tensor | Tokens, n_classes: int, seed: int) -> nn.Module:
    """Build a classifier: an untrained one of raw images, or a pretrained encoder with an untrained head.

    Parameters
    ----------
    name : str
        For images see `images.named`; for texts see `texts.source`.
    inputs : torch.Tensor, shape [n_items, channels, height, width], or Tokens
        Training items; an image model scales by their mean and standard deviation.
    n_classes : int
    seed : int
        Seed of the initial weights; the global random state is left as it was.

    Returns
    -------
    torch.nn.Module
        Maps raw images [n, channels, height, width] or padded tokens [n, 3, length]
        to logits [n, n_classes].

    Raises
    ------
    ValueError
        If there is no such image model.
    text_models.ModelUnavailable
        If a text model cannot be had.
    """
    if isinstance(inputs, Tokens):
        with _drawn(seed):
            return text_models.build(name, n_classes)
    make = named(name)
    pixels = inputs.float()
    mean, std = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3)).clamp_min(1e-6)
    with _drawn(seed):
        model = nn.Sequential(Scale(mean, std), make(n_classes, inputs.shape[1]))
        with torch.no_grad():
            model.eval()(inputs[:2])  # gives lazy layers their size
    return model


@contextmanager
def _drawn(seed: int) -> Iterator[None]:
    """Draw weights from a seeded generator on the CPU; a GPU's generator stays as it is."""
    with _drawing, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
