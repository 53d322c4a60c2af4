"""The explorer in a real browser: by mouse, by keyboard, narrow, dark, without a network."""

from __future__ import annotations

import base64
import csv
import io

import numpy as np
import pytest
import scipy.stats
from PIL import Image

from softlabel_core import explorer, votes

N, CLASSES = 300, ("airplane", "automobile", "bird", "cat", "deer", "dog")
HOSTILE = [
    "<script>window.hit = 1</script><b>bold</b>",
    "</script><script>window.hit = 1</script>",
    '<img src=x onerror="window.hit = 1"> \'single\' "double" & &lt;',
    "שלום \u202eright to left\u202c مرحبا",
    "unbroken" * 2500,
    "line\u2028separator\nnew line",
]
CHAPTER = "notebooks/03-images.html"


def simulated() -> dict:
    """Arguments of `payload` for 300 items with votes, two arms and gold labels."""
    rng = np.random.default_rng(7)
    counts = rng.multinomial(50, rng.dirichlet(np.full(len(CLASSES), 0.3), N))
    arms = {
        arm: rng.dirichlet(np.full(len(CLASSES), a), N) + 1e-9
        for arm, a in {"soft": 0.8, "hard": 0.2}.items()
    }
    return {
        "ids": [f"item-{i}" for i in range(N)],
        "class_names": CLASSES,
        "counts": counts,
        "p_model": {arm: p / p.sum(axis=1, keepdims=True) for arm, p in arms.items()},
        "gold": counts.argmax(axis=1),
        "title": "Simulated",
        "note": "Not real.",
    }


GIVEN = simulated()


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> str:
    """Address of a page on disk with two explorers: one of images, one of hostile texts."""
    level = np.arange(N, dtype=np.uint8)[:, None, None, None]
    images = explorer.payload(**GIVEN, images=np.broadcast_to(level, (N, 32, 32, 3)))
    hostile = GIVEN | {"title": HOSTILE[0], "note": HOSTILE[1], "class_names": HOSTILE, "gold": None}
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


def chosen(page, which: int = 0) -> str:
    """Id of the item whose bars are shown."""
    return figure(page, which).locator(".sl-item").inner_text().removeprefix("item ")


def numbers(page, which: int = 0) -> list[float]:
    """Entropies and KL as shown, with all their digits."""
    return [float(node.get_attribute("value")) for node in figure(page, which).locator(".sl-bars data").all()]


def spot(page, which: int = 0) -> dict:
    """Where the chosen item's dot is, from the plot's upper left corner."""
    ring = figure(page, which).locator(".sl-now")
    return {"x": float(ring.get_attribute("cx")), "y": float(ring.get_attribute("cy"))}


def expected(row: int) -> list[float]:
    """Entropy of human, hard, soft; KL of hard, soft: from the core."""
    p = votes.distribution(GIVEN["counts"])[row]
    arms = [GIVEN["p_model"][arm][row] for arm in ("hard", "soft")]
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
    before = figure(opened).locator(".sl-bars tbody").inner_text()
    opened.get_by_role("button", name="next item").first.click()
    second = chosen(opened)
    assert second != first
    assert figure(opened).locator(".sl-bars tbody").inner_text() != before
    figure(opened).locator(".sl-stage").click(position=target)
    assert chosen(opened) == first
    assert figure(opened).locator(".sl-bars tbody").inner_text() == before


def test_a_click_far_from_every_dot_changes_nothing(opened):
    first = chosen(opened)
    figure(opened).locator(".sl-stage").click(position={"x": 2, "y": 2})
    assert chosen(opened) == first


def test_bars_counts_and_numbers_are_the_cores(opened):
    for _ in range(5):
        row = row_of(chosen(opened))
        np.testing.assert_allclose(numbers(opened), expected(row), atol=1e-6)
        cells = figure(opened).locator(".sl-bars tbody tr").all()
        for k, cell in enumerate(cells):
            shown = cell.locator(".sl-value").all_inner_texts()
            per_cent = [f"{round(100 * GIVEN['p_model'][arm][row, k])}%" for arm in ("hard", "soft")]
            assert shown == [str(GIVEN["counts"][row, k]), *per_cent]
            widths = cell.locator(".sl-bar").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")
            shares = [
                GIVEN["counts"][row, k] / 50,
                *(GIVEN["p_model"][arm][row, k] for arm in ("hard", "soft")),
            ]
            full = cell.locator("td > div").first.evaluate(
                "node => node.clientWidth - 2.4 * parseFloat(getComputedStyle(node).fontSize)"
            )
            np.testing.assert_allclose(widths, np.array(shares) * full, atol=1.5)
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
    entropy = votes.entropy(GIVEN["p_model"]["hard"])
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
    figure(opened).get_by_role("radio", name="soft").click()
    assert "soft arm" in stage.locator("svg").first.text_content()
    assert "entropy of the soft arm" in stage.get_attribute("aria-label")
    assert stage.evaluate(picture) != before  # at once, as motion is unwanted
    assert chosen(opened) == item
    assert spot(opened)["x"] == at["x"]
    assert spot(opened)["y"] != at["y"]
    figure(opened).get_by_role("radio", name="soft").focus()
    opened.keyboard.press("ArrowLeft")
    assert stage.evaluate(picture) == before
    opened.keyboard.press("ArrowRight")
    assert stage.evaluate(picture) != before


