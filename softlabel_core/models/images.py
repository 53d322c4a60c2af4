"""Image classifiers, built by name, and heads on frozen features."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn


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


def small_resnet(n_classes: int, channels: int, width: int = 32) -> nn.Module:
    """Residual network that two cores can train: of 0.3M parameters with 32 channels in the first of its three stages."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, 1, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        Residual(width, width, 1),
        Residual(width, 2 * width, 2),
        Residual(2 * width, 4 * width, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * width, n_classes),
    )


def cnn(n_classes: int, channels: int) -> nn.Module:
    """Plain convolutions, 2.0M parameters, in the manner of airbench: as good as two cores train in an hour.

    After Jordan (2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv 2404.00498), section 3.1,
    less what belongs to its training: no whitening, no fixed biases, no scaled output.
    """
    widths = (64, 256, 256)
    return nn.Sequential(
        nn.Conv2d(channels, 24, 2),  # 31 x 31, so that three times halved leaves 3 x 3
        nn.GELU(),
        *(_halving(a, b) for a, b in pairwise((24, *widths))),
        nn.MaxPool2d(3),
        nn.Flatten(),
        nn.Linear(widths[-1], n_classes),
    )


def _halving(width_in: int, width: int) -> nn.Module:
    """Two 3 x 3 convolutions, the first one pooled to half the size."""
    return nn.Sequential(
        nn.Conv2d(width_in, width, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(width),
        nn.GELU(),
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.GELU(),
    )


def cifar_resnet18(n_classes: int, channels: int) -> nn.Module:
    """ResNet-18 of 11.2M parameters with CIFAR's stem: a 3 x 3 convolution of stride 1, no pooling."""
    from torchvision.models import resnet18

    model = resnet18(weights=None, num_classes=n_classes)
    model.conv1 = nn.Conv2d(channels, 64, 3, 1, 1, bias=False)
    model.maxpool = nn.Identity()
    return model


def small_mlp(n_classes: int, channels: int, width: int = 128) -> nn.Module:
    """Two hidden layers for the 8 x 8 digits."""
    return nn.Sequential(
        nn.Flatten(),
        nn.LazyLinear(width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, n_classes),
    )


def linear(n_classes: int, channels: int) -> nn.Module:
    """Softmax regression on frozen embeddings, which come as images of one pixel."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels, n_classes))


def head_mlp(n_classes: int, channels: int, width: int = 256) -> nn.Module:
    """One hidden layer on frozen features, which come as images of one pixel."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels, width), nn.ReLU(), nn.Linear(width, n_classes))


Made = Callable[[int, int], nn.Module]  # from the numbers of classes and of channels
MODELS: dict[str, Made] = {
    "small-resnet": small_resnet,
    "cnn": cnn,
    "cifar-resnet18": cifar_resnet18,
    "small-mlp": small_mlp,
    "linear": linear,
    "head-mlp": head_mlp,
}
OF_ANY_WIDTH: dict[str, Callable[..., nn.Module]] = {
    "small-resnet": small_resnet,
    "small-mlp": small_mlp,
    "head-mlp": head_mlp,
}
"""Those whose name may end in a width other than their own, as in "head-mlp-1024"."""


def named(name: str) -> Made:
    """What makes the model of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name in MODELS:
        return MODELS[name]
    family, _, width = name.rpartition("-")
    if family in OF_ANY_WIDTH and width.isdecimal() and int(width) > 0:
        return partial(OF_ANY_WIDTH[family], width=int(width))
    raise ValueError(
        f"there is no model {name!r}; choose one of {', '.join(MODELS)}, or give one of "
        f"{', '.join(OF_ANY_WIDTH)} a width, as in head-mlp-1024."
    )
