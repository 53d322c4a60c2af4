"""Write the book's CSS variables from the one source of colours, fonts, sizes: softlabel_book/palette.json.

python tools/palette.py            writes book/_static/palette.css
python tools/palette.py --check    fails if that file is not what palette.json says
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from softlabel_book.palette import COLOURS, FAMILY, LETTERS, LINE, THEMES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "book" / "_static" / "palette.css"


def sheet() -> str:
    """The palette as CSS: light by default, dark where the page says so or, if it says nothing, the reader."""
    light, dark = ([f"--sl-{name}: {steps[theme]};" for name, steps in COLOURS.items()] for theme in THEMES)
    sizes = [f"--sl-size-{name}: {size}px;" for name, size in LETTERS.items()]
    lines = [f"--sl-line-{name}: {size}px;" for name, size in LINE.items() if name != "dash"]
    dash = " ".join(f"{step}" for step in LINE["dash"])
    shared = [f"--sl-font: {FAMILY};", *sizes, *lines, f"--sl-dash: {dash};"]
    blocks = [
        "/* Made from softlabel_book/palette.json by tools/palette.py; edit that file, not this one. */",
        _block(":root", shared),
        _block(":root, html[data-theme=light]", light),
        _block("html[data-theme=dark]", dark),
        "@media (prefers-color-scheme: dark) {\n" + _block("html:not([data-theme])", dark) + "\n}",
    ]
    return "\n\n".join(blocks) + "\n"


def _block(selector: str, declarations: list[str]) -> str:
    return selector + " {\n" + "".join(f"  {line}\n" for line in declarations) + "}"


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or with ``--check`` say whether it is up to date; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if the file is out of date"
    )
    options = parser.parse_args(arguments)
    wanted = sheet()
    name = TARGET.relative_to(ROOT)
    if not options.check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(wanted, encoding="utf-8")
        print(f"wrote {name}")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != wanted:
        print(
            f"{name} is not what softlabel_book/palette.json says; run python tools/palette.py.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
