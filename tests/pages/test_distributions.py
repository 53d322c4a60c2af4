"""Two distributions in a real browser: the numbers, the bars, by mouse, by keyboard, narrow, dark."""

from __future__ import annotations

import numpy as np
import pytest
from bare import bare
from test_accessibility import RULES, faults

from softlabel_book.interactive.distributions import CLASSES, PRESETS, VOTES, Distributions, compare

MEASURES = tuple(compare([1, 0], [1, 0]))
SETTLED = 700  # ms after which bars have glided and the live text is written
READ = """([p, q]) => {
  model.set("p_human", p);
  model.set("p_model", q);
  const all = (query) => Array.from(document.querySelectorAll(query), (node) => Number(node.value));
  const columns = (place) => [1, 2].map((c) => all(`${place} .sl-terms tbody td:nth-child(${c + 1}) data`));
  return {
    measures: all(".sl-measures data"),
    terms: columns(".sl-pair:not(.sl-lower)"),
    gradient: columns(".sl-lower"),
    losses: [".sl-loss:nth-of-type(1)", ".sl-loss:nth-of-type(2)"].map((row) => all(`${row} data`)),
  };
}"""
# Name of what has the focus, and the outline of what shows it.
FOCUS = """() => {
  const now = document.activeElement, shown = { radio: now.nextSibling, range: now.parentNode }[now.type] ?? now;
  return [now.ariaLabel || now.value || now.textContent, getComputedStyle(shown).outlineStyle];
}"""


@pytest.fixture
def opened(page, tmp_path):
    """The figure as it is at first, straight from disk."""
    path = tmp_path / "page.html"
    path.write_text(Distributions().to_html(standalone=True), encoding="utf-8")
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(path.as_uri())
    page.locator(".sl-measures").wait_for()
    return page


def shares(page, who: str) -> list[float]:
    """One side's shares, with all their digits."""
    nodes = page.locator(f".sl-sliders tbody td[data-arm={who}] data").all()
    return [float(node.get_attribute("value")) for node in nodes]


def measures(page) -> dict[str, float]:
    nodes = page.locator(".sl-measures data").all()
    return dict(zip(MEASURES, (float(node.get_attribute("value")) for node in nodes), strict=True))


def slider(page, name: str):
    return page.get_by_role("slider", name=name)


def test_all_numbers_are_the_cores_on_random_distributions(page):
    rng = np.random.default_rng(0)
    for n_classes in (2, 3, 4, 5):
        names = [f"class {k}" for k in range(n_classes)]
        even = np.full(n_classes, 1 / n_classes)
        page.set_content(bare(Distributions(names, even, even)))
        page.locator(".sl-measures").wait_for()
        for alpha in (0.05, 0.5, 5):
            for _ in range(8):
                p, q = rng.dirichlet(np.full(n_classes, alpha), 2)
                p, q = (np.where(rng.random(n_classes) < 0.2, 0, side) for side in (p, q))  # exact zeros too
                p, q = (side / side.sum() if side.sum() else np.eye(n_classes)[0] for side in (p, q))
                check(page.evaluate(READ, [p.tolist(), q.tolist()]), p, q)


def check(shown: dict, p: np.ndarray, q: np.ndarray) -> None:
    """Compare one state of the page with the core."""
    found, hard = compare(p, q), np.eye(len(p))[p.argmax()]
    np.testing.assert_allclose(shown["measures"], list(found.values()), atol=1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        for (a, b), terms in zip(((p, q), (q, p)), shown["terms"], strict=True):
            np.testing.assert_allclose(terms, np.where(a > 0, a * np.log(a / b), 0), atol=1e-6)
    np.testing.assert_allclose(shown["gradient"], [q - p, q - hard], atol=1e-6)
    for target, loss in zip((p, hard), shown["losses"], strict=True):
        of = compare(target, q)
        np.testing.assert_allclose(loss, [of["cross_entropy"], of["entropy_human"], of["kl"]], atol=1e-6)


def test_the_lengths_are_the_numbers(opened):
    opened.get_by_role("radio", name="too unsure").check(force=True)
    opened.wait_for_timeout(SETTLED)
    found, width = measures(opened), opened.locator(".sl-stack").first.bounding_box()["width"]
    parts = [
        opened.locator(f".sl-stack {part}").first.bounding_box()["width"] for part in (".sl-own", ".sl-rest")
    ]
    np.testing.assert_allclose(
        np.array(parts) / width * 3, [found["entropy_human"], found["kl"]], atol=3 / width
    )
    track, fills = (
        opened.locator(f".sl-sliders td[data-arm=model] {part}") for part in (".sl-slide", ".sl-fill")
    )
    seen = fills.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    np.testing.assert_allclose(
        seen, np.array(shares(opened, "model")) * track.first.bounding_box()["width"], atol=1.5
    )


def test_every_preset_shows_its_numbers_and_its_note(opened):
    for preset in PRESETS:
        opened.get_by_role("radio", name=preset.label, exact=True).check(force=True)
        assert opened.locator(".sl-preset").inner_text() == preset.note
        for name, value in compare(preset.p_human, preset.p_model).items():
            assert measures(opened)[name] == pytest.approx(value, abs=1e-6)
    opened.wait_for_timeout(SETTLED)
    assert "KL(model to human) infinite" in opened.locator(".sl-live").inner_text()


def test_a_drag_on_a_bar_moves_it_and_makes_the_others_room(opened):
    box = slider(opened, "dog, model").locator("xpath=..").bounding_box()
    middle = box["y"] + box["height"] / 2
    opened.mouse.move(box["x"] + 2, middle)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    opened.mouse.up()
    cat, dog, deer = shares(opened, "model")
    assert dog == pytest.approx(0.5, abs=0.02)
    assert cat + dog + deer == pytest.approx(1, abs=1e-12)
    assert cat / deer == pytest.approx(98)
    assert shares(opened, "human") == list(VOTES)
    assert not opened.locator(".sl-controls input:checked").count()
    assert opened.locator(".sl-preset").inner_text() == ""


def test_a_drag_to_the_left_end_reaches_exactly_zero_and_the_kl_is_infinite(opened):
    box = slider(opened, "deer, model").locator("xpath=..").bounding_box()
    middle = box["y"] + box["height"] / 2
    opened.mouse.move(box["x"] + 2, middle)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=3)
    opened.mouse.move(box["x"] - 30, middle, steps=3)
    opened.mouse.up()
    assert shares(opened, "model")[2] == 0
    assert measures(opened)["kl"] == np.inf
    assert opened.locator(".sl-measures [data-measure=kl]").inner_text() == "∞"
    assert opened.locator(".sl-measures [data-measure=kl_reverse]").inner_text() != "∞"


