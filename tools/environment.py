"""Write environment.yml, for conda and Binder, from pyproject.toml.

python tools/environment.py            writes environment.yml
python tools/environment.py --check    fails if that file is not what pyproject.toml says
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("book",)  # what a reader needs who re-runs chapters and builds the book
CONDA_NAMES = {"torch": "pytorch"}


def environment(pyproject: dict[str, Any]) -> str:
    """The text of environment.yml."""
    project = pyproject["project"]
    needed = list(project["dependencies"])
    for extra in EXTRAS:
        needed += project["optional-dependencies"][extra]
    lines = [
        "# Made from pyproject.toml by tools/environment.py; edit that file, not this one.",
        "name: softlabel",
        "channels: [conda-forge, nodefaults]",
        "dependencies:",
        f"  - python{project['requires-python']}",
        *sorted(f"  - {conda(requirement)}" for requirement in needed),
        "  - pip",
        "  - pip:",
        "      - --editable .",
    ]
    return "\n".join(lines) + "\n"


def conda(requirement: str) -> str:
    """A requirement under the name that conda-forge knows it by.

    Raises
    ------
    ValueError
        If it has extras or a marker, which conda does not know.
    """
    match = re.fullmatch(r"([A-Za-z0-9._-]+)([<>=!~,0-9a-z.]*)", requirement.replace(" ", ""))
    if match is None:
        raise ValueError(f"{requirement!r} has extras or a marker; environment.yml cannot say that.")
    name, versions = match.groups()
    return CONDA_NAMES.get(name, name) + versions


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the file, or with ``--check`` say whether it is up to date; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if it is out of date")
    options = parser.parse_args(arguments)
    target = root / "environment.yml"
    text = environment(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")))
    if not options.check:
        target.write_text(text, encoding="utf-8")
        print("wrote environment.yml")
    elif not target.exists() or target.read_text(encoding="utf-8") != text:
        print(
            "environment.yml is not what pyproject.toml says; run python tools/environment.py.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
