"""NLI pairs: read in their order, grouped by premise, none of a ChaosNLI premise."""

import gzip
import hashlib
import json
import zipfile

import numpy as np
import pytest
from shared import real, sentence_of

from softlabel_core import data
from softlabel_core.data import chaosnli, nli_pairs
from softlabel_core.data.nli_pairs import Pair
from softlabel_core.data.sources import DataUnavailable, Source

LINE = {"premise": "A dog runs.", "hypothesis": "An animal moves.", "label": "e", "source": "made"}
CHAOS = {
    "uid": "1.jpg#0r1n",
    "label_counter": {"e": 100},
    "label_dist": [1.0, 0.0, 0.0],
    "label_count": [100, 0, 0],
    "example": {"premise": "A ChaosNLI premise.", "hypothesis": "It is."},
    "old_label": "e",
}


def put(folder, *changes, name="pairs.jsonl.gz"):
    """A bundle of lines, each the good one with some of its fields changed; None takes a field away."""
    lines = ({**LINE, **change} for change in changes)
    kept = ({field: value for field, value in line.items() if value is not None} for line in lines)
    path = folder / name
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in kept).encode()))
    return path


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of one's own with a small ChaosNLI; no cache, no network."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("SOFTLABEL_DATA", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    for part in ("snli", "mnli"):
        path = folder / f"{part}.jsonl"
        path.write_text(json.dumps(CHAOS))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setitem(chaosnli.FILES, part, Source(path.name, None, digest))
    return folder


def bundle(folder, monkeypatch, *changes):
    """Write a bundle and have its hash expected."""
    path = put(folder, *changes)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(nli_pairs, "BUNDLE", Source(path.name, None, digest))


def archives(folder, monkeypatch, **lines):
    """Write the owners' archives, and have their hashes expected."""
    for name, records in lines.items():
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("in/train.jsonl", "".join(json.dumps(record) + "\n" for record in records))
        source = Source(path.name, None, hashlib.sha256(path.read_bytes()).hexdigest())
        monkeypatch.setitem(nli_pairs.ARCHIVES, name, (source, "in/train.jsonl"))


def test_pairs_are_put_together(own, monkeypatch):
    bundle(
        own,
        monkeypatch,
        {},
        {"premise": "Another.", "label": "c", "votes": [1, 0, 4], "source": "voted"},
        {"premise": "a DOG runs", "label": "n", "votes": [2, 2, 1]},
        {"premise": "x" * (nli_pairs.MAX_CHARACTERS + 1)},
    )
    found = data.load("nli-pairs")
    assert found.counts.tolist() == [[1, 0, 0], [1, 0, 4], [2, 2, 1]]
    assert found.gold.tolist() == [0, 2, 1]
    assert found.groups[0] == found.groups[2] != found.groups[1]
    assert found.part.tolist() == ["made", "voted", "made"]
    assert found.ids.tolist() == [f"nli-pairs-00000{i}" for i in range(3)]
    assert found.items[2].tolist() == ["a DOG runs", "An animal moves."]
    assert not found.published


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label": None}, "the field 'label' is missing"),
        ({"label": "en"}, "the label 'en' is none of e, n, c"),
        ({"hypothesis": ""}, "the field 'hypothesis' is empty"),
        ({"votes": [1, 4, 0]}, "the votes [1, 4, 0] contradict the label 'e'"),
        ({"votes": [0, 0, 0]}, "the votes [0, 0, 0] contradict the label 'e'"),
        ({"votes": [5, 0]}, "votes is [5, 0], not three whole numbers from 0 up"),
        ({"votes": [5, 0, -1]}, "not three whole numbers from 0 up"),
        ({"votes": [0.8, 0.2, 0]}, "not three whole numbers from 0 up"),
        ({"votes": "5"}, "not three whole numbers from 0 up"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, change, complaint):
    with pytest.raises(ValueError, match=r"pairs\.jsonl\.gz line 2: ") as error:
        list(nli_pairs.parse(put(tmp_path, {}, change)))
    assert complaint in sentence_of(error)


