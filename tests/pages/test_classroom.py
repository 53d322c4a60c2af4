"""A class votes in a real browser: twenty-five label, hand in, and are read, shown, saved and trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from ballots import HOSTILE, N, digit_set, pair_set, press, violations
from page_csv import page_csv

from softlabel_book.interactive.classroom import Classroom
from softlabel_book.interactive.labels import Labels
from softlabel_book.own_votes import training as own_votes
from softlabel_core import data, metrics, votes
from softlabel_core.data import digits
from softlabel_core.study import protocols

DIGITS, PAIRS = digit_set(), pair_set()
CLASS = 25
NAMES = [
    "=HYPERLINK(1)",
    HOSTILE,
    "\u202eabc",
    "x" * 10_000,
    "'=1",
    "Zoë",
    *(f"student {i}" for i in range(6, CLASS)),
]
GARBAGE = {
    "photo.jpg": (bytes(range(256)) * 20, "holds no votes"),
    "page.html": (b"<!doctype html><script>alert(1)</script>", "holds no votes"),
    "empty.json": (b"", "holds no votes"),
    "half.json": (b'{"format": "softlabel-votes", "version": 1,', "is broken off"),
    "list.json": (b'{"format": "other"}', "holds no votes"),
    "huge.json": (b"x" * 1_000_001, "is too large"),
}


def drawn() -> list[list[int | None]]:
    """What each of the class answers: drawn from the crowd's votes, with some items skipped."""
    rng, p = np.random.default_rng(25), votes.distribution(DIGITS["counts"])
    return [[None if rng.random() < 0.05 else int(rng.choice(10, p=row)) for row in p] for _ in range(CLASS)]


ANSWERS = drawn()


def ballot(one: dict, name: str, answers, **changes) -> bytes:
    """A file as the labelling page writes it."""
    labels = {i: one["classes"][k] for i, k in zip(one["ids"], answers, strict=True) if k is not None}
    file = {"format": "softlabel-votes", "version": 1, "data": one["data"], "items": one["hash"]}
    return json.dumps(file | {"annotator": name, "labels": labels} | changes).encode()


def as_file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "application/json", "buffer": content}


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, str]:
    """Addresses of the students' page and of the teacher's."""
    folder = tmp_path_factory.mktemp("class")
    found = {}
    for name, figure in (("labels", Labels([DIGITS])), ("class", Classroom([DIGITS, PAIRS]))):
        path = folder / f"{name}.html"
        path.write_text(figure.to_html(standalone=True), encoding="utf-8")
        found[name] = path.as_uri()
    return found


@pytest.fixture
def opened(page, pages):
    page.goto(pages["class"])
    page.locator(".sl-drop").wait_for()
    assert page.get_by_role("radio", name="class only").is_checked()  # nobody should see the crowd too early
    page.get_by_role("radio", name="models too").check(force=True)
    return page


def give(page, *files) -> None:
    """Choose files, and wait until the page has said something of them."""
    page.evaluate("document.querySelectorAll('.sl-report > *').forEach(node => node.replaceChildren())")
    page.locator("input[type=file]").set_input_files([as_file(*file) for file in files])
    page.locator(".sl-report :is(li, p)").first.wait_for()


def said(page) -> list[str]:
    return page.locator(".sl-said li").all_inner_texts()


def names(page) -> list[str]:
    return page.locator(".sl-names bdi").all_text_contents()


def in_class(page) -> str:
    return page.locator(".sl-roster .sl-steps span").first.inner_text()


def numbers(page, selector: str) -> list[float]:
    """What elements hold as their value."""
    return page.locator(selector).evaluate_all("nodes => nodes.map(node => Number(node.value))")


def table(page) -> dict[str, np.ndarray]:
    """Class entropy, crowd entropy, hard, soft, and shares by class, by item."""
    rows = page.locator(".sl-more:visible tbody tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.item, [...row.querySelectorAll('data')].map(node => Number(node.value))])"
    )
    return {item: np.array(values) for item, values in rows}


