"""The explorer in a real browser: by mouse, by keyboard, narrow, dark, without a network."""

from __future__ import annotations

import base64
import csv
import html
import io

import numpy as np
import pytest
import scipy.stats
from PIL import Image
from shared import HOSTILE
from test_accessibility import RULES, faults

from softlabel_book.interactive import base, explorer
from softlabel_book.interactive.explorer.filters import QUESTIONS
from softlabel_core import metrics, votes

N, SEEDS, CLASSES = 300, 3, ("airplane", "automobile", "bird", "cat", "deer", "dog")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\tx", "\rx", "  =1", "＝1", '="quoted", with commas']
PAIR = {
    "premise": "\U0001f600" * 400,
    "2": "second, a number",
    "1": "first, a number",
    "hypothesis": "The end.",
}
CHAPTER = "notebooks/03-images.html"


def simulated() -> dict:
    """Arguments of `payload` for 300 items with votes, two arms and gold labels."""
    rng = np.random.default_rng(7)
    counts = rng.multinomial(50, rng.dirichlet(np.full(len(CLASSES), 0.3), N))
    arms = {
        arm: rng.dirichlet(np.full(len(CLASSES), a), (SEEDS, N)) + 1e-9
        for arm, a in {"soft": 0.8, "hard": 0.2}.items()
    }
    return {
        "ids": [f"item-{i}" for i in range(N)],
        "class_names": CLASSES,
        "counts": counts,
        "p_model": {arm: p / p.sum(axis=-1, keepdims=True) for arm, p in arms.items()},
        "gold": counts.argmax(axis=1),
        "title": "Simulated",
        "note": "Not real.",
    }


GIVEN = simulated()
MEAN = {arm: p.mean(axis=0) for arm, p in GIVEN["p_model"].items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> str:
    """Address of a page on disk with two explorers: one of images, one of hostile texts."""
    level = np.arange(N, dtype=np.uint8)[:, None, None, None]
    images = explorer.payload(**GIVEN, images=np.broadcast_to(level, (N, 32, 32, 3)))
    hostile = GIVEN | {"title": HOSTILE[0], "note": HOSTILE[1], "class_names": HOSTILE[:6], "gold": None}
    hostile["texts"] = [HOSTILE[i % len(HOSTILE)] for i in range(N)]
    hostile["ids"] = [f"{HOSTILE[i % len(HOSTILE)][:40]} {i}" for i in range(N)]
    texts = explorer.Explorer(explorer.payload(**hostile)).to_html()
    page = explorer.Explorer(images).to_html(standalone=True).replace("</main>", f"{texts}</main>")
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page, written):
    """The page, straight from disk; `page` itself fails if it complains or asks another machine."""
    page.set_viewport_size({"width": 900, "height": 900})
    page.goto(written)
    page.locator(".sl-explorer .sl-now").first.wait_for()
    return page


def figure(page, which: int = 0):
    return page.locator(".sl-explorer").nth(which)


def radio(page, name: str, group: str = "arm"):
    """One of a few words to choose from."""
    return (
        figure(page).get_by_role("group", name=group, exact=True).get_by_role("radio", name=name, exact=True)
    )


def chosen(page, which: int = 0) -> str:
    """Id of the item whose bars are shown."""
    return figure(page, which).locator(".sl-item").inner_text().removeprefix("item ")


def numbers(page, which: int = 0) -> list[float]:
    """Entropies and KL as shown, with all their digits."""
    shown = figure(page, which).locator(".sl-pane .sl-bars data")
    return [float(value) for value in shown.evaluate_all("nodes => nodes.map(node => node.value)")]


def spot(page, which: int = 0) -> dict:
    """Where the chosen item's dot is, from the plot's upper left corner."""
    ring = figure(page, which).locator(".sl-now")
    return {"x": float(ring.get_attribute("cx")), "y": float(ring.get_attribute("cy"))}


def expected(row: int) -> list[float]:
    """Entropy of human, hard, soft; KL of hard, soft: from the core."""
    p = votes.distribution(GIVEN["counts"])[row]
    arms = [MEAN[arm][row] for arm in ("hard", "soft")]
    entropies = [float(votes.entropy(q)) for q in (p, *arms)]
    return entropies + [float(scipy.stats.entropy(p, q)) for q in arms]


def row_of(item: str) -> int:
    return GIVEN["ids"].index(item)


def order(key: str) -> list[str]:
    """Ids in one of the explorer's orders."""
    known = {one["key"]: one["items"] for one in explorer.payload(**GIVEN)["orders"]}
    return [GIVEN["ids"][row] for row in known[key]]


def test_a_click_chooses_an_item_and_changes_the_bars(opened):
    first, target = chosen(opened), spot(opened)
    before = figure(opened).locator(".sl-pane tbody").inner_text()
    opened.get_by_role("button", name="next item").first.click()
    second = chosen(opened)
    assert second != first
    assert figure(opened).locator(".sl-pane tbody").inner_text() != before
    figure(opened).locator(".sl-stage").click(position=target)
    assert chosen(opened) == first
    assert figure(opened).locator(".sl-pane tbody").inner_text() == before


def test_a_click_far_from_every_dot_changes_nothing(opened):
    first = chosen(opened)
    figure(opened).locator(".sl-stage").click(position={"x": 2, "y": 2})
    assert chosen(opened) == first


def test_bars_counts_and_numbers_are_the_cores(opened):
    for _ in range(5):
        row = row_of(chosen(opened))
        np.testing.assert_allclose(numbers(opened), expected(row), atol=1e-6)
        cells = figure(opened).locator(".sl-pane tbody tr").all()
        for k, cell in enumerate(cells):
            shown = cell.locator(".sl-value").all_inner_texts()
            arms = [MEAN[arm][row, k] for arm in ("hard", "soft")]
            assert shown == [str(GIVEN["counts"][row, k]), *(f"{round(100 * share)}%" for share in arms)]
            dots = cell.locator(".sl-bar path").get_attribute("d") if GIVEN["counts"][row, k] else ""
            assert dots.count("M") == GIVEN["counts"][row, k]  # a dot a vote
            full = cell.locator("td > div").first.evaluate(
                "node => node.clientWidth - 2.4 * parseFloat(getComputedStyle(node).fontSize)"
            )
            widths = cell.locator(".sl-bar").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")[1:]
            np.testing.assert_allclose(widths, np.array(arms) * full, atol=1.5)
            boxes = cell.locator(".sl-range").evaluate_all(
                "nodes => nodes.map(n => n.hidden ? null : [n.offsetLeft, n.offsetLeft + n.offsetWidth])"
            )[1:]
            for box, arm in zip(boxes, ("hard", "soft"), strict=True):
                seeds = np.rint(100 * GIVEN["p_model"][arm][:, row, k]) / 100
                edges = np.array([seeds.min(), seeds.max()])
                if box is None:
                    assert edges[0] == edges[1]
                else:
                    np.testing.assert_allclose(box, edges * full, atol=2.5)
        opened.get_by_role("button", name="next item").first.click()


def test_the_chosen_item_is_pictured(opened):
    canvas = figure(opened).locator("canvas.sl-picture")
    for _ in range(3):
        row = row_of(chosen(opened))
        assert canvas.get_attribute("aria-label") == f"picture of item {GIVEN['ids'][row]}"
        picture = canvas.evaluate("node => node.toDataURL()").split(",")[1]
        pixel = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").getpixel((50, 50))
        assert abs(np.array(pixel) - row % 256).max() <= 12  # the picture is compressed
        opened.get_by_role("button", name="next item").first.click()


