"""Registry: every data set, a row each; a new one is a module beside this that loads it, and one row of `DATA_SETS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from softlabel_core.data import (
    chaosnli,
    cifar10_train,
    cifar10h,
    digits,
    images,
    nli_pairs,
    popquorn,
    twins,
)
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.sources import Source

UNANIMOUS, TOP = 1e-9, 10.0  # nats: the first band holds the unanimous items alone, the last all above
BANDS = (0.0, UNANIMOUS, 0.1, 0.3, 0.6, TOP)


@dataclass(frozen=True)
class Entry:
    """One data set: what loads it, and what is said of it wherever it is named.

    Attributes
    ----------
    load : callable
        Its loader; options are its own.
    title : str
    sources : tuple of Source
        Every file that it may be read from.
    parts : mapping of str to str
        Titles of its named parts, of those that have another name for readers.
    bands : tuple of float
        Bounds of human entropy in nats between which its items are shown together: with 5 to 10 votes
        few values exist, with 100 hardly an item is unanimous.
    warning : str
        Covers each of its texts until a reader asks; empty where none is needed.
    """

    load: Callable[..., Dataset]
    title: str
    sources: tuple[Source, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[float, ...] = BANDS
    warning: str = ""


_TWINS = (twins.TEST_TEST, twins.TEST_TRAIN)
_CHAOSNLI = Entry(
    chaosnli.load,
    "ChaosNLI",
    tuple(chaosnli.FILES.values()),
    {"snli": "SNLI", "mnli": "MNLI"},
    (0.0, 0.4, 0.6, 0.8, TOP),
)
DATA_SETS: dict[str, Entry] = {
    "digits": Entry(digits.load, "digits"),
    "cifar10h": Entry(cifar10h.load, "CIFAR-10H", (cifar10h.COUNTS, *_TWINS, images.BUNDLES["test"])),
    "cifar10-train": Entry(cifar10_train.load, "CIFAR-10, training part", (*_TWINS, images.BUNDLES["train"])),
    "chaosnli": _CHAOSNLI,
    "chaosnli-snli": replace(_CHAOSNLI, load=partial(chaosnli.load, "snli"), title="ChaosNLI, SNLI"),
    "chaosnli-mnli": replace(_CHAOSNLI, load=partial(chaosnli.load, "mnli"), title="ChaosNLI, MNLI"),
    "politeness": Entry(
        popquorn.load_politeness,
        "Politeness",
        (popquorn.POLITENESS, popquorn.POLITENESS_COPY),
        bands=(0.0, 0.6, 0.8, 1.0, 1.2, TOP),
    ),
    "offensiveness": Entry(
        popquorn.load_offensiveness,
        "Offensiveness",
        (popquorn.OFFENSIVENESS,),
        bands=(0.0, UNANIMOUS, 0.6, 0.9, 1.2, TOP),
        warning="May be offensive.",
    ),
    "nli-pairs": Entry(
        nli_pairs.load,
        "NLI pairs",
        (
            nli_pairs.BUNDLE,
            *(archive for archive, _ in nli_pairs.ARCHIVES.values()),
            *chaosnli.FILES.values(),
        ),
    ),
}


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        A key of `DATA_SETS`.
    **options
        What the data set's own loader takes, such as `n_items` of `digits`.

    Raises
    ------
    ValueError
        If there is no such data set, or a file of it holds what it should not.
    DataUnavailable
        If a file is altered, or neither at hand nor to be had.
    """
    if name not in DATA_SETS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(DATA_SETS)}.")
    return DATA_SETS[name].load(**options)


def entry(name: str) -> Entry:
    """The row of a data set; for one of a reader's own, one that says nothing but its name."""
    return DATA_SETS.get(name) or Entry(partial(load, name), name)


def part_title(name: str, part: str) -> str:
    """What readers call a named part of a data set."""
    return entry(name).parts.get(part, part)


def files() -> list[Source]:
    """Every file that some data set may be read from."""
    return list(dict.fromkeys(source for each in DATA_SETS.values() for source in each.sources))
