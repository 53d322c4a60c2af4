"""Records: what a run predicted, kept on disk with where it came from."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from softlabel_core.data import Dataset, Split
from softlabel_core.storage import Aggregate, RecordError, plain, write_atomically

ARRAYS = ("ids_validation", "log_p_validation", "ids_test", "log_p_test")


def facts_file(seed: int) -> Aggregate:
    """The file of a pretraining stage with this seed: what it was trained on and what it learnt, not its weights."""
    command = f"softlabel pretrain {{protocol}} --seed {seed}"
    return Aggregate(f"seed{seed}.json", command, facts=("settings",), digits=None)


@dataclass(frozen=True, eq=False)
class Record:
    """One run's predictions on validation and test items.

    Attributes
    ----------
    ids_validation, ids_test : numpy.ndarray of str
    log_p_validation, log_p_test : numpy.ndarray of float32, shape [n_items, n_classes]
        Natural-log probabilities, rows summing to one; kept on disk as float16.
    meta : dict
        Plain values: data, protocol, arm, fold, seed, settings, data_hash, library
        versions, device, precision, wall time, peak memory, provenance, history by epoch.
    """

    ids_validation: NDArray[np.str_]
    log_p_validation: NDArray[np.float32]
    ids_test: NDArray[np.str_]
    log_p_test: NDArray[np.float32]
    meta: dict[str, Any]


def write_record(record: Record, path: Path) -> None:
    """Write a record whole or not at all.

    Raises
    ------
    RecordError
        If the predictions are not finite log-probabilities, or the disk refuses.
    """
    for part in ("validation", "test"):
        ids, log_p = getattr(record, f"ids_{part}"), getattr(record, f"log_p_{part}")
        if log_p.ndim != 2 or len(ids) != len(log_p):
            raise RecordError(f"{path.name}: {len(ids)} {part} ids for predictions of shape {log_p.shape}.")
        # What float16 cannot hold would come back as a probability of zero.
        broken = ~(np.abs(log_p) < np.finfo(np.float16).max).all(axis=1)
        broken[~broken] = np.abs(logsumexp(log_p[~broken], axis=1)) > 1e-3
        if broken.any():
            raise RecordError(
                f"{path.name}: the prediction for {part} item {ids[int(np.argmax(broken))]} is not a distribution "
                f"({int(broken.sum())} such item(s)); training diverged, so nothing was recorded. Lower the learning rate."
            )
    arrays: dict[str, NDArray[Any]] = {
        "ids_validation": record.ids_validation,
        "log_p_validation": record.log_p_validation.astype(np.float16),
        "ids_test": record.ids_test,
        "log_p_test": record.log_p_test.astype(np.float16),
    }
    meta = json.dumps(plain({**record.meta, "sha256": _digest(arrays)}), sort_keys=True)
    whole = io.BytesIO()
    np.savez_compressed(whole, allow_pickle=False, **arrays, meta=np.array(meta))
    write_atomically(path, whole.getvalue())


def read_record(path: Path) -> Record:
    """Read a record, its contents checked against its own hash.

    Raises
    ------
    RecordError
        If the file is missing, truncated or altered.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RecordError(f"there is no record {path}; run the study that makes it.") from error
    except OSError as error:
        raise RecordError(
            f"could not read {path} ({error.strerror or error}); make it readable or delete it."
        ) from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS}
            meta = json.loads(str(file["meta"]))
        intact = meta.pop("sha256", None) == _digest(arrays)
    except Exception as error:  # a damaged zip fails in a dozen ways: zlib.error, RuntimeError, TypeError ...
        raise RecordError(f"{path} is truncated or altered; delete it and run its study again.") from error
    if not intact:
        raise RecordError(f"{path} does not match its own hash; delete it and run its study again.")
    for name in ("log_p_validation", "log_p_test"):
        exact = arrays[name].astype(np.float64)
        # float16 rounds; dividing by the sum makes the rows distributions again.
        arrays[name] = (exact - logsumexp(exact, axis=1, keepdims=True)).astype(np.float32)
    return Record(meta=meta, **arrays)


def verify_record(record: Record, dataset: Dataset, split: Split | None, name: str) -> None:
    """Check that a record belongs to these votes and, where a split is given, to this split.

    Reading a study needs no split: its records hold the ids. Going on with one does.

    Raises
    ------
    RecordError
        If it was made for other votes, items or another split.
    """
    if record.meta["data_hash"] != dataset.hash:
        raise RecordError(
            f"{name} was made for other item ids or counts of {dataset.name} "
            f"(hash {record.meta['data_hash'][:12]}…, here {dataset.hash[:12]}…); "
            "use the votes it was made for, or record the study again into another folder."
        )
    if split is None:
        return
    for part in ("validation", "test"):
        if not np.array_equal(getattr(record, f"ids_{part}"), dataset.ids[getattr(split, part)]):
            divided = record.meta.get("versions", {}).get("scikit-learn", "of an unknown version")
            raise RecordError(
                f"{name} was made for other {part} items than fold {split.fold} has here; install scikit-learn "
                f"{divided}, which divided them, or record the study again into another folder."
            )


def _digest(arrays: dict[str, NDArray[Any]]) -> str:
    """SHA-256 over the arrays of a record, whatever the machine's byte order."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        array = arrays[name]
        content = (
            "\n".join(array.tolist()).encode() if array.dtype.kind == "U" else array.astype("<f2").tobytes()
        )
        digest.update(f"{name}{array.shape}".encode() + content)
    return digest.hexdigest()
