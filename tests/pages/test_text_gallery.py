"""The text gallery in a real browser: text as given, bars as long as their numbers, light, dark, narrow."""

from __future__ import annotations

import numpy as np
import pytest
from shared import HOSTILE
from test_explorer import CONTRAST, LINES, shown_units, units

from softlabel_book.interactive import text_gallery

NAMES = ("entailment", "neutral", "contradiction")
PAIR = {"premise": "A man in a blue shirt cleans a window.", "hypothesis": "A man is working."}
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<style>:root {{ color-scheme: light dark }} body {{ background: Canvas }}</style><title>Gallery</title>{}</html>"
)


@pytest.fixture
def gallery(page, tmp_path):
    """Opens a gallery of these texts, each with 60, 30 and 10 votes."""

    def open_gallery(texts, **changes):
        n = len(texts)
        arms = {"soft": [[0.5, 0.3, 0.2]] * n, "hard": [[0.9, 0.1, 0.0]] * n}
        shown = text_gallery.show(texts, [[60, 30, 10]] * n, arms, **{"class_names": NAMES} | changes)
        path = tmp_path / "gallery.html"
        path.write_text(PAGE.format(shown.html), encoding="utf-8")
        page.goto(path.as_uri())
        return page

    return open_gallery


def test_hostile_texts_are_shown_as_they_are_and_run_nothing(gallery):
    page = gallery([{text: text[::-1]} for text in HOSTILE], class_names=HOSTILE[:3], captions=HOSTILE)
    kept = [text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd") for text in HOSTILE]
    assert shown_units(page, ":not(.sl-heading)") == [units(text[::-1]) for text in kept]
    assert shown_units(page, ".sl-heading") == [units(text) for text in kept]
    assert page.locator(".sl-gallery :is(script, img, b)").count() == 0
    assert page.locator(".sl-bars tbody th").all_text_contents()[:3] == HOSTILE[:3]
    assert page.evaluate("window.hit") is None


def test_bars_are_as_long_as_their_numbers(gallery):
    page = gallery([PAIR])
    cells = page.locator(".sl-bars tbody td")
    assert cells.locator(".sl-value").all_inner_texts() == [
        "60",
        "90%",
        "50%",
        "30",
        "10%",
        "30%",
        "10",
        "0%",
        "20%",
    ]
    widths = np.array(
        cells.locator(".sl-bar").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    )
    shares = np.array([0.6, 0.9, 0.5, 0.3, 0.1, 0.3, 0.1, 0, 0.2])
    np.testing.assert_allclose(widths / widths[0], shares / shares[0], atol=0.02)
    assert widths[1] > 50


def test_bars_have_the_houses_colours(gallery):
    page = gallery([PAIR])
    colour = "bars => bars.map(bar => getComputedStyle(bar).backgroundColor)"
    for scheme, colours in (
        ("light", ["rgb(34, 40, 50)", "rgb(213, 94, 0)", "rgb(0, 114, 178)"]),
        ("dark", ["rgb(206, 214, 221)", "rgb(240, 132, 60)", "rgb(86, 180, 233)"]),
    ):
        page.emulate_media(color_scheme=scheme)
        assert page.locator(".sl-bars tbody tr:first-child .sl-bar").evaluate_all(colour) == colours


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(gallery, scheme):
    page = gallery([PAIR, "Alone."], captions=["first", "second"], warning="This text may offend.")
    page.emulate_media(color_scheme=scheme)
    page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
    found = page.evaluate(CONTRAST.replace(".sl-explorer", ".sl-gallery"))
    assert len(found) > 30
    assert found[0][0] >= 1, found[0]


def test_text_beside_bars_and_on_a_phone_above_them(gallery):
    page = gallery([PAIR, "unbroken" * 2500, "Z" + "\u0351" * 2000])

    def box(name):
        return page.locator(name).first.bounding_box()

    assert box(".sl-bars")["x"] > box(".sl-text")["x"] + box(".sl-text")["width"]
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert box(".sl-bars")["y"] >= box(".sl-text")["y"] + box(".sl-text")["height"]
    assert page.locator(".sl-text").nth(1).evaluate("n => n.clientHeight < 400 && n.scrollHeight > 400")


def test_of_a_pair_the_second_text_stays_in_sight(gallery):
    page = gallery([{"premise": "word " * 600, "hypothesis": "The end."}])
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        pane, second = (page.locator(name).bounding_box() for name in (".sl-text", ".sl-text p:last-child"))
        assert second["y"] + second["height"] <= pane["y"] + pane["height"] + 1
        assert pane["height"] < 400
        first = page.locator(".sl-text p:nth-child(2)")
        assert first.evaluate("n => n.scrollHeight > n.clientHeight && n.tabIndex === 0")


def test_every_line_has_its_own_direction(gallery):
    (left, right), *lines = gallery(["שלום\nshort"]).locator(".sl-text p").evaluate(LINES)
    assert abs(lines[0][1] - right) < 2
    assert abs(lines[1][0] - left) < 2


def test_what_may_scroll_can_be_reached_by_keyboard(gallery):
    for width in (360, 1280):
        page = gallery([PAIR, "short", "word " * 60, "word " * 120, "line\n" * 30, "unbroken" * 2500])
        page.set_viewport_size({"width": width, "height": 800})
        reach = page.locator(".sl-text").evaluate_all(
            "nodes => nodes.map(n => [n.scrollHeight > n.clientHeight, n.tabIndex === 0])"
        )
        assert all(stop for scrolls, stop in reach if scrolls)
        assert reach[-1][0]
        assert not reach[0][1]


def test_a_covered_text_opens_by_keyboard_and_alone(gallery):
    page = gallery(["rude 0", "rude 1"], warning="This text may offend.")
    assert not page.get_by_text("rude 0").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("rude 0").is_visible()
    assert not page.get_by_text("rude 1").is_visible()


def test_roles_and_names(gallery):
    page = gallery([PAIR, "Alone."])
    assert page.get_by_role("listitem").count() == 2
    assert page.get_by_role("columnheader").all_inner_texts() == ["human", "hard", "soft"] * 2
    assert page.get_by_role("rowheader").all_inner_texts() == [*NAMES] * 2
    assert page.get_by_role("table", name="The votes (counts) and each arm's answer (per cent)").count() == 2
