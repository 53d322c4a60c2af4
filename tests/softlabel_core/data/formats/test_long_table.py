"""from_table: long tables of votes, as pages, spreadsheets and people write them."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_csv import page_csv
from shared import sentence_of

from softlabel_core import data

ROWS = [
    ("a", "Ann", "cat"),
    ("b", "Ann", "dog"),
    ("a", "Bo", "dog"),
    ("c", "Bo", "cat"),
    ("a", "Cy", "dog"),
]
HEADER = ("item", "annotator", "label")
LINES = [HEADER, *ROWS]


def written(tmp_path, content, name="votes.csv"):
    """A file with this text, or these bytes."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def joined(rows, delimiter=",", end="\n"):
    return "".join(delimiter.join(row) + end for row in rows)


def read(tmp_path, content, **options):
    return data.from_table(written(tmp_path, content), **options)


def refusal(tmp_path, content, **options):
    with pytest.raises(ValueError, match=r"\.$") as error:
        read(tmp_path, content, **options)
    message = str(error.value).replace(str(tmp_path / "votes.csv"), "FILE")
    error.value.args = (message,)
    return sentence_of(error)


def test_votes_and_ratings_are_those_of_the_rows(tmp_path):
    found = read(tmp_path, joined(LINES))
    assert found.name == "votes"
    assert found.class_names == ("cat", "dog")
    assert found.ids.tolist() == ["a", "b", "c"]
    assert found.counts.tolist() == [[1, 2], [0, 1], [1, 0]]
    assert sorted(map(tuple, found.ratings.T.tolist())) == [(0, 1, -1), (1, -1, -1), (1, -1, 0)]
    assert found.items.tolist() == [["a"], ["b"], ["c"]]
    assert found.is_text


def test_no_name_of_an_annotator_is_kept(tmp_path):
    found = read(tmp_path, joined(LINES))
    assert not any(name in repr(found) for name in ("Ann", "Cy"))


@pytest.mark.parametrize(
    "content",
    [
        joined(LINES, end="\r\n"),
        joined(LINES, end="\r"),
        "\ufeff" + joined(LINES),
        "\ufeff" + joined(LINES, ";", "\r\n"),
        joined(LINES, "\t"),
        "sep=;\r\n" + joined(LINES, ";", "\r\n"),
        joined(LINES).rstrip("\n"),
        joined(LINES[:3]) + "\n,,\n \n" + joined(LINES[3:]) + "\n\n",
        joined([[f'"{cell}"' for cell in row] for row in LINES]),
        joined([row[::-1] for row in LINES]),
        joined([(row[1], "", row[2], f'"x\n{i}, ""y"""', row[0]) for i, row in enumerate(LINES)]),
        joined([(" item", "annotator ", "label"), *ROWS]),
    ],
)
def test_every_usual_way_of_writing_it_reads_the_same(tmp_path, content):
    found, plain = read(tmp_path, content), data.from_table(pd.DataFrame(ROWS, columns=HEADER))
    assert found.hash == plain.hash
    assert np.array_equal(found.ratings, plain.ratings)


def test_columns_may_have_other_names(tmp_path):
    found = read(tmp_path, joined([("x", "who", "what"), *ROWS]), item="x", annotator="who", label="what")
    assert found.counts.sum() == 5


def test_frames_may_hold_numbers(tmp_path):
    frame = pd.DataFrame({"label": [10, 9, 9.0], "item": [1, 1, 2], "annotator": [7, 8, 7]})
    found = data.from_table(frame, name="mine")
    assert found.class_names == ("9", "10")
    assert found.ids.tolist() == ["1", "2"]
    assert found.counts.tolist() == [[1, 1], [1, 0]]
    assert found.name == "mine"


def test_items_of_a_data_set_bring_what_it_knows(tmp_path):
    digits = data.load("digits", n_items=50)
    rows = [(str(digits.ids[i]), who, str(k)) for i, who, k in [(7, "x", 3), (2, "x", 0), (7, "y", 3)]]
    found = read(tmp_path, joined([HEADER, *rows]), items=digits)
    assert found.ids.tolist() == [digits.ids[2], digits.ids[7]]
    assert np.array_equal(found.items, digits.items[[2, 7]])
    assert np.array_equal(found.groups, digits.groups[[2, 7]])
    assert np.array_equal(found.p_true, digits.p_true[[2, 7]])
    assert found.class_names == digits.class_names
    assert found.counts[1].tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert found.licence == digits.licence


