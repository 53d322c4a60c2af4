"""Random raw images for the tests of models."""

import torch

SHAPES = {
    "small-mlp": (1, 8, 8),
    "small-resnet": (3, 32, 32),
    "cnn": (3, 32, 32),
    "cifar-resnet18": (3, 32, 32),
    "linear": (12, 1, 1),
    "head-mlp": (12, 1, 1),
}


def raw(name, n_items=8):
    """Random raw images of the size that a model is for."""
    return torch.randint(
        0, 256, (n_items, *SHAPES[name]), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
