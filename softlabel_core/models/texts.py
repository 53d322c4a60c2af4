"""Text classifiers, built by name through transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from softlabel_core.data import sources
from softlabel_core.data.sources import DataUnavailable
from softlabel_core.models.packaged import PACKAGED
from softlabel_core.models.tokens import Tokens

# Dropout of attention weights, as configurations call it. It stays off: with it torch keeps every attention
# matrix in memory instead of using a fused kernel (4 GB instead of 2 at batch 32 on a CPU, and slower).
ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")
CHUNK = (
    10_000  # texts tokenised at once: what the tokenizer returns takes a hundred times the space of the ids
)
MODELS_FOLDER = "models"  # below the data folder: models/<name> is looked in before the hub


class ModelUnavailable(DataUnavailable):
    """A text model is neither at hand nor to be had, or does not fit; the message says which can be had."""


class TextClassifier(nn.Module):
    """A transformers classifier that takes one tensor a batch, as an image classifier does."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        # Models without segments (RoBERTa has one, DeBERTa-v3 none) must not be told of a second one.
        self.takes_types = getattr(network.config, "type_vocab_size", 0) > 1

    def forward(self, batch: Tensor) -> Tensor:
        """Logits [n_batch, n_classes] of padded ids, types and mask, int64 [n_batch, 3, length]."""
        ids, types, mask = batch.unbind(dim=1)
        extra = {"token_type_ids": types} if self.takes_types else {}
        return self.network(input_ids=ids, attention_mask=mask, **extra).logits


def source(name: str) -> str:
    """Folder or hub name that a model is loaded from.

    A local folder is taken as it is; then `models/<name>` below the data folder, then
    packages that ship the model, see `packaged`, then the hub.

    Parameters
    ----------
    name : str
        Such as "all-minilm-l6-v2", "roberta-base", "microsoft/deberta-v3-base", or a folder.
    """
    if Path(name).expanduser().is_dir():
        return str(Path(name).expanduser())
    folder = sources.data_folder()
    if folder and (folder / MODELS_FOLDER / name).is_dir():
        return str(folder / MODELS_FOLDER / name)
    if name in PACKAGED:
        return str(PACKAGED[name].folder() or PACKAGED[name].hub)
    return name


def at_hand() -> list[str]:
    """Names of the models that need no network."""
    folder = sources.data_folder()
    own = folder / MODELS_FOLDER if folder else None
    local = [path.parent.relative_to(own).as_posix() for path in own.rglob("config.json")] if own else []
    shipped = [name for name, encoder in PACKAGED.items() if encoder.here()]
    return sorted({*local, *shipped})


def tokenize(items: NDArray[Any], name: str, max_length: int) -> Tokens:
    """Texts as token ids of a model's own tokenizer.

    Parameters
    ----------
    items : numpy.ndarray of str, shape [n_items, 1 or 2]
        One text, or a pair. What looks like a special token in a text is text.
    name : str
        The model, see `source`.
    max_length : int
        Longer items lose the end of their longest part.

    Raises
    ------
    ModelUnavailable
        If the tokenizer cannot be had, or has no token to pad with.
    ValueError
        If items have more than two parts.
    """
    if items.ndim != 2 or items.shape[1] not in (1, 2):
        raise ValueError(f"text items have shape {items.shape}; give one text or a pair of texts an item.")
    chunks = [
        _encode(items[start : start + CHUNK], name, max_length) for start in range(0, len(items), CHUNK)
    ]
    lengths = torch.cat([lengths for _, _, lengths in chunks])
    width = int(lengths.max())
    ids, types = (
        torch.cat([nn.functional.pad(chunk[part], (0, width - chunk[part].shape[1])) for chunk in chunks])
        for part in (0, 1)
    )
    cut = int((lengths == max_length).sum())  # an item of just this length counts as cut; there is hardly one
    return Tokens(ids, types, lengths, cut)


