"""ChaosNLI: 100 human votes for each of 3,113 sentence pairs of SNLI and MNLI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softlabel_core.data import sources
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.formats.lines import field, json_lines, wrong
from softlabel_core.data.sources import Source

CLASS_NAMES = ("entailment", "neutral", "contradiction")
LETTERS = ("e", "n", "c")  # how the files write the classes, in the order of their counts
TEXT_PARTS = ("premise", "hypothesis")
N_VOTES = 100
_OWNER = (
    "https://raw.githubusercontent.com/jsbaan/calibration-on-disagreement-data/"
    "990e81cacadac5d0268160d1c02bad19d4ddb9a3/data/chaosNLI_v1.0/"
)
FILES = {
    "snli": Source(
        "chaosnli/chaosNLI_snli.jsonl",
        _OWNER + "chaosNLI_snli.jsonl",
        "99f9015ddda7d85f66a087452bc30d53974314fe27e7d589e2f41ad44bd509c1",
    ),
    "mnli": Source(
        "chaosnli/chaosNLI_mnli_m.jsonl",
        _OWNER + "chaosNLI_mnli_m.jsonl",
        "8eb49b589488e7b1a9ec95fb8a864bd50f0509b4f808eed0aed3f8167617664d",
    ),
}
LICENCE = "Votes and sentence pairs: ChaosNLI (Nie et al. 2020), CC BY-NC 4.0, not for commercial use."


class Item(NamedTuple):
    """One sentence pair: its uid, texts, votes by class, and the number of its original label."""

    uid: str
    premise: str
    hypothesis: str
    counts: list[int]
    gold: int


def load(part: str | None = None) -> Dataset:
    """Load ChaosNLI: 3,113 sentence pairs, 3 classes, the original label of SNLI or MNLI as gold.

    Parameters
    ----------
    part : {"snli", "mnli"}, optional
        One part alone: 1,514 pairs of SNLI or 1,599 of MNLI (matched).

    Returns
    -------
    Dataset
        Items that share a photo (SNLI) or a premise (MNLI) are of one group.

    Raises
    ------
    ValueError
        If there is no such part, or a line of a file is not what it should be.
    DataUnavailable
        If a file is altered, or neither at hand nor to be had.

    References
    ----------
    Nie, Zhou and Bansal (2020), "What can we learn from collective human opinions on
    natural language inference data?", EMNLP.
    """
    if part is not None and part not in FILES:
        raise ValueError(
            f"ChaosNLI has no part {part!r}; choose one of {', '.join(FILES)}, or none for both."
        )
    parts = [part] if part else list(FILES)
    items = [(name, item) for name in parts for item in parse(sources.locate(FILES[name]))]
    return Dataset(
        name=f"chaosnli-{part}" if part else "chaosnli",
        counts=np.array([item.counts for _, item in items]),
        items=np.array([(item.premise, item.hypothesis) for _, item in items], dtype=object),
        class_names=CLASS_NAMES,
        ids=np.array([f"chaosnli-{name}-{item.uid}" for name, item in items]),
        groups=np.unique([_group(name, item) for name, item in items], return_inverse=True)[1],
        gold=np.array([item.gold for _, item in items]),
        provenance=f"ChaosNLI 1.0, {' and '.join(name.upper() for name in parts)}",
        licence=LICENCE,
        text_parts=TEXT_PARTS,
        part=np.array([name for name, _ in items]),
    )


def comparison_key(text: str) -> str:
    """A text as it is compared: lower case, only a-z and 0-9, so that no tokeniser makes a difference."""
    return re.sub("[^a-z0-9]", "", text.lower())


def _group(part: str, item: Item) -> str:
    """What must stay together: SNLI's uid starts with the photo that a premise describes."""
    return f"{part} {item.uid.split('#')[0] if part == 'snli' else comparison_key(item.premise)}"


def parse(path: Path) -> Iterator[Item]:
    """Read one file of ChaosNLI.

    Raises
    ------
    ValueError
        If a line is no JSON, lacks a field, or holds votes that contradict each
        other or do not add up to 100, an unknown label, an empty text, or a uid that was there before.
    """
    lines: dict[str, int] = {}
    for line, record in json_lines(path):
        uid = field(path, line, record, "uid", str)
        if uid in lines:
            raise wrong(path, line, f"the uid {uid!r} stands in line {lines[uid]} already")
        lines[uid] = line
        example = field(path, line, record, "example", dict)
        label = field(path, line, record, "old_label", str)
        if label not in LETTERS:
            raise wrong(path, line, f"the label {label!r} is none of e, n, c")
        premise, hypothesis = (field(path, line, example, name, str) for name in TEXT_PARTS)
        yield Item(uid, premise, hypothesis, _counts(path, line, record), LETTERS.index(label))


def _counts(path: Path, line: int, record: dict[str, Any]) -> list[int]:
    """Votes for entailment, neutral and contradiction, which the file states three times over."""
    counts = field(path, line, record, "label_count", list)
    if len(counts) != 3 or not all(type(count) is int and count >= 0 for count in counts):
        raise wrong(path, line, f"label_count is {counts}, not three whole numbers from 0 up")
    if sum(counts) != N_VOTES:
        raise wrong(path, line, f"label_count {counts} adds up to {sum(counts)}, not to {N_VOTES}")
    shares = field(path, line, record, "label_dist", list)
    if shares != [count / N_VOTES for count in counts]:
        raise wrong(path, line, f"label_dist {shares} contradicts label_count {counts}")
    counter = field(path, line, record, "label_counter", dict)
    if counter != {letter: count for letter, count in zip(LETTERS, counts, strict=True) if count}:
        raise wrong(path, line, f"label_counter {counter} contradicts label_count {counts}")
    return counts
