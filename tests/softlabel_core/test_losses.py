"""The loss: what it equals, and what it pulls towards."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softlabel_core.losses import soft_cross_entropy

quick = settings(max_examples=40, deadline=None, database=None)


@st.composite
def batches(draw):
    """Logits and target distributions of one batch, both float64 [n_batch, n_classes]; targets may hold zeros."""
    shape = (draw(st.integers(1, 6)), draw(st.integers(2, 8)))
    logits = draw(hnp.arrays(np.float64, shape, elements=st.floats(-8, 8)))
    counts = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 20)))
    counts[:, draw(st.integers(0, shape[1] - 1))] += 1
    return torch.tensor(logits), torch.tensor(counts / counts.sum(axis=1, keepdims=True))


@quick
@given(batches())
def test_it_is_kl_plus_the_targets_entropy(batch):
    logits, target = batch
    kl = torch.nn.functional.kl_div(torch.log_softmax(logits, 1), target, reduction="batchmean")
    entropy = torch.special.entr(target).sum(dim=1).mean()
    torch.testing.assert_close(
        soft_cross_entropy(logits, target).double(), kl + entropy, atol=1e-5, rtol=1e-5
    )


@quick
@given(batches())
def test_it_is_the_usual_loss_for_a_one_hot_target(batch):
    logits, target = batch
    label = target.argmax(dim=1)
    one_hot = torch.nn.functional.one_hot(label, target.shape[1]).double()
    usual = torch.nn.functional.cross_entropy(logits, label)
    torch.testing.assert_close(soft_cross_entropy(logits, one_hot).double(), usual, atol=1e-5, rtol=1e-5)


@quick
@given(batches())
def test_its_gradient_is_softmax_less_target(batch):
    logits, target = batch
    logits.requires_grad_()
    soft_cross_entropy(logits, target).backward()
    expected = (torch.softmax(logits.detach(), 1) - target) / len(target)
    torch.testing.assert_close(logits.grad, expected, atol=1e-6, rtol=1e-5)


def test_its_least_value_is_the_targets_entropy():
    target = torch.tensor([[0.5, 0.25, 0.25]])
    least = soft_cross_entropy(target.log(), target).item()
    assert least == pytest.approx(1.5 * np.log(2), rel=1e-6)
    assert soft_cross_entropy(torch.tensor([[3.0, 0.0, 0.0]]), target).item() > least


def test_half_precision_logits_are_computed_on_in_float32():
    logits, target = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.3, 0.7]])
    found = soft_cross_entropy(logits.bfloat16(), target)
    assert found.dtype == torch.float32
    assert torch.equal(found, soft_cross_entropy(logits, target))


@pytest.mark.parametrize("shape", [(3, 5), (2, 4), (4,)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(
        ValueError, match=r"^logits have shape \(3, 4\) but the target has \([\d, ]+\); give one"
    ):
        soft_cross_entropy(torch.zeros(3, 4), torch.full(shape, 0.25))
