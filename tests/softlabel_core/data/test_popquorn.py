"""POPQUORN: ratings as they were given, both forms of politeness alike, raters under numbers that name nobody."""

import ast
import hashlib

import numpy as np
import pandas as pd
import pytest
from shared import real, sentence_of

from softlabel_core import data
from softlabel_core.data import popquorn, sources
from softlabel_core.data.sources import DataUnavailable, Source

TEXTS = (
    "Please send me the report about the pipeline before noon.",
    "Could you please send me the report about the pipeline before noon?",
    "Lunch on Friday, then!",
)
POLITE = pd.DataFrame(
    {
        "instance_id": [10, 2, 0],
        "text": TEXTS,
        "source": ["enron", "revised", "enron"],
        "scores": ["[1, 2]", "[5, 4, 5]", "[3]"],
        "annotators": ["[7, 3]", "[3, 9, 7]", "[1]"],
    }
)
OFFENSIVE = pd.DataFrame(
    {
        "instance_id": [4, 0, 4],
        "user_id": [0, 0, 1],
        "text": ["You there.", "A nice day.", "You there."],
        "offensiveness": [5.0, 1.0, 4.0],
        "gender": ["Man", "Man", "Woman"],
    }
)


def put(folder, frame, name="polite.csv", **cells):
    """Write a table, with cells of its second row changed."""
    changed = frame.astype(object)
    for column, value in cells.items():
        changed.loc[1, column] = value
    path = folder / name
    changed.to_csv(path, index=False)
    return path


def refused(folder, frame, parse, **cells):
    """The sentence with which a changed table is refused; it names the file and the second row's line."""
    path = put(folder, frame, **cells)
    with pytest.raises(ValueError, match=r"polite\.csv line [34]: ") as error:
        popquorn._dataset("some", path, parse(path))
    return sentence_of(error)


def polite(path):
    return popquorn.parse_politeness(path, "annotators")