def test_items_may_be_texts_or_images_of_ones_own(tmp_path):
    texts = read(tmp_path, joined(LINES), items={"c": "see", "b": "bee", "a": "eh", "d": "unseen"})
    assert texts.items.tolist() == [["see"], ["bee"], ["eh"]]
    grey = {one: np.full((2, 3), i, dtype=np.uint8) for i, one in enumerate("abc")}
    images = read(tmp_path, joined(LINES), items=grey)
    assert images.items.shape == (3, 2, 3, 1)
    with pytest.raises(ValueError, match=r"'b' is uint8 of shape \(5, 3\)"):
        read(tmp_path, joined(LINES), items=grey | {"b": np.zeros((5, 3), dtype=np.uint8)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no column 'item'"),
        (joined([HEADER]), "no rows below its header"),
        (joined(LINES).replace("label", "class"), "no column 'label' (its columns are 'item', 'annotator', 'class')"),
        (joined([(*HEADER, "item"), *[(*row, "a") for row in ROWS]]), "2 columns 'item'"),
        (joined([*LINES, ("d", "", "cat")]), "FILE row 7, column annotator: the cell is empty"),
        (joined([*LINES, ("d\0", "Ann", "cat")]), "FILE row 7, column item: the cell holds a NUL"),
        (joined([*LINES, ("d", "Ann")]), "FILE row 7 has 2 cells and the header 3"),
        (joined([*LINES, ("d", "An,n", "cat")]), "FILE row 7 has 4 cells and the header 3"),
        (joined([*LINES, ("", "", ""), ("a", "Ann", "dog")]), "FILE rows 2 and 8: the annotator 'Ann' labels"),
        (joined([*LINES, ("d", '"Ann', "cat")]), "breaks off as CSV in or after row 6"),
        ('item,annotator,label\n"a\nb",Ann,cat\nb,,cat\n', "FILE row 3, column annotator"),
        (joined(LINES).encode("utf-16"), "line 1 is not UTF-8 (byte 0xff)"),
        (joined([*LINES, ("d", "Zoë", "cat")]).encode("latin-1"), "line 7 is not UTF-8 (byte 0xeb)"),
        (joined([HEADER, ("a", "Ann", "cat")]), "one label only, 'cat'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8"),
        ("<!doctype html>\n<title>votes</title>\n", "no column 'item'"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_votes_gets_one_sentence(tmp_path, content, said):
    assert said in refusal(tmp_path, content)


def test_unknown_items_and_labels_are_named(tmp_path):
    said = refusal(tmp_path, joined(LINES), class_names=["cat", "cow"])
    assert "row 3, column label: there is no class 'dog'; write one of cat, cow" in said
    said = refusal(tmp_path, joined(LINES), items={"a": "x", "c": "y"})
    assert "row 3, column item: there is no item 'b' among the 2 items given" in said
    assert "comes twice" in refusal(tmp_path, joined(LINES), class_names=["cat", "cat", "dog"])
    long = refusal(tmp_path, joined([*LINES, ("a" * 10_000, "Ann", "cat")]), items=dict.fromkeys("abc", "x"))
    assert len(long) < 400


@pytest.mark.parametrize("slip", ["Good", "good ", "GOOD"])
def test_two_spellings_of_one_label_are_no_two_classes(slip):
    rows = [("a", "x", "good"), ("b", "x", "bad"), ("a", "y", slip)]
    frame = pd.DataFrame(rows, columns=HEADER)
    with pytest.raises(ValueError, match="differ in capitals or blanks only; write them alike") as error:
        data.from_table(frame)
    assert "rows 0 and 2, column label" in sentence_of(error)
    if slip == slip.strip():
        assert (
            data.from_table(frame, class_names=["bad", "good", slip]).n_classes == 3
        )  # whoever means it says so


def test_frames_name_the_entry_of_their_index():
    frame = pd.DataFrame([*ROWS, ("d", None, "cat")], columns=HEADER, index=list("uvwxyz"))
    with pytest.raises(ValueError, match="the table row z, column annotator: the cell is empty"):
        data.from_table(frame)


WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
).filter(str.strip)
HOSTILE = st.sampled_from(
    ["=HYPERLINK(1)", "'=1", "''+x", "-", "\t=1", "\r", ' "', "a;b", "\ufeff=1", "\x1c=1"]
)


@given(
    st.dictionaries(
        st.tuples(WORDS | HOSTILE.filter(str.strip), WORDS | HOSTILE.filter(str.strip)),
        st.sampled_from(["cat", "=dog", "'@x"]),
        min_size=1,
        max_size=8,
    )
)
def test_what_a_page_wrote_is_read_back_as_it_was(tmp_path_factory, votes):
    rows = [(item, who, label) for (item, who), label in votes.items()]
    found = read(
        tmp_path_factory.mktemp("table"), page_csv([HEADER, *rows]), class_names=["cat", "=dog", "'@x"]
    )
    assert found.ids.tolist() == list(dict.fromkeys(item for item, _, _ in rows))
    assert found.ratings.shape[1] == len({who for _, who, _ in rows})
    by_item = {item: [] for item, _, _ in rows}
    for item, _, label in rows:
        by_item[item].append(label)
    for item, ratings in zip(found.ids, found.ratings, strict=True):
        assert sorted(found.class_names[k] for k in ratings if k >= 0) == sorted(by_item[item])


def test_the_guard_leaves_a_csv_that_others_read(tmp_path):
    rows = [HEADER, ("a", "=1+1", "cat"), ("a", "it's", "dog")]
    assert list(csv.reader(io.StringIO(page_csv(rows), newline="")))[1] == ["a", "'=1+1", "cat"]
    assert read(tmp_path, page_csv(rows)).counts.tolist() == [[1, 1]]