@pytest.fixture(scope="module")
def handed_in(browser, pages) -> list[tuple[str, str, bytes]]:
    """Name, code and file of each of the class, by the labelling page itself and the keyboard."""
    context = browser.new_context()
    page, found = context.new_page(), []
    page.goto(pages["labels"])
    for name, answers in zip(NAMES, ANSWERS, strict=True):
        page.locator(".sl-classes button:visible").first.focus()
        press(page, DIGITS, answers)
        page.locator(".sl-result:visible").wait_for()
        page.get_by_role("textbox", name="nickname").fill(name)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save file").click()
        found.append(
            (name, page.locator("textarea:visible").input_value(), waiting.value.path().read_bytes())
        )
        page.get_by_role("button", name="Start again").click()
        page.get_by_role("button", name="Yes, start again").click()
    context.close()
    return found


def test_a_class_of_25_is_read_shown_saved_and_trained_on(opened, handed_in, tmp_path):
    files = [(f"{i}.json", content) for i, (_, _, content) in enumerate(handed_in[:13])]
    give(opened, *files)
    assert said(opened) == ["13 annotators added."]
    opened.get_by_role("textbox", name="codes").fill("\r\n".join(code for _, code, _ in handed_in[13:]))
    opened.get_by_role("button", name="Add codes").click()
    assert said(opened) == ["12 annotators added."]
    assert len(names(opened)) == CLASS
    assert names(opened)[:5] == ["=HYPERLINK(1)", HOSTILE[:40], "abc", "x" * 40, "'=1"]

    with opened.expect_download() as waiting:
        opened.get_by_role("button", name="Save CSV").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    cut = [*names(opened)]
    rows = [
        (DIGITS["ids"][i], name, DIGITS["classes"][k])
        for name, answers in zip(cut, ANSWERS, strict=True)
        for i, k in enumerate(answers)
        if k is not None
    ]
    assert path.read_bytes().decode() == page_csv([("item", "annotator", "label"), *rows])
    crowd = digits.load(n_items=500)
    read = data.from_table(path, items=crowd)
    assert read.ratings.shape == (N, CLASS)
    expected = np.array([[sum(a[i] == k for a in ANSWERS) for k in range(10)] for i in range(N)])
    place = {item: i for i, item in enumerate(DIGITS["ids"])}
    assert np.array_equal(read.counts, expected[[place[item] for item in read.ids]])

    opened.locator("summary:visible").click()
    shown = table(opened)
    for item, counts, entropy in zip(read.ids, read.counts, read.entropy, strict=True):
        row = shown[item]
        assert np.allclose(row[4:], votes.distribution(counts[None])[0], atol=1e-6)
        assert np.allclose(
            row[:2], [entropy, votes.entropy(votes.distribution(DIGITS["counts"]))[place[item]]], atol=1e-6
        )
    human = votes.entropy(votes.distribution(DIGITS["counts"]))
    sides = [votes.entropy(votes.distribution(expected))]
    sides += [votes.entropy(np.array(DIGITS["models"][arm])) for arm in ("hard", "soft")]
    assert np.allclose(
        numbers(opened, ".sl-lines:visible td:nth-of-type(2) data"),
        [np.corrcoef(side, human)[0, 1] for side in sides],
        atol=1e-6,
    )
    order = [int(row) for row in numbers(opened, ".sl-strip:visible input")]
    assert np.all(np.diff(sides[0][order]) <= 1e-12)

    protocol = protocols.get("digits", "small", epochs=5)
    trained, test = own_votes.train(read, crowd, protocol=protocol, seeds=[0])
    assert not np.isin(read.ids, test.ids).any()
    for arm in ("hard", "soft"):
        p = trained.p_model(arm)
        assert p.shape == test.counts.shape
        assert np.isfinite(metrics.evaluate(p, test.counts)["kl"])
        assert p.std() > 0.01  # it learned something from the class


