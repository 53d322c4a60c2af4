"""Every page of the book passes axe-core, light and dark, on a desk and on a phone, and a keyboard reaches all of it."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT

ROOT = Path(__file__).resolve().parents[2]
TOC = re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
API = [
    "book/api/softlabel_core.html",
    "book/api/softlabel_book.figures.html",
]  # two of those that are made alike
PAGES = [*(f"{name}.html" for name in TOC), *API, "search.html?q=entropy"]
DESK, PHONE = (1280, 800), (360, 740)
AXE = re.search(r"axe v([\d.]+)", AXE_SCRIPT)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}

# What a keyboard can reach and how it looks when it is there: outlined, underlined or with a shadow of its own.
FOCUS = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const look = (e) => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth, s.outlineColor,
        s.boxShadow, s.textDecoration, s.borderColor, s.backgroundColor].join(); };
    const box = element.getBoundingClientRect();
    const focused = look(element);
    element.blur();
    const plain = look(element);
    element.focus({focusVisible: true, preventScroll: true});
    return {
        what: element.outerHTML.slice(0, 160),
        seen: focused !== plain || getComputedStyle(element).outlineStyle !== 'none',
        there: box.width > 0 && box.height > 0,
    };
}"""
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.disabled
        && e.tabIndex >= 0 && e.getClientRects().length && !e.closest('dialog:not([open]), [inert]')).length"""


def open_page(page, book_url, name: str, size: tuple[int, int], theme: str) -> None:
    """Show a page, its formulas set and nothing moving."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{book_url}{name}")
    page.evaluate("window.MathJax?.startup?.promise")
    if "search" in name:
        page.locator("#search-results li").first.wait_for()


def faults(page, rules) -> list[str]:
    """What axe-core holds against the page as it stands, a line for each element."""
    page.evaluate(f"window.axe || (() => {{ {AXE_SCRIPT} }})()")
    found = page.evaluate("rules => axe.run(rules)", rules)["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target'][0]}: {node['html'][:150]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def told(name: str, found: list[str]) -> str:
    """The failure in words."""
    return "\n".join(
        [
            f"{name}: {len(found)} violations by axe-core {AXE and AXE[1]}, {version('axe-playwright-python')}",
            *found[:12],
        ]
    )


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name, size, theme, page, book_url):
    open_page(page, book_url, name, size, theme)
    found = faults(page, RULES)
    assert not found, told(f"{name}, {theme}, {size[0]} px", found)
    other = "dark" if theme == "light" else "light"
    page.emulate_media(color_scheme=other, reduced_motion="reduce")
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=other)
    found = faults(page, COLOURS)  # a theme changes nothing else
    assert not found, told(f"{name}, {other}, {size[0]} px", found)


def test_axe_sees_what_is_wrong(page, book_url):
    """The guard itself."""
    open_page(page, book_url, PAGES[0], DESK, "light")
    page.evaluate("document.querySelector('article h1').innerHTML += '<img src=\"\"><button></button>'")
    assert {line.split(" ")[0] for line in faults(page, RULES)} >= {"image-alt", "button-name"}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", ["notebooks/01-one-label-hides.html", "book/glossary.html"])
def test_a_keyboard_reaches_everything_and_sees_where_it_is(name, size, page, book_url):
    open_page(page, book_url, name, size, "light")
    wanted = page.evaluate(REACHABLE)
    assert wanted > 10
    reached = []
    for _ in range(wanted + 200):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        reached.append(stop)
    else:
        pytest.fail(f"{name}: the focus never leaves the page; it is caught at {reached[-1]['what']}")
    assert [stop["what"] for stop in reached if not stop["seen"]] == []
    assert [stop["what"] for stop in reached if not stop["there"]] == []
    assert len(reached) >= wanted


FIGURES = """() => [...document.querySelectorAll('article svg')]
    .filter(s => s.getClientRects().length && s.viewBox.baseVal?.width && s.querySelector('text') && !s.closest('button'))
    .map(s => {
        const scale = s.getBoundingClientRect().width / s.viewBox.baseVal.width;
        const texts = [...s.querySelectorAll('text')].filter(t => t.getClientRects().length && t.textContent.trim());
        return {
            what: s.getAttribute('aria-label') || s.outerHTML.slice(0, 100),
            smallest: Math.min(...texts.map(t => parseFloat(getComputedStyle(t).fontSize) * scale)),
            outside: texts.filter(t => t.getBoundingClientRect().left < -1
                || t.getBoundingClientRect().right > innerWidth + 1).map(t => t.textContent),
        };
    })"""


@pytest.mark.parametrize("name", [name for name in TOC if name.startswith("notebooks/")])
def test_a_phone_shows_every_figure_in_readable_letters(name, page, book_url):
    open_page(page, book_url, f"{name}.html", PHONE, "light")
    figures = page.evaluate(FIGURES)
    assert [figure for figure in figures if figure["smallest"] < 11 or figure["outside"]] == []


@pytest.mark.parametrize("name", TOC)
def test_a_figure_says_in_a_sentence_what_is_seen(name, page, book_url):
    open_page(page, book_url, f"{name}.html", DESK, "light")
    labels = page.locator("article .sl-figure svg[role=img]").evaluate_all(
        "drawings => drawings.map(drawing => drawing.getAttribute('aria-label') || '')"
    )
    assert [label for label in labels if len(label.split()) < 10] == []
