"""Records: lines and rows read one by one, and the one that is wrong named."""

import gzip
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import sentence_of

from softlabel_core.data.formats import lines as records

CSV = b'id,text,extra\n7,"two\nlines, and a comma",x\n8,plain,y\n'


def put(folder, content, name="votes.jsonl"):
    path = folder / name
    path.write_bytes(content)
    return path


def refused(rows, *named):
    """The sentence with which a file is refused, after seeing what it names."""
    with pytest.raises(ValueError, match="put the original file in its place") as error:
        list(rows)
    message = sentence_of(error)
    for part in named:
        assert str(part) in message
    return message


@pytest.mark.parametrize("end", [b"\n", b""])
def test_lines_are_numbered_from_one(tmp_path, end):
    path = put(tmp_path, b'{"a": 1}\n{"a": "\xe2\x80\xa8\xc3\xa9"}' + end)  # a line separator is no line end
    assert list(records.json_lines(path)) == [(1, {"a": 1}), (2, {"a": "\u2028é"})]


def test_compressed_files_are_read(tmp_path):
    zipped = tmp_path / "votes.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("inner/a.jsonl", '{"a": 1}\n')
        archive.writestr("inner/b.jsonl", '{"b": 2}\n')
    assert list(records.json_lines(zipped, "inner/b.jsonl")) == [(1, {"b": 2})]
    path = put(tmp_path, gzip.compress(b'{"a": 1}\n'), "votes.jsonl.gz")
    assert list(records.json_lines(path)) == [(1, {"a": 1})]


@pytest.mark.parametrize("name", ["votes.jsonl.gz", "votes.zip"])
@pytest.mark.parametrize(
    "content",
    [b"", b'{"a": 1}\n', gzip.compress(b'{"a": 1}\n' * 99)[:-9]],
    ids=["empty", "plain", "cut off"],  # an archive holds the time, and tests are collected by their names
)
def test_a_broken_archive_is_named(tmp_path, name, content):
    path = put(tmp_path, content, name)
    refused(records.json_lines(path, "inner.jsonl"), path)


def test_an_archive_without_the_file_is_named(tmp_path):
    path = tmp_path / "votes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", "{}")
    assert "not a whole zip file" in refused(records.json_lines(path, "b.jsonl"), path)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b'{"a": 1', "line 2: not JSON"),
        (b"", "line 2: not JSON"),
        (b"uid,premise", "line 2: not JSON"),
        (b"[1, 2]", "line 2: a list, not an object"),
        (b"\xff\xfe", "line 2: not UTF-8 (byte 0xff)"),
        ('{"a": "é"}'.encode("latin-1"), "line 2: not UTF-8 (byte 0xe9)"),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path, line, complaint):
    path = put(tmp_path, b'{"a": 1}\n' + line + b'\n{"a": 3}\n')
    assert complaint in refused(records.json_lines(path), path)


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = put(tmp_path, '{"a": 1}\n'.encode("utf-16"))
    assert "line 1: not UTF-8" in refused(records.json_lines(path), path)
    path = put(tmp_path, CSV.decode().encode("utf-16"), "votes.csv")
    assert "line 1: not UTF-8" in refused(records.csv_rows(path, ["id"]), path)


def test_an_empty_file_is_named(tmp_path):
    path = put(tmp_path, b"")
    assert "is empty" in refused(records.json_lines(path), path)
    assert "is empty" in refused(records.csv_rows(path, ["id"]), path)


def test_rows_are_numbered_by_their_first_line(tmp_path):
    rows = list(records.csv_rows(put(tmp_path, CSV, "votes.csv"), ["text", "id"]))
    assert rows == [
        (2, {"text": "two\nlines, and a comma", "id": "7"}),
        (4, {"text": "plain", "id": "8"}),
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (CSV.replace(b"text", b"words"), "line 1: the header has no column 'text'"),
        (CSV + b"9,short\n", "line 5: the row has another number of fields"),
        (CSV + b"9,a,b,c\n", "line 5: the row has another number of fields"),
        (CSV + b'9,"never closed,z\n', "line 5: not CSV"),
        (CSV + b"9,\xe9,z\n", "line 5: not UTF-8 (byte 0xe9)"),
    ],
)
def test_a_row_that_is_no_record_is_named(tmp_path, content, complaint):
    path = put(tmp_path, content, "votes.csv")
    assert complaint in refused(records.csv_rows(path, ["id", "text"]), path)


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({}, "the field 'text' is missing"),
        ({"text": 3}, "the field 'text' is a int, not a str"),
        ({"text": None}, "the field 'text' is a NoneType, not a str"),
        ({"text": " \t"}, "the field 'text' is empty"),
    ],
)
def test_a_field_that_is_no_text_is_named(tmp_path, record, complaint):
    with pytest.raises(ValueError, match=r"a\.jsonl line 9: ") as error:
        records.field(tmp_path / "a.jsonl", 9, record, "text", str)
    assert complaint in sentence_of(error)


@given(st.dictionaries(st.text(), st.text(min_size=1).filter(str.strip)))
def test_any_text_comes_back(tmp_path_factory, record):
    path = put(tmp_path_factory.mktemp("any"), json.dumps(record).encode() + b"\n")
    assert list(records.json_lines(path)) == [(1, record)]
    for name, value in record.items():
        assert records.field(path, 1, record, name, str) == value