def test_arrow_keys_walk_and_tell(opened):
    stage, live = figure(opened).locator(".sl-stage"), figure(opened).locator("[aria-live]")
    walk = order("ambiguous")
    assert live.inner_text() == ""
    stage.focus()
    assert live.inner_text().startswith(f"Item {walk[0]}, 1 of 300, most ambiguous first.")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    row = row_of(walk[2])
    told = live.inner_text()
    assert told.startswith(f"Item {walk[2]}, 3 of 300, most ambiguous first. 50 votes: ")
    human, hard, soft, kl_hard, kl_soft = expected(row)
    assert f"Entropy in nats: human {human:.3f}, hard {hard:.3f}, soft {soft:.3f}." in told
    assert f"KL to the votes in nats: hard {kl_hard:.3f}, soft {kl_soft:.3f}." in told
    opened.keyboard.press("ArrowLeft")
    assert chosen(opened) == walk[1]
    opened.keyboard.press("End")
    opened.keyboard.press("ArrowRight")
    assert chosen(opened) == walk[-1]
    opened.keyboard.press("Home")
    assert chosen(opened) == walk[0]


def test_up_and_down_go_to_the_nearest_in_height(opened):
    entropy = votes.entropy(MEAN["hard"])
    figure(opened).locator(".sl-stage").focus()
    start = entropy[row_of(chosen(opened))]
    opened.keyboard.press("ArrowUp")
    assert entropy[row_of(chosen(opened))] == entropy[entropy > start].min()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")
    assert entropy[row_of(chosen(opened))] == entropy[entropy < start].max()


def test_the_arm_switch_moves_the_dots(opened):
    opened.emulate_media(reduced_motion="reduce")
    stage = figure(opened).locator(".sl-stage")
    picture = "node => node.querySelector('canvas').toDataURL()"
    item, before, at = chosen(opened), stage.evaluate(picture), spot(opened)
    radio(opened, "soft").click()
    assert "soft arm" in stage.locator("svg").first.text_content()
    assert "entropy of the soft arm" in stage.get_attribute("aria-label")
    assert stage.evaluate(picture) != before  # at once, as motion is unwanted
    assert chosen(opened) == item
    assert spot(opened)["x"] == at["x"]
    assert spot(opened)["y"] != at["y"]
    radio(opened, "soft").focus()
    opened.keyboard.press("ArrowLeft")
    assert stage.evaluate(picture) == before
    opened.keyboard.press("ArrowRight")
    assert stage.evaluate(picture) != before


def test_dots_glide_where_motion_is_welcome(opened):
    opened.emulate_media(reduced_motion="no-preference")
    stage = figure(opened).locator(".sl-stage")
    picture = "node => node.querySelector('canvas').toDataURL()"
    before = stage.evaluate(picture)
    radio(opened, "soft").click()
    opened.wait_for_timeout(800)
    radio(opened, "hard").click()
    opened.wait_for_timeout(800)
    assert stage.evaluate(picture) == before


def test_the_order_menu_goes_to_its_first_item(opened):
    menu = figure(opened).get_by_role("combobox", name="order")
    for key in ("wrong", "wrong-soft", "apart", "id", "ambiguous"):
        menu.select_option(key)
        assert chosen(opened) == order(key)[0]
        opened.get_by_role("button", name="next item").first.click()
        assert chosen(opened) == order(key)[1]


TOUR = [  # arm, colour; order, majority, where; the plot; drag, size; the region; the item; the table
    *["radio"] * 2,
    *["select-one"] * 3,
    "sl-stage",
    "radio",
    *["reduce", "enlarge", "show the whole picture"],
    "SUMMARY",
    *[
        f"{what}, at {end}, nats"
        for what in ("human entropy", "entropy of the arm")
        for end in ("least", "most")
    ],
    *["previous item", "next item"],
    "SUMMARY",
    "button",
    "sl-scroll",
]


def test_tab_reaches_everything_visibly(opened):
    opened.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    seen = []
    for _ in range(len(TOUR)):
        opened.keyboard.press("Tab")
        name, outline = opened.evaluate(
            """() => {
              const node = document.activeElement;
              const drawn = node.type === 'radio' ? node.nextElementSibling : node;
              const style = getComputedStyle(drawn);
              return [node.className || node.getAttribute('aria-label') || node.type || node.tagName,
                      style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)];
            }"""
        )
        seen.append(name)
        assert outline >= 2, f"{name} shows no focus"
    assert seen == TOUR


def test_roles_and_names(opened):
    assert opened.get_by_role("figure", name="Simulated").count() == 1
    assert figure(opened).get_by_role("application").count() == 1
    for name in ("order", "majority", "where"):
        assert figure(opened).get_by_role("combobox", name=name).count() == 1
    heads = figure(opened).get_by_role("columnheader").all_inner_texts()
    assert heads == ["human", "hard", "soft"] * 2  # the item's, and the means
    assert "<p>Simulated. An interactive figure" in figure(opened).locator("noscript").text_content()


def test_two_explorers_do_not_meddle(opened):
    second = chosen(opened, 1)
    opened.get_by_role("button", name="next item").first.click()
    radio(opened, "soft").click()
    assert chosen(opened, 1) == second
    assert figure(opened, 1).locator("input:checked").first.get_attribute("value") == "hard"
    assert figure(opened).locator("input:checked").first.get_attribute("value") == "soft"


def texts_page(folder, texts: list, **changes) -> str:
    """Address of a page on disk with one explorer of these texts, stepped through in their order."""
    n = len(texts)
    given = {
        "ids": range(n),
        "class_names": CLASSES,
        "counts": GIVEN["counts"][:n],
        "p_model": {arm: p[:, :n] for arm, p in GIVEN["p_model"].items()},
        "title": "Texts",
        "texts": texts,
    }
    path = folder / "texts.html"
    figure = explorer.Explorer(explorer.payload(**given | changes), order="id")
    path.write_text(figure.to_html(standalone=True), encoding="utf-8")
    return path.as_uri()


def following(page) -> None:
    page.get_by_role("button", name="next item").click()


def units(text: str) -> list[int]:
    """A text as JavaScript holds it, lone surrogates too."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").tolist()


def shown_units(page, kind: str) -> list[list[int]]:
    """The paragraphs of the chosen item's text, unit by unit, as the document holds them."""
    script = "nodes => nodes.map(n => n.textContent.split('').map(unit => unit.charCodeAt(0)))"
    return page.locator(f".sl-text p{kind}").evaluate_all(script)


def test_hostile_texts_are_shown_as_they_are_and_run_nothing(page, tmp_path):
    alone, pairs = list(HOSTILE), [{heading: heading[::-1]} for heading in HOSTILE]
    changes = {"class_names": HOSTILE[:6], "title": HOSTILE[0], "note": HOSTILE[1]}
    page.goto(texts_page(tmp_path, alone + pairs, **changes))
    inside = page.locator(".sl-explorer").evaluate(
        "node => [...node.querySelectorAll('*')].map(n => n.localName)"
    )
    for text in alone:
        assert shown_units(page, "") == [units(text)]
        following(page)
    for text in alone:
        assert shown_units(page, "") == [units(text), units(text[::-1])]
        assert shown_units(page, ".sl-heading") == [units(text)]
        following(page)
    assert not {"script", "img", "b"} & set(inside)
    assert page.locator(".sl-explorer :is(script, img)").count() == 0
    assert page.locator(".sl-title").inner_text() == HOSTILE[0]
    assert page.locator(".sl-note").inner_text() == HOSTILE[1]
    assert page.evaluate("window.hit") is None