def test_keys_move_whole_per_cents_and_restore_the_proportions(opened):
    handle = slider(opened, "cat, human")
    handle.focus()
    opened.keyboard.press("ArrowRight")
    np.testing.assert_allclose(shares(opened, "human"), [0.61, 0.3 * 0.39 / 0.4, 0.1 * 0.39 / 0.4])
    opened.keyboard.press("End")
    assert shares(opened, "human") == [1, 0, 0]
    assert handle.get_attribute("aria-valuetext") == "100%"
    for _ in range(4):
        opened.keyboard.press("PageDown")
    np.testing.assert_allclose(shares(opened, "human"), [0.6, 0.3, 0.1])
    slider(opened, "dog, human").focus()
    opened.keyboard.press("Home")
    assert shares(opened, "human")[1] == 0


def test_a_share_below_half_a_per_cent_still_gets_to_zero_by_key(opened):
    slider(opened, "cat, model").focus()
    opened.keyboard.press("ArrowRight")
    assert shares(opened, "model")[1] == pytest.approx(0.005)
    opened.keyboard.press("End")
    opened.keyboard.press("ArrowLeft")
    slider(opened, "dog, model").focus()
    opened.keyboard.press("ArrowLeft")
    assert shares(opened, "model")[1] == 0


def test_reset_brings_back_what_python_gave(opened):
    first = measures(opened)
    opened.get_by_role("radio", name="ruled out").check(force=True)
    slider(opened, "cat, human").focus()
    opened.keyboard.press("PageUp")
    assert measures(opened) != first
    opened.get_by_role("button", name="reset").click()
    assert measures(opened) == first
    assert opened.locator(".sl-controls input:checked").get_attribute("value") == "falsely certain"


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(opened):
    order, outlines = [], []
    for _ in range(8):
        opened.keyboard.press("Tab")
        name, outline = opened.evaluate(FOCUS)
        order.append(name)
        outlines.append(outline)
    names = [f"{name}, {who}" for name in CLASSES for who in ("human", "model")]
    assert order == ["falsely certain", "reset", *names]
    assert set(outlines) == {"solid"}


def test_which_class_hurts_is_said_and_marked(opened):
    words = opened.locator(".sl-words").inner_text()
    assert "hurt most by dog (votes 30%, model 1%)" in words
    assert "hurt most by cat (model 98%, votes 60%)" in words
    assert opened.locator(".sl-most data").all_inner_texts() == ["+0.481", "+1.020"]  # cat back, dog forwards


@pytest.mark.parametrize(("width", "scheme"), [(800, "light"), (800, "dark"), (360, "light")])
def test_nothing_is_cut_off_and_axe_finds_nothing(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=scheme)
    for label in ("one-hot label", "ruled out"):
        opened.get_by_role("radio", name=label).check(force=True)
        opened.wait_for_timeout(SETTLED)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
    targets = opened.locator(".sl-distributions :is(input[type=range], button, .sl-choice label)")
    heights = targets.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().height)")
    assert min(heights) >= 24
    assert faults(opened, RULES) == []


def test_less_motion_is_honoured(opened):
    opened.emulate_media(reduced_motion="reduce")
    opened.get_by_role("radio", name="equal").check(force=True)
    moving = opened.locator(".sl-fill").first.evaluate("bar => getComputedStyle(bar).transitionDuration")
    assert moving == "0s"


def test_it_cleans_up_after_itself(page):
    page.set_content(bare(Distributions()))
    page.locator(".sl-measures").wait_for()
    page.evaluate("stop(); model.set('p_model', [1, 0, 0])")
    assert page.locator("#here *").count() == 0
