"""Make pages that need no network, from outputs that are never stale."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import api_pages
import lean_pages
from sphinx.application import Sphinx
from sphinx.config import Config

# What a chapter's outputs depend on beside its own cells, below the book's root.
INPUTS = ("softlabel_core", "softlabel_book", "results", "requirements.lock", "tools/colab.py")
VARIABLES = ("SOFTLABEL_RUN", "SOFTLABEL_DATA", "SOFTLABEL_RESULTS", "SOFTLABEL_OFFLINE", "BOOK_ITEMS")


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell the kernels that they write a static page; set up the rest."""
    os.environ["EXPLORER_STATIC"] = "1"  # interactive figures as HTML with their data inside
    os.environ["TQDM_DISABLE"] = "1"  # no progress bars in print
    if os.environ.get("SOFTLABEL_RUN") != "full":
        # What chapters train on the spot is small: more threads than one make it slower, on a busy machine a
        # hundredfold, and its numbers another machine's.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    app.connect("config-inited", key_cache)
    app.connect("config-inited", forget_thebe)
    app.add_js_file("scrollers.js")
    api_pages.setup(app)
    lean_pages.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def key_cache(app: Sphinx, config: Config) -> None:
    """Keep executed chapters in a folder named after what they were made from.

    Of its own, the cache looks at a chapter's cells only, and would go on showing
    what an older package or record said.
    """
    key = fingerprint(Path(app.srcdir))
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / key)


def fingerprint(root: Path) -> str:
    """A hash of every file and variable that a chapter's outputs depend on."""
    digest = hashlib.sha256(repr([os.environ.get(name) for name in VARIABLES]).encode())
    for name in INPUTS:
        place = root / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def forget_thebe(app: Sphinx, config: Config) -> None:
    """Take the live-code extension, which Jupyter Book always loads, out of the build.

    It is switched off anyway, yet writes another server's address into every page,
    twice, and the second time is a script error.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files[:] = [css for css in app.registry.css_files if "thebe" not in css[0]]
