"""Benchmark: what Lighthouse says of the built pages, served gzipped from this machine.

Each page is inspected as on a desktop and as on a phone (Lighthouse's own presets: the phone has a slow
network and a processor four times slower, both simulated), three times each. Prints the medians and writes
them to pages.json beside this file; exits 1 when accessibility or best practices are below 100, or
performance below 95 or below the page's known limit.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import http.server
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import chromium  # noqa: E402 - a tool, not a package

TARGET = Path(__file__).with_suffix(".json")
INSPECTOR = ROOT / "tools" / "web" / "lighthouse.mjs"
PAGES = (
    "book/start",
    "notebooks/01-one-label-hides",
    "notebooks/03-images",
    "notebooks/04-language",
    "book/glossary",
)
WANTED = {"performance": 95, "accessibility": 100, "best-practices": 100}
# What the simulated phone cannot do better, and why: a page counts as shown there when all of its text has come over
# 1.6 Mbit/s, about 5 ms a kB, and scripts run on a quarter of the processor.
LIMITS = {
    ("mobile", "notebooks/03-images"): (70, "451 kB of page: the explorer's votes and predictions are in it"),
    ("mobile", "notebooks/04-language"): (
        80,
        "265 kB of page: the explorer's texts and predictions are in it",
    ),
    ("mobile", "book/glossary"): (80, "MathJax sets 45 formulas, 264 kB of script"),
}
TEXT = {".html", ".css", ".js", ".svg", ".json", ".txt"}


def main() -> int:
    """Inspect the pages; 0 if all reach what is wanted, or if there is no Node to ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--book", type=Path, default=ROOT / "_build" / "html", help="folder of the built book"
    )
    parser.add_argument("--pages", nargs="+", default=PAGES, help="pages as _toc.yml names them")
    parser.add_argument("--forms", nargs="+", default=["desktop", "mobile"], choices=["desktop", "mobile"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", type=Path, default=TARGET, help="where to write what was found")
    options = parser.parse_args()
    if shutil.which("node") is None:
        print("skipped: Lighthouse runs in Node, and there is no node here; install Node 20 or newer.")
        return 0
    if not (INSPECTOR.parent / "node_modules" / "lighthouse").exists():
        print(f"skipped: Lighthouse is not installed; run npm ci in {INSPECTOR.parent.relative_to(ROOT)}.")
        return 0
    browser = chromium.find()
    if browser is None:
        print(f"pages: {chromium.HOW}", file=sys.stderr)
        return 1
    if not (options.book / "index.html").exists():
        print("pages: the book is not built; run make book first.", file=sys.stderr)
        return 1
    with served(options.book) as address:
        order = {
            "chrome": browser,
            "flags": chromium.FLAGS,
            "pages": {name: f"{address}{name}.html" for name in options.pages},
            "forms": options.forms,
            "runs": options.runs,
        }
        done = subprocess.run(
            ["node", str(INSPECTOR)], input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True
        )
    found = json.loads(done.stdout)
    limits = {f"{form} {name}": why for (form, name), (_, why) in LIMITS.items() if name in options.pages}
    report = {"about": about(browser, options.runs), "limits": limits, "pages": found}
    options.write.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return judge(found)


def judge(found: dict[str, dict[str, Any]]) -> int:
    """Print a line for each page and form, and what keeps it from the target; 1 if anything does."""
    print(
        f"{'':40}{'performance':>12}{'accessible':>12}{'practices':>12}{'paint ms':>10}{'kB':>7}{'files':>7}"
    )
    short = 0
    for form, pages in found.items():
        for name, page in pages.items():
            scores, metrics = page["scores"], page["metrics"]
            print(
                f"{form:8}{name:32}{scores['performance']:12}{scores['accessibility']:12}"
                f"{scores['best-practices']:12}{metrics['largest_paint_ms']:10}{page['sent_kB']:7}{page['requests']:7}"
            )
            limit, why = LIMITS.get((form, name), (WANTED["performance"], ""))
            below = [category for category, least in WANTED.items() if scores[category] < least]
            short += len(below) - ("performance" in below and scores["performance"] >= limit)
            for rule, where in page["failed"].items():
                print(f"    {rule}: {where}")
            if "performance" in below:
                weights = ", ".join(f"{file} {kb} kB" for file, kb in page["heaviest"].items())
                waits = ", ".join(f"{file} {ms} ms" for file, ms in page["held_up_by"].items()) or "nothing"
                print(f"    {why or 'not a known limit'}")
                print(f"    heaviest: {weights}; the first paint waits for {waits}; {metrics}")
    return int(short > 0)


def about(browser: str, runs: int) -> dict[str, Any]:
    """When, where and with what the pages were inspected."""
    package = json.loads(
        (INSPECTOR.parent / "node_modules/lighthouse/package.json").read_text(encoding="utf-8")
    )
    return {
        "date": datetime.date.today().isoformat(),
        "lighthouse": package["version"],
        "browser": said([browser, "--version"]),
        "node": said(["node", "--version"]),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "server": "Python's http.server on the same machine, HTTP/1.1, text gzipped",
        "figures": f"medians of {runs} runs, each in a fresh browser",
    }


def said(command: list[str]) -> str:
    """What a command prints, without the line's end."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder from 127.0.0.1 as a web host would, text gzipped; gives the address, ending in "/"."""
    ready: dict[Path, bytes] = {}

    class Gzipped(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as everywhere

        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            if path.suffix not in TEXT or not path.is_file():
                return super().do_GET()
            if path not in ready:
                ready[path] = gzip.compress(path.read_bytes(), 6)
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(str(path)) + "; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(ready[path])))
            self.end_headers()
            self.wfile.write(ready[path])

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gzipped) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