def _encode(items: NDArray[Any], name: str, max_length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids and types int32 [n_items, longest], lengths [n_items], of some texts."""
    columns = [list(map(str, items[:, part])) for part in range(items.shape[1])]
    encoded = _tokenizer(name)(
        *columns,
        truncation=True,
        max_length=max_length,
        split_special_tokens=True,
        return_token_type_ids=True,
        padding=True,
        padding_side="right",
        return_tensors="np",
    )
    ids, types = (torch.from_numpy(encoded[key].astype(np.int32)) for key in ("input_ids", "token_type_ids"))
    return ids, types, torch.from_numpy(encoded["attention_mask"].sum(axis=1))


@lru_cache(maxsize=4)
def _tokenizer(name: str) -> Any:
    transformers = _transformers()
    with _quiet(transformers), _had(name):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            source(name), local_files_only=sources.offline()
        )
    if tokenizer.pad_token_id is None:
        raise ModelUnavailable(
            f"the tokenizer of {name!r} has no token to pad with; take a model for classification, such as roberta-base."
        )
    return tokenizer


def build(name: str, n_classes: int) -> TextClassifier:
    """A pretrained encoder with an untrained head, in float32.

    The head is drawn from torch's global generator; `models.build` seeds it.

    Parameters
    ----------
    name : str
        See `source`.
    n_classes : int

    Raises
    ------
    ModelUnavailable
        If the model cannot be had, or its tokenizer knows more tokens than it does.
    """
    transformers = _transformers()
    with _quiet(transformers), _had(name):
        config = transformers.AutoConfig.from_pretrained(
            source(name), num_labels=n_classes, local_files_only=sources.offline()
        )
        for setting in ATTENTION_DROPOUT:
            if hasattr(config, setting):
                setattr(config, setting, 0.0)
        network = transformers.AutoModelForSequenceClassification.from_pretrained(
            source(name),
            config=config,
            dtype=torch.float32,
            local_files_only=sources.offline(),
            ignore_mismatched_sizes=True,  # a head for another number of classes is drawn anew
        )
    known, needed = network.config.vocab_size, len(_tokenizer(name))
    if needed > known:
        raise ModelUnavailable(
            f"the tokenizer of {name!r} has {needed} tokens but the model knows {known}; "
            "take the tokenizer that was saved with the model."
        )
    return TextClassifier(network)


@torch.no_grad()
def embed(items: NDArray[Any], name: str, max_length: int, batch_size: int = 64) -> NDArray[np.float32]:
    """Frozen embeddings of texts: the encoder's last states, averaged over an item's tokens.

    A pair becomes ``(u, v, |u - v|, u * v)`` of its two texts' embeddings (Conneau et al.,
    2017, section 3.1), because the encoder was made for single sentences.

    Returns
    -------
    numpy.ndarray of float32, shape [n_items, n_features]
    """
    transformers = _transformers()
    with _quiet(transformers), _had(name):
        encoder = transformers.AutoModel.from_pretrained(
            source(name), dtype=torch.float32, local_files_only=sources.offline()
        ).eval()
    parts = []
    for column in items.T:
        tokens = tokenize(column[:, None], name, max_length)
        means = torch.empty(len(tokens), encoder.config.hidden_size)
        for rows in tokens.by_length(batch_size):
            ids, _, mask = tokens.padded(rows).unbind(dim=1)
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            means[rows] = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        parts.append(nn.functional.normalize(means, dim=1))
    if len(parts) == 2:
        u, v = parts
        parts = [u, v, (u - v).abs(), u * v]
    return torch.cat(parts, dim=1).numpy()


def facts(name: str) -> dict[str, str | None]:
    """Where a model came from, for a record: its name, its origin in words, and the SHA-256 of its weights."""
    found = Path(source(name))
    if not found.is_dir():
        return {"name": name, "from": f"hub: {source(name)}", "sha256": None}
    shipped = PACKAGED.get(name)
    origin = shipped.origin if shipped and found == shipped.folder() else f"folder {found.name}"
    weights = sorted(found.glob("*.safetensors"))
    digest = hashlib.sha256()
    for path in weights:
        digest.update(path.read_bytes())
    return {"name": name, "from": origin, "sha256": digest.hexdigest() if weights else None}


def _transformers() -> Any:
    """The library, asked for only where a text is.

    Raises
    ------
    ModelUnavailable
        If it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise ModelUnavailable(
            "text models need the package transformers; install it with: pip install 'softlabel-core[text]'."
        ) from error
    return transformers


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep back what the library says about heads that are drawn anew: that is meant."""
    logging = transformers.utils.logging
    before, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bar:
            logging.enable_progress_bar()


@contextmanager
def _had(name: str) -> Iterator[None]:
    """Turn the many ways in which a model cannot be had into one sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        known = ", ".join(at_hand()) or "none; pip install 'softlabel-core[text-offline]' brings one"
        folder = sources.data_folder() or f"the folder that {sources.DATA_VARIABLE} names"
        raise ModelUnavailable(
            f"the text model {name!r} is not to be had here ({sources.first_line(error).rstrip('.')}); "
            f"at hand without a network: {known}; or save it with save_pretrained into {folder}/{MODELS_FOLDER}/{name}."
        ) from error
