"""Spread the repository's address from pyproject.toml to every file that needs it.

python tools/address.py                                     the address of pyproject.toml, everywhere
python tools/address.py https://github.com/school/course    a new address, pyproject.toml included
python tools/address.py --check                             fails where another address stands

Changed with it: the address of the built book on GitHub Pages, and links that open a
chapter in Colab or the repository in Binder.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https://github\.com/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+?)(?:\.git)?/?")
# Files that would lead a reader of a fork to the wrong place if they did not name the address.
PLACES = (
    "pyproject.toml",
    "_config.yml",
    "CITATION.cff",
    "README.md",
    "book/start.md",
    "book/*.ipynb",
    "notebooks/*.md",
    "notebooks/*.ipynb",
)
Repository = tuple[str, str]


def parse(address: str) -> Repository:
    """Owner and name of a repository's address.

    Raises
    ------
    ValueError
        If it is not the address of a GitHub repository, which the book's Colab links need.
    """
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not of the form https://github.com/owner/name; give one that is.")
    return match[1], match[2]


def stated(root: Path) -> Repository:
    """The repository that pyproject.toml names.

    Raises
    ------
    ValueError
        If it names none.
    """
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    address = pyproject["project"].get("urls", {}).get("Repository")
    if address is None:
        raise ValueError("pyproject.toml has no Repository under [project.urls]; write it there.")
    return parse(address)


def configured(root: Path) -> Repository | None:
    """The repository that _config.yml names: the one that the other files still hold."""
    found = re.search(r"^\s*url:\s*(\S+)", (root / "_config.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return parse(found[1]) if found else None


def pattern(repository: Repository) -> re.Pattern[str]:
    """Matches a repository's address, its place in Colab and Binder links, its GitHub Pages address."""
    owner, name = map(re.escape, repository)
    place = rf"(?P<place>github\.com/|/github/|/gh/){owner}/{name}"
    return re.compile(rf"(?:{place}|(?P<pages>{owner}\.github\.io/{name}))(?![A-Za-z0-9_-])", re.IGNORECASE)


def replace(text: str, old: Repository, new: Repository) -> str:
    """The text with one repository's addresses in place of the other's."""
    owner, name = new

    def put(found: re.Match[str]) -> str:
        return f"{owner.lower()}.github.io/{name}" if found["pages"] else f"{found['place']}{owner}/{name}"

    return pattern(old).sub(put, text)


def texts(root: Path) -> dict[Path, str]:
    """Every text file of the checkout, ignored and vendored ones aside."""
    listing = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
        paths = [root / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):  # a copy without git
        skipped = {"_build", ".venv", ".git"}
        paths = [path for path in root.rglob("*") if not skipped & set(path.relative_to(root).parts)]
    found = {}
    for path in paths:
        if path.is_file() and "vendor" not in path.parts:
            try:
                found[path] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


def faults(root: Path) -> list[str]:
    """A sentence for each file that lacks the address, or holds a fork's."""
    owner, name = stated(root)
    own, found = pattern((owner, name)), []
    for place in PLACES:
        for path in sorted(root.glob(place)):
            if not own.search(path.read_text(encoding="utf-8")):
                found.append(f"{path.relative_to(root)} does not name {owner}/{name}.")
    elsewhere = rf"github\.com/(?!{re.escape(owner)}/)[A-Za-z0-9-]+/{re.escape(name)}(?![A-Za-z0-9_-])"
    others = re.compile(elsewhere, re.IGNORECASE)
    for path, text in sorted(texts(root).items()):
        for other in others.finditer(text):
            found.append(
                f"{path.relative_to(root)} names {other[0]}, but pyproject.toml names {owner}/{name}."
            )
    return [f"{sentence} Run python tools/address.py." for sentence in found]


def spread(root: Path, new: Repository) -> int:
    """Put an address into every file; return how many changed."""
    olds = {stated(root), configured(root) or stated(root)} - {new}
    changed = 0
    for path, text in texts(root).items():
        renewed = text
        for old in olds:
            renewed = replace(renewed, old, new)
        if renewed != text:
            path.write_text(renewed, encoding="utf-8")
            changed += 1
    return changed


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Change the address, or with ``--check`` say where it is wrong; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("repository", nargs="?", help="default: the one that pyproject.toml names")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if any file is wrong")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            found = faults(root)
            print("\n".join(found), end="\n" if found else "", file=sys.stderr)
            return 1 if found else 0
        new = parse(options.repository) if options.repository else stated(root)
        print(f"{spread(root, new)} file(s) now name https://github.com/{'/'.join(new)}")
    except ValueError as error:
        print(f"address: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
