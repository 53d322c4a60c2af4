"""Write the book's CSS variables from the one source of colours, fonts, sizes: softlabel_book/figures/style.json.

python tools/style.py            writes book/_static/tokens.css
python tools/style.py --check    fails if that file is not what style.json says
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "softlabel_book" / "figures" / "style.json"
TARGET = ROOT / "book" / "_static" / "tokens.css"


def tokens(style: dict) -> str:
    """The style as CSS: light by default, dark where the page says so or, if it says nothing, the reader."""
    colours = {
        theme: [f"--sl-{name}: {steps[theme]};" for name, steps in style["colours"].items()]
        for theme in ("light", "dark")
    }
    sizes = [f"--sl-size-{name}: {size}px;" for name, size in style["font"].items() if name != "family"]
    lines = [
        f"--sl-line-{name}: {style['line'][name]}px;"
        for name in ("rule", "ceiling", "seed", "interval", "mean")
    ]
    dash = " ".join(f"{step}" for step in style["line"]["dash"])
    shared = [f"--sl-font: {style['font']['family']};", *sizes, *lines, f"--sl-dash: {dash};"]
    blocks = [
        "/* Made from softlabel_book/figures/style.json by tools/style.py; edit that file, not this one. */",
        _block(":root", shared),
        _block(":root, html[data-theme=light]", colours["light"]),
        _block("html[data-theme=dark]", colours["dark"]),
        "@media (prefers-color-scheme: dark) {\n" + _block("html:not([data-theme])", colours["dark"]) + "\n}",
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
    wanted = tokens(json.loads(SOURCE.read_text(encoding="utf-8")))
    name = TARGET.relative_to(ROOT)
    if not options.check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(wanted, encoding="utf-8")
        print(f"wrote {name}")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != wanted:
        print(
            f"{name} is not what softlabel_book/figures/style.json says; run python tools/style.py.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
