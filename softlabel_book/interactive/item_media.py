"""An item as a page holds it: its picture, one of many on a sheet, or its text under headings."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softlabel_core.data import Dataset

BYTES_A_PIXEL = 0.6  # at most, of coloured thumbnails: 1,000 of 32 x 32 take 0.8 MB of a page


def pictures(images: ArrayLike, thumbnail: int = 32) -> dict[str, Any]:
    """All images as one picture: PNG where grey, else JPEG as fine as its share of the page allows.

    JPEG because its 8-pixel blocks end where a thumbnail ends: neighbours do not bleed into one another.

    Parameters
    ----------
    images : array_like of uint8, shape [n, H, W] or [n, H, W, 1 or 3]
    thumbnail : int
        Longest side of a thumbnail in pixels; larger images are reduced.

    Returns
    -------
    dict
        `src` (a data address), `width` and `height` of a thumbnail, and how many `columns` a row holds.

    Raises
    ------
    ValueError
        If they are not images.
    """
    from PIL import Image

    checked = check_images(images)
    _, height, width, channels = checked.shape
    shrink = min(1.0, thumbnail / max(height, width))
    tile = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    columns = int(np.ceil(np.sqrt(len(checked))))
    rows = -(-len(checked) // columns)
    grey = channels == 1
    sheet = Image.new("L" if grey else "RGB", (columns * tile[0], rows * tile[1]))
    for i, pixels in enumerate(checked):
        picture = Image.fromarray(pixels[..., 0] if grey else pixels)
        if picture.size != tile:
            picture = picture.resize(tile, Image.Resampling.LANCZOS)
        sheet.paste(picture, (i % columns * tile[0], i // columns * tile[1]))
    for quality in (90, 80, 70, 60, 50):
        data = io.BytesIO()
        if grey:
            sheet.save(data, "PNG", optimize=True)
        else:
            sheet.save(data, "JPEG", quality=quality, subsampling=0)
        if grey or data.tell() <= BYTES_A_PIXEL * sheet.width * sheet.height:
            break
    address = f"data:image/{'png' if grey else 'jpeg'};base64,{base64.b64encode(data.getvalue()).decode()}"
    return {"src": address, "width": tile[0], "height": tile[1], "columns": columns}


def check_images(images: ArrayLike) -> NDArray[np.uint8]:
    """Images as uint8 [n, H, W, 1 or 3].

    Raises
    ------
    ValueError
        If they are of another type or shape.
    """
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[..., None]
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[-1] not in (1, 3):
        raise ValueError(
            f"images is {array.dtype} of shape {array.shape}; "
            "give uint8 values, shape [n, H, W] or [n, H, W, 1 or 3]."
        )
    return array


def texts_of(shown: Dataset) -> list[str | dict[str, str]]:
    """Each item's text as figures take it: a string, or its parts under their names."""
    if len(shown.text_parts) == 1:
        return list(shown.items[:, 0])
    return [dict(zip(shown.text_parts, parts, strict=True)) for parts in shown.items]


def check_texts(texts: Sequence[str | Mapping[str, str]], n_items: int) -> list[str | dict[str, str]]:
    """Texts as strings, or as strings under headings, one for each item.

    Raises
    ------
    ValueError
        If one is neither a string nor a mapping of heading to string, or there are not `n_items`.
    """
    if isinstance(texts, str):
        raise ValueError("texts is one string; give a sequence with one text for each item.")
    same_length("texts", len(texts), "rows", n_items)
    checked: list[str | dict[str, str]] = []
    for row, text in enumerate(texts):
        parts = text if isinstance(text, Mapping) else {"text": text}
        if not parts:
            raise ValueError(f"texts row {row} is an empty mapping; give at least one heading with its text.")
        for heading, body in parts.items():
            if not (isinstance(heading, str) and isinstance(body, str)):
                raise ValueError(
                    f"texts row {row} holds {body!r} under {heading!r}; "
                    "give a string, or a mapping of heading to string."
                )
        checked.append(dict(parts) if isinstance(text, Mapping) else parts["text"])
    return checked


def pairs(texts: Sequence[str | dict[str, str]]) -> list[str | list[list[str]]]:
    """Headings and bodies as pairs: JavaScript would put a mapping's headings that are numbers first."""
    return [text if isinstance(text, str) else [list(part) for part in text.items()] for text in texts]


def same_length(name: str, length: int, what: str, expected: int) -> None:
    """Refuse a sequence that has not one entry for each row or column of the counts.

    Raises
    ------
    ValueError
        If the lengths differ; the sentence calls the sequence `name`.
    """
    if length != expected:
        raise ValueError(f"{name} has {length} entries but counts has {expected} {what}; give one for each.")
