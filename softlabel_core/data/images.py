"""CIFAR-10's images: lossless from torchvision where they are at hand, else JPEG copies."""

from __future__ import annotations

import io
import itertools
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data import sources
from softlabel_core.data.sources import DataUnavailable, Source

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LOSSLESS = "lossless CIFAR-10 images (torchvision)"
JPEG = (
    "JPEG copies of CIFAR-10's images (4:2:0, quality about 75): accuracies are not those of lossless images"
)
ADDRESS = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
# Bundles of JPEG copies; only a data folder of one's own holds them, so they have no address.
BUNDLES = {
    "test": Source("cifar10h.npz", None, "8ef29822727ee5ebf97fdf4c667b33cd9e99faedef05806d8f5c0bf2c11f28e5"),
    "train": Source(
        "cifar10_train.npz", None, "8e5a80b100b1e1148e36c6998022bec787a884676689914389dbc783cef54f66"
    ),
}
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


@lru_cache(maxsize=2)
def load_images(part: str) -> tuple[Images, Labels, str]:
    """Images, labels and provenance of one part of CIFAR-10, in its original order.

    Looked for in turn: torchvision's files in the data folder or the cache, the
    JPEG bundle in either, torchvision's download.

    Parameters
    ----------
    part : {"test", "train"}

    Returns
    -------
    images : numpy.ndarray of uint8, shape [n, 32, 32, 3]
    labels : numpy.ndarray of int64, shape [n]
    provenance : str

    Raises
    ------
    DataUnavailable
        If the images are nowhere and cannot be downloaded.
    """
    place = lossless_folder()
    if place:
        # In the cache, files that an interrupted download left in pieces are fetched again.
        return _lossless(place, part, download=place == sources.cache_folder() and not sources.offline())
    bundle = sources.at_hand(BUNDLES[part])
    if bundle:
        return *_decode(bundle), JPEG
    if sources.offline():
        raise DataUnavailable(_by_hand("no download was tried"))
    return _lossless(sources.cache_folder(), part, download=True)


def lossless_folder() -> Path | None:
    """Folder that holds torchvision's unpacked CIFAR-10, or None."""
    folder = sources.data_folder()
    for place in ([folder] if folder else []) + [sources.cache_folder()]:
        if (place / "cifar-10-batches-py").is_dir():
            return place
    return None


def _lossless(root: Path, part: str, *, download: bool) -> tuple[Images, Labels, str]:
    """Read CIFAR-10 with torchvision, which checks and downloads the files itself."""
    from torchvision.datasets import CIFAR10

    try:
        data = CIFAR10(str(root), train=part == "train", download=download)
    except (OSError, RuntimeError, EOFError) as error:
        raise DataUnavailable(_by_hand(sources.first_line(error).split(". ")[0])) from error
    return np.asarray(data.data, dtype=np.uint8), np.asarray(data.targets, dtype=np.int64), LOSSLESS


def _decode(path: Path) -> tuple[Images, Labels]:
    """Decode a bundle of JPEG files laid end to end."""
    from PIL import Image

    with np.load(path, allow_pickle=False) as bundle:
        stream, offsets = bundle["jpeg"].tobytes(), bundle["offsets"]
        labels = bundle["labels"].astype(np.int64)
    pieces = (stream[start:stop] for start, stop in itertools.pairwise(offsets))
    return np.stack([np.asarray(Image.open(io.BytesIO(piece))) for piece in pieces]), labels


def _by_hand(why: str) -> str:
    place = os.environ.get(sources.DATA_VARIABLE) or sources.cache_folder()
    return (
        f"CIFAR-10's images are not at hand ({why}); get {ADDRESS} "
        f"and unpack it so that {place}/cifar-10-batches-py exists, or name the folder that holds it in "
        f"{sources.DATA_VARIABLE}."
    )