def test_dots_glide_where_motion_is_welcome(opened):
    opened.emulate_media(reduced_motion="no-preference")
    stage = figure(opened).locator(".sl-stage")
    picture = "node => node.querySelector('canvas').toDataURL()"
    before = stage.evaluate(picture)
    figure(opened).get_by_role("radio", name="soft").click()
    opened.wait_for_timeout(800)
    figure(opened).get_by_role("radio", name="hard").click()
    opened.wait_for_timeout(800)
    assert stage.evaluate(picture) == before


def test_the_order_menu_goes_to_its_first_item(opened):
    menu = figure(opened).locator("select")
    for key in ("wrong", "id", "ambiguous"):
        menu.select_option(key)
        assert chosen(opened) == order(key)[0]
        opened.get_by_role("button", name="next item").first.click()
        assert chosen(opened) == order(key)[1]


def test_tab_reaches_everything_visibly(opened):
    opened.evaluate("document.querySelector('.sl-more').open = true")
    seen = []
    for _ in range(7):
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
    assert seen == ["radio", "select-one", "sl-stage", "previous item", "next item", "SUMMARY", "button"]


def test_roles_and_names(opened):
    assert opened.get_by_role("figure", name="Simulated").count() == 1
    assert figure(opened).get_by_role("application").count() == 1
    assert figure(opened).get_by_role("combobox", name="items").count() == 1
    assert figure(opened).get_by_role("columnheader").all_inner_texts() == ["human", "hard", "soft"]
    assert figure(opened).locator("noscript").text_content().startswith("<p>Simulated. An interactive figure")


def test_two_explorers_do_not_meddle(opened):
    second = chosen(opened, 1)
    opened.get_by_role("button", name="next item").first.click()
    figure(opened).get_by_role("radio", name="soft").click()
    assert chosen(opened, 1) == second
    assert figure(opened, 1).locator("input:checked").get_attribute("value") == "hard"
    assert figure(opened).locator("input:checked").get_attribute("value") == "soft"


def test_hostile_texts_are_shown_as_they_are(opened):
    text = figure(opened, 1).locator(".sl-text")
    shown = set()
    for _ in range(25):
        shown.add(text.evaluate("node => node.textContent"))
        told = figure(opened, 1).locator("[aria-live]").text_content()
        assert told == "" or text.evaluate("node => node.textContent.slice(0, 300)") in told
        figure(opened, 1).get_by_role("button", name="next item").click()
    assert shown == set(HOSTILE)
    inside = figure(opened, 1).evaluate("node => node.querySelectorAll('script, img, b').length")
    assert inside == 0
    assert figure(opened, 1).locator(".sl-title").inner_text() == HOSTILE[0]
    assert opened.evaluate("window.hit") is None


def test_a_long_text_scrolls_by_keyboard_and_breaks_nothing(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    text = figure(opened, 1).locator(".sl-text")
    while "unbrokenunbroken" not in text.inner_text():
        figure(opened, 1).get_by_role("button", name="next item").click()
    assert text.get_attribute("tabindex") == "0"
    assert text.evaluate("node => node.clientHeight") < 400
    text.focus()
    opened.keyboard.press("End")
    opened.wait_for_function("document.querySelector('.sl-text').scrollTop > 0")


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
    if (node.matches('.sl-bar')) check(node, style.backgroundColor, node.parentElement, 3);
    if (node.matches('.sl-stage canvas')) check(node, style.color, node, 3);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.evaluate("document.querySelector('.sl-more').open = true")
    for arm in ("hard", "soft"):
        figure(opened).get_by_role("radio", name=arm).click()
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
    opened.evaluate(
        "const writeText = async (text) => { window.copied = text; };"
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText}})"
    )
    figure(opened).locator("select").select_option("id")
    figure(opened).get_by_text("Show as table").click()
    rows = figure(opened).locator(".sl-list tbody tr")
    rows.nth(49).wait_for()
    assert rows.count() == 50
    assert rows.nth(9).locator("th").inner_text() == "item-9"
    human, hard, soft, *_ = expected(9)
    assert rows.nth(9).locator("td").all_inner_texts()[:3] == [f"{v:.3f}" for v in (human, hard, soft)]
    figure(opened).get_by_role("button", name="Copy all as CSV").click()
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
        .locator(".sl-bars thead th")
        .evaluate_all("nodes => nodes.map(node => node.offsetWidth)")
    )
    assert max(heads) - min(heads) <= 1