def test_what_is_no_ballot_gets_one_sentence_and_loses_nobody(opened):
    give(opened, ("ada.json", ballot(DIGITS, "Ada", ANSWERS[0])))
    wrong = {
        **GARBAGE,
        "other-data.json": (
            ballot(DIGITS, "Bo", ANSWERS[1], data="cifar10h"),
            "holds votes on “cifar10h”, and this page gathers digits and chaosnli",
        ),
        "other-items.json": (
            ballot(DIGITS, "Bo", ANSWERS[1], items="0" * 12),
            "holds votes on other items of digits",
        ),
        "stray.json": (ballot(DIGITS, "Bo", ANSWERS[1], labels={"x": "1"}), "labels the item “x”"),
        "label.json": (
            ballot(DIGITS, "Bo", ANSWERS[1], labels={DIGITS["ids"][0]: "cat"}),
            "holds the label “cat”",
        ),
        "nobody.json": (ballot(DIGITS, "Bo", [None] * N), "holds no label at all"),
        "version.json": (ballot(DIGITS, "Bo", ANSWERS[1], version=2), "was saved by another version"),
        "odd.json": (ballot(DIGITS, "Bo", ANSWERS[1], data={"toString": 5}), "holds votes on"),
    }
    give(opened, *((name, content) for name, (content, _) in wrong.items()))
    sentences = said(opened)
    assert len(sentences) == len(wrong)
    for sentence, (name, (_, part)) in zip(sentences, wrong.items(), strict=True):
        assert sentence.startswith(f"“{name}” {part}")
        assert sentence.endswith(".")
        assert ". " not in sentence
    assert names(opened) == ["Ada"]


def test_codes_cut_short_or_mistyped_are_named_by_their_line(opened, handed_in):
    code = handed_in[5][1]
    lines = [f"Zoë: {code}", "", code[:-9], code[:40] + "A" + code[41:], "hello", "sl9.abc.def", "sl1.", code]
    opened.get_by_role("textbox", name="codes").fill("\n".join(lines))
    opened.get_by_role("button", name="Add codes").click()
    whole = "holds a code that is not whole; copy all of it again."
    assert said(opened) == [
        "1 annotator added.",
        "1 ballot was in already, with the same answers.",
        f"The pasted text, line 3, {whole}",
        f"The pasted text, line 4, {whole}",
        "The pasted text, line 5, holds no code; copy one again from the labelling page.",
        "The pasted text, line 6, holds a code of another version of this page; both sides need the same.",
        f"The pasted text, line 7, {whole}",
    ]
    assert names(opened) == ["Zoë"]


def test_no_text_however_odd_adds_a_vote_or_breaks_the_page(opened, handed_in):
    """Codes with a few letters changed, cut or repeated, and texts of random letters: each line gets its sentence."""
    rng, code = np.random.default_rng(6), handed_in[6][1]
    letters = np.array(list("abcXYZ0123456789-_.{}[]\"', sl1=<>&\u202e\u0000é漢🙂"))
    lines = []
    for i in range(200):
        text, at = list(code), rng.integers(0, len(code), 3)
        if i % 4 == 0:
            text = rng.choice(letters, 60).tolist()
        elif i % 4 == 1:
            text = text[at.min() :] if at.min() else text[1:]
        elif i % 4 == 2:
            text = text[: at.max()]
        else:
            text[at[0]] = "A" if text[at[0]] != "A" else "B"
        lines.append("x" + "".join(text))
    opened.get_by_role("textbox", name="codes").fill("\n".join(lines))
    opened.get_by_role("button", name="Add codes").click()
    assert names(opened) == []
    assert len(said(opened)) >= 200
    assert all(
        sentence.startswith("The pasted text, line ") and sentence.endswith(".") for sentence in said(opened)
    )


def test_nobody_is_replaced_without_being_asked_for(opened):
    give(opened, ("a.json", ballot(DIGITS, "Ada", ANSWERS[0])))
    give(opened, ("b.json", ballot(DIGITS, "ada", ANSWERS[1])))
    question = opened.locator(".sl-double")
    assert "ada is in already, with other answers." in question.inner_text()
    mean = opened.locator(".sl-lines:visible tr[data-who=class] data").first
    assert names(opened) == ["Ada"]
    question.get_by_role("button", name="Keep both").click()
    assert names(opened) == ["Ada", "ada 2"]
    assert question.count() == 0
    give(opened, ("c.json", ballot(DIGITS, "Ada", ANSWERS[2])))
    before = mean.get_attribute("value")
    question.get_by_role("button", name="Leave out").click()
    assert mean.get_attribute("value") == before
    give(opened, ("c.json", ballot(DIGITS, "Ada", ANSWERS[2])))
    question.get_by_role("button", name="Replace").click()
    assert names(opened) == ["Ada", "ada 2"]
    assert mean.get_attribute("value") != before
    opened.get_by_role("button", name="undo").click()
    assert mean.get_attribute("value") == before


