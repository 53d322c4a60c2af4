"""Classifiers, built by name: image networks here, text networks through `text_models`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from softlabel_core import text_models
from softlabel_core.tokens import Tokens

# PyTorch draws initial weights from one generator for all threads.
_drawing = threading.Lock()


class Scale(nn.Module):
    """Bring raw uint8 images to zero mean and unit variance, channel by channel.

    Part of the model, so that a saved model carries its constants and takes raw images.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean.reshape(1, -1, 1, 1))
        self.register_buffer("std", std.reshape(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Scale images [n, channels, height, width]."""
        return (images.float() - self.mean) / self.std


class Residual(nn.Module):
    """Two 3 x 3 convolutions with batch normalisation and a shortcut (He et al. 2016, figure 2)."""

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width_in, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        same = stride == 1 and width_in == width
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(width_in, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, width_in, h, w] to [n, width, h / stride, w / stride]."""
        return torch.relu(self.body(x) + self.shortcut(x))


def small_resnet(n_classes: int, channels: int) -> nn.Module:
    """Residual network of 0.3M parameters that two cores can train."""
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, 1, 1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        Residual(32, 32, 1),
        Residual(32, 64, 2),
        Residual(64, 128, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(128, n_classes),
    )


def cifar_resnet18(n_classes: int, channels: int) -> nn.Module:
    """ResNet-18 of 11.2M parameters with CIFAR's stem: a 3 x 3 convolution of stride 1, no pooling."""
    from torchvision.models import resnet18

    model = resnet18(weights=None, num_classes=n_classes)
    model.conv1 = nn.Conv2d(channels, 64, 3, 1, 1, bias=False)
    model.maxpool = nn.Identity()
    return model


def small_mlp(n_classes: int, channels: int) -> nn.Module:
    """Two hidden layers of 128 for the 8 x 8 digits."""
    return nn.Sequential(
        nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, n_classes)
    )


def linear(n_classes: int, channels: int) -> nn.Module:
    """Softmax regression on frozen embeddings, which come as images of one pixel."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels, n_classes))


def head_mlp(n_classes: int, channels: int) -> nn.Module:
    """One hidden layer of 256 on frozen features, which come as images of one pixel."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels, 256), nn.ReLU(), nn.Linear(256, n_classes))


MODELS: dict[str, Callable[[int, int], nn.Module]] = {
    "small-resnet": small_resnet,
    "cifar-resnet18": cifar_resnet18,
    "small-mlp": small_mlp,
    "linear": linear,
    "head-mlp": head_mlp,
}


class MonteCarloDropout(nn.Dropout):
    """Dropout that also drops in prediction (Gal and Ghahramani, 2016, "Dropout as a Bayesian approximation")."""

    def forward(self, features: Tensor) -> Tensor:
        """Drop features [n, n_features] at random, in evaluation too."""
        return nn.functional.dropout(features, self.p, training=True)


def last_layer(model: nn.Module) -> str:
    """Name of the linear layer that gives a classifier's logits, as `get_submodule` takes it.

    Raises
    ------
    ValueError
        If there is no linear layer.
    """
    names = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    if not names:
        raise ValueError("the model has no linear layer, so nothing can be put before its last one.")
    return names[-1]


def drop_before_last(model: nn.Module, share: float) -> None:
    """Put Monte Carlo dropout before a classifier's last layer, in place."""
    name = last_layer(model)
    model.set_submodule(name, nn.Sequential(MonteCarloDropout(share), model.get_submodule(name)))


def give_features(model: nn.Module) -> None:
    """Let a classifier give what its last layer reads instead of logits, in place."""
    model.set_submodule(last_layer(model), nn.Identity())


def build(name: str, inputs: Tensor | Tokens, n_classes: int, seed: int) -> nn.Module:
    """Build a classifier: an untrained one of raw images, or a pretrained encoder with an untrained head.

    Parameters
    ----------
    name : str
        For images one of `MODELS`; for texts see `text_models.place`.
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
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}; choose one of {', '.join(MODELS)}.")
    pixels = inputs.float()
    mean, std = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3)).clamp_min(1e-6)
    with _drawn(seed):
        model = nn.Sequential(Scale(mean, std), MODELS[name](n_classes, inputs.shape[1]))
        with torch.no_grad():
            model.eval()(inputs[:2])  # gives lazy layers their size
    return model


@contextmanager
def _drawn(seed: int) -> Iterator[None]:
    """Draw weights from a seeded generator on the CPU; a GPU's generator stays as it is."""
    with _drawing, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def n_parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
