"""Check that no page of the built book asks another server for anything.

python tools/offline.py _build/html
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path

# Links that a reader follows are free; what a page loads by itself is not.
LOADED = {
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("iframe", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
    ("audio", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("image", "href"),
    ("use", "href"),
}
LOADED_LINKS = {
    "stylesheet",
    "icon",
    "shortcut",
    "preload",
    "prefetch",
    "modulepreload",
    "manifest",
    "preconnect",
}


class _Loads(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        relations = set(values.get("rel", "").lower().split())
        for name, value in values.items():
            loaded = (tag, name) in LOADED or (tag == "link" and name == "href" and relations & LOADED_LINKS)
            if loaded and value.strip().lower().startswith(("http:", "https:", "//")):
                self.found.append(f"<{tag} {name}> {value}")


def outside(page: str) -> list[str]:
    """What the HTML of a page loads from another server."""
    parser = _Loads()
    parser.feed(page)
    parser.close()
    return parser.found


def faults(book: Path) -> list[str]:
    """A sentence for each thing that a page loads from another server, or for a book without pages."""
    pages = sorted(book.rglob("*.html"))
    if not pages:
        return [f"there is no page in {book}; build the book first (make book)."]
    return [
        f"{page.relative_to(book)} loads {what}; keep a copy in the book instead."
        for page in pages
        for what in outside(page.read_text(encoding="utf-8"))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Check one folder; return the exit code."""
    folder = Path((sys.argv[1:] if arguments is None else arguments)[0])
    found = faults(folder)
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