def expected(monkeypatch, path, name):
    """Have the data set read this file, in the folder of its own."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(popquorn, name, Source(path.name, None, digest))
    monkeypatch.setenv("SOFTLABEL_DATA", str(path.parent))


def test_politeness_is_put_together(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    expected(monkeypatch, put(tmp_path, POLITE), "POLITENESS_COPY")
    found = data.load("politeness")
    assert found.ids.tolist() == ["politeness-0000", "politeness-0002", "politeness-0010"]
    assert found.counts.tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 2], [1, 1, 0, 0, 0]]
    assert found.items[:, 0].tolist() == [TEXTS[2], TEXTS[1], TEXTS[0]]
    assert found.part.tolist() == ["enron", "revised", "enron"]
    assert found.groups[1] == found.groups[2] != found.groups[0]
    assert (found.ordinal, found.published, found.gold) == (True, False, None)
    assert (found.ratings >= 0).sum() == 6
    shared = (found.ratings[1] >= 0) & (found.ratings[2] >= 0)
    assert sorted(zip(found.ratings[1][shared], found.ratings[2][shared], strict=True)) == [(4, 0), (4, 1)]


def test_offensiveness_is_put_together(tmp_path, monkeypatch):
    expected(monkeypatch, put(tmp_path, OFFENSIVE), "OFFENSIVENESS")
    found = data.load("offensiveness")
    assert found.ids.tolist() == ["offensiveness-0000", "offensiveness-0004"]
    assert found.counts.tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 1]]
    assert found.ratings.tolist() in ([[0, -1], [4, 3]], [[-1, 0], [3, 4]])
    assert (found.ordinal, found.published, found.part) == (True, False, None)


def test_the_owners_form_of_politeness_comes_first_and_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    expected(monkeypatch, put(tmp_path, POLITE, "copy.csv"), "POLITENESS_COPY")
    copy = data.load("politeness")
    owners = POLITE.rename(columns={"annotators": "users"}).assign(
        scores=["[1.0, 2.0]", "[5.0, 4.0, 5.0]", "[3.0]"],
        users=["['ab', 'x9']", "['x9', 'c', 'ab']", "['77']"],
        label=[1.5, 4.67, 3],
    )
    expected(monkeypatch, put(tmp_path, owners, "owners.csv"), "POLITENESS")
    monkeypatch.setattr(
        popquorn, "POLITENESS_COPY", Source("copy.csv", None, "0" * 64)
    )  # refused if asked for
    found = data.load("politeness")
    assert found.hash == copy.hash
    np.testing.assert_array_equal(found.ratings, copy.ratings)
    np.testing.assert_array_equal(found.items, copy.items)


def test_an_altered_file_is_refused_whichever_form_it_has(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    for source in (popquorn.POLITENESS, popquorn.POLITENESS_COPY):
        path = tmp_path / source.file
        path.parent.mkdir(exist_ok=True)
        path.write_text("instance_id,text\n")
        with pytest.raises(DataUnavailable, match=rf"{path.name} is truncated or altered"):
            data.load("politeness")
        path.unlink()


def test_without_either_form_the_owners_address_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    with pytest.raises(DataUnavailable) as error:
        data.load("politeness")
    assert f"get it from {popquorn.POLITENESS.address}" in sentence_of(error)


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"scores": "[5, 4, 6]"}, "the rating '6' is not a whole number from 1 to 5"),
        ({"scores": "[5, 4, 0]"}, "the rating '0' is not a whole number"),
        ({"scores": "[5, 4, 2.5]"}, "the rating '2.5' is not a whole number"),
        ({"scores": "[5, 4, None]"}, "the rating 'None' is not a whole number"),
        ({"scores": "[5, 4, nan]"}, "scores is not a list"),
        ({"scores": "5"}, "scores is not a list"),
        ({"annotators": "[3, 9"}, "annotators is not a list"),
        ({"scores": "[5, 4]"}, "there are 2 scores by 3 raters"),
        ({"scores": "[]", "annotators": "[]"}, "there are 0 scores by 0 raters"),
        ({"annotators": "[3, 9, 3]"}, "one rater rates item 2 twice"),
        ({"annotators": "[3, 9, '']"}, "item 2 has a rating by nobody"),
        ({"text": " "}, "the text of item 2 is empty"),
        ({"text": ""}, "the text of item 2 is empty"),
        ({"source": "reddit"}, "the source 'reddit' is none of enron, revised"),
        ({"instance_id": "2b"}, "the instance_id '2b' is not a whole number"),
        ({"instance_id": 10}, "item 10 has another text than before"),
    ],
)
def test_a_row_of_politeness_that_is_wrong_is_named(tmp_path, cells, complaint):
    assert complaint in refused(tmp_path, POLITE, polite, **cells)


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"offensiveness": 5.5}, "the rating '5.5' is not a whole number from 1 to 5"),
        ({"offensiveness": ""}, "the rating '' is not a whole number"),
        ({"instance_id": ""}, "the instance_id '' is not a whole number"),
        ({"instance_id": 4}, "item 4 has another text than before"),
        ({"instance_id": 4, "text": "You there."}, "one rater rates item 4 twice"),
        ({"user_id": ""}, "item 0 has a rating by nobody"),
        ({"text": ""}, "the text of item 0 is empty"),
    ],
)
def test_a_row_of_offensiveness_that_is_wrong_is_named(tmp_path, cells, complaint):
    assert complaint in refused(tmp_path, OFFENSIVE, popquorn.parse_offensiveness, **cells)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"line 1: the header has no column 'users'"):
        list(popquorn.parse_politeness(put(tmp_path, POLITE), "users"))


def test_raters_numbers_show_neither_their_ids_nor_their_order():
    n = 60
    ratings = [popquorn.Rating(2, i, "text", "", f"{i:03d}", 0) for i in range(n)]
    numbers = popquorn._renumbered(ratings)
    assert sorted(numbers.values()) == list(range(n))
    found = [numbers[f"{i:03d}"] for i in range(n)]
    assert abs(np.corrcoef(found, np.arange(n))[0, 1]) < 0.3
    renamed = [rating._replace(rater=f"other{n - rating.item}") for rating in ratings]
    assert list(popquorn._renumbered(renamed).values()) == list(numbers.values())


def test_related_texts_share_a_group_through_others():
    texts = ["the quick brown fox jumps over", "the quick brown fox jumps over it", "a slow green turtle"]
    one, two, three = popquorn.related(texts, ["", "", ""])
    assert one == two != three


def test_a_rewrite_goes_with_the_mail_that_it_is_closest_to():
    texts = [
        "send me the contract before Friday, Kim", "lunch at noon on Tuesday with Bob?",
        "dear Kim, might I have the contract by Friday if you can", "zzzz qqqq wwww",
    ]  # fmt: skip
    parts = ["enron", "enron", "revised", "revised"]
    kim, bob, rewrite, stranger = popquorn.related(texts, parts)
    assert kim == rewrite
    assert len({kim, bob, stranger}) == 3
    assert len(set(popquorn.related(texts, [""] * 4))) == 4  # too far for the rule of rewrites of one another


@pytest.fixture(params=["owner's", "copy"])
def politeness(request):
    source = popquorn.POLITENESS if request.param == "owner's" else popquorn.POLITENESS_COPY
    if request.param == "copy" and sources.at_hand(popquorn.POLITENESS):
        pytest.skip("the owner's file comes first")
    return real("politeness", source)


def test_politeness_is_what_was_published(politeness):
    assert politeness.counts.shape == (3_718, 5)
    per_item = politeness.counts.sum(axis=1)
    assert (per_item.sum(), per_item.min(), per_item.max()) == (25_042, 3, 8)
    shares = politeness.counts.sum(axis=0) / per_item.sum()
    np.testing.assert_allclose(shares, [0.112, 0.139, 0.290, 0.249, 0.210], atol=5e-4)
    assert politeness.ratings.shape == (3_718, 506)
    assert (politeness.part == "revised").sum() == 2_297
    assert politeness.hash.startswith("e82cd356")  # both forms of the file
    sizes = np.bincount(politeness.groups)
    assert (len(sizes), sizes.max()) == (1_402, 18)


def test_offensiveness_is_what_was_published():
    found = real("offensiveness", popquorn.OFFENSIVENESS)
    assert found.counts.shape == (1_500, 5)
    per_item = found.counts.sum(axis=1)
    assert (per_item.sum(), per_item.min(), per_item.max()) == (13_036, 5, 10)
    shares = found.counts.sum(axis=0) / per_item.sum()
    np.testing.assert_allclose(shares, [0.577, 0.168, 0.122, 0.080, 0.054], atol=6e-4)
    assert found.ratings.shape == (1_500, 262)
    assert found.hash.startswith("f70250f0")


@pytest.mark.parametrize(
    ("name", "file"), [("politeness", popquorn.POLITENESS_COPY), ("offensiveness", popquorn.OFFENSIVENESS)]
)
def test_nobody_is_found_by_number(name, file):
    """In neither set do the numbers follow the file's, nor does anything else of a rater come along."""
    found = real(name, file)
    column = "annotators" if name == "politeness" else "user_id"
    frame = pd.read_csv(sources.at_hand(file))
    given = frame[column].map(ast.literal_eval).explode() if name == "politeness" else frame[column]
    first = [int(rater) for rater in dict.fromkeys(given)]
    assert len(first) == found.ratings.shape[1]
    ids = frame["instance_id"].loc[given.index].to_numpy()
    n_rated = pd.Series(ids).groupby(given.to_numpy(dtype=int)).count()
    assert sorted(n_rated) == sorted((found.ratings >= 0).sum(axis=0))
    assert not np.array_equal(n_rated.to_numpy(), (found.ratings >= 0).sum(axis=0))
