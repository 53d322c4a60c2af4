"""ChaosNLI: the owner's votes, class order and labels, items of one photo or premise together."""

import hashlib
import json

import numpy as np
import pytest
from shared import real, sentence_of

from softlabel_core import data, votes
from softlabel_core.data import chaosnli
from softlabel_core.data.sources import Source

FILES = tuple(chaosnli.FILES.values())
LINE = {
    "uid": "12.jpg#0r1n",
    "label_counter": {"n": 70, "e": 30},
    "majority_label": "n",
    "label_dist": [0.3, 0.7, 0.0],
    "label_count": [30, 70, 0],
    "entropy": 0.88,
    "example": {"uid": "12.jpg#0r1n", "premise": "A dog runs.", "hypothesis": "A dog.", "source": "s"},
    "old_label": "e",
    "old_labels": ["entailment"],
}


def put(folder, *lines):
    """A file of lines, each the good one with some of its fields changed; None takes a field away."""
    path = folder / "part.jsonl"
    changed = ({**LINE, **line, "example": {**LINE["example"], **line.get("example", {})}} for line in lines)
    kept = ({name: value for name, value in line.items() if value is not None} for line in changed)
    path.write_text("".join(json.dumps(line) + "\n" for line in kept))
    return path


def refused(path):
    with pytest.raises(ValueError, match=r"part\.jsonl line 2: ") as error:
        list(chaosnli.parse(path))
    return sentence_of(error)


def test_a_line_is_read(tmp_path):
    (item,) = chaosnli.parse(put(tmp_path, {}))
    assert item == ("12.jpg#0r1n", "A dog runs.", "A dog.", [30, 70, 0], 0)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"uid": None}, "the field 'uid' is missing"),
        ({"label_count": None}, "the field 'label_count' is missing"),
        ({"example": {"premise": " "}}, "the field 'premise' is empty"),
        ({"example": {"hypothesis": None}}, "the field 'hypothesis' is a NoneType"),
        ({"label_count": [31, 69, 0]}, "label_dist [0.3, 0.7, 0.0] contradicts label_count [31, 69, 0]"),
        ({"label_count": [30, 69, 0]}, "label_count [30, 69, 0] adds up to 99, not to 100"),
        ({"label_count": [30, 70]}, "label_count is [30, 70], not three whole numbers"),
        ({"label_count": [30, 71, -1]}, "not three whole numbers from 0 up"),
        ({"label_count": [30.0, 70, 0]}, "not three whole numbers from 0 up"),
        ({"label_counter": {"n": 71, "e": 29}}, "contradicts label_count [30, 70, 0]"),
        ({"old_label": "en"}, "the label 'en' is none of e, n, c"),
        ({"old_label": ["e"]}, "the field 'old_label' is a list"),
        ({"uid": LINE["uid"]}, "the uid '12.jpg#0r1n' stands in line 1 already"),
        ({"uid": LINE["uid"], "example": {"premise": "A cat."}}, "stands in line 1 already"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, change, complaint):
    assert complaint in refused(put(tmp_path, {}, {"uid": "other", **change}))


def test_a_line_that_is_not_json_is_named(tmp_path):
    path = put(tmp_path, {})
    path.write_text(path.read_text() + '{"uid": "13"')
    assert "not JSON" in refused(path)


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"no part 'alphanli'; choose one of snli, mnli") as error:
        chaosnli.load("alphanli")
    sentence_of(error)


def test_an_altered_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "chaosnli").mkdir()
    (tmp_path / chaosnli.FILES["snli"].file).write_text(json.dumps(LINE))
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    with pytest.raises(data.DataUnavailable, match=r"chaosNLI_snli\.jsonl is truncated or altered"):
        data.load("chaosnli-snli")


def test_parts_are_put_together(tmp_path, monkeypatch):
    """Of one photo with two premises, and of one premise written in two ways, which is a photo's name too."""
    lines = {
        "snli": ({"uid": "adogruns#0r1n"}, {"uid": "adogruns#3r1e", "example": {"premise": "Else."}}),
        "mnli": ({"uid": "12e"}, {"uid": "9n", "example": {"premise": "a dog  RUNS"}}, {"uid": "3c"}),
    }
    lines["mnli"][2]["example"] = {"premise": "Another."}
    for part, changes in lines.items():
        path = put(tmp_path, *changes).rename(tmp_path / f"{part}.jsonl")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setitem(chaosnli.FILES, part, Source(path.name, None, digest))
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    found = data.load("chaosnli")
    assert found.part.tolist() == ["snli"] * 2 + ["mnli"] * 3
    assert found.ids.tolist() == [
        "chaosnli-snli-adogruns#0r1n",
        "chaosnli-snli-adogruns#3r1e",
        *(f"chaosnli-mnli-{uid}" for uid in ("12e", "9n", "3c")),
    ]
    one, two, three, four, five = found.groups
    assert (one == two, three == four) == (True, True)
    assert len({one, three, five}) == 3
    assert found.items[3].tolist() == ["a dog  RUNS", "A dog."]
    for part in ("snli", "mnli"):
        alone = data.load(f"chaosnli-{part}")
        rows = np.flatnonzero(found.part == part)
        assert alone.name == f"chaosnli-{part}"
        assert alone.hash == found.take(rows).hash


@pytest.fixture
def dataset():
    return real("chaosnli", *FILES)


def test_it_has_the_votes_that_were_published(dataset):
    assert dataset.counts.shape == (3_113, 3)
    assert (dataset.counts.sum(axis=1) == 100).all()
    assert dataset.class_names == ("entailment", "neutral", "contradiction")
    assert dataset.text_parts == ("premise", "hypothesis")
    assert dataset.published
    assert not dataset.ordinal
    assert "CC BY-NC 4.0" in dataset.licence
    first = dataset.items[0]
    assert first[1] == "Two kids at a ballgame wash their hands."
    assert (dataset.counts[0].tolist(), dataset.gold[0]) == ([30, 70, 0], 1)


@pytest.mark.parametrize(
    ("part", "n_items", "mean_entropy", "agreeing", "majorities"),
    [("snli", 1514, 0.553, 0.75, [421, 813, 280]), ("mnli", 1599, 0.743, 0.68, [741, 583, 275])],
)
def test_each_part_is_what_its_owners_describe(part, n_items, mean_entropy, agreeing, majorities):
    found = real(f"chaosnli-{part}", *FILES)
    assert found.n_items == n_items
    assert found.entropy.mean() == pytest.approx(mean_entropy, abs=5e-4)
    assert (found.majority == found.gold).mean() == pytest.approx(agreeing, abs=5e-3)
    # The owners break ties in their own way, which moves a few items.
    n_ties = votes.ties(found.counts).sum()
    np.testing.assert_allclose(np.bincount(found.majority), majorities, atol=n_ties)


def test_items_of_one_photo_or_premise_share_a_group(dataset):
    names = [
        uid.removeprefix("chaosnli-snli-").split("#")[0] if part == "snli" else premise.lower()
        for uid, part, (premise, _) in zip(dataset.ids, dataset.part, dataset.items, strict=True)
    ]
    first = {}
    for name, group in zip(names, dataset.groups, strict=True):
        assert first.setdefault(name, group) == group
    assert len(set(first.values())) == len(first) == 1_235 + 1_359
    for premise in set(dataset.items[:, 0]):
        assert len(set(dataset.groups[dataset.items[:, 0] == premise])) == 1


def test_no_group_straddles_its_folds(dataset):
    for fold in range(5):
        found = data.split(dataset, fold)
        sides = [set(dataset.groups[rows]) for rows in (found.train, found.validation, found.test)]
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]
