"""Write the pages of the API, one a package, from the source tree; `book/api.md` includes the list of them.

They are made anew at each build and not kept: what is in the packages is in the pages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain

PACKAGES = ("softlabel_core", "softlabel_book")
FOLDER, LIST = Path("book", "api"), "packages.txt"


class UnlistedNames(PythonDomain):
    """Python's names, kept out of the search's list of names: each begins with "softlabel", so that "soft" found all.

    The search still finds them in the text of their pages, which `search_order.js` puts after all others.
    A docstring's name that several modules have is the nearest one's.
    """

    def find_obj(self, env: Any, modname: str, *wanted: Any) -> list[tuple[str, Any]]:
        """What a name stands for: of several with that name, the one that shares most of its path with the module."""
        found = super().find_obj(env, modname, *wanted)
        return sorted(found, key=lambda one: -_shared(one[0], modname or ""))[:1]

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Every name as Sphinx knows it, with the priority that keeps it out."""
        for *known, _ in super().get_objects():
            yield (*known, -1)  # type: ignore[misc]


def setup(app: Sphinx) -> None:
    """Write the pages before Sphinx looks for what there is to build, and let chapters come first in a search."""
    write(Path(app.srcdir))
    app.add_domain(UnlistedNames, override=True)
    app.connect("autodoc-skip-member", is_tuple_field)


def is_tuple_field(
    app: Sphinx, what: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Whether a member is a field of a named tuple, which the signature names and the docstring explains."""
    return True if type(member).__name__ == "_tuplegetter" else None


def write(root: Path) -> None:
    """Write a page for every package below `root` and the list of them; remove what no package wants any more."""
    folder, names = root / FOLDER, packages(root)
    wanted = {f"{name}.md": page(root, name) for name in names}
    wanted[LIST] = "".join(f"- [`{name}`](api/{name}.md): {purpose(root, name)}\n" for name in names)
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def packages(root: Path) -> list[str]:
    """Every public package by its dotted name, a package before what it holds."""
    found = []
    for top in PACKAGES:
        inits = sorted((root / top).rglob("__init__.py"), key=lambda path: path.parent.parts)
        found += [".".join(path.parent.relative_to(root).parts) for path in inits if _public(path.parent)]
    return found


def page(root: Path, package: str) -> str:
    """A package's page: what it is for, what it passes on, and every public module with what it defines."""
    folder = root.joinpath(*package.split("."))
    tree = _parsed(folder / "__init__.py")
    own = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    own = [name for name in own if not name.startswith("_")]
    passed_on = [f"`{name}`" for name in _offered(tree) if name not in own]
    parts = [f"# `{package}`\n", _automodule(package, f" {', '.join(own)}" if own else None)]
    if passed_on:
        parts.append(f"Passed on from its modules: {', '.join(passed_on)}.\n")
    modules = [path.stem for path in sorted(folder.glob("*.py")) if _public(path)]
    for module in modules:
        parts += [f"## `{package}.{module}`\n", _automodule(f"{package}.{module}", "")]
    return "\n".join(parts)


def purpose(root: Path, package: str) -> str:
    """The first line of a package's docstring.

    Raises
    ------
    ValueError
        If it has none.
    """
    path = root.joinpath(*package.split("."), "__init__.py")
    told = ast.get_docstring(_parsed(path))
    if not told:
        raise ValueError(f"{path} has no docstring; say in its first line what the package is for.")
    return told.splitlines()[0]


def _automodule(name: str, members: str | None) -> str:
    """A directive that shows a module's docstring, and its members unless that is None."""
    listed = "" if members is None else f"   :members:{members}\n"
    return f"```{{eval-rst}}\n.. automodule:: {name}\n{listed}\n```\n"


def _shared(name: str, other: str) -> int:
    """How many parts two dotted names begin with alike."""
    pairs = zip(name.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _public(path: Path) -> bool:
    return not path.name.startswith("_")


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _offered(tree: ast.Module) -> list[str]:
    """The names in `__all__`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [name for name in ast.literal_eval(node.value) if not name.startswith("_")]
    return []
