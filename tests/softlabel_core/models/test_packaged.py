"""Encoders that packages ship, in one piece or in several."""

import hashlib
import io
import zipfile

import pytest

from softlabel_core.data.sources import DataUnavailable
from softlabel_core.models.packaged import PACKAGED, Parted, Shipped

NAMES = ("some-encoder-part-001", "some-encoder-part-002")


@pytest.fixture
def archive():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("some-encoder/config.json", "{}")
        file.writestr("some-encoder/deeper/weights", b"w" * 100)
    return whole.getvalue()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Packages as pip leaves them, with a part of an archive each."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def put(names, content):
        size = -(-len(content) // len(names))
        for number, name in enumerate(names, 1):
            inside = f"{name}/input/some-encoder.zip.{number:03}"
            (site / inside).parent.mkdir(parents=True, exist_ok=True)
            (site / inside).write_bytes(content[(number - 1) * size : number * size])
            told = site / f"{name.replace('-', '_')}-1.0.dist-info"
            told.mkdir(exist_ok=True)
            (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (told / "RECORD").write_text(f"{name}/__init__.py,,\n{inside},,\n")

    return put


def encoder(content):
    return Parted(NAMES, hashlib.sha256(content).hexdigest(), "some-encoder", "owner/some-encoder")


def test_parts_become_a_folder_once(install, archive):
    install(NAMES, archive)
    wanted = encoder(archive)
    assert wanted.here()
    folder = wanted.folder()
    assert (folder / "config.json").read_text() == "{}"
    assert (folder / "deeper" / "weights").read_bytes() == b"w" * 100
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    (folder / "mark").touch()
    assert wanted.folder() == folder
    assert (folder / "mark").exists()  # not unpacked again
    assert wanted.origin == "packages some-encoder-part-001 to 002"


def test_a_missing_part_is_a_missing_encoder(install, archive):
    install(NAMES[:1], archive)
    assert encoder(archive).folder() is None
    assert not encoder(archive).here()


def test_another_archive_is_refused_and_nothing_unpacked(install, archive, tmp_path):
    install(NAMES, archive[:-1] + b"x")
    with pytest.raises(DataUnavailable, match=r"are another archive .*--no-deps\.$"):
        encoder(archive).folder()
    assert not (tmp_path / "cache").exists()


def test_one_package_is_read_where_it_lies(install, tmp_path):
    (tmp_path / "site" / "whole_encoder" / "model").mkdir(parents=True)
    (tmp_path / "site" / "whole_encoder" / "__init__.py").touch()
    whole = Shipped("whole_encoder", "model", "owner/whole")
    assert whole.here()
    assert whole.folder() == tmp_path / "site" / "whole_encoder" / "model"
    assert not Shipped("no_such_package", "model", "owner/whole").here()
    assert Shipped("no_such_package", "model", "owner/whole").folder() is None


@pytest.mark.parametrize("name", PACKAGED)
def test_an_encoder_names_where_the_network_has_it(name):
    assert PACKAGED[name].hub.count("/") == 1
