"""One style sheet for the book, of the rules that some page can use.

The theme and its extensions bring ten sheets, 540 kB, which a page waits for; most
of it are classes that no page of this book has.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# Put together by scripts from a beginning and a direction, such as bs-tooltip-top.
MADE = ("bs-", "tooltip", "dropdown", "show", "collaps", "modal", "fade", "active")
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"');]+)["']?\)?\s*;""")
GROUPS = ("@media", "@supports", "@layer", "@container")


def prune(css: str, words: set[str]) -> str:
    """Leave out comments, and rules that ask for a class which is not among `words`.

    Parameters
    ----------
    css : str
        A style sheet.
    words : set of str
        Every class that a page has or that a script may give it; more does no harm.
    """
    return "".join(_kept(_without_comments(css), words))


def classes(html: str) -> set[str]:
    """The classes of a page's elements, and every word of its scripts."""
    found = {word for names in re.findall(r'\sclass="([^"]*)"', html) for word in names.split()}
    for kind, script in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
        if "json" not in kind:
            found |= tokens(script)
    return found


def tokens(script: str) -> set[str]:
    """Every word of a script that could be a class."""
    return set(re.findall(r"[A-Za-z_][\w-]*", script))


def read(static: Path, name: str) -> str:
    """A sheet with what it imports, its addresses relative to `static`."""
    css = (static / name).read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
    folder = posixpath.dirname(name)
    imported = [
        read(static, posixpath.normpath(posixpath.join(folder, other))) for other in IMPORT.findall(css)
    ]
    return "".join(imported) + relocate(IMPORT.sub("", css), folder)


def relocate(css: str, folder: str) -> str:
    """Addresses relative to a sheet in `folder`, for a sheet beside that folder."""

    def move(found: re.Match[str]) -> str:
        return f"url({found[1]}{posixpath.normpath(posixpath.join(folder, found[2]))}"

    return re.sub(r"url\((['\"]?)(?!data:|#|/|\w+:)([^'\")?#]+)", move, css)


def _kept(css: str, words: set[str]) -> Iterator[str]:
    for head, body in _rules(css):
        if body is None:
            yield head
        elif head.startswith(GROUPS):
            inner = "".join(_kept(body, words))
            if inner:
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        else:
            selectors = [each for each in _parts(head) if _possible(each, words)]
            if selectors:
                yield f"{','.join(selectors)}{{{body}}}"


def _possible(selector: str, words: set[str]) -> bool:
    # What :not() and :is() name need not be there.
    bare = selector
    while (shorter := re.sub(r":[\w-]+\([^()]*\)", "", bare)) != bare:
        bare = shorter
    names = (
        name.replace("\\", "") for name in re.findall(r"\.((?:\\.|[\w-])+)", re.sub(r"\[[^\]]*\]", "", bare))
    )
    return all(name in words or name.startswith(MADE) for name in names)


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Each rule as what stands before its braces and between them; a statement has no braces."""
    start = 0
    while start < len(css):
        end = _find(css, "{;", start)
        head = " ".join(css[start:end].split())
        if end < len(css) and css[end] == "{":
            close = _close(css, end)
            yield head, css[end + 1 : close].strip()
            start = close + 1
        else:
            if head:
                yield f"{head};", None
            start = end + 1


def _find(css: str, wanted: str, start: int) -> int:
    """Where the next of some characters stands outside of strings and brackets."""
    depth, quote, at = 0, "", start
    while at < len(css):
        mark = css[at]
        if mark == "\\":
            at += 1
        elif quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark in wanted and not depth:
            return at
        elif mark in "([":
            depth += 1
        elif mark in ")]":
            depth -= 1
        at += 1
    return at


def _close(css: str, start: int) -> int:
    """Where the brace that opens at `start` closes."""
    depth, at = 0, start
    while True:
        at = _find(css, "{}", at)
        if at >= len(css):
            raise ValueError(f"a style sheet ends inside of {css[max(0, start - 60) : start + 20]!r}.")
        depth += 1 if css[at] == "{" else -1
        if not depth:
            return at
        at += 1


def _parts(head: str) -> Iterable[str]:
    """The selectors of a list."""
    start = 0
    while start < len(head):
        end = _find(head, ",", start)
        yield head[start:end].strip()
        start = end + 1


def _without_comments(css: str) -> str:
    # A string may hold what looks like one.
    return re.sub(
        r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|url\([^)\"']*\))|/\*.*?\*/",
        lambda found: found[1] or "",
        css,
        flags=re.DOTALL,
    )
