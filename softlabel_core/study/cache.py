"""Cache: tensors that took long to make, with where they came from and a hash that reading looks at."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from softlabel_core import storage
from softlabel_core.data import sources
from softlabel_core.storage import RecordError


class Kept(NamedTuple):
    """Tensors by name, such as a network's weights, and plain values that say where they came from."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def path_of(kind: str, file: str) -> Path:
    """Where a kind of tensors lies in the cache folder."""
    return sources.cache_folder() / kind / file


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Keep tensors whole or not at all; their hash joins the facts as `sha256`.

    Raises
    ------
    RecordError
        If the disk refuses.
    """
    whole = io.BytesIO()
    state = {name: values.cpu() for name, values in tensors.items()}
    described = {"facts": {**facts, "sha256": hash_of(state)}, "layout": _layout(state)}
    torch.save({"state": state, **described}, whole)
    storage.write_atomically(path, whole.getvalue())


def read_tensors(path: Path) -> Kept:
    """Read tensors, on the CPU, if they are what their hash says.

    Raises
    ------
    RecordError
        If the file is missing, truncated or altered.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        kept = Kept(saved["state"], saved["facts"])
        layout = _layout(kept.tensors)
        # torch.load looks at neither; files from before there was a layout have none.
        if kept.facts["sha256"] != hash_of(kept.tensors) or saved.get("layout", layout) != layout:
            raise ValueError("the tensors do not match their hash")
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(f"{path} is truncated or altered; delete it, and it is made again.") from error
    return kept


def _layout(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """Type and shape of each tensor, which the hash of its bytes does not see."""
    return {name: f"{values.dtype} {tuple(values.shape)}" for name, values in tensors.items()}


def hash_of(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over tensors and their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
