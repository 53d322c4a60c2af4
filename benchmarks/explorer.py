"""Benchmark: the explorer in headless Chromium, on a page from disk: how soon it answers, how fast it moves.

Prints each figure beside its budget, writes benchmarks/explorer.json with the machine
that it was measured on, and exits 1 where a budget is not kept. Other machines are
not reached. No graphics card is used: a laptop with one is faster.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from softlabel_book.interactive.explorer import Explorer, payload

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "explorer.json"
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "book")]
STATIC, LIVE, SEEDS, CLASSES = 1000, 10_000, 3, 10
BUDGET = {
    "static_megabytes": 1.5,
    "interactive_ms": 1000,
    "click_ms": 50,
    "move_frames_a_second": 50,
    "zoom_frames_a_second": 50,
    "glide_frames_a_second": 50,
}
LEAST = {name for name in BUDGET if name.endswith("a_second")}  # these are to be reached, not kept under

# When the figure has drawn its plot and filled its bars, from the start of the navigation.
READY = """() => new Promise((done) => {
  const look = () => document.querySelector('.sl-pane tbody .sl-value')?.textContent && document.querySelector('.sl-now')
    ? done(performance.now()) : setTimeout(look, 1);
  look();
})"""

# From each of some clicks on a dot to the frame after the one in which the bars have changed.
CLICKS = """async (times) => {
  const stage = document.querySelector('.sl-stage'), box = stage.getBoundingClientRect(), taken = [];
  const text = () => document.querySelector('.sl-item').textContent;
  for (let i = 0; taken.length < times && i < 100 * times; i++) {
    const [x, y] = [50 + (i * 37) % 380, 40 + (i * 61) % 380], before = text();
    const start = performance.now();
    stage.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: box.left + x, clientY: box.top + y }));
    if (text() === before) continue;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    taken.push(performance.now() - start);
  }
  return taken;
}"""

# Frames a second while something is done at every frame.
FRAMES = """async ({ act, frames }) => {
  const stage = document.querySelector('.sl-stage'), target = stage.querySelector('.overlay');
  const box = stage.getBoundingClientRect();
  const send = (node, Kind, type, more) => node.dispatchEvent(new Kind(type,
    { bubbles: true, cancelable: true, view: window, buttons: 1,
      clientX: box.left + 200, clientY: box.top + 200, ...more }));
  const other = () => document.querySelector('.sl-choice').querySelector('input:not(:checked)').click();
  const canvas = stage.querySelector('canvas'), first = canvas.toDataURL();
  if (act === 'move') send(target, MouseEvent, 'mousedown', {});
  if (act === 'glide') other();
  const at = [];
  for (let i = 0; i < frames; i++) {
    const turn = { clientX: box.left + 200 + 70 * Math.sin(i / 9), clientY: box.top + 200 + 70 * Math.cos(i / 9) };
    if (act === 'move') send(window, MouseEvent, 'mousemove', turn);
    if (act === 'zoom') send(target, WheelEvent, 'wheel', { deltaY: i < frames / 2 ? -30 : 30 });
    at.push(await new Promise(requestAnimationFrame));
    if (act === 'glide' && i % 25 === 24) other();
  }
  const changed = canvas.toDataURL() !== first;
  if (act === 'move') send(window, MouseEvent, 'mouseup', {});
  return { rate: 1000 * (at.length - 1) / (at.at(-1) - at[0]), changed };
}"""


def main() -> int:
    """Measure; 0 if every budget is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=50)
    parser.add_argument("--frames", type=int, default=240)
    options = parser.parse_args()
    import chromium
    from conftest import FLAGS

    path = chromium.find()
    if path is None:
        print(chromium.HOW, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        found: dict[str, float] = {"static_megabytes": write(Path(folder, "static.html"), STATIC) / 1e6}
        write(Path(folder, "live.html"), LIVE)
        opened = [measure_opening(browser.new_page(), Path(folder, "static.html")) for _ in range(5)]
        found["interactive_ms"] = statistics.median(opened)
        page = open_page(browser.new_page(), Path(folder, "static.html"))
        clicks = page.evaluate(CLICKS, options.clicks)
        assert len(clicks) == options.clicks, "too few clicks met a dot"
        found["click_ms"] = statistics.median(clicks)
        page = open_page(browser.new_page(), Path(folder, "live.html"))
        page.get_by_role("radio", name="move").click()
        for act in ("zoom", "move", "glide"):
            if act == "move":
                for _ in range(4):
                    page.get_by_role("button", name="enlarge").click()
            got = page.evaluate(FRAMES, {"act": act, "frames": options.frames})
            if act == "move":
                assert got["changed"], "the picture did not move"
            found[f"{act}_frames_a_second"] = got["rate"]
        version = browser.version
        browser.close()
    return report(found, version)


def write(file: Path, n_items: int) -> int:
    """A standalone page with that many simulated items with noisy pictures (1,000) or none; its bytes."""
    rng = np.random.default_rng(0)
    counts = rng.multinomial(50, rng.dirichlet(np.full(CLASSES, 0.3), n_items))
    arms = {
        arm: rng.dirichlet(np.full(CLASSES, sharpness), (SEEDS, n_items))
        for arm, sharpness in {"hard": 0.2, "gold": 0.25, "soft": 0.6}.items()
    }
    coarse = rng.integers(0, 256, (n_items, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    names = [f"class {k}" for k in range(CLASSES)]
    images = None if n_items > STATIC else coarse.astype(np.uint8)
    made = payload(range(n_items), names, counts, arms, title="Simulated", images=images)
    return file.write_text(Explorer(made).to_html(standalone=True), encoding="utf-8")


def open_page(page: Page, file: Path) -> Page:
    page.set_viewport_size({"width": 1000, "height": 1000})
    page.goto(file.as_uri())
    page.evaluate(READY)
    return page


def measure_opening(page: Page, file: Path) -> float:
    """Milliseconds from the start of the navigation until the figure answers."""
    page.set_viewport_size({"width": 1000, "height": 1000})
    page.goto(file.as_uri(), wait_until="commit")
    taken = page.evaluate(READY)
    page.close()
    return taken


def report(found: dict[str, float], version: str) -> int:
    kept = {
        name: found[name] >= limit if name in LEAST else found[name] <= limit
        for name, limit in BUDGET.items()
    }
    for name, limit in BUDGET.items():
        sign = "at least" if name in LEAST else "at most"
        print(
            f"{name.replace('_', ' '):28}{found[name]:8.1f}   {sign} {limit:g}{'' if kept[name] else '   NOT KEPT'}"
        )
    record: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "browser": f"headless Chromium {version}, no graphics card",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "items": {"static": STATIC, "live": LIVE},
        "measured": {name: round(value, 2) for name, value in found.items()},
        "budget": BUDGET,
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return int(not all(kept.values()))


if __name__ == "__main__":
    sys.exit(main())