@pytest.mark.parametrize("premise", ["A ChaosNLI premise.", "a chaosnli  PREMISE ."])
def test_a_premise_of_chaosnli_is_refused(own, monkeypatch, premise):
    bundle(own, monkeypatch, {}, {"premise": premise}, {"premise": premise, "label": "n"})
    with pytest.raises(
        ValueError, match=r"NLI pair 1 has a premise of ChaosNLI \(2 such pair\(s\)\)"
    ) as error:
        data.load("nli-pairs")
    sentence_of(error)


def test_without_chaosnli_there_are_no_pairs(own, monkeypatch):
    """What cannot be compared is not given out."""
    bundle(own, monkeypatch, {})
    (own / "mnli.jsonl").unlink()
    with pytest.raises(DataUnavailable, match=r"^mnli\.jsonl is not at hand"):
        data.load("nli-pairs")


def test_without_the_bundle_the_owners_archives_serve(own, monkeypatch):
    def pair(label, premise="A cat.", hypothesis="It sleeps."):
        return {"gold_label": label, "sentence1": premise, "sentence2": hypothesis}

    archives(
        own,
        monkeypatch,
        snli_train=[
            pair("neutral"),
            pair("-"),
            pair("entailment", "a chaosnli premise"),
            pair("neutral", hypothesis=" "),
        ],
        mnli_train=[pair("contradiction", "a  cat"), pair("entailment", "A bird.")],
    )
    found = data.load("nli-pairs")
    assert found.gold.tolist() == [1, 2, 0]
    assert found.counts.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert found.part.tolist() == ["snli_train", "mnli_train", "mnli_train"]
    assert found.groups[0] == found.groups[1] != found.groups[2]
    assert found.provenance == "SNLI 1.0 and MNLI 1.0, train parts"
    archives(own, monkeypatch, mnli_train=[pair("contradiction"), pair("hidden")])
    with pytest.raises(ValueError, match=r"mnli_train\.zip line 2: the label 'hidden' is none of") as error:
        data.load("nli-pairs")
    sentence_of(error)


def test_without_any_file_the_sentence_says_where_to_get_one(own):
    with pytest.raises(DataUnavailable) as error:
        data.load("nli-pairs")
    message = sentence_of(error)
    for part in ("nli/snli_1.0.zip", "https://nlp.stanford.edu/projects/snli/snli_1.0.zip", str(own)):
        assert part in message


def test_pairs_are_refused_by_their_key():
    pairs = [Pair(7, "One, two!", "h", 0, [1, 0, 0], "s")]
    nli_pairs.refuse_premises(pairs, {"one"})
    with pytest.raises(ValueError, match=r"^NLI pair 7 has a premise of ChaosNLI"):
        nli_pairs.refuse_premises(pairs, {"onetwo"})


@pytest.fixture
def dataset():
    return real("nli-pairs", nli_pairs.BUNDLE, *chaosnli.FILES.values())


def test_the_bundle_is_what_its_sources_describe(dataset):
    assert dataset.n_items == 200_275 - 3  # three premises that swallowed other rows
    assert max(map(len, dataset.items[:, 0])) < 5_000
    assert np.bincount(dataset.gold).tolist() == [65_261 - 1, 67_083 - 2, 67_931]
    assert (dataset.counts.sum(axis=1) > 1).sum() == 7_738
    assert (dataset.counts[np.arange(dataset.n_items), dataset.gold] == dataset.counts.max(axis=1)).all()
    assert len(np.unique(dataset.part)) == 39
    assert dataset.hash.startswith("d78e3adb")


def test_no_premise_is_in_chaosnli(dataset):
    """Compared without the loader's own key."""
    letters = str.maketrans("", "", "".join(chr(i) for i in range(256) if not chr(i).isalnum()))
    chaos = {text.lower().translate(letters) for text in data.load("chaosnli").items[:, 0]}
    assert not chaos & {text.lower().translate(letters) for text in dataset.items[:, 0]}
    # A premise of some length does not stand inside another one either, other than in an edited copy of it.
    joined = "\n".join({text for text in dataset.items[:, 0] if len(text) > 1_000})
    assert not [text for text in data.load("chaosnli").items[:, 0] if len(text) > 40 and text in joined]
