"""Inputs: images, token ids and embeddings as a protocol's model reads them."""

from dataclasses import replace

import numpy as np
import torch
from studies import QUICK

from softlabel_core import metrics, study
from softlabel_core.models import texts as text_models
from softlabel_core.models.tokens import Tokens
from softlabel_core.study import grid, inputs


def test_a_frozen_encoder_is_read_once_for_all_arms(sentences, tmp_path, monkeypatch):
    pairs, protocol, _ = sentences
    head = replace(
        protocol, name="head", model="linear", encoder=protocol.model, optimizer="sgd", pretraining=None, clip_norm=None,
        precision="fp32", epochs=5, learning_rate=0.05,
    )  # fmt: skip
    embed, calls = text_models.embed, []
    monkeypatch.setattr(text_models, "embed", lambda *given: calls.append(1) or embed(*given))
    grid.run_study(study.plan(head, ["hard", "soft"], [0, 1]), pairs, tmp_path, progress=False)
    assert len(calls) == 1
    found = study.load(head, tmp_path)
    assert found.records[next(iter(found.records))].meta["n_parameters"] == 64 * 3 + 3
    scores = metrics.evaluate(None, found.test_part(pairs).counts, log_p=found.log_p("soft")[0])
    assert scores["accuracy"] > 0.6  # the second word decides, and embeddings know it


def test_images_are_read_as_they_are(digits):
    items = inputs.read_items(digits, QUICK, torch.device("cpu"))
    np.testing.assert_array_equal(items.permute(0, 2, 3, 1).numpy(), digits.items)


def test_texts_become_tokens_of_the_models_own_or_embeddings(sentences):
    pairs, protocol, _ = sentences
    tokens = inputs.read_items(pairs, protocol, torch.device("cpu"))
    assert isinstance(tokens, Tokens)
    assert len(tokens) == pairs.n_items
    embedded = inputs.read_items(pairs, replace(protocol, encoder=protocol.model), torch.device("cpu"))
    assert embedded.shape == (pairs.n_items, 64, 1, 1)
