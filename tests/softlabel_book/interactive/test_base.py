"""What all interactive figures share: a page that holds data alone, a widget that shares values with Python."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from explored import Page, make, simulated
from hypothesis import example, given
from hypothesis import strategies as st
from shared import HOSTILE

from softlabel_book import palette
from softlabel_book.interactive import base
from softlabel_book.interactive.explorer import Explorer, payload


class Dial(base.Interactive):
    """The smallest figure: a number, borrowing another's module."""

    kind = "distributions"
    turn = base.shared("turn", "How far it is turned.")

    def __init__(self, turn=0, given=()):
        super().__init__(
            {"title": "Dial & <co>"}, {"turn": turn, "given": list(given)}, {"turn": int, "given": list}
        )

    given = base.shared("given", "What is remembered.")

    def _summary(self):
        return f"Turned by {self.turn} <degrees>."


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too


def test_a_value_is_an_attribute_that_is_checked_read_and_written():
    figure = Dial(2.7, [1])
    assert (figure.turn, figure.given) == (2, [1])
    figure.turn = "5"
    assert figure.turn == 5
    with pytest.raises(ValueError, match="invalid literal"):
        figure.turn = "far"
    figure.given.append(2)  # alters what was read, and not the figure
    assert figure.given == [1]
    assert Dial.turn.__doc__ == "How far it is turned."


def test_a_handler_hears_its_value_until_it_is_taken_away():
    figure, seen = Dial(), []
    figure.observe(seen.append, "turn")
    figure.turn, figure.given = 3, [1]
    figure.turn = 3  # no change
    assert [(change.name, change.old, change.new, change.owner) for change in seen] == [
        ("turn", 0, 3, figure)
    ]
    figure.unobserve(print, "turn")  # unknown, and passed over
    figure.unobserve(seen.append, "turn")
    figure.turn = 4
    assert len(seen) == 1
    for watch in (figure.observe, figure.unobserve):
        with pytest.raises(ValueError, match="there is no name 'tune'; choose one of turn, given"):
            watch(print, "tune")


def test_a_page_of_its_own_has_a_title_and_a_sentence_for_readers_without_script():
    fragment, page = Dial(3).to_html(), Dial(3).to_html(standalone=True)
    assert "<p>Turned by 3 &lt;degrees&gt;.</p></noscript>" in fragment
    assert "<title>Dial &amp; &lt;co&gt;</title>" in page
    assert page.startswith("<!doctype html>")
    assert "<!doctype" not in fragment
    state = json.loads(Page(fragment).scripts[0])
    assert (state["turn"], state["given"], state["static"]) == (3, [], True)
    assert ".sl-distributions" in state["css"]


def test_a_figure_says_what_it_is_itself():
    with pytest.raises(NotImplementedError):
        base.Interactive({"title": "t"}, {}, {})._summary()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[0.25, 0.5]], "float32"),
        ([[0, 255]], "uint8"),
        ([[256, 1]], "uint16"),
        ([[70_000, 1]], "uint32"),
        (np.zeros((0, 2), int), "uint8"),
    ],
)
def test_what_is_packed_is_unpacked(values, kind):
    packed = base.pack(np.array(values))
    assert packed["type"] == kind
    if len(values):
        np.testing.assert_array_equal(base.unpack(packed, len(values)), values)


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028\u2029", "\ud800 half", "\x00", '"\\'])
def test_json_may_stand_inside_a_script_tag_and_comes_back(text):
    written = base.to_json({text: [text]})
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", written)
    assert json.loads(written) == {text: [text]}


def test_json_holds_no_number_that_javascript_cannot_read():
    with pytest.raises(ValueError, match="not JSON compliant"):
        base.to_json([float("nan")])


def test_hostile_texts_stay_data():
    texts = [*HOSTILE, *[{key: key} for key in HOSTILE]]
    given_ = simulated(len(texts))
    given_ |= {
        "texts": texts,
        "ids": [f"{text} {i}" for i, text in enumerate(texts)],
        "class_names": HOSTILE[:4],
    }
    given_ |= {
        "title": "".join(HOSTILE[:-1]),
        "note": HOSTILE[0],
        "p_model": {HOSTILE[1]: given_["p_model"]["soft"]},
    }
    figure = Explorer(payload(**given_))
    for standalone in (False, True):
        written = figure.to_html(standalone=standalone)
        page = Page(written)
        assert len(page.scripts) == 2
        assert "img" not in page.tags
        state = json.loads(page.scripts[0])
        assert state["payload"] == figure.payload  # all of it comes back
        pairs = [[list(part) for part in text.items()] if isinstance(text, dict) else text for text in texts]
        assert state["payload"]["texts"] == pairs
        assert not re.search("[<\u2028\u2029\ud800]", page.scripts[0])
        written.encode()  # a lone surrogate would make the page impossible to write


@given(ANY_TEXT)
def test_any_text_comes_back_from_the_page(text):
    shown = payload(["a"], ["x", "y"], [[1, 0]], {"hard": [[1, 0]]}, texts=[{text: text}], title="t")
    page = Page(Explorer(shown).to_html())
    assert len(page.scripts) == 2
    assert json.loads(page.scripts[0])["payload"]["texts"] == [[[text, text]]]


@given(ANY_TEXT)
@example("\r\n \x85\x92 \x00 \ud800")
def test_any_text_comes_back_from_markup(text):
    written = base.as_text(text)
    assert not re.search("[<>\"'\r\x00\ud800-\udfff]", written)
    assert html.unescape(written) == re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def test_a_live_explorer_sends_what_a_message_can_hold():
    figure = make(texts=[{"half \udc80": "half \ud800"}] * 40)
    sent = figure.widget.get_state(["payload", "selected"])
    json.dumps(sent, ensure_ascii=False).encode()  # as a notebook's messages are written
    assert sent["payload"]["texts"][0] == [["half \ufffd", "half \ufffd"]]
    assert figure.payload["texts"][0] == [["half \udc80", "half \ud800"]]


