"""Label it yourself in a real browser: twenty labels by keyboard, then the crowd; nothing lost, nothing sent."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from ballots import N, digit_set, pair_set, press, violations

from softlabel_book.interactive.labels import Labels
from softlabel_core import votes

DIGITS, PAIRS = digit_set(), pair_set()
ANSWERS = [
    None if i == 7 else int(np.argmax(row)) if i % 3 else (i % 10) for i, row in enumerate(DIGITS["counts"])
]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("labels") / "page.html"
    path.write_text(Labels([DIGITS, PAIRS]).to_html(standalone=True), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page, written):
    """The page, straight from disk; `page` itself fails if it complains or asks another machine."""
    page.goto(written)
    page.locator(".sl-stage:visible").wait_for()
    return page


def reach(page) -> None:
    """Put the focus into the figure as a keyboard does."""
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.sl-classes') !== null"):
            return
    raise AssertionError("the classes are not reached by Tab")


def done(page) -> None:
    page.locator(".sl-result:visible").wait_for()


def scores(page) -> np.ndarray:
    """Majorities and shares of you, one of the crowd, hard and soft, with all their digits."""
    shown = page.locator(".sl-scores:visible tbody data").evaluate_all(
        "nodes => nodes.map(node => Number(node.value))"
    )
    return np.array(shown).reshape(-1, 2)


def expected() -> np.ndarray:
    """The same from the core."""
    rows = [i for i, k in enumerate(ANSWERS) if k is not None]
    counts = np.array(DIGITS["counts"])[rows]
    p, tied, n = votes.distribution(counts), votes.tied(counts), counts.sum(axis=1)

    def score(choice):
        at = np.arange(len(rows)), np.array(choice)
        return [tied[at].sum(), p[at].mean()]

    models = [score(np.array(DIGITS["models"][arm])[rows].argmax(axis=1)) for arm in ("hard", "soft")]
    pairs = (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))
    crowd = [(p * tied).sum(), pairs.mean()]
    return np.array([score([ANSWERS[i] for i in rows]), crowd, *models])


def test_twenty_labels_by_keyboard_lead_to_the_crowd(opened):
    reach(opened)
    press(opened, DIGITS, ANSWERS)
    done(opened)
    assert np.allclose(scores(opened), expected(), atol=1e-6)
    head = opened.locator(".sl-standing:visible")
    assert head.evaluate("node => node === document.activeElement")
    assert f"majority on {int(expected()[0, 0])} of 19 digits" in head.inner_text()
    assert opened.locator(".sl-live").text_content() == head.inner_text()
    marks = opened.locator(".sl-strip:visible .sl-mark").all_inner_texts()
    assert marks.count("●") == int(expected()[0, 0])
    assert marks.count("") == 1


def test_nine_in_ten_is_the_exact_range(opened):
    reach(opened)
    press(opened, DIGITS, ANSWERS)
    done(opened)
    counts = np.array([row for row, k in zip(DIGITS["counts"], ANSWERS, strict=True) if k is not None])
    chances = (votes.distribution(counts) * votes.tied(counts)).sum(axis=1)
    p = np.ones(1)
    for chance in chances:
        p = np.convolve(p, [1 - chance, chance])
    low, high = (int(np.argmax(np.cumsum(p) > limit)) for limit in (0.05, 0.95))
    assert f"nine in ten of them on {low} to {high}." in opened.locator(".sl-standing:visible").inner_text()


def test_an_item_shows_the_crowd_the_models_and_the_own_vote(opened):
    reach(opened)
    press(opened, DIGITS, ANSWERS)
    done(opened)
    entropy = votes.entropy(votes.distribution(DIGITS["counts"]))
    order = np.argsort(-entropy, kind="stable")
    radios = opened.locator(".sl-strip:visible input")
    assert radios.evaluate_all("nodes => nodes.map(node => Number(node.value))") == order.tolist()
    radios.nth(0).focus()
    for row in order[1:4]:
        opened.keyboard.press("ArrowRight")
        shown = opened.locator(".sl-pane:visible tfoot data").evaluate_all(
            "nodes => nodes.map(node => Number(node.value))"
        )
        models = [votes.entropy(np.array(DIGITS["models"][arm][row])) for arm in ("hard", "soft")]
        assert np.allclose(shown, [entropy[row], *models], atol=1e-6)
        counts = opened.locator(".sl-pane:visible tbody td:nth-of-type(1)").all_inner_texts()
        assert list(map(int, counts)) == DIGITS["counts"][row]
        own = ANSWERS[row]
        assert opened.locator(".sl-pane:visible .sl-yours th").all_inner_texts() == (
            [] if own is None else [str(own)]
        )


def test_undo_skip_and_a_reload_lose_nothing(opened):
    reach(opened)
    count = opened.locator(".sl-count:visible")
    opened.keyboard.press("Backspace")  # nothing to undo
    assert count.inner_text() == "1 of 20"
    press(opened, DIGITS, [3, None, 5])
    opened.keyboard.press("Backspace")
    assert count.inner_text() == "3 of 20"
    opened.keyboard.press("Control+z")
    assert count.inner_text() == "2 of 20"
    opened.locator(".sl-stage:visible .sl-classes button").nth(8).click()
    opened.reload()
    opened.locator(".sl-stage:visible").wait_for()
    assert count.inner_text() == "3 of 20"
    kept = "Object.entries(localStorage).filter(([key]) => key.includes('digits')).map(([, value]) => JSON.parse(value))"
    assert opened.evaluate(kept) == [[3, 8]]


def test_the_last_answer_may_be_changed(opened):
    reach(opened)
    press(opened, DIGITS, ANSWERS)
    done(opened)
    opened.get_by_role("button", name="Change the last answer").click()
    assert opened.locator(".sl-count:visible").inner_text() == "20 of 20"
    opened.keyboard.press("3")
    done(opened)
    assert (
        opened.evaluate(
            "JSON.parse(Object.entries(localStorage).find(([key]) => key.includes('digits'))[1]).at(-1)"
        )
        == 3
    )


def test_starting_again_asks_first(opened):
    reach(opened)
    press(opened, DIGITS, [3, 4])
    again = opened.get_by_role("button", name="Start again", exact=True)
    again.focus()
    opened.keyboard.press("Enter")
    assert "Throw away your 2 answers on digits?" in opened.locator(".sl-again:visible").inner_text()
    opened.keyboard.press("Enter")  # the focus is on keeping them
    assert opened.locator(".sl-count:visible").inner_text() == "3 of 20"
    again.click()
    opened.get_by_role("button", name="Yes, start again").click()
    assert opened.locator(".sl-count:visible").inner_text() == "1 of 20"
    opened.keyboard.press("5")  # keys go on working
    assert opened.locator(".sl-count:visible").inner_text() == "2 of 20"


def test_each_set_keeps_its_own_answers_and_texts_stay_texts(opened):
    reach(opened)
    press(opened, DIGITS, [3, 4])
    opened.get_by_role("radio", name="sentence pairs").focus()
    opened.keyboard.press("Space")
    assert opened.locator(".sl-count:visible").inner_text() == "1 of 20"
    assert opened.locator(".sl-text:visible p").nth(1).inner_text() == PAIRS["texts"][0][0][1]
    reach(opened)
    press(opened, PAIRS, [0, 2])
    assert opened.locator(".sl-count:visible").inner_text() == "3 of 20"
    assert "contradiction. Now pair 3 of 20. premise: Premise 2." in opened.locator(".sl-live").text_content()
    opened.get_by_role("radio", name="digits").check(force=True)
    assert opened.locator(".sl-count:visible").inner_text() == "3 of 20"
    assert opened.title() == "Label it yourself"


def test_the_file_and_the_code_hold_name_and_answers(opened):
    reach(opened)
    press(opened, DIGITS, ANSWERS)
    done(opened)
    name = opened.get_by_role("textbox", name="nickname")
    before = opened.locator("textarea:visible").input_value()
    name.fill(" =Ada\u202e <b> ")
    assert opened.locator("textarea:visible").input_value() != before
    with opened.expect_download() as waiting:
        opened.get_by_role("button", name="Save file").click()
    assert re.fullmatch(r"votes-digits-Ada-b-[0-9a-z]{4}\.json", waiting.value.suggested_filename)
    file = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert (file["data"], file["items"], file["annotator"]) == ("digits", DIGITS["hash"], "=Ada <b>")
    labelled = {i: DIGITS["classes"][k] for i, k in zip(DIGITS["ids"], ANSWERS, strict=True) if k is not None}
    assert file["labels"] == labelled
    opened.keyboard.press("2")  # keys of a field of text are not votes
    assert opened.locator(".sl-result:visible").count() == 1


def test_what_was_kept_for_other_items_is_passed_over(opened):
    opened.evaluate(
        "hash => localStorage.setItem(`softlabel:labels:digits:${hash}`, JSON.stringify([1, 99, 'x']))",
        DIGITS["hash"],
    )
    opened.reload()
    opened.locator(".sl-stage:visible").wait_for()
    assert opened.locator(".sl-count:visible").inner_text() == "1 of 20"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing(opened, scheme):
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened.set_viewport_size({"width": 360, "height": 800})
    assert violations(opened) == []
    reach(opened)
    press(opened, DIGITS, [k or 0 for k in ANSWERS])
    done(opened)
    assert violations(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth") == 360
    sizes = opened.locator(".sl-labels :is(button, label):visible").evaluate_all(
        "nodes => nodes.map(node => Math.min(node.offsetWidth, node.offsetHeight))"
    )
    assert min(sizes) >= 24
    assert len(PAIRS["ids"]) == N
