"""Write the output-free .ipynb that stands beside each page with code, for Colab.

python tools/pair.py            writes each .ipynb from its .md
python tools/pair.py --check    fails if one is missing, left over, or not what its .md says

The .md is the source: every chapter in notebooks/, and a page in book/ that has code.
Times of files play no part, and a cell's id is a hash of its source, so that the same
.md always gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(source: str) -> str:
    """The notebook of a chapter's MyST text, as the JSON of an .ipynb without outputs.

    Raises
    ------
    ValueError
        If the text lacks the header that makes it a notebook; the book would then
        show its code without running it.
    """
    paired = jupytext.reads(source, fmt="md:myst")
    header = paired.metadata.get("jupytext", {}).get("text_representation", {})
    if header.get("format_name") != "myst" or "kernelspec" not in paired.metadata:
        raise ValueError(
            "its header lacks jupytext.text_representation.format_name: myst, or kernelspec; "
            "copy the header of another chapter."
        )
    seen: Counter[str] = Counter()
    for cell in paired.cells:
        key = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[key] += 1
        cell.id = key if seen[key] == 1 else f"{key}-{seen[key]}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    paired.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    paired.nbformat, paired.nbformat_minor = 4, 5
    nbformat.validate(paired)
    return nbformat.writes(paired, indent=1).rstrip("\n") + "\n"


def has_code(page: str) -> bool:
    """Whether a page's header names a kernel to run its code."""
    header = re.match(r"---\n(.*?)\n---\n", page, re.DOTALL)
    return header is not None and "kernelspec:" in header[1]


def wanted(root: Path) -> dict[Path, str]:
    """What each .ipynb of the book should hold, by its path.

    Raises
    ------
    ValueError
        If a chapter is not a notebook; the message names it.
    """
    pairs = {}
    for page in [*sorted(root.glob("notebooks/*.md")), *sorted(root.glob("book/*.md"))]:
        text = page.read_text(encoding="utf-8")
        if page.parent.name == "notebooks" or has_code(text):
            try:
                pairs[page.with_suffix(".ipynb")] = notebook(text)
            except ValueError as error:
                raise ValueError(f"{page.relative_to(root)} cannot be paired: {error}") from error
    return pairs


def faults(root: Path) -> list[str]:
    """A sentence for each .ipynb that is missing, left over, or not what its .md says."""
    pairs = wanted(root)
    found = []
    for path, text in pairs.items():
        name = path.relative_to(root)
        if not path.exists():
            found.append(f"{name} is missing; run python tools/pair.py.")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{name} is not what its .md says; edit the .md, then run python tools/pair.py.")
    left = ({*root.glob("notebooks/*.ipynb"), *root.glob("book/*.ipynb")}) - set(pairs)
    return found + [
        f"{path.relative_to(root)} has no .md with code beside it; delete it, or write that."
        for path in sorted(left)
    ]


def write(root: Path) -> int:
    """Write every .ipynb that is not what its .md says; return how many."""
    written = 0
    for path, text in wanted(root).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            written += 1
    return written


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the notebooks, or with ``--check`` say what is wrong; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if anything is wrong")
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            print(f"{write(root)} notebook(s) written")
        found = faults(root)
    except ValueError as error:
        found = [str(error)]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
