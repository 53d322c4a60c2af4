"""Classifiers, built by name: of images and of texts."""

from softlabel_core.models.building import build
from softlabel_core.models.images import (
    MODELS,
    Residual,
    Scale,
    cifar_resnet18,
    cnn,
    head_mlp,
    linear,
    small_mlp,
    small_resnet,
)
from softlabel_core.models.layers import (
    MonteCarloDropout,
    drop_before_last,
    give_features,
    last_layer,
    n_parameters,
)

__all__ = [
    "MODELS",
    "MonteCarloDropout",
    "Residual",
    "Scale",
    "build",
    "cifar_resnet18",
    "cnn",
    "drop_before_last",
    "give_features",
    "head_mlp",
    "last_layer",
    "linear",
    "n_parameters",
    "small_mlp",
    "small_resnet",
]
