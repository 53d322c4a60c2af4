"""Images of CIFAR-10: lossless first, JPEG copies next, a download last."""

import hashlib
import io
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import CIFAR10

from softlabel_core.data import images
from softlabel_core.data.sources import DataUnavailable, Source

N_TEST = 6


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder of one's own and an empty cache; nothing remembered, nobody asked."""
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    (tmp_path / "own").mkdir()
    images.load_images.cache_clear()
    yield tmp_path / "own"
    images.load_images.cache_clear()


def some_images(n, seed=0):
    """Smooth images [n, 32, 32, 3] that JPEG keeps well."""
    small = np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
    return np.stack(
        [np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BICUBIC)) for image in small]
    )


def put_bundle(folder, monkeypatch, n=N_TEST):
    """Write a bundle of JPEG copies, and have its hash expected."""
    pieces = []
    for image in some_images(n):
        piece = io.BytesIO()
        Image.fromarray(image).save(piece, "jpeg", quality=95, subsampling=0)
        pieces.append(piece.getvalue())
    path = folder / "cifar10h.npz"
    offsets = np.cumsum([0, *map(len, pieces)])
    jpeg = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    np.savez(path, jpeg=jpeg, offsets=offsets, labels=np.arange(n, dtype=np.uint8))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(images.BUNDLES, "test", Source("cifar10h.npz", None, digest))
    return path


def put_lossless(folder, monkeypatch=None):
    """Write torchvision's files with a few images; with `monkeypatch` their hashes are expected."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    sums = {}

    def put(name, content):
        (batches / name).write_bytes(pickle.dumps(content, protocol=2))
        sums[name] = hashlib.md5((batches / name).read_bytes()).hexdigest()

    for number in range(1, 6):
        part = some_images(2, seed=number).transpose(0, 3, 1, 2).reshape(2, -1)
        put(f"data_batch_{number}", {"data": part, "labels": [number, 0]})
    part = some_images(N_TEST).transpose(0, 3, 1, 2).reshape(N_TEST, -1)
    put("test_batch", {"data": part, "labels": list(range(N_TEST))})
    put("batches.meta", {"label_names": list(images.CLASS_NAMES)})
    if monkeypatch:
        monkeypatch.setattr(
            CIFAR10, "train_list", [[f"data_batch_{k}", sums[f"data_batch_{k}"]] for k in range(1, 6)]
        )
        monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
        monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums["batches.meta"]})
    return batches


def sentence(part="test"):
    with pytest.raises(DataUnavailable) as error:
        images.load_images(part)
    message = str(error.value)
    assert message.endswith(".")
    assert ". " not in message
    assert "\n" not in message
    assert images.ADDRESS in message
    assert "SOFTLABEL_DATA" in message
    return message


def test_a_bundle_of_jpeg_copies_is_decoded(place, monkeypatch):
    put_bundle(place, monkeypatch)
    found, labels, provenance = images.load_images("test")
    assert found.shape == (N_TEST, 32, 32, 3)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - some_images(N_TEST)).mean() < 3
    assert labels.tolist() == list(range(N_TEST))
    assert labels.dtype == np.int64
    assert provenance == images.JPEG


def test_a_truncated_bundle_is_named(place, monkeypatch):
    path = put_bundle(place, monkeypatch)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataUnavailable, match=r"cifar10h\.npz is truncated or altered"):
        images.load_images("test")


@pytest.mark.parametrize("part", ["test", "train"])
def test_lossless_images_are_read_in_their_order(place, monkeypatch, part):
    put_lossless(place, monkeypatch)
    found, labels, provenance = images.load_images(part)
    if part == "test":
        expected, classes = some_images(N_TEST), list(range(N_TEST))
    else:
        expected = np.concatenate([some_images(2, seed=number) for number in range(1, 6)])
        classes = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]
    np.testing.assert_array_equal(found, expected)
    assert labels.tolist() == classes
    assert (found.dtype, labels.dtype) == (np.uint8, np.int64)
    assert provenance == images.LOSSLESS


def test_lossless_images_come_before_jpeg_copies(place, monkeypatch):
    put_bundle(place, monkeypatch)
    put_lossless(place, monkeypatch)
    assert images.load_images("test")[2] == images.LOSSLESS


def test_lossless_images_may_lie_in_the_cache(tmp_path, monkeypatch):
    put_lossless(tmp_path / "cache" / "softlabel", monkeypatch)
    assert images.load_images("test")[2] == images.LOSSLESS


def test_torchvision_refuses_files_that_are_not_the_originals(place):
    put_lossless(place)
    assert (
        f"Dataset not found or corrupted); get {images.ADDRESS} and unpack it so that {place}/cifar"
        in sentence()
    )


def test_nothing_at_hand_names_address_and_folder(place):
    message = sentence("train")
    assert "no download was tried" in message
    assert f"unpack it so that {place}/cifar-10-batches-py exists" in message


@pytest.mark.usefixtures("archive")
def test_offline_asks_nobody(monkeypatch):
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    monkeypatch.setattr(CIFAR10, "download", pytest.fail)
    assert "no download was tried" in sentence()


def test_an_error_without_words_is_still_a_sentence(place, monkeypatch):
    put_lossless(place, monkeypatch)

    def broken(*given, **named):
        raise EOFError

    monkeypatch.setattr("torchvision.datasets.CIFAR10", broken)
    assert "not at hand (EOFError)" in sentence()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *given):
        pass


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Torchvision's archive, offered at an address on this machine."""
    put_lossless(tmp_path / "owner", monkeypatch)
    path = tmp_path / "owner" / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        file.add(tmp_path / "owner" / "cifar-10-batches-py", "cifar-10-batches-py")
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(path.read_bytes()).hexdigest())
    for variable in ("SOFTLABEL_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "owner")) as server:
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{server.server_address[1]}/{path.name}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield path
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("archive")
def test_images_are_downloaded_into_the_cache(tmp_path, place):
    found, _, provenance = images.load_images("test")
    np.testing.assert_array_equal(found, some_images(N_TEST))
    assert provenance == images.LOSSLESS
    assert (tmp_path / "cache" / "softlabel" / "cifar-10-batches-py").is_dir()
    assert list(place.iterdir()) == []


def test_an_altered_archive_is_refused(archive):
    archive.write_bytes(archive.read_bytes()[:-30])
    assert "not at hand (File not found or corrupted" in sentence()


@pytest.mark.usefixtures("archive")
def test_an_interrupted_download_is_made_good(tmp_path):
    images.load_images("test")
    images.load_images.cache_clear()
    (tmp_path / "cache" / "softlabel" / "cifar-10-batches-py" / "test_batch").write_bytes(b"half")
    assert images.load_images("test")[2] == images.LOSSLESS


@pytest.mark.usefixtures("archive")
def test_offline_makes_good_no_download(tmp_path, monkeypatch):
    images.load_images("test")
    images.load_images.cache_clear()
    (tmp_path / "cache" / "softlabel" / "cifar-10-batches-py" / "test_batch").write_bytes(b"half")
    monkeypatch.setenv("SOFTLABEL_OFFLINE", "1")
    assert "corrupted" in sentence()
