"""The built pages in a real browser: whole, quiet, readable, without a network."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import offline
import pytest
import yaml
from pair import has_code
from shared import real

from softlabel_core.data import chaosnli, popquorn

ROOT = Path(__file__).resolve().parents[2]
TOC = re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [name for name in TOC if has_code((ROOT / f"{name}.md").read_text(encoding="utf-8"))]
PHONE = {"width": 360, "height": 740}

BROKEN = "images => images.filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
SILENT_IMAGES = "images => images.filter(i => !(i.alt || '').trim()).map(i => i.outerHTML.slice(0, 200))"
# A drawing speaks by a label of its own or of the picture that it is part of, or says that it is decoration.
SILENT_DRAWINGS = """drawings => drawings.filter(d =>
    !d.closest('[aria-label], [aria-labelledby], [aria-hidden=true], button, mjx-container')
    && !d.querySelector(':scope > title')).map(d => d.outerHTML.slice(0, 200))"""
WIDE = """() => [...document.querySelectorAll('article *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest('pre, table, mjx-container, svg'))
    .map(e => e.tagName + '.' + e.className).slice(0, 5)"""


def go(page, book_url, name: str) -> None:
    """Open a page of the book and let its formulas be set."""
    page.goto(f"{book_url}{name}.html")
    page.evaluate("window.MathJax?.startup?.promise")


def test_every_page_of_the_toc_is_built(toc, book_dir):
    assert toc == TOC  # what the tests below run over
    assert len(toc) >= 7
    assert [name for name in toc if not (book_dir / f"{name}.html").exists()] == []


def test_no_page_loads_anything_from_elsewhere(book_dir):
    assert offline.faults(book_dir) == []


@pytest.mark.parametrize("name", TOC)
def test_a_page_is_whole(name, page, book_url):
    # What it asks, misses or complains about is held against it by the `page` fixture.
    go(page, book_url, name)
    assert page.title().endswith("Learning from disagreement")
    assert page.locator("h1:visible").count() == 1  # the theme keeps another for print
    assert page.locator("html").get_attribute("lang") == "en"
    assert len(page.locator("meta[name=description]").first.get_attribute("content")) > 50
    assert page.locator("mjx-merror").count() == 0
    assert page.get_by_text("Traceback (most recent call last)").count() == 0
    assert page.locator("img").evaluate_all(BROKEN) == []
    assert page.locator("article img").evaluate_all(SILENT_IMAGES) == []
    assert page.locator("article svg").evaluate_all(SILENT_DRAWINGS) == []


@pytest.mark.parametrize("name", TOC)
def test_a_page_fits_a_phone(name, page, book_url):
    page.set_viewport_size(PHONE)
    go(page, book_url, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.evaluate(WIDE)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [TOC[0], CHAPTERS[0]])
def test_text_is_legible_in_both_themes(name, theme, page, book_url):
    page.emulate_media(color_scheme=theme)
    go(page, book_url, name)
    assert page.locator("html").get_attribute("data-theme") == theme
    ink, paper = page.evaluate(
        """() => [getComputedStyle(document.querySelector('article p, article li')).color,
                  getComputedStyle(document.body).backgroundColor]"""
    )
    assert contrast(ink, paper) >= 7


def test_the_theme_button_changes_the_page(page, book_url):
    go(page, book_url, TOC[0])
    button = page.locator("button.theme-switch-button").first
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.locator("html").get_attribute("data-theme"))
    assert seen == {"light", "dark"}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_opens_in_colab(name, book_dir):
    address = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"][
        "Repository"
    ]
    branch = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["branch"]
    html = (book_dir / f"{name}.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(https://colab\.research\.google\.com/[^"]+)"', html)
    place = address.removeprefix("https://github.com/")
    assert set(links) == {f"https://colab.research.google.com/github/{place}/blob/{branch}/{name}.ipynb"}
    assert (ROOT / f"{name}.ipynb").exists()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_holds_no_kernel_widget(name, book_dir):
    # Without a kernel and its manager such a widget is a blank space.
    assert "widget-view+json" not in (book_dir / f"{name}.html").read_text(encoding="utf-8")


def test_search_finds_a_word(page, book_url):
    page.goto(f"{book_url}search.html?q=entropy")
    page.locator("#search-results li").first.wait_for()
    assert page.locator("#search-results li a").count() >= 1


@pytest.mark.parametrize("word", ["soft", "entropy", "split"])
def test_search_shows_every_other_page_before_the_api(word, page, book_url):
    page.goto(f"{book_url}search.html?q={word}")
    page.get_by_text("Search finished").wait_for()
    found = page.locator("#search-results li > a").evaluate_all("all => all.map(a => a.pathname)")
    of_api = ["/book/api" in path for path in found]
    assert of_api == sorted(of_api)
    assert {True, False} == set(of_api)


def test_the_index_leads_to_the_first_page(page, book_url):
    page.goto(f"{book_url}index.html")
    page.wait_for_url(f"**/{TOC[0]}.html")


def test_a_page_works_from_the_disk(page, book_dir):
    page.goto((book_dir / f"{CHAPTERS[0]}.html").as_uri())
    page.locator("article h1").wait_for()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('article h1')).fontSize") != "32px"
    )  # styled


def test_what_comes_from_elsewhere_is_noticed(watch, page, book_url):
    """The guard itself: a page that asks another machine is caught, and gets nothing."""
    go(page, book_url, TOC[0])
    page.evaluate("fetch('https://example.org/').catch(() => {})")
    page.wait_for_timeout(200)
    assert watch.outside == ["https://example.org/"]
    assert watch.complaints
    watch.outside.clear()
    watch.complaints.clear()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two CSS colours (WCAG 2, 1.4.3)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of an opaque "rgb(r, g, b)"."""
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_no_item_of_popquorn_is_in_the_book(book_dir):
    """Private mail and comments without a licence: a published build shows none (DESIGN's rule, and the owners' right)."""
    if os.environ.get("BOOK_ITEMS") == "all":
        pytest.skip("this build may show everything")
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted(book_dir.rglob("*.html")))
    for found in (
        real("politeness", popquorn.POLITENESS_COPY),
        real("offensiveness", popquorn.OFFENSIVENESS),
    ):
        plain = [max(re.findall(r"[A-Za-z ,]+", text), key=len).strip() for text in found.items[:, 0]]
        told = [words for words in plain if len(words) >= 30]
        assert len(told) > 0.7 * found.n_items
        assert [words for words in told if words in pages] == []
    chaos = real("chaosnli", *chaosnli.FILES.values())  # the same look finds what may be shown
    assert sum(premise in pages for premise in chaos.items[:300, 0]) > 20
