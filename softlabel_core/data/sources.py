"""Where data files come from: a folder of one's own first, then a cache, then their owners."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

DATA_VARIABLE = "SOFTLABEL_DATA"
OFFLINE_VARIABLE = "SOFTLABEL_OFFLINE"


class DataUnavailable(RuntimeError):
    """A file of data or weights is neither at hand nor to be had; the message names it, its address, where to put it."""


@dataclass(frozen=True)
class Source:
    """One file of a data set: its place below the data folder, its owner's address, its SHA-256."""

    file: str
    address: str | None
    sha256: str


def data_folder() -> Path | None:
    """Folder named by SOFTLABEL_DATA, or None where it is not set.

    Raises
    ------
    DataUnavailable
        If the variable names a folder that does not exist.
    """
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DataUnavailable(
            f"{DATA_VARIABLE} names {folder}, which is not a folder; correct it or unset it."
        )
    return folder


def cache_folder() -> Path:
    """Folder that downloads are kept in (XDG_CACHE_HOME/softlabel, by default ~/.cache/softlabel)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "softlabel"


def offline() -> bool:
    """Whether SOFTLABEL_OFFLINE forbids to ask the network."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def at_hand(source: Source) -> Path | None:
    """Path of a file that needs no download, its contents checked, or None.

    Raises
    ------
    DataUnavailable
        If the file is there but is not the file that it should be.
    """
    folder = data_folder()
    for place in ([folder] if folder else []) + [cache_folder()]:
        path = place / source.file
        if path.is_file():
            check(path, source.sha256)
            return path
    return None


def locate(source: Source) -> Path:
    """Path of a file, downloaded once if need be.

    Raises
    ------
    DataUnavailable
        If the file is altered, or is not at hand and cannot be downloaded.
    """
    found = at_hand(source)
    if found:
        return found
    if source.address is None or offline():
        raise DataUnavailable(_by_hand(source, "no download was tried"))
    import pooch  # only a download needs it

    cache = cache_folder()
    keeper = pooch.create(
        cache, base_url="", registry={source.file: f"sha256:{source.sha256}"}, retry_if_failed=2
    )
    keeper.urls = {source.file: source.address}
    try:
        return Path(keeper.fetch(source.file, downloader=pooch.HTTPDownloader(progressbar=True, timeout=30)))
    except (OSError, ValueError) as error:
        raise DataUnavailable(_by_hand(source, f"the download failed: {first_line(error)}")) from error


def check(path: Path, sha256: str) -> None:
    """Raise DataUnavailable unless the file's SHA-256 is the expected one."""
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise DataUnavailable(
            f"{path} is truncated or altered (SHA-256 {found[:12]}…, expected {sha256[:12]}…); "
            "delete it, or put the original file in its place."
        )


def _by_hand(source: Source, why: str) -> str:
    place = os.environ.get(DATA_VARIABLE) or cache_folder()
    origin = f"get it from {source.address}" if source.address else "it has no address of its own"
    return (
        f"{source.file} is not at hand ({why}); {origin} and put it into {place} as {source.file}, "
        f"or name the folder that holds it in {DATA_VARIABLE}."
    )


def first_line(error: Exception) -> str:
    """What an error says, in one line of 200 characters at most."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