def test_a_pair_stands_under_its_headings_in_their_order(page, tmp_path):
    page.goto(texts_page(tmp_path, [PAIR, "alone"]))
    assert page.locator(".sl-text .sl-heading").all_inner_texts() == list(PAIR)
    said = page.locator(".sl-text p").all_inner_texts()
    assert said == [text for part in PAIR.items() for text in part]
    following(page)
    assert page.locator(".sl-text p").all_inner_texts() == ["alone"]


def test_the_live_text_tells_every_part_and_cuts_no_letter(page, tmp_path):
    page.goto(texts_page(tmp_path, [PAIR]))
    page.locator(".sl-stage").focus()
    told = page.locator("[aria-live]").text_content()
    smiles = "\U0001f600" * 300
    assert (
        f" premise: {smiles} … 2: second, a number 1: first, a number hypothesis: The end. 50 votes" in told
    )


# Where the letters of each line are, and the box that they stand in: [left, right] of both.
LINES = """node => {
  const range = document.createRange(), box = node.getBoundingClientRect();
  range.selectNodeContents(node);
  const rows = new Map();
  for (const {top, left, right, width} of range.getClientRects()) {
    if (!width) continue;
    const row = rows.get(Math.round(top)) ?? [Infinity, -Infinity];
    rows.set(Math.round(top), [Math.min(row[0], left), Math.max(row[1], right)]);
  }
  return [[box.left, box.right], ...rows.values()];
}"""


def test_every_line_has_its_own_direction(page, tmp_path):
    texts = ["שלום עולם", "short", "שלום עולם\nshort\nمرحبا", "<b>1</b> שלום", "1. שלום"]
    sides = [["right"], ["left"], ["right", "left", "right"], ["left"], ["right"]]
    page.goto(texts_page(tmp_path, texts))
    for expected_sides in sides:
        (left, right), *lines = page.locator(".sl-text p").evaluate(LINES)
        found = ["left" if abs(line[0] - left) < 2 else "right" for line in lines]
        assert found == expected_sides
        for side, line in zip(found, lines, strict=True):
            assert abs(line[side == "right"] - (left, right)[side == "right"]) < 2
            assert line[1] - line[0] < (right - left) / 2  # it could have stood elsewhere
        following(page)


def test_a_name_from_data_keeps_its_direction_to_itself(page, tmp_path):
    names = ["שלום", *CLASSES[1:]]
    page.goto(texts_page(tmp_path, ["a"], ids=["שלום"], class_names=names, gold=[0]))
    isolated = page.locator(":is(.sl-item, .sl-facts, .sl-pane tbody th) bdi").all_inner_texts()
    assert isolated == ["שלום", "שלום", *names]


