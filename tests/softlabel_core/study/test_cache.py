"""The cache: tensors come back as they were kept, or not at all."""

import pytest
import torch
from shared import sentence_of

from softlabel_core.storage import RecordError
from softlabel_core.study import cache

NAMES = ("clean", "noise-1")


@pytest.fixture
def kept(tmp_path):
    """A file of two tensors, and the tensors."""
    generator = torch.Generator().manual_seed(0)
    tensors = {name: torch.randn((500, 3), generator=generator) for name in NAMES}
    cache.write_tensors(tmp_path / "kept.pt", tensors, {"seed": 3, "settings": {"epochs": 2}})
    return tmp_path / "kept.pt", tensors


def altered(path):
    with pytest.raises(RecordError) as error:
        cache.read_tensors(path)
    sentence_of(error)
    assert str(error.value) == f"{path} is truncated or altered; delete it, and it is made again."


def test_tensors_are_read_as_they_were_kept_with_where_they_came_from(kept):
    path, tensors = kept
    found = cache.read_tensors(path)
    assert list(found.tensors) == list(tensors)
    assert all(torch.equal(found.tensors[name], tensors[name]) for name in tensors)
    assert found.facts == {"seed": 3, "settings": {"epochs": 2}, "sha256": cache.hash_of(tensors)}


def test_the_hash_is_of_names_and_values(kept):
    _, tensors = kept
    first = cache.hash_of(tensors)
    assert first == cache.hash_of(dict(reversed(tensors.items())))
    assert first != cache.hash_of({"clean": tensors["noise-1"], "noise-1": tensors["clean"]})
    assert first != cache.hash_of({"clean": tensors["clean"], "noise-2": tensors["noise-1"]})


def test_one_flipped_bit_is_refused(kept):
    path, tensors = kept
    sound, stored = path.read_bytes(), tensors["noise-1"].numpy().tobytes()
    at = sound.index(stored) + len(stored) // 2
    for bit in range(8):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << bit]) + sound[at + 1 :])
        altered(path)
    path.write_bytes(sound)
    assert len(cache.read_tensors(path).tensors) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["clean"].view(torch.int32)[7, 1].bitwise_xor_(1),
        lambda state: state.update(clean=state["clean"].reshape(750, 2)),
        lambda state: state.update(clean=state["clean"].view(torch.int32)),
        lambda state: state.update({"clean": state["noise-1"], "noise-1": state["clean"]}),
        lambda state: state.update({"noise-2": state.pop("noise-1")}),
        lambda state: state.pop("noise-1"),
    ],
    ids=["bit", "shape", "type", "swapped", "renamed", "fewer"],
)
def test_tensors_other_than_their_hash_says_are_refused(kept, change):
    path, _ = kept
    saved = torch.load(path, weights_only=True)
    change(saved["state"])
    torch.save(saved, path)
    altered(path)


def test_a_file_from_before_there_was_a_layout_is_read(kept):
    path, _ = kept
    saved = torch.load(path, weights_only=True)
    del saved["layout"]
    torch.save(saved, path)
    assert cache.read_tensors(path).facts["seed"] == 3
    del saved["facts"]["sha256"]
    torch.save(saved, path)
    altered(path)


@pytest.mark.parametrize("content", [b"", b"weights", None])
def test_another_file_or_none_is_refused(kept, content):
    path, _ = kept
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    altered(path)


def test_a_full_disk_keeps_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordError, match="No space left on device"):
        cache.write_tensors(tmp_path / "kept.pt", {"clean": torch.zeros(3)}, {})
    assert list(tmp_path.iterdir()) == []
