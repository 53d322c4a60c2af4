"""Mixing: items and targets blended alike, the same at a step whenever it is taken."""

import numpy as np
import pytest
import torch

from softlabel_core import mixing, targets
from softlabel_core.models.tokens import Tokens

SHOWN = torch.arange(8, dtype=torch.uint8).reshape(8, 1, 1, 1) * 30
ONE_HOT = torch.eye(8)


def test_an_item_and_its_target_are_blended_alike():
    mix = mixing.mixup(1.0, seed=0)
    for step in range(20):
        shown, wanted = mix(step, SHOWN, ONE_HOT)
        # Item k shows 30 k, so what is shown says which items went in and how much of each.
        torch.testing.assert_close(shown.flatten(), wanted @ SHOWN.flatten().float())
        torch.testing.assert_close(wanted.sum(dim=1), torch.ones(8))


def test_a_batch_has_one_share_drawn_from_its_beta_distribution():
    shares = []
    for step in range(2000):
        _, wanted = mixing.mixup(0.2, seed=3)(step, SHOWN, ONE_HOT)
        diagonal = wanted.diagonal()
        mixed = diagonal[diagonal < 1]
        assert (mixed - mixed[:1]).abs().max() < 1e-6 if len(mixed) else True
        shares += mixed[:1].tolist()
    assert np.var(shares) == pytest.approx(0.25 / (2 * 0.2 + 1), rel=0.1)  # of Beta(a, a)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.04)


def test_a_step_is_mixed_alike_whenever_it_is_taken_and_other_steps_and_seeds_are_not():
    def mixed(seed, step):
        return mixing.mixup(0.5, seed)(step, SHOWN, ONE_HOT)[1]

    assert torch.equal(mixed(1, 4), mixed(1, 4))
    assert not torch.equal(mixed(1, 4), mixed(1, 5))
    assert not torch.equal(mixed(1, 4), mixed(2, 4))


@pytest.mark.parametrize("arm", [arm for arm in targets.ARMS if arm != "mixup"])
def test_other_arms_leave_their_batches_alone(arm):
    assert mixing.build(arm, SHOWN, 0) is None


def test_mixup_is_built_with_its_strength_and_the_runs_seed():
    built = mixing.build("mixup-0.5", SHOWN, 7)(2, SHOWN, ONE_HOT)
    expected = mixing.mixup(0.5, 7)(2, SHOWN, ONE_HOT)
    assert all(torch.equal(one, other) for one, other in zip(built, expected, strict=True))


def test_token_ids_are_not_blended():
    tokens = Tokens(torch.ones(3, 2), torch.zeros(3, 2), torch.tensor([2, 2, 1]))
    with pytest.raises(
        ValueError, match=r"^the arm 'mixup' blends inputs, and token ids cannot be blended; "
    ):
        mixing.build("mixup", tokens, 0)
    assert mixing.build("hard", tokens, 0) is None
