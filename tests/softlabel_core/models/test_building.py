"""Models: built by name, the same for the same seed, on raw images."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from softlabel_core import models

SHAPES = {
    "small-mlp": (1, 8, 8),
    "small-resnet": (3, 32, 32),
    "cifar-resnet18": (3, 32, 32),
    "linear": (12, 1, 1),
    "head-mlp": (12, 1, 1),
}
PARAMETERS = {
    "small-mlp": 26_122,
    "small-resnet": 308_650,
    "cifar-resnet18": 11_173_962,
    "linear": 130,
    "head-mlp": 5_898,
}


def raw(name, n_items=8):
    """Random raw images of the size that a model is for."""
    return torch.randint(
        0, 256, (n_items, *SHAPES[name]), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", models.MODELS)
def test_it_maps_raw_images_to_logits(name):
    model = models.build(name, raw(name), 7, seed=0)
    with torch.no_grad():
        logits = model(raw(name, 3))
    assert logits.shape == (3, 7)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", models.MODELS)
def test_a_seed_decides_the_weights(name):
    images = raw(name)
    first = models.build(name, images, 10, seed=1)
    assert same(first, models.build(name, images, 10, seed=1))
    assert not same(first, models.build(name, images, 10, seed=2))


def test_the_global_random_state_is_left_as_it_was(monkeypatch):
    def touched(seed):
        raise AssertionError("seeded the GPU's generator")

    monkeypatch.setattr(torch.cuda, "manual_seed_all", touched)
    before = torch.get_rng_state()
    models.build("small-mlp", raw("small-mlp"), 10, seed=1)
    assert torch.equal(before, torch.get_rng_state())


def test_weights_do_not_depend_on_the_global_random_state():
    images = raw("small-mlp")
    first = models.build("small-mlp", images, 10, seed=1)
    torch.rand(5)
    assert same(first, models.build("small-mlp", images, 10, seed=1))


def test_threads_do_not_draw_from_each_others_seed(monkeypatch):
    def slow(n_classes, channels):
        layers = []
        for _ in range(4):
            layers.append(nn.Conv2d(channels, channels, 1))
            time.sleep(0.01)  # lets another thread draw, unless it has to wait
        return nn.Sequential(*layers)

    monkeypatch.setitem(models.MODELS, "slow", slow)
    images = raw("small-mlp")
    alone = [models.build("slow", images, 10, seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda seed: models.build("slow", images, 10, seed), range(4)))
    assert all(same(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize("name", models.MODELS)
def test_how_many_parameters_it_has(name):
    assert models.n_parameters(models.build(name, raw(name), 10, seed=0)) == PARAMETERS[name]


def test_parameters_that_do_not_train_are_not_counted():
    model = nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    assert models.n_parameters(model) == 6


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


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match=r"^there is no model 'resnet'; choose one of small-resnet, "):
        models.build("resnet", raw("small-mlp"), 10, seed=0)


# Before the last layer


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