@pytest.mark.parametrize("width", [360, 900])
def test_the_pane_scrolls_and_the_page_does_not_grow(page, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(texts_page(tmp_path, ["short", *HOSTILE, "line\n" * 2000, "Z" + "\u0351" * 2000, PAIR]))
    size = "document.documentElement.scrollHeight + ' ' + document.querySelector('.sl-bars').offsetTop"
    first = page.evaluate(size)
    stops = []
    for _ in range(len(HOSTILE) + 4):
        assert page.evaluate(size) == first
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        text = page.locator(".sl-text")
        assert text.evaluate("node => node.scrollWidth <= node.clientWidth")
        stops.append(text.get_attribute("tabindex") == "0")
        assert stops[-1] == text.evaluate("node => node.scrollHeight > node.clientHeight")
        following(page)
    assert stops[0] is False
    assert stops[len(HOSTILE)] is True  # 20,000 letters without a space


@pytest.mark.parametrize("width", [360, 900])
def test_of_a_pair_the_second_text_stays_in_sight(page, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(texts_page(tmp_path, [{"premise": "word " * 400, "hypothesis": "The end."}]))
    pane, second = (page.locator(name).bounding_box() for name in (".sl-text", ".sl-text p:last-child"))
    assert second["y"] + second["height"] <= pane["y"] + pane["height"] + 1
    assert second["height"] > 15
    first = page.locator(".sl-text p:nth-child(2)")
    assert first.get_attribute("tabindex") == "0"
    assert page.locator(".sl-text").get_attribute("tabindex") is None
    first.focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.sl-text p:nth-child(2)').scrollTop > 0")


@pytest.mark.parametrize("lengths", [(4000, 4000), (1, 4000), (4000, 1)])
def test_a_pair_of_any_lengths_can_be_read_to_its_end(page, tmp_path, lengths):
    page.goto(texts_page(tmp_path, [{"a": "a " * lengths[0], "b": "b " * lengths[1]}]))
    boxes = page.locator(".sl-text, .sl-text p:not(.sl-heading)").evaluate_all(
        "nodes => nodes.map(n => [n.clientHeight, n.scrollHeight > n.clientHeight, n.tabIndex === 0])"
    )
    assert [stop for _, _, stop in boxes] == [scrolls for _, scrolls, _ in boxes]
    assert [scrolls for _, scrolls, _ in boxes] == [False, lengths[0] > 1, lengths[1] > 1]
    assert min(height for height, _, _ in boxes) > 15


def test_a_long_text_scrolls_by_keyboard_and_begins_at_its_top(page, tmp_path):
    page.goto(texts_page(tmp_path, ["unbroken" * 2500, "line\n" * 500]))
    page.locator(".sl-text").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "() => { const n = document.querySelector('.sl-text'); return n.scrollTop + n.clientHeight > n.scrollHeight - 2; }"
    )
    following(page)
    assert page.locator(".sl-text").evaluate("node => node.scrollTop") == 0


def test_a_text_that_scrolls_in_a_narrower_page_becomes_a_stop(page, tmp_path):
    page.set_viewport_size({"width": 900, "height": 800})
    page.goto(texts_page(tmp_path, ["word " * 80]))
    assert page.locator(".sl-text").get_attribute("tabindex") is None
    page.set_viewport_size({"width": 300, "height": 800})
    page.locator(".sl-text[tabindex='0']").wait_for()


CATCH_COPY = (
    "const writeText = async (text) => { window.copied = text; };"
    "Object.defineProperty(navigator, 'clipboard', {value: {writeText}, configurable: true})"
)


def copied(page) -> list[dict[str, str]]:
    """All rows as the page's copy button gives them."""
    page.evaluate(CATCH_COPY)
    page.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    figure(page).get_by_role("button", name="Copy as CSV").click()
    figure(page).get_by_role("button", name="Copied").wait_for()
    return list(csv.DictReader(io.StringIO(page.evaluate("window.copied"), newline="")))


def test_copied_texts_compute_nothing_in_a_spreadsheet(page, tmp_path):
    harmless = ["1 = 1", "a@b.c", 'he said "no", twice', "two\r\nlines", "-".join("ab"), "'quoted'"]
    page.goto(
        texts_page(
            tmp_path, FORMULAS + harmless, ids=[f"={i}" for i in range(16)], class_names=["=x", *CLASSES[1:]]
        )
    )
    rows = copied(page)
    assert [row["text"] for row in rows] == [f"'{text}" for text in FORMULAS] + harmless
    assert [row["id"] for row in rows] == [f"'={i}" for i in range(16)]
    assert [int(row["votes_=x"]) for row in rows] == GIVEN["counts"][:16, 0].tolist()
    assert all(float(row["hard_kl"]) > 0 for row in rows)


def test_copied_pairs_have_a_column_for_each_heading(page, tmp_path):
    page.goto(texts_page(tmp_path, [PAIR, {"hypothesis": "h", "extra": "e"}, "alone"]))
    rows = copied(page)
    assert [name for name in rows[0] if name.startswith("text")] == [
        *(f"text_{name}" for name in PAIR),
        "text_extra",
        "text",
    ]
    assert rows[0]["text_premise"] == PAIR["premise"]
    assert (rows[1]["text_hypothesis"], rows[1]["text_premise"], rows[1]["text_extra"]) == ("h", "", "e")
    assert (rows[2]["text_hypothesis"], rows[2]["text"]) == ("", "alone")


@pytest.fixture
def covered(page, tmp_path):
    """An explorer of five texts behind a warning."""
    page.set_viewport_size({"width": 900, "height": 800})
    page.goto(texts_page(tmp_path, [f"rude {i}" for i in range(5)], warning="May be offensive."))
    return page


def test_a_covered_text_is_shown_only_when_asked_for(covered):
    figure_text = "document.querySelector('.sl-figure').textContent"
    assert "May be offensive." in covered.evaluate(figure_text)
    assert "rude" not in covered.evaluate(figure_text)  # not even hidden: nothing finds or reads it
    button = covered.get_by_role("button", name="Show text")
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    assert covered.locator(".sl-text").inner_text() == "rude 0"
    assert button.get_attribute("aria-expanded") == "true"
    following(covered)
    assert "rude" not in covered.evaluate(figure_text)
    assert button.get_attribute("aria-expanded") == "false"
    covered.get_by_role("button", name="previous item").click()
    assert "rude" not in covered.evaluate(figure_text)  # it was asked for once, not for ever
    button.click()
    button.click()
    assert "rude" not in covered.evaluate(figure_text)


def test_a_covered_text_is_opened_by_keyboard(covered):
    covered.get_by_role("button", name="next item").focus()
    covered.keyboard.press("Tab")
    covered.keyboard.press("Enter")
    assert covered.locator(".sl-text").inner_text() == "rude 0"
    covered.keyboard.press("Tab")
    covered.keyboard.press("Space")
    assert covered.get_by_role("checkbox", name="show all").is_checked()
    covered.locator(".sl-stage").focus()
    covered.keyboard.press("ArrowRight")
    assert covered.locator(".sl-text").inner_text() == "rude 1"


def test_show_all_shows_every_text_until_taken_back(covered):
    every = covered.get_by_role("checkbox", name="show all")
    every.check()
    for i in range(5):
        assert covered.locator(".sl-text").inner_text() == f"rude {i}"
        following(covered)
    every.uncheck()
    assert not covered.locator(".sl-text").is_visible()
    assert covered.get_by_role("button", name="Show text").is_enabled()


def test_a_covered_text_is_neither_told_nor_copied(covered):
    live = covered.locator("[aria-live]")
    covered.locator(".sl-stage").focus()
    assert "Text not shown. May be offensive. 50 votes" in live.text_content()
    covered.get_by_role("button", name="Show text").click()
    assert "text" not in copied(covered)[0]
    covered.get_by_role("checkbox", name="show all").check()
    assert copied(covered)[2]["text"] == "rude 2"
    covered.locator(".sl-stage").focus()
    covered.keyboard.press("ArrowRight")
    assert "first. rude" not in live.text_content()
    assert "by item id. rude 1 50 votes" in live.text_content()


def test_covered_and_open_texts_are_legible_and_fit_a_phone(covered):
    for scheme in ("light", "dark"):
        covered.emulate_media(color_scheme=scheme)
        for _ in range(2):
            found = covered.evaluate(CONTRAST)
            assert found[0][0] >= 1, found[0]
            covered.get_by_role("button", name="Show text").click()
    covered.set_viewport_size({"width": 360, "height": 800})
    covered.wait_for_function("document.documentElement.scrollWidth <= 360")


def test_focus_is_seen_on_what_uncovers(covered):
    covered.get_by_role("button", name="next item").focus()
    for name in ("Show text", "show all"):
        covered.keyboard.press("Tab")
        width = covered.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, name


def test_without_script_a_reader_is_told_and_sees_no_text(browser, tmp_path):
    address = texts_page(tmp_path, ["rude"], title=HOSTILE[0], warning="This may offend.")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    told = page.locator("main").inner_text()
    assert f"{HOSTILE[0]}. An interactive figure that needs JavaScript" in told
    assert "rude" not in told
    pictures = page.get_by_role("img")
    assert [picture.get_attribute("data-arm") for picture in pictures.all()] == ["hard", "soft"]
    assert pictures.first.bounding_box()["height"] > 200
    context.close()


def test_360_pixels_without_sideways_scroll(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    opened.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    opened.wait_for_timeout(100)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    plot, pane = (figure(opened).locator(name).bounding_box() for name in (".sl-stage", ".sl-pane"))
    assert pane["y"] >= plot["y"] + plot["height"]  # one above the other
    assert plot["width"] > 300


# Contrast of every text (4.5 asked), bar, and dot (3 asked), as a share of what is asked; the worst first.
CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= 10.3 ? v / 3294.6 : ((v / 255 + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ratio = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + .05) / (low + .05);
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const check = (node, colour, back, asked) =>
    found.push([ratio(rgb(colour), ground(back)) / asked, node.outerHTML.slice(0, 80)]);
  for (const node of document.querySelectorAll('.sl-explorer *')) {
    if (node.closest('noscript, style, .sl-live, caption') || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (text) check(node, node.closest('svg') ? style.fill : style.color, node, 4.5);
    if (node.matches('.sl-bar path')) check(node, style.stroke, node.closest('td'), 3);
    else if (node.matches('td:not(.sl-votes) .sl-bar')) check(node, style.backgroundColor, node.parentElement, 3);
    if (node.matches('.sl-stage canvas')) check(node, style.color, node, 3);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    for arm in ("hard", "soft"):
        radio(opened, arm).click()
        found = opened.evaluate(CONTRAST)
        assert len(found) > 100
        assert found[0][0] >= 1, found[0]


def test_the_books_own_dark_switch_recolours_the_dots(opened):
    opened.emulate_media(color_scheme="light")
    colour = "node => getComputedStyle(node.querySelector('canvas')).color"
    pixels = "node => node.querySelector('canvas').toDataURL()"
    stage = figure(opened).locator(".sl-stage")
    before = stage.evaluate(colour), stage.evaluate(pixels)
    opened.evaluate("document.documentElement.dataset.theme = 'dark'")
    opened.wait_for_timeout(100)
    after = stage.evaluate(colour), stage.evaluate(pixels)
    assert after[0] != before[0]
    assert after[1] != before[1]
    opened.emulate_media(color_scheme="dark")
    opened.evaluate("document.documentElement.dataset.theme = 'light'")
    opened.wait_for_timeout(100)
    assert (stage.evaluate(colour), stage.evaluate(pixels)) == before


def test_the_table_follows_the_order_and_copies_every_row(opened):
    opened.evaluate(CATCH_COPY)
    figure(opened).get_by_role("combobox", name="order").select_option("id")
    figure(opened).get_by_text("Show as table").click()
    rows = figure(opened).locator(".sl-list tbody tr")
    rows.nth(49).wait_for()
    assert rows.count() == 50
    assert rows.nth(9).locator("th").inner_text() == "item-9"
    human, hard, soft, *_ = expected(9)
    assert rows.nth(9).locator("td").all_inner_texts()[:3] == [f"{v:.3f}" for v in (human, hard, soft)]
    figure(opened).get_by_role("button", name="Copy as CSV").click()
    figure(opened).get_by_role("button", name="Copied 300 rows").wait_for()
    copied = list(csv.DictReader(io.StringIO(opened.evaluate("window.copied"))))
    assert [row["id"] for row in copied] == order("id")
    for i in (0, 123, 299):
        got = [
            float(copied[i][k])
            for k in ("human_entropy", "hard_entropy", "soft_entropy", "hard_kl", "soft_kl")
        ]
        np.testing.assert_allclose(got, expected(i), atol=1e-6)
        assert [int(copied[i][f"votes_{name}"]) for name in CLASSES] == GIVEN["counts"][i].tolist()


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag in the plot, from one spot to another, in pixels from its upper left corner."""
    box = figure(page).locator(".sl-stage").bounding_box()
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=4)
    page.mouse.up()


def summary(page) -> tuple[str, list[float], list[float]]:
    """What is said of the shown items, their measures, and their mean distributions in per cent, row by row."""
    part = figure(page).locator(".sl-summary")
    values = part.locator("data").evaluate_all("nodes => nodes.map(node => Number(node.value))")
    shares = part.locator("tbody .sl-value").all_inner_texts()
    return part.locator("p").first.inner_text(), values, [float(share.rstrip("%")) for share in shares]


def measured(rows: np.ndarray) -> tuple[list[float], np.ndarray]:
    """The same from the core: entropies, KLs, correlations, accuracies; mean distributions, [K, 3] in per cent."""
    counts, arms = GIVEN["counts"][rows], [MEAN[arm][rows] for arm in ("hard", "soft")]
    p = votes.distribution(counts)
    each = [metrics.evaluate(q, counts) for q in arms]
    values = [votes.entropy(q).mean() for q in (p, *arms)]
    for key in ("kl", "entropy_pearson", "accuracy"):
        values += [one[key] for one in each]
    return values, 100 * np.stack([q.mean(axis=0) for q in (p, *arms)], axis=1)


def in_region(human: tuple[float, float], own: tuple[float, float]) -> np.ndarray:
    x, y = votes.entropy(votes.distribution(GIVEN["counts"])), votes.entropy(MEAN["hard"])
    return (x >= human[0]) & (x <= human[1]) & (y >= own[0]) & (y <= own[1])


def test_all_items_are_summed_up_at_first(opened):
    words, values, shares = summary(opened)
    assert words.startswith("All 300 items shown.")
    expected_values, expected_shares = measured(np.arange(N))
    np.testing.assert_allclose(values, expected_values, atol=1e-6)
    np.testing.assert_allclose(shares, expected_shares.ravel(), atol=0.5)


def test_a_brushed_region_is_summed_up_as_the_core_does(opened):
    drag(opened, (90, 80), (260, 300))
    region = [
        float(edge)
        for edge in opened.locator(".sl-ranges input").evaluate_all("ns => ns.map(n => n.value)")[:4]
    ]
    kept = in_region(region[:2], region[2:])
    words, values, shares = summary(opened)
    assert 10 < kept.sum() < 290
    assert words.startswith(f"{kept.sum()} items of 300 shown.")
    assert f"{kept.sum()} items of 300" in figure(opened).locator("[aria-live]").inner_text()
    expected_values, expected_shares = measured(np.flatnonzero(kept))
    np.testing.assert_allclose(values, expected_values, atol=1e-6)
    np.testing.assert_allclose(shares, expected_shares.ravel(), atol=0.5)
    figure(opened).get_by_role("button", name="show all items").click()
    assert summary(opened)[0].startswith("All 300 items shown.")


def test_steps_table_and_csv_keep_to_what_is_shown(opened):
    drag(opened, (90, 80), (260, 300))
    region = [
        float(edge)
        for edge in opened.locator(".sl-ranges input").evaluate_all("ns => ns.map(n => n.value)")[:4]
    ]
    kept = in_region(region[:2], region[2:])
    wanted = [item for item in order("ambiguous") if kept[row_of(item)]]
    opened.get_by_role("button", name="next item").first.click()
    figure(opened).locator(".sl-stage").focus()
    opened.keyboard.press("Home")
    assert chosen(opened) == wanted[0]
    opened.keyboard.press("End")
    assert chosen(opened) == wanted[-1]
    assert [row["id"] for row in copied(opened)] == wanted


def test_a_region_is_given_by_numbers_without_a_mouse(opened):
    opened.get_by_text("Region by numbers").first.focus()
    opened.keyboard.press("Enter")
    for value in ("0.2", "0.9", "0.1", "0.8"):
        opened.keyboard.press("Tab")
        opened.keyboard.type(value)
    opened.keyboard.press("Tab")
    kept = in_region((0.2, 0.9), (0.1, 0.8))
    assert summary(opened)[0].startswith(f"{kept.sum()} items of 300 shown.")
    field = opened.get_by_label("human entropy, at least").first
    field.fill("2")
    field.press("Enter")
    assert "from a smaller number to a larger" in opened.get_by_role("alert").first.inner_text()
    assert summary(opened)[0].startswith(f"{kept.sum()} items of 300 shown.")  # what was there stays
    figure(opened).locator(".sl-stage").focus()
    opened.keyboard.press("Escape")
    assert summary(opened)[0].startswith("All 300 items shown.")


def test_questions_and_classes_filter(opened):
    tied = votes.tied(GIVEN["counts"])
    choice = {arm: MEAN[arm].argmax(axis=1) for arm in ("hard", "soft")}
    kl = {arm: metrics.per_item(np.log(MEAN[arm]), GIVEN["counts"])["kl"] for arm in ("hard", "soft")}
    wrong = {arm: ~tied[np.arange(N), choice[arm]] for arm in ("hard", "soft")}
    wanted = {
        "differ": choice["hard"] != choice["soft"],
        "first-nearer": kl["hard"] < kl["soft"],
        "second-nearer": kl["soft"] < kl["hard"],
        "first-wrong": wrong["hard"],
        "second-wrong": wrong["soft"],
    }
    where = figure(opened).get_by_role("combobox", name="where")
    for key, kept in wanted.items():
        where.select_option(key)
        assert summary(opened)[0].startswith(f"{kept.sum()} items of 300")
    figure(opened).get_by_role("combobox", name="majority").select_option("cat")
    kept = wanted["second-wrong"] & tied[:, CLASSES.index("cat")]
    assert summary(opened)[0].startswith(f"{kept.sum()} item")


def test_colours_are_counted_and_named(opened):
    legend = figure(opened).locator(".sl-legend")
    assert not legend.is_visible()
    radio(opened, "class", "colour by").click()
    first = GIVEN["counts"].argmax(axis=1)
    assert legend.locator("li").all_inner_texts() == [
        f"{name} {(first == k).sum()}" for k, name in enumerate(CLASSES) if (first == k).any()
    ]
    radio(opened, "agreement", "colour by").click()
    tied = votes.tied(GIVEN["counts"])
    hard, soft = (tied[np.arange(N), MEAN[arm].argmax(axis=1)] for arm in ("hard", "soft"))
    assert legend.locator("li").all_inner_texts() == [
        f"both agree with the majority {(hard & soft).sum()}",
        f"only hard {(hard & ~soft).sum()}",
        f"only soft {(soft & ~hard).sum()}",
        f"neither {(~hard & ~soft).sum()}",
    ]


def test_the_picture_is_enlarged_moved_and_shown_whole(opened):
    stage, pixels = figure(opened).locator(".sl-stage"), "node => node.querySelector('canvas').toDataURL()"
    whole, at = stage.evaluate(pixels), spot(opened)
    stage.focus()
    opened.keyboard.press("+")
    opened.wait_for_timeout(100)
    larger = stage.evaluate(pixels)
    assert larger != whole
    assert abs(spot(opened)["x"] - at["x"]) < 1  # about the chosen item
    radio(opened, "move", "drag to").click()
    drag(opened, (200, 200), (160, 230))
    opened.wait_for_timeout(100)
    assert stage.evaluate(pixels) not in (larger, whole)
    assert summary(opened)[0].startswith("All 300 items shown.")  # a drag moves now, and brushes nothing
    opened.mouse.wheel(0, -400)
    opened.wait_for_timeout(100)
    figure(opened).get_by_role("button", name="show the whole picture").click()
    opened.wait_for_timeout(100)
    assert stage.evaluate(pixels) == whole


def test_the_wheel_scrolls_the_page_unless_the_reader_moves_the_picture(opened):
    stage, pixels = figure(opened).locator(".sl-stage"), "node => node.querySelector('canvas').toDataURL()"
    whole = stage.evaluate(pixels)
    stage.hover()
    opened.mouse.wheel(0, 200)
    opened.wait_for_function("scrollY > 0")
    assert stage.evaluate(pixels) == whole


def test_a_link_names_the_chosen_item_and_leads_back(opened, written, page):
    opened.get_by_role("button", name="next item").first.click()
    item = chosen(opened)
    opened.wait_for_function("location.hash.startsWith('#item=simulated/')")
    address = opened.evaluate("location.href")
    assert address.endswith(f"#item=simulated/{item}")
    page.goto("about:blank")
    page.goto(address)
    page.locator(".sl-explorer .sl-now").first.wait_for()
    page.wait_for_function(f"document.querySelector('.sl-item').textContent === 'item {item}'")
    page.evaluate("location.hash = '#item=simulated/item-250'")
    page.wait_for_function("document.querySelector('.sl-item').textContent === 'item item-250'")
    for broken in ("#item=simulated/none", "#item=other/item-1", "#item=simulated/%E0%A4%A", "#item="):
        page.evaluate("hash => { location.hash = hash; }", broken)
        assert chosen(page) == "item-250"


def test_axe_finds_nothing(opened):
    radio(opened, "class", "colour by").click()
    opened.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)
        assert faults(opened, RULES) == []


def open_figure(page, folder, figure: explorer.Explorer):
    """The page of one explorer, straight from disk."""
    path = folder / "page.html"
    path.write_text(figure.to_html(standalone=True), encoding="utf-8")
    page.goto(path.as_uri())
    page.locator(".sl-explorer .sl-now").first.wait_for()
    return page


def piled(arms: tuple[str, ...], n: int = 4) -> dict:
    """Arguments of `payload` for unanimous items of which every arm is certain: all dots lie upon each other."""
    p = np.tile(np.eye(len(CLASSES))[0], (n, 1))
    return {
        "ids": range(n),
        "class_names": CLASSES,
        "counts": (10 * p).astype(int),
        "p_model": dict.fromkeys(arms, p),
        "title": "Piled up",
    }


def test_both_arms_stay_in_their_columns_whichever_is_in_the_plot(opened):
    heads = figure(opened).locator(".sl-pane thead th")
    before = heads.all_inner_texts(), numbers(opened)
    where = figure(opened).get_by_role("combobox", name="where")
    where.select_option("first-nearer")
    hard_nearer = summary(opened)[0]
    radio(opened, "soft").click()
    assert (heads.all_inner_texts(), numbers(opened)) == before
    assert where.locator("option:checked").inner_text() == "soft is nearer to the votes (KL)"
    assert summary(opened)[0] != hard_nearer
    live = figure(opened).locator("[aria-live]").inner_text()  # another arm, other items
    assert summary(opened)[0].startswith(live)
    where.select_option("second-nearer")
    assert summary(opened)[0] == hard_nearer


def test_every_kind_in_the_legend_has_its_mark(opened):
    radio(opened, "agreement", "colour by").click()
    marks = figure(opened).locator(".sl-legend li > span:first-child")
    boxes = [mark.bounding_box() for mark in marks.all()]
    assert len(boxes) == 4
    assert all(box["width"] >= 8 and box["height"] >= 8 for box in boxes)
    painted = marks.evaluate_all("nodes => nodes.map(node => getComputedStyle(node).backgroundColor)")
    assert len(set(painted)) == 4


def test_an_arm_may_be_called_as_a_style_variable_is(page, tmp_path):
    pixels, names = [], ("paper", "label", "ink", "my arm", "שלום")
    for name in names:
        figure_ = explorer.Explorer(explorer.payload(**piled((name,), 1)))
        open_figure(page, tmp_path, figure_)
        pixels.append(figure(page).locator(".sl-stage canvas").evaluate("node => node.toDataURL()"))
    assert len(set(pixels)) == 1  # all of them grey, as every arm without a colour of its own


def test_no_number_at_the_axes_is_cut_off(page, tmp_path):
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**piled(("hard", "soft")))))
    outside = """node => {
      const box = node.getBoundingClientRect();
      return [...node.querySelectorAll('text')].map(text => text.getBoundingClientRect())
        .filter(({ left, right }) => left < box.left || right > box.right).length;
    }"""
    for _ in range(12):
        assert figure(page).locator(".sl-stage").evaluate(outside) == 0
        page.get_by_role("button", name="enlarge").click()
        page.wait_for_timeout(30)
    assert "0.005" in figure(page).locator(".sl-stage svg").first.text_content()  # it was enlarged


def test_clicks_go_through_dots_that_lie_upon_each_other(page, tmp_path):
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**piled(("hard",))), order="id"))
    seen = [chosen(page)]
    for _ in range(4):
        figure(page).locator(".sl-stage").click(position=spot(page))
        seen.append(chosen(page))
    assert seen == ["0", "1", "2", "3", "0"]


def test_a_click_on_a_dot_keeps_the_region_whichever_row_it_is(page, tmp_path):
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**piled(("hard",))), order="id"))
    at = spot(page)
    drag(page, (at["x"] + 90, at["y"] - 90), (at["x"] - 4, at["y"] + 4))
    assert summary(page)[0].startswith("4 items of 4 shown.")
    figure(page).locator(".sl-stage").click(position=at)  # the nearest is the first, row 0
    assert summary(page)[0].startswith("4 items of 4 shown.")
    figure(page).locator(".sl-stage").click(position={"x": at["x"] + 200, "y": at["y"] - 200})
    assert summary(page)[0].startswith("All 4 items shown.")


def test_more_votes_than_dots_could_show_are_a_bar(page, tmp_path):
    given = piled(("hard",)) | {"counts": np.tile([300_000, 100_000, 0, 0, 0, 0], (4, 1))}
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**given)))
    cells = page.locator(".sl-pane tbody td:nth-child(2)")
    assert cells.locator(".sl-value").all_inner_texts()[:3] == ["300000", "100000", "0"]
    assert cells.locator("path").count() == 0
    long, short = (cells.nth(k).locator(".sl-bar").bounding_box()["width"] for k in (0, 1))
    assert abs(long / short - 3) < 0.1


ODD = ["a/b", "50%", "#x", "a ?b&c=d", "\U0001f600", "שלום", "%E0%A4%A", "..", "é\u2028x", "half \ud800"]


def test_links_to_odd_ids_lead_back(page, tmp_path):
    given = GIVEN | {
        "ids": ODD,
        "counts": GIVEN["counts"][:10],
        "gold": None,
        "p_model": {arm: p[:, :10] for arm, p in GIVEN["p_model"].items()},
    }
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**given), selected="..", order="id"))
    name = page.locator(".sl-item bdi")
    for item in ODD[:-1]:
        link = page.evaluate("id => '#item=simulated/' + encodeURIComponent(id)", item)
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_function("id => document.querySelector('.sl-item bdi').textContent === id", arg=item)
        page.evaluate("history.replaceState(null, '', '#')")
        figure(page).locator(".sl-stage").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        back = name.text_content()
        page.wait_for_function("location.hash.length > 6")
        assert page.evaluate("decodeURIComponent(location.hash)") == f"#item=simulated/{back}"
    page.keyboard.press("Home")
    for _ in ODD:
        if (name.text_content() or "").startswith("half"):
            break
        page.keyboard.press("ArrowRight")
    assert (name.text_content() or "").startswith("half")
    page.wait_for_timeout(500)  # no address can hold half a letter; nothing complains


def test_two_figures_of_one_name_have_links_of_their_own(page, tmp_path):
    figure_ = explorer.Explorer(explorer.payload(**GIVEN))
    twins = figure_.to_html(standalone=True).replace("</main>", figure_.to_html() + "</main>")
    (tmp_path / "twins.html").write_text(twins, encoding="utf-8")
    page.goto((tmp_path / "twins.html").as_uri())
    page.locator(".sl-explorer .sl-now").nth(1).wait_for()
    first = chosen(page)
    page.get_by_role("button", name="next item").nth(1).click()
    page.wait_for_function("location.hash.startsWith('#item=simulated-2/')")
    address, item = page.url, chosen(page, 1)
    page.goto("about:blank")
    page.goto(address)
    page.locator(".sl-explorer .sl-now").nth(1).wait_for()
    page.wait_for_function(
        "id => document.querySelectorAll('.sl-item')[1].textContent === 'item ' + id", arg=item
    )
    assert chosen(page) == first


def test_where_a_page_may_neither_copy_nor_write_addresses_nothing_is_lost(page, watch, tmp_path):
    inner = html.escape(explorer.Explorer(explorer.payload(**GIVEN)).to_html(standalone=True))
    frame = f'<iframe sandbox="allow-scripts" width="880" height="880" title="f" srcdoc="{inner}"></iframe>'
    (tmp_path / "host.html").write_text(f"<!doctype html><title>Host</title>{frame}", encoding="utf-8")
    page.goto((tmp_path / "host.html").as_uri())
    inside = page.frame_locator("iframe")
    inside.locator(".sl-stage").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert watch.complaints == []
    inside.get_by_text("Show as table").click()
    copy = inside.locator(".sl-more button")
    copy.focus()
    page.keyboard.press("Enter")
    inside.get_by_role("button", name="Copied 300 rows").wait_for()  # the old way
    assert copy.evaluate("node => document.activeElement === node")  # a keyboard goes on from here
    assert all("Clipboard API has been blocked" in complaint for complaint in watch.complaints)
    watch.complaints.clear()


def test_system_colours_hide_no_bar_and_no_mark(opened):
    radio(opened, "agreement", "colour by").click()
    for scheme in ("light", "dark"):
        opened.emulate_media(forced_colors="active", color_scheme=scheme)
        drawn = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(document.body).backgroundColor]"
        for part in (".sl-summary tbody .sl-bar", ".sl-legend li > span:first-child"):
            for node in figure(opened).locator(part).all()[:3]:
                colour, ground = node.evaluate(drawn)
                assert colour not in (ground, "rgba(0, 0, 0, 0)")
        line = "node => getComputedStyle(node.nextElementSibling).borderBottomColor"
        assert radio(opened, "hard").evaluate(line) != radio(opened, "soft").evaluate(line)


def test_fingers_scroll_the_page_until_they_are_asked_to_draw(browser, watch, tmp_path):
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    watch.over(page)
    open_figure(page, tmp_path, explorer.Explorer(explorer.payload(**GIVEN)))
    stage, send = figure(page).locator(".sl-stage"), context.new_cdp_session(page).send

    def glide(*fingers: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Each finger from one spot to another, as shares of the plot."""
        box = stage.bounding_box()
        for i in range(9):
            points = [
                {
                    "x": box["x"] + box["width"] * (a[0] + (b[0] - a[0]) * i / 8),
                    "y": box["y"] + box["height"] * (a[1] + (b[1] - a[1]) * i / 8),
                    "id": finger,
                }
                for finger, (a, b) in enumerate(fingers)
            ]
            send(
                "Input.dispatchTouchEvent",
                {"type": "touchMove" if i else "touchStart", "touchPoints": points},
            )
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(150)

    def mode(name: str) -> None:
        page.wait_for_timeout(600)  # until the page has stopped gliding
        radio(page, name, "drag to").check(force=True)
        stage.evaluate("node => node.scrollIntoView({ block: 'center' })")

    ticks = figure(page).locator(".sl-stage svg").first
    for ways in (("brush",), ("move",), ()):
        mode("taps only")
        before = page.evaluate("scrollY")
        glide(((0.5, 0.7), (0.5, 0.2)))
        page.wait_for_function("before => scrollY > before + 50", arg=before)
        assert summary(page)[0].startswith("All 300 items shown.")
        for way in ways:
            mode(way)
            before, seen = page.evaluate("scrollY"), ticks.text_content()
            if way == "brush":
                glide(((0.3, 0.2), (0.8, 0.7)))
                assert " of 300 shown." in summary(page)[0]
                assert page.evaluate("scrollY") == before
                item = chosen(page)
                for share in (0.45, 0.5, 0.55, 0.6):  # a tap on a dot still chooses, and keeps the region
                    box = stage.bounding_box()
                    page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + share * box["height"])
                assert chosen(page) != item
                assert " of 300 shown." in summary(page)[0]
                figure(page).get_by_role("button", name="show all items").click()
            else:
                glide(((0.45, 0.5), (0.2, 0.5)), ((0.55, 0.5), (0.8, 0.5)))
                assert ticks.text_content() != seen  # two fingers enlarge
                assert page.evaluate("scrollY") == before
    context.close()


def test_whatever_is_asked_page_and_core_leave_the_same_items_and_agree_on_them(page, tmp_path):
    """Narrow regions too, where a correlation over a few items magnifies what the payload cuts off."""
    figure_, rng = explorer.Explorer(explorer.payload(**GIVEN)), np.random.default_rng(3)
    open_figure(page, tmp_path, figure_)
    page.evaluate("for (const node of document.querySelectorAll('.sl-more')) node.open = true")
    fields, sizes, questions = page.locator(".sl-ranges input"), set(), list(QUESTIONS)
    for turn in range(16):
        arm = ("hard", "soft")[turn % 2]
        radio(page, arm).click()
        where = questions[rng.integers(len(questions))]
        page.get_by_role("combobox", name="where").select_option(where)
        human, own = (rng.uniform((0, 0.8), (0.7, 1.8)) for _ in range(2))
        if turn % 3 == 0:
            human, own = human.mean() + np.array([-0.03, 0.03]), np.array([0, 1.8])
        edges = np.round([*human, *own], 3).tolist()
        for i, edge in enumerate(["", "", "", "", *edges]):
            fields.nth(i % 4).fill(str(edge))
            fields.nth(i % 4).press("Enter")
        figure_.arm, figure_.filter, figure_.region = arm, {"where": where}, edges
        rows = np.array([row_of(item) for item in figure_.shown], dtype=int)
        sizes.add(len(rows))
        words, values, shares = summary(page)
        assert words.startswith(f"{len(rows)} item")
        if len(rows) > 1:
            expected_values, expected_shares = measured(rows)
            np.testing.assert_allclose(values, expected_values, atol=1e-6)
            np.testing.assert_allclose(shares, expected_shares.ravel(), atol=0.5 + 1e-9)
    assert len(sizes) > 8


def test_a_third_arm_can_stand_in_either_place(page, tmp_path):
    given = GIVEN | {"p_model": GIVEN["p_model"] | {"gold": GIVEN["p_model"]["hard"][::-1]}}
    path = tmp_path / "three.html"
    path.write_text(explorer.Explorer(explorer.payload(**given)).to_html(standalone=True), encoding="utf-8")
    page.goto(path.as_uri())
    heads = page.locator(".sl-pane thead th")
    assert heads.all_inner_texts() == ["human", "hard", "soft"]
    radio(page, "gold", "beside").click()
    assert heads.all_inner_texts() == ["human", "hard", "gold"]
    radio(page, "gold").click()
    assert heads.all_inner_texts() == ["human", "hard", "gold"]  # the two have changed places
    assert radio(page, "hard", "beside").is_checked()
    radio(page, "soft", "beside").click()
    assert heads.all_inner_texts() == ["human", "gold", "soft"]
    assert "gold is nearer" in figure(page).get_by_role("combobox", name="where").inner_text()


LIVE = """async ({ source, state }) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const heard = {}, asked = {};
  const model = {
    get: (key) => { asked[key] = (asked[key] ?? 0) + 1; return state[key]; },
    set: (key, value) => { state[key] = value; for (const call of heard['change:' + key] ?? []) call(); },
    on: (event, call) => (heard[event] ??= []).push(call),
    off: (event, call) => { heard[event] = heard[event].filter((kept) => kept !== call); },
    save_changes: () => { window.saved = (window.saved ?? 0) + 1; },
  };
  const el = document.createElement('div');
  document.body.append(el);
  window.live = { model, el, asked, heard, stop: module.default.render({ model, el }) };
}"""


def test_live_it_is_the_same_module_with_another_model(page, tmp_path):
    figure_ = explorer.Explorer(explorer.payload(**GIVEN))
    source = base.source("explorer/bundle.js")
    (tmp_path / "empty.html").write_text("<!doctype html><title>Notebook</title>", encoding="utf-8")
    page.goto((tmp_path / "empty.html").as_uri())
    page.evaluate(LIVE, {"source": source, "state": figure_._state()})
    page.locator(".sl-explorer .sl-now").first.wait_for()
    first = chosen(page)
    page.get_by_role("button", name="next item").click()
    assert page.evaluate("live.model.get('selected')") == chosen(page) != first
    assert page.evaluate("saved") == 1
    page.evaluate("live.model.set('selected', 'item-7')")  # as Python does
    assert chosen(page) == "item-7"
    page.evaluate("live.model.set('region', [0.2, 0.9, 0.1, 0.8])")
    assert summary(page)[0].startswith(f"{in_region((0.2, 0.9), (0.1, 0.8)).sum()} items")
    page.evaluate("live.model.set('region', [0.123456789, 0.9, 0.1, 0.8])")
    page.get_by_text("Region by numbers").click()
    page.get_by_label("human entropy, at most").fill("1")
    page.get_by_label("human entropy, at most").press("Enter")
    assert page.evaluate("live.model.get('region')") == [0.123456789, 1, 0.1, 0.8]  # the others' digits stay
    page.wait_for_timeout(600)
    assert "#" not in page.url  # a notebook's address is its own
    assert page.evaluate("live.asked.payload") == 1
    page.evaluate("live.stop()")
    assert page.locator(".sl-explorer *").count() == 0
    assert page.evaluate("Object.values(live.heard).flat().length") == 0
    page.evaluate("document.documentElement.dataset.theme = 'dark'")  # nothing is left that would answer
    page.set_viewport_size({"width": 500, "height": 500})
    page.wait_for_timeout(100)


@pytest.fixture
def chapter(page, book_dir, book_url):
    """The built images chapter, if it holds an explorer."""
    path = book_dir / CHAPTER
    if not path.exists() or 'class="sl-explorer"' not in path.read_text(encoding="utf-8"):
        pytest.skip("the images chapter was built without an explorer")
    page.set_viewport_size({"width": 1300, "height": 1000})
    page.goto(book_url + CHAPTER)
    page.locator(".sl-explorer .sl-now").first.wait_for()
    return page


def test_the_chapters_explorer_answers_mouse_and_keyboard(chapter):
    first, target = chosen(chapter), spot(chapter)
    stage = figure(chapter).locator(".sl-stage")
    stage.focus()
    chapter.keyboard.press("ArrowRight")
    assert chosen(chapter) != first
    stage.click(position=target)
    assert chosen(chapter) == first
    assert first in figure(chapter).locator("[aria-live]").text_content()


def test_the_chapters_explorer_is_legible_in_the_books_themes(chapter):
    for theme in ("light", "dark"):
        chapter.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        chapter.wait_for_timeout(300)
        found = chapter.evaluate(CONTRAST)
        assert found[0][0] >= 1, (theme, found[0])


def test_the_chapters_explorer_fits_a_phone(chapter):
    chapter.set_viewport_size({"width": 360, "height": 800})
    chapter.wait_for_timeout(200)
    box = figure(chapter).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert figure(chapter).evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_chapters_bars_are_the_length_of_their_numbers(chapter):
    """The theme's own table rules have not taken over: the three columns are equally wide."""
    heads = (
        figure(chapter)
        .locator(".sl-pane thead th")
        .evaluate_all("nodes => nodes.map(node => node.offsetWidth)")
    )
    assert max(heads) - min(heads) <= 1