def test_the_module_can_stand_inside_a_script_tag():
    module = base.inline_module("explorer")
    assert "export" not in re.sub(r"//.*", "", module)
    assert not re.search(r"</script|<!--|https?://(?!www\.w3\.org/)|import[\s(]", module)


@pytest.fixture
def bundled(monkeypatch):
    """Let a text stand for every bundle."""

    def put(text):
        base.inline_module.cache_clear()
        monkeypatch.setattr(base, "source", lambda file: text)

    yield put
    base.inline_module.cache_clear()


def test_a_bundlers_export_is_understood(bundled):
    bundled("var a_default = { render };\nexport {\n  a_default as default\n};\n")
    assert base.inline_module("explorer") == "var a_default = { render };\nconst figure = a_default;\n"


END = "export{a as default};"


@pytest.mark.parametrize("text", ["const a = 1;", END + "b();", f"'</SCRIPT>';{END}", f"'<!--';{END}", ""])
def test_a_module_that_cannot_stand_inside_a_script_tag_is_refused(bundled, text):
    bundled(text)
    with pytest.raises(ValueError, match=r"explorer/bundle\.js must end with one default export"):
        base.inline_module("explorer")


def test_two_explorers_of_the_same_data_have_ids_of_their_own():
    figure = make()
    first, second = (re.search('<div id="([^"]+)"', figure.to_html())[1] for _ in range(2))
    assert first != second
    assert first.rsplit("-", 1)[0] == second.rsplit("-", 1)[0]  # the same hash of the same data


def test_a_static_build_shows_html_alone_and_makes_no_widget(monkeypatch):
    monkeypatch.setenv("EXPLORER_STATIC", "1")
    figure = make()
    seen = []
    figure.observe(seen.append, "selected")
    figure.selected = 120
    assert list(figure._repr_mimebundle_()) == ["text/html"]
    assert figure._widget is None
    assert [change.new for change in seen] == ["120"]
    state = json.loads(Page(figure.to_html()).scripts[0])
    assert state["selected"] == "120"


def test_a_live_explorer_and_python_share_the_choice(monkeypatch):
    monkeypatch.delenv("EXPLORER_STATIC", raising=False)
    figure = make()
    seen = []
    figure.observe(seen.append, "selected")
    bundle = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (bundle[0] if isinstance(bundle, tuple) else bundle)
    assert figure.widget.selected == figure.selected
    figure.widget.selected = "117"  # as a click in the page does
    assert figure.selected == "117"
    figure.selected = 118
    assert figure.widget.selected == "118"
    assert [change["new"] for change in seen] == ["117", "118"]
    figure.unobserve(seen.append, "selected")
    figure.selected = 119
    assert len(seen) == 2


def test_a_live_explorer_links_to_other_widgets():
    import ipywidgets
    import traitlets

    figure = make()
    menu = ipywidgets.Dropdown(options=figure.payload["ids"], value=figure.selected)
    traitlets.link((figure.widget, "selected"), (menu, "value"))
    menu.value = "117"
    assert figure.selected == "117"
    figure.selected = 118
    assert menu.value == "118"


def test_a_live_explorer_refuses_what_it_does_not_hold():
    from traitlets import TraitError

    figure = make()
    for trait in ("selected", "arm", "beside", "order", "colour", "filter", "region"):
        before = getattr(figure.widget, trait)
        with pytest.raises(TraitError, match="none such"):
            setattr(figure.widget, trait, "none such")
        assert getattr(figure.widget, trait) == before


def test_the_data_cross_the_wire_once(monkeypatch):
    figure = make()
    sent = []
    monkeypatch.setattr(type(figure.widget), "send_state", lambda self, key=None: sent.append(key))
    figure.widget.observe(lambda change: sent.append(change["name"]))
    figure.selected = 117
    figure.arm = "soft"
    figure.region = (0, 1, 0, 1)
    figure.filter = {"where": "differ"}
    names = {name for key in sent for name in ([key] if isinstance(key, str) else key or ["everything"])}
    assert names == {"selected", "arm", "beside", "region", "filter"}  # of two arms, one beside the other


@pytest.mark.parametrize("kind", ["explorer", "playground", "labels", "classroom", "distributions"])
def test_importing_a_figure_imports_neither_torch_nor_a_notebooks_library(kind):
    code = (
        f"import sys, softlabel_book.interactive.{kind}; "
        "print({'torch', 'IPython', 'ipywidgets', 'anywidget', 'traitlets', 'matplotlib'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_colours_are_the_books():
    sheet = json.loads(Page(make().to_html()).scripts[0])["css"]
    for name, shades in palette.COLOURS.items():
        for colour in shades.values():
            assert f"--_{name}: var(--sl-{name}, {colour});" in sheet
    assert base.look("sl-explorer") in sheet
    assert ".sl-root" not in sheet
    other = base.look("sl-gallery")
    assert other.replace(".sl-gallery", ".sl-explorer") == base.look("sl-explorer") != other
    used = set(re.findall(r"var\((--_[\w-]+)", sheet))
    named = {f"--_{name}" for name in [*palette.COLOURS, *palette.FONT]}
    assert used <= named | {"--_own", "--_own-text", "--_share", "--_low", "--_high", "--_longest"}
