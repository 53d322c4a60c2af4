"""An item's picture or text as a page holds it."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from shared import sentence_of

from softlabel_book.interactive import item_media
from softlabel_core.data import Dataset


@pytest.mark.parametrize(("channels", "kind", "off"), [(1, "png", 0), (3, "jpeg", 2)])
def test_images_become_one_picture(channels, kind, off):
    level = np.arange(40, dtype=np.uint8) * 6
    images = np.broadcast_to(level[:, None, None, None], (40, 32, 32, channels))
    sprite = item_media.pictures(images)
    head, data = sprite["src"].split(",")
    assert head == f"data:image/{kind};base64"
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), dtype=int)
    for i in range(40):
        row, column = divmod(i, sprite["columns"])
        tile = sheet[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32]
        assert abs(tile - level[i]).max() <= off


def test_large_images_are_reduced_and_small_ones_kept():
    large = item_media.pictures(np.zeros((40, 100, 50, 3), np.uint8))
    assert (large["width"], large["height"]) == (16, 32)
    small = item_media.pictures(np.zeros((40, 8, 8), np.uint8))
    assert (small["width"], small["height"]) == (8, 8)


def test_grey_images_need_no_last_axis():
    assert item_media.check_images(np.zeros((5, 8, 6), np.uint8)).shape == (5, 8, 6, 1)


@pytest.mark.parametrize(
    "images",
    [np.zeros((5, 8, 8)), np.zeros((5, 8, 8, 2), np.uint8), np.zeros((8, 8), np.uint8), [["a"]]],
    ids=["floats", "two channels", "one image", "words"],
)
def test_what_are_no_images_is_refused(images):
    for take in (item_media.check_images, item_media.pictures):
        with pytest.raises(ValueError, match=r"give uint8 values, shape \[n, H, W\]") as error:
            take(images)
        sentence_of(error)


def test_a_noisy_sheet_is_compressed_until_it_fits():
    noise = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3)).astype(np.uint8)
    data = base64.b64decode(item_media.pictures(noise)["src"].split(",")[1])
    smooth = base64.b64decode(item_media.pictures(np.full_like(noise, 90))["src"].split(",")[1])
    with Image.open(io.BytesIO(data)) as coarse, Image.open(io.BytesIO(smooth)) as fine:
        assert coarse.quantization[0][63] > fine.quantization[0][63]  # JPEG's table: larger is coarser


def test_texts_are_strings_or_strings_under_headings():
    given = ["one", {"premise": "two", "hypothesis": "three"}]
    checked = item_media.check_texts(given, 2)
    assert checked == given
    assert checked[1] is not given[1]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ("ab", "texts is one string"),
        (["a"], "texts has 1 entries but counts has 2 rows"),
        (["a", 3], "texts row 1 holds 3 under 'text'"),
        (["a", {}], "texts row 1 is an empty mapping"),
        (["a", {1: "b"}], "texts row 1 holds 'b' under 1"),
        (["a", {"b": None}], "texts row 1 holds None under 'b'"),
    ],
)
def test_what_are_no_texts_is_refused(texts, sentence):
    with pytest.raises(ValueError, match=sentence):
        item_media.check_texts(texts, 2)


def test_headings_that_are_numbers_keep_their_order():
    assert item_media.pairs(["plain", {"2": "second", "1": "first"}]) == [
        "plain",
        [["2", "second"], ["1", "first"]],
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("text",), ["a", "b"]),
        (
            ("premise", "hypothesis"),
            [{"premise": "a", "hypothesis": "A"}, {"premise": "b", "hypothesis": "B"}],
        ),
    ],
)
def test_a_data_sets_texts_stand_under_the_names_of_their_parts(parts, expected):
    items = np.array([["a", "A"], ["b", "B"]], dtype=object)[:, : len(parts)]
    shown = Dataset("mine", np.array([[1, 1], [2, 0]]), items, ("x", "y"), np.array(["i", "j"]), np.arange(2))
    assert item_media.texts_of(replace(shown, text_parts=parts)) == expected


def test_lengths_that_differ_are_named():
    item_media.same_length("ids", 3, "rows", 3)
    with pytest.raises(ValueError, match="ids has 2 entries but counts has 3 rows; give one for each"):
        item_media.same_length("ids", 2, "rows", 3)
