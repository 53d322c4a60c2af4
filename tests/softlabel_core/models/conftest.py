"""What tests of models share: raw images of the size that each is for."""

import pytest
import torch

SHAPES = {
    "small-mlp": (1, 8, 8),
    "small-resnet": (3, 32, 32),
    "cifar-resnet18": (3, 32, 32),
    "linear": (12, 1, 1),
    "head-mlp": (12, 1, 1),
}


@pytest.fixture(scope="session")
def raw():
    """Makes random raw images of the size that a model is for."""

    def images(name, n_items=8):
        drawn = torch.Generator().manual_seed(0)
        return torch.randint(0, 256, (n_items, *SHAPES[name]), dtype=torch.uint8, generator=drawn)

    return images
