"""Layers: what is put before, or read off, a classifier's last one."""

from __future__ import annotations

from torch import Tensor, nn


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


def n_parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
