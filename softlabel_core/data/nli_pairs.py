"""NLI pairs: some 200,000 sentence pairs with a label each, none of a ChaosNLI premise: pretraining only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from softlabel_core.data import chaosnli, sources
from softlabel_core.data.chaosnli import CLASS_NAMES, LETTERS, TEXT_PARTS, comparison_key
from softlabel_core.data.dataset import Dataset
from softlabel_core.data.formats.lines import field, json_lines, wrong
from softlabel_core.data.sources import Source

# Pairs gathered from many owners; only a data folder of one's own holds them, so they have no address.
BUNDLE = Source(
    "nli/nli_pretraining.jsonl.gz", None, "db55d7b79f147a2c7a4541110851e8dd5a9e1749ac459340e8a6b7cfe0c199bc"
)
# Without it, the whole train parts of SNLI and MNLI serve, from their owners: archive, file in it.
ARCHIVES = {
    "snli_train": (
        Source(
            "nli/snli_1.0.zip",
            "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
            "afb3d70a5af5d8de0d9d81e2637e0fb8c22d1235c2749d83125ca43dab0dbd3e",
        ),
        "snli_1.0/snli_1.0_train.jsonl",
    ),
    "mnli_train": (
        Source(
            "nli/multinli_1.0.zip",
            "https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip",
            "049f507b9e36b1fcb756cfd5aeb3b7a0cfcb84bf023793652987f7e7e0957822",
        ),
        "multinli_1.0/multinli_1.0_train.jsonl",
    ),
}
# Three premises of the bundle are longer: an unclosed quotation mark made one of hundreds of rows, and
# ChaosNLI's premises are among them. The longest true premise has 4,757 characters.
MAX_CHARACTERS = 5_000
LICENCE = (
    "NLI pairs: many owners, several of them non-commercial and some without a licence; "
    "for training here, not to be passed on."
)


class Pair(NamedTuple):
    """One sentence pair: its number in the file from 0 up, texts, number of its label, votes by class, source."""

    number: int
    premise: str
    hypothesis: str
    label: int
    counts: list[int]
    source: str


def load() -> Dataset:
    """Load NLI pairs in the order of the file, their label as gold, their source as part.

    An item's counts are its annotators' votes where the file gives them (7,738
    pairs), and else one vote for the label.

    Returns
    -------
    Dataset
        Pairs of one premise are of one group. Without the bundle of pairs in a
        data folder of one's own: the train parts of SNLI and MNLI.

    Raises
    ------
    ValueError
        If a line is not what it should be, or a premise is ChaosNLI's.
    DataUnavailable
        If a file is altered, or neither at hand nor to be had.
    """
    of_chaosnli = {comparison_key(premise) for premise in chaosnli.load().items[:, 0]}
    bundle = sources.at_hand(BUNDLE)
    if bundle:
        pairs, provenance = list(parse(bundle)), "NLI pairs gathered from public repositories"
    else:
        pairs, provenance = _archived(of_chaosnli), "SNLI 1.0 and MNLI 1.0, train parts"
    pairs = [pair for pair in pairs if len(pair.premise) <= MAX_CHARACTERS]
    refuse_premises(pairs, of_chaosnli)
    return Dataset(
        name="nli-pairs",
        counts=np.array([pair.counts for pair in pairs]),
        items=np.array([(pair.premise, pair.hypothesis) for pair in pairs], dtype=object),
        class_names=CLASS_NAMES,
        ids=np.array([f"nli-pairs-{pair.number:06d}" for pair in pairs]),
        groups=_by_premise(pairs),
        gold=np.array([pair.label for pair in pairs]),
        provenance=provenance,
        licence=LICENCE,
        text_parts=TEXT_PARTS,
        part=np.array([pair.source for pair in pairs]),
        published=False,
    )


def refuse_premises(pairs: Iterable[Pair], keys: set[str]) -> None:
    """Raise ValueError if a pair's premise is among those of ChaosNLI, given by their comparison keys."""
    straying = [pair.number for pair in pairs if comparison_key(pair.premise) in keys]
    if straying:
        raise ValueError(
            f"NLI pair {straying[0]} has a premise of ChaosNLI ({len(straying)} such pair(s)); "
            "leave them out, or a model would be tested on what it was pretrained on."
        )


def parse(path: Path) -> Iterator[Pair]:
    """Read the bundle of pairs.

    Raises
    ------
    ValueError
        If a line is no JSON, lacks a field, or holds an empty text, an unknown
        label, or votes that contradict the label.
    """
    for line, record in json_lines(path):
        premise, hypothesis, label, source = (
            field(path, line, record, name, str) for name in (*TEXT_PARTS, "label", "source")
        )
        if label not in LETTERS:
            raise wrong(path, line, f"the label {label!r} is none of {', '.join(LETTERS)}")
        number = LETTERS.index(label)
        counts = record.get("votes", [int(letter == label) for letter in LETTERS])
        if not isinstance(counts, list) or [type(count) for count in counts] != [int] * 3 or min(counts) < 0:
            raise wrong(path, line, f"votes is {counts!r}, not three whole numbers from 0 up")
        if counts[number] < max(*counts, 1):
            raise wrong(path, line, f"the votes {counts} contradict the label {label!r}")
        yield Pair(line - 1, premise, hypothesis, number, counts, source)


def parse_archive(path: Path, member: str, source: str) -> Iterator[Pair]:
    """Read the train part of SNLI or MNLI, less the pairs that have no label ("-") or an empty text.

    Raises
    ------
    ValueError
        If a line is no JSON, lacks a field, or holds an unknown label.
    """
    for line, record in json_lines(path, member):
        label = field(path, line, record, "gold_label", str)
        if label not in (*CLASS_NAMES, "-"):
            raise wrong(path, line, f"the label {label!r} is none of {', '.join(CLASS_NAMES)}, -")
        texts = [str(record.get(name, "")) for name in ("sentence1", "sentence2")]
        if label != "-" and all(text.strip() for text in texts):
            counts = [int(name == label) for name in CLASS_NAMES]
            yield Pair(line - 1, texts[0], texts[1], CLASS_NAMES.index(label), counts, source)


def _archived(of_chaosnli: set[str]) -> list[Pair]:
    """Pairs of both archives, numbered through, less those whose premise ChaosNLI has too."""
    pairs = [
        pair
        for name, (archive, member) in ARCHIVES.items()
        for pair in parse_archive(sources.locate(archive), member, name)
        if comparison_key(pair.premise) not in of_chaosnli
    ]
    return [pair._replace(number=number) for number, pair in enumerate(pairs)]


def _by_premise(pairs: list[Pair]) -> NDArray[np.int64]:
    """Number of each pair's premise in order of appearance, shape [n_pairs]."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(comparison_key(pair.premise), len(numbers)) for pair in pairs])
