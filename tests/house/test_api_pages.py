"""The pages of the API hold every public module once, and nothing private."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import api_pages
import pytest

ROOT = Path(__file__).resolve().parents[2]
INIT = '''"""A package.

More."""

from one.part import Part

__all__ = ["Part", "own"]


def own():
    """Own."""
'''


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Two packages, one in the other, with a private module."""
    monkeypatch.setattr(api_pages, "PACKAGES", ("one",))
    (tmp_path / "one" / "two").mkdir(parents=True)
    (tmp_path / "book").mkdir()
    (tmp_path / "one" / "__init__.py").write_text(INIT, encoding="utf-8")
    (tmp_path / "one" / "two" / "__init__.py").write_text('"""Another."""', encoding="utf-8")
    for name in ("part", "_hidden", "__main__"):
        (tmp_path / "one" / f"{name}.py").write_text('"""A module."""', encoding="utf-8")
    return tmp_path


def test_a_page_a_package_and_a_list_of_them(tree):
    api_pages.write(tree)
    pages = {path.name: path.read_text(encoding="utf-8") for path in (tree / "book" / "api").iterdir()}
    assert set(pages) == {"packages.txt", "one.md", "one.two.md"}
    assert pages["packages.txt"].splitlines() == [
        "- [`one`](api/one.md): A package.",
        "- [`one.two`](api/one.two.md): Another.",
    ]
    assert re.findall("automodule:: (.*)", pages["one.md"]) == ["one", "one.part"]
    assert ":members: own\n" in pages["one.md"]
    assert "Passed on from its modules: `Part`." in pages["one.md"]


def test_what_has_gone_leaves_no_page(tree):
    api_pages.write(tree)
    (tree / "one" / "two" / "__init__.py").unlink()
    api_pages.write(tree)
    assert not (tree / "book" / "api" / "one.two.md").exists()


def test_a_package_without_a_docstring_is_named(tree):
    (tree / "one" / "two" / "__init__.py").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match=r"two/__init__\.py has no docstring"):
        api_pages.write(tree)


def test_every_public_module_is_on_one_page():
    shown = Counter()
    for package in api_pages.packages(ROOT):
        shown.update(re.findall("automodule:: (.*)", api_pages.page(ROOT, package)))
    files = [path.relative_to(ROOT) for top in api_pages.PACKAGES for path in (ROOT / top).rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files}
    assert set(shown) == {name for name in modules if not name.rsplit(".", 1)[-1].startswith("_")}
    assert set(shown.values()) == {1}


def test_a_name_that_two_modules_have_is_the_nearest_ones(monkeypatch):
    both = [("one.part.Thing", None), ("one.two.part.Thing", None)]
    monkeypatch.setattr(api_pages.PythonDomain, "find_obj", lambda self, *wanted: both)
    names = object.__new__(api_pages.UnlistedNames)
    assert names.find_obj(None, "one.two.other", "", "Thing", "class") == both[1:]
    assert names.find_obj(None, "one.other", "", "Thing", "class") == both[:1]
