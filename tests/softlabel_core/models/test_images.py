"""Image classifiers: raw images to logits, of the size that they say."""

import pytest
import torch
from raw_images import raw
from shared import sentence_of

from softlabel_core import models

PARAMETERS = {
    "small-mlp": 26_122,
    "small-resnet": 308_650,
    "cnn": 1_972_802,
    "cifar-resnet18": 11_173_962,
    "linear": 130,
    "head-mlp": 5_898,
}


@pytest.mark.parametrize("name", models.MODELS)
def test_it_maps_raw_images_to_logits(name):
    model = models.build(name, raw(name), 7, seed=0)
    with torch.no_grad():
        logits = model(raw(name, 3))
    assert logits.shape == (3, 7)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", models.MODELS)
def test_how_many_parameters_it_has(name):
    assert models.n_parameters(models.build(name, raw(name), 10, seed=0)) == PARAMETERS[name]


def test_images_are_scaled_channel_by_channel():
    images = raw("small-resnet", 50)
    images[:, 1] //= 4
    scaled = models.build("small-resnet", images, 10, seed=0)[0](images)
    torch.testing.assert_close(scaled.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(scaled.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-4, rtol=0)


def test_a_channel_without_variation_stays_finite():
    images = torch.full((4, 1, 8, 8), 7, dtype=torch.uint8)
    with torch.no_grad():
        assert models.build("small-mlp", images, 10, seed=0)(images).isfinite().all()


def test_the_scale_travels_with_the_weights():
    bright = models.build("small-mlp", raw("small-mlp") // 4 + 150, 10, seed=0)
    dark = models.build("small-mlp", raw("small-mlp") // 4, 10, seed=1)
    dark.load_state_dict(bright.state_dict())
    with torch.no_grad():
        assert torch.equal(bright(raw("small-mlp")), dark(raw("small-mlp")))


@pytest.mark.parametrize("name", ["small-resnet", "cifar-resnet18"])
def test_an_untrained_network_is_as_if_it_had_seen_no_image(name):
    state = models.build(name, raw(name), 10, seed=0).state_dict()
    assert all(value == 0 for key, value in state.items() if key.endswith("num_batches_tracked"))
    assert all((value == 0).all() for key, value in state.items() if key.endswith("running_mean"))


@pytest.mark.parametrize(
    ("name", "n_parameters"),
    # Weights and biases, of each layer after the other.
    [
        ("head-mlp-16", 12 * 16 + 16 + 16 * 10 + 10),
        ("small-mlp-3", 64 * 3 + 3 + 3 * 3 + 3 + 3 * 10 + 10),
        ("head-mlp-256", PARAMETERS["head-mlp"]),
        ("small-resnet-32", PARAMETERS["small-resnet"]),
    ],
)
def test_a_width_makes_the_same_network_larger_or_smaller(name, n_parameters):
    family = name.rpartition("-")[0]
    model = models.build(name, raw(family), 10, seed=0)
    assert models.n_parameters(model) == n_parameters
    with torch.no_grad():
        assert model(raw(family, 3)).shape == (3, 10)


@pytest.mark.parametrize("name", ["cnn-64", "head-mlp-0", "head-mlp-", "head-mlp-wide", "small"])
def test_a_width_that_a_model_cannot_have_is_refused(name):
    with pytest.raises(ValueError, match=f"no model '{name}'.*as in head-mlp-1024") as error:
        models.build(name, raw("small-mlp"), 10, seed=0)
    sentence_of(error)