def test_removing_is_undone_and_a_reload_loses_nothing(opened):
    give(opened, *((f"{i}.json", ballot(DIGITS, f"s{i}", ANSWERS[i])) for i in range(3)))
    opened.get_by_role("button", name="remove s1").click()
    assert names(opened) == ["s0", "s2"]
    opened.reload()
    opened.locator(".sl-names li").first.wait_for()
    assert names(opened) == ["s0", "s2"]
    opened.get_by_role("button", name="remove all").click()
    assert in_class(opened) == "Nobody is in yet with votes on digits."
    assert opened.locator(".sl-result:visible").count() == 0
    opened.get_by_role("button", name="undo").click()
    assert names(opened) == ["s0", "s2"]


def test_whoever_comes_in_the_item_that_splits_the_room_is_shown(opened):
    give(opened, *((f"{name}.json", ballot(DIGITS, name, [0] * N)) for name in "ab"))
    opened.locator(".sl-strip input:visible").nth(7).check(force=True)
    give(opened, ("c.json", ballot(DIGITS, "c", [int(i == 12) for i in range(N)])))
    assert opened.locator(".sl-strip input:visible:checked").evaluate("node => node.value") == "12"
    assert opened.locator(".sl-item:visible").inner_text().endswith(" 13")


def test_the_crowd_and_the_models_may_be_kept_back(opened):
    opened.get_by_role("radio", name="class only").check(force=True)
    give(opened, *((f"{i}.json", ballot(DIGITS, f"s{i}", ANSWERS[i])) for i in range(3)))
    heads = opened.locator(".sl-twice th[scope=col]:visible")
    first = opened.locator(".sl-strip:visible input").first
    assert heads.all_inner_texts() == ["class"]
    assert "crowd" not in opened.locator(".sl-result:visible").inner_text()
    assert "crowd" not in first.get_attribute("aria-label")
    assert opened.locator(".sl-tick:visible").count() == 0
    opened.get_by_role("radio", name="crowd too").check(force=True)
    assert heads.all_inner_texts() == ["class", "crowd"]
    assert "soft" not in opened.locator(".sl-result:visible").inner_text()
    opened.get_by_role("radio", name="models too").check(force=True)
    assert heads.all_inner_texts() == ["class", "crowd", "hard", "soft"]
    assert opened.locator(".sl-tick:visible").count() == N
    assert "crowd" in first.get_attribute("aria-label")


def test_files_may_be_dropped_and_belong_to_either_set(opened):
    content = ballot(PAIRS, "Ada", [0] * N).decode()
    opened.evaluate(
        """content => {
            const data = new DataTransfer();
            data.items.add(new File([content], "ada.json"));
            const event = { dataTransfer: data, bubbles: true, cancelable: true };
            document.querySelector(".sl-drop").dispatchEvent(new DragEvent("drop", event));
        }""",
        content,
    )
    opened.locator(".sl-names li").first.wait_for()
    assert in_class(opened) == "1 annotator on sentence pairs:"
    lines = opened.locator(".sl-lines:visible tr[data-who=class] td")
    assert lines.all_inner_texts() == [
        "0.000",
        "–",
    ]  # one annotator: every entropy is 0, and a constant has no correlation
    assert opened.title() == "Your class"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size({"width": 360, "height": 800})
    assert violations(opened) == []
    give(opened, *((f"{i}.json", ballot(DIGITS, NAMES[i], ANSWERS[i])) for i in range(8)), ("bad", b"no"))
    give(opened, ("again.json", ballot(DIGITS, NAMES[0], ANSWERS[9])))
    opened.locator("summary:visible").click()
    assert violations(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth") == 360
    sizes = opened.locator(".sl-classroom :is(button, label):visible").evaluate_all(
        "nodes => nodes.map(node => Math.min(node.offsetWidth, node.offsetHeight))"
    )
    assert min(sizes) >= 24
