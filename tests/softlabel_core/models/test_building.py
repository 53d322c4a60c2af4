"""Building: by name, the same for the same seed, whatever else draws."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from raw_images import raw
from torch import nn

from softlabel_core import models


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


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


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match=r"^there is no model 'resnet'; choose one of small-resnet, "):
        models.build("resnet", raw("small-mlp"), 10, seed=0)
