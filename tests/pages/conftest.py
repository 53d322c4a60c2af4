"""A browser that looks at the built book and may ask nobody else.

Fixtures
--------
book_dir : Path
    Folder of the built book, `_build/html`. Fails where it is not built.
book_url : str
    Address of the book on a server on this machine, ending in "/".
browser : playwright Browser
    One Chromium for all tests.
page : playwright Page
    A fresh page (1280 x 800, light) of a fresh context. No other machine can be
    reached from it. After the test the fixture fails if anything was asked of
    another machine, was not found, or was complained about in the console.
watch : Watch
    What `page` has been up to; a test that expects a complaint empties the list.
toc : list of str
    The pages of the book in reading order, such as "notebooks/01-one-label-hides".
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromium
import pytest
import yaml
from chromium import FLAGS
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Watch:
    """What a page asked of other machines, did not find, and complained about."""

    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Start watching a page."""
        page.on("request", self._note_outside)
        page.on("response", self._note_missing)
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_outside(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in HERE:
            self.outside.append(request.url)

    def _note_missing(self, response: Response) -> None:
        if response.status >= 400:
            self.missing.append(f"{response.status} {response.url}")

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without writing a line for each."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def book_dir() -> Path:
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail("the book is not built; run make book first.", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def book_url(book_dir: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(book_dir))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.HOW, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(60_000)  # a busy machine is slow, not wrong
    watch.over(page)
    yield page
    context.close()
    assert watch == Watch(), "the page asked for, missed or complained about this"


def files(node: Any) -> list[str]:
    """The pages below a node of _toc.yml, in reading order."""
    if isinstance(node, list):
        return [name for child in node for name in files(child)]
    own = [node[key] for key in ("root", "file") if key in node]
    return own + [name for key in ("parts", "chapters", "sections") for name in files(node.get(key, []))]


@pytest.fixture(scope="session")
def toc() -> list[str]:
    return files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
