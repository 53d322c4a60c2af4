"""The recipes of CONTRIBUTING.md are followed to the letter in a copy, and show what they say they show."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "softlabel_core",
    "softlabel_book",
    "tests",
    "tools",
    "notebooks",
    "book",
    "pyproject.toml",
    "_toc.yml",
)
RUN = {
    "python": f"{shlex.quote(sys.executable)}",
    "softlabel": f"{shlex.quote(sys.executable)} -m softlabel_book.cli",
    "make pair": f"{shlex.quote(sys.executable)} tools/pair.py",
}


@dataclass(frozen=True)
class Block:
    """A block of a recipe: its language, the file that the words above it name last, and its lines."""

    language: str
    file: str
    lines: tuple[str, ...]


def recipes() -> dict[str, str]:
    """Each recipe by its heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("\n## Recipes\n")[1].split("\n## ")[0]
    return dict(re.findall(r"### (.+)\n((?:(?!\n### )[\s\S])+)", part))


def blocks(recipe: str) -> list[Block]:
    """A recipe's blocks, in order; one without a file above it goes into the file of the one before."""
    found, file = [], ""
    for words, _, language, body in re.findall(r"([\s\S]*?)(`{3,})(\w+)\n([\s\S]*?)\n\2\n", recipe):
        file = [file, *re.findall(r"`([\w./-]+\.(?:py|md|yml))`", words)][-1]
        found.append(Block(language, file, tuple(body.splitlines())))
    return found


def apply(block: Block, root: Path) -> None:
    """Put a block into its file: between the lines that a diff shows, else at the end of it."""
    path = root / block.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if block.language != "diff":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*([text, ""] if text else []), *block.lines, ""]), encoding="utf-8")
        return
    before = "\n".join(line[1:] for line in block.lines if line[:1] != "+")
    after = "\n".join(line[1:] for line in block.lines if line[:1] != "-")
    assert f"\n{text}".count(f"\n{before}\n") == 1, f"{block.file} does not hold these lines once:\n{before}"
    path.write_text(f"\n{text}".replace(f"\n{before}\n", f"\n{after}\n")[1:], encoding="utf-8")


def follow(block: Block, root: Path) -> None:
    """Run a block's commands; what stands below one must be in what it prints."""
    for command, shown in re.findall(r"\$ (.+)((?:\n(?!\$ ).+)*)", "\n".join(block.lines)):
        given = command.partition("  #")[0]
        for name, run in RUN.items():
            given = re.sub(rf"^{name}\b", run, given)
        here = {
            "PYTHONPATH": os.pathsep.join(map(str, (root, root / "tools", root / "tests"))),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            given, shell=True, cwd=root, env=os.environ | here, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        for line in filter(None, shown.split("\n")):
            assert line in done.stdout, f"{command} does not print {line!r}:\n{done.stdout}"


@pytest.fixture
def copy(tmp_path) -> Path:
    """What a recipe may change, as it is now."""
    ignored = shutil.ignore_patterns("__pycache__", "vendor", "node_modules", "api")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "results").symlink_to(ROOT / "results")
    return tmp_path


def test_there_is_a_recipe_for_everything_that_grows():
    assert list(recipes()) == ["A data set", "An arm", "A metric", "A figure", "A chapter"]


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_is_short(name):
    lines = [line for line in recipes()[name].splitlines() if line.strip("`") and not line.startswith("```")]
    assert len(lines) <= 30


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_does_what_it_says(name, copy):
    steps = blocks(recipes()[name])
    assert steps[-1].language == "console"
    for block in steps:
        if block.language == "console":
            follow(block, copy)
        else:
            apply(block, copy)
    touched = sorted({block.file for block in steps if block.file.endswith(".py")})
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, *touched]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "most"), [("An arm", 1), ("A metric", 1), ("A data set", 2)])
def test_few_files_of_the_packages_are_touched(name, most):
    files = {block.file for block in blocks(recipes()[name]) if block.language != "console"}
    assert len({file for file in files if file.startswith("softlabel")}) <= most
