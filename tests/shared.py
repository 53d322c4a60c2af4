"""What several tests share: the real votes, and what an error must look like."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax

from softlabel_core import data
from softlabel_core.data import sources


def cifar10h():
    """The votes of CIFAR-10H, where they are at hand."""
    path = Path(os.environ.get("SOFTLABEL_DATA", "")) / "cifar10h-counts.npy"
    if "SOFTLABEL_DATA" not in os.environ or not path.is_file():
        pytest.skip("needs cifar10h-counts.npy in the folder that SOFTLABEL_DATA names")
    return np.load(path)


@cache
def real(name, *files):
    """A data set by name, where the files that it is read from are at hand; an altered one is no excuse."""
    for file in files:
        if sources.at_hand(file) is None:
            pytest.skip(f"needs {file.file} in the folder that SOFTLABEL_DATA names")
    return data.load(name)


def coarse_study(seed, n_items=30, n_classes=4, n_seeds=3, arms=("hard", "soft")):
    """Coarse predictions with many ties, and counts with many unanimous items."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(4, rng.dirichlet([0.3] * n_classes, n_items))
    log_p = {
        arm: log_softmax(rng.integers(-2, 3, (n_seeds, n_items, n_classes)) * 1.5, axis=-1).astype(np.float32)
        for arm in arms
    }
    return log_p, counts


def sentence_of(error):
    """The message, after seeing that it is one sentence on one line."""
    message = str(error.value)
    assert message.endswith(".")
    assert ". " not in message
    assert "\n" not in message
    return message


WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "b",
    "c",
    "d",
    "e",
    "[",
    "]",
    "sep",
    "pad",
    "mask",
]


def sizes(**changes):
    """A network that trains in no time."""
    return {
        "vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 64,
    } | changes  # fmt: skip


def save_tokenizer(folder, words=WORDS):
    (folder / "vocab.txt").write_text("\n".join(words))
    from transformers import BertTokenizerFast

    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)


def small_bert(folder):
    """A folder with a BERT that trains in no time, and its tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(**sizes())).save_pretrained(folder)
    save_tokenizer(folder)
    return str(folder)


HOSTILE = [
    "<script>window.hit = 1</script>",
    "</script><script>window.hit = 1</script>",
    "<!-- <script> ]]> -->",
    "<img src=x onerror='window.hit = 1'> \"double\" 'single' & &lt; &amp;lt;",
    "שלום \u202eright to left\u202c مرحبا",
    "line\u2028separator\u2029paragraph \x00 \ud800 \r\n \x85 \x92",
    "{name} {{state}} $& \\u003c `${window.hit = 1}`",
    "zero\u200bwidth\u200d\ufeff e\u0301 Z\u0351\u036b\u0343 \U0001f469\u200d\U0001f680",
    "unbroken" * 2500,
]


TIMES = ("seconds",)


def timeless(value):
    """Plain values without what a clock measured."""
    if isinstance(value, dict):
        return {key: timeless(entry) for key, entry in value.items() if key not in TIMES}
    return [timeless(entry) for entry in value] if isinstance(value, list) else value
