"""What several tests share: the real votes, and what an error must look like."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

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
