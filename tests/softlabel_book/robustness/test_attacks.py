"""Attacks: within their bounds, uphill, and without a trace in the model."""

import copy

import numpy as np
import pytest
import torch
from shared import sentence_of
from torch import nn

from softlabel_book.robustness import attacks
from softlabel_core import data, training
from softlabel_core.losses import soft_cross_entropy
from softlabel_core.study import protocols

EPSILONS = (1, 8, 24)


@pytest.fixture(scope="module")
def trained():
    """A model of digits that knows its classes, with 300 items that it did not see."""
    digits = data.load("digits", n_items=1500)
    inputs = training.to_tensor(digits.items, torch.device("cpu"))
    protocol = protocols.get("digits", "small", epochs=8)
    model, epochs = training.teach("hard", digits, np.arange(1200), inputs[:1200], protocol, seed=0)
    for _ in epochs:
        pass
    return model, inputs[1200:], attacks.majority_target(digits.counts[1200:])


def loss(model, images, target):
    with torch.no_grad():
        return float(soft_cross_entropy(model.eval()(images), target))


@pytest.mark.parametrize("attack", [attacks.fgsm, attacks.pgd])
@pytest.mark.parametrize("epsilon", EPSILONS)
def test_images_stay_within_epsilon_and_within_the_grey_levels(trained, attack, epsilon):
    model, images, target = trained
    found = attack(model, images, target, epsilon)
    assert found.dtype == torch.float32
    assert found.shape == images.shape
    assert (found - images.float()).abs().max() <= epsilon + 1e-4
    assert found.min() >= 0
    assert found.max() <= 255
    assert (found - images.float()).abs().max() > 0.9 * epsilon
    assert not found.requires_grad


def test_the_loss_rises_with_epsilon_and_pgd_finds_more_than_fgsm(trained):
    model, images, target = trained
    clean = loss(model, images, target)
    for epsilon in EPSILONS:
        fast = loss(model, attacks.fgsm(model, images, target, epsilon), target)
        projected = loss(model, attacks.pgd(model, images, target, epsilon), target)
        assert clean < fast <= projected + 1e-6
    assert projected > fast + 0.01
    by_epsilon = [loss(model, attacks.pgd(model, images, target, epsilon), target) for epsilon in EPSILONS]
    assert (np.diff(by_epsilon) > 0).all()


def test_noise_of_the_same_size_hurts_far_less(trained):
    model, images, target = trained
    sign = torch.sign(torch.rand(images.shape, generator=torch.Generator().manual_seed(0)) - 0.5)
    noisy = torch.clamp(images.float() + 8 * sign, 0, 255)
    clean, attacked = loss(model, images, target), loss(model, attacks.fgsm(model, images, target, 8), target)
    assert loss(model, noisy, target) - clean < 0.5 * (attacked - clean)


def test_fgsm_of_a_linear_model_is_what_its_weights_say():
    """Two classes: the loss of class 0 rises where the weights of class 1 exceed those of class 0."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        model[1].weight[:] = torch.tensor([[1.0, -2.0, 0.5, 0.0], [0.0, 1.0, 1.0, 0.0]])
    images = torch.full((1, 1, 2, 2), 100, dtype=torch.uint8)
    moved = attacks.fgsm(model, images, torch.tensor([[1.0, 0.0]]), 3) - images
    assert moved.flatten().tolist() == [-3, 3, 3, 0]


@pytest.mark.parametrize("attack", [attacks.fgsm, attacks.pgd])
def test_nothing_but_the_mode_of_the_model_changes(trained, attack):
    model, images, target = trained
    model = copy.deepcopy(model).train()
    before = copy.deepcopy(model.state_dict())
    given = images.clone()
    attack(model, images, target, 4)
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())
    assert torch.equal(images, given)


def test_a_seed_gives_the_same_attack_whatever_the_batches(trained):
    model, images, target = trained
    first = attacks.pgd(model, images, target, 8, seed=1)
    torch.testing.assert_close(
        first, attacks.pgd(model, images, target, 8, seed=1, batch_size=77), atol=1e-3, rtol=0
    )
    # At the corners of the cube starts are forgotten; after a step they are not.
    one, other = (attacks.pgd(model, images, target, 8, steps=1, seed=seed) for seed in (1, 2))
    assert (one - other).abs().mean() > 0.5


def test_no_epsilon_no_change(trained):
    model, images, target = trained
    for attack in (attacks.fgsm, attacks.pgd):
        assert torch.equal(attack(model, images, target, 0), images.float())


def test_the_target_is_the_majority_and_a_tie_is_shared():
    target = attacks.majority_target([[3, 1, 0], [2, 2, 0]])
    assert target.tolist() == [[1, 0, 0], [0.5, 0.5, 0]]


@pytest.mark.parametrize("attack", [attacks.fgsm, attacks.pgd])
def test_what_cannot_be_attacked_is_one_sentence(trained, attack):
    model, images, target = trained
    for images_, target_, epsilon, said in (
        (images, target, -1, "epsilon is -1"),
        (images[:5], target, 1, "one distribution"),
        (images[:, 0], target, 1, "channels"),
    ):
        with pytest.raises(ValueError, match=said) as error:
            attack(model, images_, target_, epsilon)
        sentence_of(error)
