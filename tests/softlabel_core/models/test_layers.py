"""Layers: what is put before a classifier's last one, or read off it."""

import pytest
import torch
from raw_images import raw
from torch import nn

from softlabel_core import models


def test_parameters_that_do_not_train_are_not_counted():
    model = nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    assert models.n_parameters(model) == 6


@pytest.mark.parametrize("name", models.MODELS)
def test_features_are_what_the_last_layer_reads(name):
    model = models.build(name, raw(name), 7, seed=0).eval()
    logits = model(raw(name, 3))
    last = model.get_submodule(models.last_layer(model))
    models.give_features(model)
    torch.testing.assert_close(last(model(raw(name, 3))), logits)


def test_monte_carlo_dropout_drops_before_the_last_layer_in_evaluation_too():
    images = raw("small-mlp")
    plain = models.build("small-mlp", images, 7, seed=0).eval()
    model = models.build("small-mlp", images, 7, seed=0).eval()
    models.drop_before_last(model, 0.2)
    with torch.no_grad():
        passes = torch.stack([model(images) for _ in range(4000)])
        assert passes.std(dim=0).min() > 0
        torch.testing.assert_close(
            passes.mean(dim=0), plain(images), atol=0.02, rtol=0
        )  # the layer is linear


def test_a_model_without_a_linear_layer_has_no_last_one():
    with pytest.raises(ValueError, match=r"^the model has no linear layer"):
        models.last_layer(nn.Sequential(nn.Flatten()))
