"""The bundles of the interactive figures are what their sources give."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import bundle
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    """A checkout with the figures alone, their bundles fresh."""
    shutil.copytree(ROOT / bundle.HERE, tmp_path / bundle.HERE)
    (tmp_path / bundle.WEB).mkdir(parents=True)
    shutil.copy(ROOT / bundle.WEB / "package-lock.json", tmp_path / bundle.WEB)
    for file in bundle.entries(tmp_path):
        made = file.with_name(bundle.BUNDLE)
        body = made.read_text(encoding="utf-8").partition("\n")[2]
        made.write_text(bundle.first_line(bundle.sources_hash(tmp_path), body) + body, encoding="utf-8")
    return tmp_path


def test_every_bundle_is_fresh(capsys):
    assert bundle.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("file", ["explorer/main.js", "shared/numbers.js", "explorer/plot.js"])
def test_a_changed_source_is_noticed(copy, capsys, file):
    assert bundle.main(["--check"], copy) == 0
    source = copy / bundle.HERE / file
    source.write_text(source.read_text(encoding="utf-8") + "// more\n", encoding="utf-8")
    assert bundle.main(["--check"], copy) == 1
    assert "explorer/bundle.js is not what main.js gives; run make bundle." in capsys.readouterr().err


def test_other_versions_of_the_packages_are_noticed(copy):
    lock = copy / bundle.WEB / "package-lock.json"
    lock.write_text(lock.read_text(encoding="utf-8").replace("d3-zoom", "d3-zooms", 1), encoding="utf-8")
    assert bundle.main(["--check"], copy) == 1


def test_an_edited_missing_or_left_over_bundle_is_noticed(copy, capsys):
    made = copy / bundle.HERE / "explorer" / bundle.BUNDLE
    made.write_text(made.read_text(encoding="utf-8") + "// by hand\n", encoding="utf-8")
    (copy / bundle.HERE / "orphan").mkdir()
    (copy / bundle.HERE / "orphan" / bundle.BUNDLE).write_text("", encoding="utf-8")
    assert bundle.main(["--check"], copy) == 1
    told = capsys.readouterr().err
    assert "explorer/bundle.js was edited by hand" in told
    assert "orphan/bundle.js has no main.js" in told
    made.unlink()
    assert bundle.main(["--check"], copy) == 1
    assert "explorer/bundle.js is not what main.js gives" in capsys.readouterr().err


def test_without_esbuild_the_cure_is_named(copy, capsys):
    assert bundle.main([], copy) == 1
    assert "npm ci in tools/web" in capsys.readouterr().err


WITH_NODE = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / bundle.WEB / "node_modules" / ".bin" / "prettier").exists(),
    reason="needs Node, and npm ci in tools/web",
)


@WITH_NODE
def test_bundling_anew_gives_the_same_bytes(capsys):
    assert bundle.main(["--again"]) == 0, capsys.readouterr().err


@WITH_NODE
def test_sources_are_formatted():
    check = ["npm", "--prefix", str(ROOT / bundle.WEB), "run", "--silent", "format-check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run make bundle, which formats them:\n{done.stderr}"
