"""Features: what a pretrained network's last layer reads, made once for all arms."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from studies import QUICK, TUNED

from softlabel_core import models, study, training
from softlabel_core.study import Run, features, fitting, grid
from softlabel_core.study.pretraining import pretrained

FROZEN = replace(TUNED, name="frozen", model="head-mlp", frozen=True)


@pytest.fixture
def digits(digits):
    """A data set that no other test has read features of, which are kept as long as it is."""
    return digits.take(np.arange(digits.n_items))


def test_they_are_what_the_last_layer_of_the_kept_network_reads(weights, digits):
    items, facts = features.model_inputs(digits, FROZEN, "cpu", seed=1)
    assert items.shape == (digits.n_items, 128, 1, 1)
    kept = pretrained("tiny", 1, "cpu")
    assert facts == kept.facts
    images = training.to_tensor(digits.items, torch.device("cpu"))
    network = models.build("small-mlp", images[:2], 10, 0)
    network.load_state_dict(kept.tensors)
    last = network.eval().get_submodule(models.last_layer(network))
    with torch.no_grad():
        torch.testing.assert_close(last(items.flatten(1)), network(images))


def test_a_network_reads_a_data_set_once_for_all_arms_and_seeds_that_share_it(
    weights, digits, tmp_path, monkeypatch
):
    seen, outputs = [], training.outputs

    def watched(network, items, batch_size=None):
        seen.append(len(items)) if len(items) == digits.n_items else None
        return outputs(network, items, batch_size)

    monkeypatch.setattr(training, "outputs", watched)
    runs = study.plan(FROZEN, ["hard", "soft"], range(3))
    grid.run_study(runs, digits, tmp_path / "results", device="cpu", progress=False)
    assert len(seen) == 2  # the stage has two seeds, and the third run takes the first again


@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_on_features_says_where_they_came_from(weights, digits, seed):
    record = fitting.train(Run(FROZEN, "soft", 0, seed), digits, "cpu")
    assert record.meta["pretraining"] == pretrained("tiny", seed, "cpu").facts


def test_features_of_two_data_sets_come_from_one_network(weights, digits):
    """What own votes do: taught by some items, tested on others."""
    some, others = digits.take(np.arange(200)), digits.take(np.arange(200, 400))
    whole = features.model_inputs(digits, FROZEN, "cpu").items
    torch.testing.assert_close(features.model_inputs(some, FROZEN, "cpu").items, whole[:200])
    torch.testing.assert_close(features.model_inputs(others, FROZEN, "cpu").items, whole[200:400])


def test_other_protocols_read_items_as_they_are(digits):
    items, facts = features.model_inputs(digits, QUICK, "cpu")
    assert facts is None
    np.testing.assert_array_equal(items.permute(0, 2, 3, 1).numpy(), digits.items)
