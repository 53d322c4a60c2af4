"""The explorer's seam: what is packed for the page, what a page may hold, what a notebook sees."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from shared import HOSTILE

from softlabel_book import chapter, palette
from softlabel_book.interactive import base as interactive
from softlabel_book.interactive import explorer
from softlabel_core import data, metrics, votes
from softlabel_core.study import protocols

CLASSES = ("cat", "dog", "deer", "ship")
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too


def simulated(n: int = 40, seed: int = 0) -> dict:
    """Arguments of `payload` for n simulated items of four classes."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(20, rng.dirichlet(np.full(4, 0.5), n))
    arms = {"soft": rng.dirichlet(np.ones(4), n), "hard": rng.dirichlet(np.full(4, 0.2), n)}
    return {
        "ids": range(100, 100 + n),
        "class_names": CLASSES,
        "counts": counts,
        "p_model": arms,
        "title": "Simulated",
    }


def make(**changes) -> explorer.Explorer:
    return explorer.Explorer(explorer.payload(**simulated() | changes))


def unpack(packed: dict, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["base64"]), packed["type"]).reshape(shape)


class Page(HTMLParser):
    """What a browser would find: how many scripts, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data


def test_numbers_are_the_cores():
    given_ = simulated()
    shown = explorer.payload(**given_)
    p_human = votes.distribution(given_["counts"])
    np.testing.assert_allclose(shown["entropy"], votes.entropy(p_human), atol=1e-10)
    for arm, p in given_["p_model"].items():
        np.testing.assert_allclose(shown["models"][arm]["entropy"], votes.entropy(p), atol=1e-7)
        kl = [scipy.stats.entropy(h, q) for h, q in zip(p_human, p, strict=True)]
        np.testing.assert_allclose(shown["models"][arm]["kl"], kl, atol=1e-7)
        assert shown["models"][arm]["choice"] == p.argmax(axis=1).tolist()


def test_votes_survive_exactly_and_probabilities_to_seven_digits():
    given_ = simulated()
    shown = explorer.payload(**given_)
    assert (unpack(shown["counts"], (40, 4)) == given_["counts"]).all()
    packed = shown["models"]["soft"]["p"]
    assert packed["type"] == "float32"
    np.testing.assert_allclose(unpack(packed, (40, 4)), given_["p_model"]["soft"], atol=1e-7)
    assert shown["models"]["soft"]["low"] is None  # one prediction has no range


def test_of_several_seeds_mean_and_range_are_shown():
    given_ = simulated()
    seeds = np.random.default_rng(3).dirichlet(np.ones(4), (5, 40))
    one = explorer.payload(**given_ | {"p_model": {"soft": seeds}})["models"]["soft"]
    mean = seeds.mean(axis=0)
    np.testing.assert_allclose(unpack(one["p"], (40, 4)), mean, atol=1e-7)
    np.testing.assert_allclose(one["entropy"], votes.entropy(mean), atol=1e-7)
    assert one["choice"] == mean.argmax(axis=1).tolist()
    for name, edge in (("low", seeds.min(axis=0)), ("high", seeds.max(axis=0))):
        assert (unpack(one[name], (40, 4)) == np.rint(edge * 100)).all()
        assert one[name]["scale"] == 100


def test_more_than_255_votes_take_a_wider_type():
    shown = explorer.payload(["a"], ["x", "y"], [[70_000, 300]], {"hard": [[0.5, 0.5]]}, title="t")
    assert shown["counts"]["type"] == "uint32"
    assert unpack(shown["counts"], (1, 2)).tolist() == [[70_000, 300]]


def test_infinite_kl_is_none_and_entropies_of_certainty_are_plain_zero():
    shown = explorer.payload(["a"], ["x", "y"], [[3, 0]], {"hard": [[0.0, 1.0]]}, title="t")
    assert shown["models"]["hard"]["kl"] == [None]
    assert str(shown["models"]["hard"]["entropy"][0]) == "0.0"
    assert "Infinity" not in json.dumps(shown)


def test_arms_come_in_the_studys_order():
    p = simulated()["p_model"]["soft"]
    arms = {"smoothing": p, "soft": p, "gold": p, "hard": p}
    assert make(p_model=arms).payload["arms"] == ["hard", "gold", "soft", "smoothing"]


def test_orders():
    counts = [[10, 0, 0], [5, 5, 0], [0, 9, 1], [8, 1, 1]]
    hard = [[0.1, 0.9, 0.0], [0.5, 0.5, 0.0], [0.98, 0.01, 0.01], [0.9, 0.05, 0.05]]
    shown = explorer.payload(["i10", "i9", "i2", "i1"], ["x", "y", "z"], counts, {"hard": hard}, title="t")
    orders = {order["key"]: order["items"] for order in shown["orders"]}
    assert orders["ambiguous"] == [1, 3, 2, 0]
    # rows 2 (.98 against 0 votes) and 0 (.90) are wrong; rows 3 and 1 are right, 3 with the larger KL
    assert orders["wrong"] == [2, 0, 3, 1]
    assert orders["id"] == [3, 2, 1, 0]
    assert "apart" not in orders  # one arm is never apart from itself


def test_orders_of_two_arms():
    counts = [[10, 0], [10, 0], [0, 10]]
    arms = {"hard": [[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], "soft": [[0.1, 0.9], [0.4, 0.6], [0.2, 0.8]]}
    shown = explorer.payload(["a", "b", "c"], ["x", "y"], counts, arms, title="t")
    orders = {order["key"]: order["items"] for order in shown["orders"]}
    assert orders["wrong"] == [1, 2, 0]  # .6, then .5 against no vote
    assert orders["wrong-soft"] == [0, 1, 2]  # .9 and .6 against no vote; the last is right
    assert orders["apart"] == [0, 2, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60))
def test_every_order_holds_every_item_once(seed, n):
    for order in explorer.payload(**simulated(n, seed))["orders"]:
        assert sorted(order["items"]) == list(range(n))


@pytest.mark.parametrize(("channels", "kind", "off"), [(1, "png", 0), (3, "jpeg", 2)])
def test_images_become_one_picture(channels, kind, off):
    level = np.arange(40, dtype=np.uint8) * 6
    images = np.broadcast_to(level[:, None, None, None], (40, 32, 32, channels))
    sprite = make(images=images).payload["sprite"]
    head, data = sprite["src"].split(",")
    assert head == f"data:image/{kind};base64"
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), dtype=int)
    for i in range(40):
        row, column = divmod(i, sprite["columns"])
        tile = sheet[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32]
        assert abs(tile - level[i]).max() <= off


def test_large_images_are_reduced_and_small_ones_kept():
    large = make(images=np.zeros((40, 100, 50, 3), np.uint8)).payload["sprite"]
    assert (large["width"], large["height"]) == (16, 32)
    small = make(images=np.zeros((40, 8, 8), np.uint8)).payload["sprite"]
    assert (small["width"], small["height"]) == (8, 8)


def test_a_thousand_coloured_thumbnails_fit_in_one_and_a_half_megabytes():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (1000, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    noisy = coarse + rng.normal(0, 20, coarse.shape)  # busier than any photograph
    given_ = simulated(1000)
    given_["p_model"]["gold"] = given_["p_model"]["hard"]
    page = make(**given_, images=noisy.clip(0, 255).astype(np.uint8)).to_html()
    assert len(page.encode()) < 1_500_000


def test_sample_is_spread_as_the_whole():
    rng = np.random.default_rng(0)
    counts = rng.multinomial(20, rng.dirichlet(np.full(4, 0.2), 5000))
    rows = explorer.sample(counts, 500, seed=1)
    assert len(set(rows.tolist())) == 500
    assert (np.diff(rows) > 0).all()
    whole = np.sort(votes.entropy(votes.distribution(counts)))
    part = np.sort(votes.entropy(votes.distribution(counts[rows])))
    assert scipy.stats.ks_2samp(whole, part).statistic < 0.005  # 500 rows at random: about .03
    assert (explorer.sample(counts, 500, seed=1) == rows).all()
    assert (explorer.sample(counts, 500, seed=2) != rows).any()
    assert explorer.sample(counts, 9999).tolist() == list(range(5000))


def test_the_note_says_that_items_are_a_sample():
    assert make(sampled_from=10_000, note="And more.").payload["note"] == (
        "A sample of 40 of 10,000 items, stratified by human entropy. And more."
    )
    assert make(sampled_from=40, note="All.").payload["note"] == "All."


BAD = {
    "rows": ({"ids": range(39)}, "ids has 39 entries but counts has 40 rows"),
    "columns": ({"class_names": CLASSES[:3]}, "class_names has 3 entries but counts has 4 columns"),
    "one name": ({"class_names": ["a", "a", "b", "c"]}, "the class 'a' comes twice"),
    "twice": ({"ids": [1] * 40}, "the id '1' comes twice"),
    "negative": ({"counts": np.full((40, 4), -1)}, "row 0, column 0: -1 is negative"),
    "shape": ({"p_model": {"hard": np.full((40, 5, 4), 0.25)}}, r"p_model\['hard'\] has shape \(40, 5, 4\)"),
    "seed's sum": (
        {"p_model": {"hard": np.full((2, 40, 4), 0.3)}},
        r"p_model\['hard'\]\[0\] row 0 sums to 1.2",
    ),
    "sum": ({"p_model": {"soft": np.full((40, 4), 0.3)}}, r"p_model\['soft'\] row 0 sums to 1.2"),
    "nan": ({"p_model": {"soft": np.full((40, 4), np.nan)}}, r"p_model\['soft'\] row 0, column 0: nan"),
    "no arm": ({"p_model": {}}, "p_model holds no arm"),
    "human arm": ({"p_model": {"human": np.full((40, 4), 0.25)}}, "'human', a name kept for the votes"),
    "gold length": ({"gold": [0] * 41}, "gold has 41 entries"),
    "gold range": ({"gold": [0] * 39 + [4]}, "gold row 39 is 4; give class numbers from 0 to 3"),
    "gold words": ({"gold": ["cat"] * 40}, "give one class number for each item"),
    "texts": ({"texts": ["a"]}, "texts has 1 entries"),
    "one text": ({"texts": "a" * 40}, "texts is one string"),
    "no text": ({"texts": ["a"] * 39 + [float("nan")]}, "texts row 39 holds nan"),
    "no text in part": ({"texts": [{"premise": None}] * 40}, "texts row 0 holds None under 'premise'"),
    "no heading": ({"texts": [{1: "a"}] * 40}, "texts row 0 holds 'a' under 1"),
    "empty": ({"texts": ["a"] * 39 + [{}]}, "texts row 39 is an empty mapping"),
    "warning": ({"warning": "This may offend."}, "a warning was given without texts"),
    "images": ({"images": np.zeros((40, 32, 32, 3))}, "images is float64 of shape"),
    "images length": ({"images": np.zeros((3, 32, 32, 3), np.uint8)}, "images has 3 entries"),
    "both": ({"texts": ["a"] * 40, "images": np.zeros((40, 8, 8), np.uint8)}, "shows one of them"),
    "sample": ({"sampled_from": 10}, "sampled_from is 10, fewer than the 40 items"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    changes, sentence = BAD[case]
    with pytest.raises(ValueError, match=sentence):
        make(**changes)


def test_an_unknown_item_arm_or_order_is_named():
    with pytest.raises(ValueError, match="no item in this explorer has the id '7'; it holds 40 item"):
        make().selected = 7
    for changes in ({"arm": "softer"}, {"order": "size"}):
        with pytest.raises(ValueError, match=f"no {next(iter(changes))} {next(iter(changes.values()))!r}"):
            explorer.Explorer(explorer.payload(**simulated()), **changes)
    with pytest.raises(ValueError, match="neither a study nor an explorer's payload"):
        explorer.Explorer({"ids": []})
    with pytest.raises(ValueError, match="a payload is complete"):
        explorer.Explorer(explorer.payload(**simulated()), n_items=3)
    with pytest.raises(ValueError, match="a sample of 0 items"):
        explorer.sample([[1, 2]], 0)


AMISS = {
    "an older one": ({"format": 2}, "the payload has format 2, and this version reads format 3"),
    "half": (dict.fromkeys(("ids", "orders")), "the payload lacks 'ids', 'orders'; make it anew"),
    "an arm's numbers": ({"arms": ["hard", "late"]}, "the payload lacks the arm 'late'"),
    "an id": ({"ids": ["a"]}, "the payload holds 1 ids but 40 entries in entropy"),
    "an order": ({"orders": [{"key": "id", "label": "", "items": [0]}]}, "but 1 entries in the order 'id'"),
}


@pytest.mark.parametrize("case", AMISS)
def test_a_payload_altered_by_hand_is_refused_in_a_sentence(case):
    changes, sentence = AMISS[case]
    altered = explorer.payload(**simulated()) | changes
    altered = {key: value for key, value in altered.items() if value is not None or key not in changes}
    with pytest.raises(ValueError, match=sentence):
        explorer.Explorer(altered)


def test_a_payload_survives_a_file():
    kept = json.loads(json.dumps(explorer.payload(**simulated())))
    assert explorer.Explorer(kept)._state() == make()._state()


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
    figure = explorer.Explorer(explorer.payload(**given_))
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
    shown = explorer.payload(["a"], ["x", "y"], [[1, 0]], {"hard": [[1, 0]]}, texts=[{text: text}], title="t")
    page = Page(explorer.Explorer(shown).to_html())
    assert len(page.scripts) == 2
    assert json.loads(page.scripts[0])["payload"]["texts"] == [[[text, text]]]


@given(ANY_TEXT)
@example("\r\n \x85\x92 \x00 \ud800")
def test_any_text_comes_back_from_markup(text):
    written = interactive.as_text(text)
    assert not re.search("[<>\"'\r\x00\ud800-\udfff]", written)
    assert html.unescape(written) == re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def test_headings_that_are_numbers_keep_their_order():
    shown = make(texts=[{"2": "second", "1": "first"}] * 40).payload["texts"]
    assert shown[0] == [["2", "second"], ["1", "first"]]


def test_a_live_explorer_sends_what_a_message_can_hold():
    figure = make(texts=[{"half \udc80": "half \ud800"}] * 40)
    sent = figure.widget.get_state(["payload", "selected"])
    json.dumps(sent, ensure_ascii=False).encode()  # as a notebook's messages are written
    assert sent["payload"]["texts"][0] == [["half \ufffd", "half \ufffd"]]
    assert figure.payload["texts"][0] == [["half \udc80", "half \ud800"]]


def test_the_module_can_stand_inside_a_script_tag():
    module = interactive.inline_module("explorer")
    assert "export" not in re.sub(r"//.*", "", module)
    assert not re.search(r"</script|<!--|https?://(?!www\.w3\.org/)|import[\s(]", module)


def test_a_bundlers_export_is_understood(monkeypatch):
    interactive.inline_module.cache_clear()
    monkeypatch.setattr(
        interactive,
        "source",
        lambda file: "var a_default = { render };\nexport {\n  a_default as default\n};\n",
    )
    assert interactive.inline_module("explorer") == "var a_default = { render };\nconst figure = a_default;\n"
    interactive.inline_module.cache_clear()
    monkeypatch.setattr(interactive, "source", lambda file: "const a = 1;")
    with pytest.raises(ValueError, match="must end with one default export"):
        interactive.inline_module("explorer")
    monkeypatch.undo()
    interactive.inline_module.cache_clear()


def test_two_explorers_of_the_same_data_have_ids_of_their_own():
    figure = make()
    first, second = (re.search('<div id="([^"]+)"', figure.to_html())[1] for _ in range(2))
    assert first != second
    assert first.rsplit("-", 1)[0] == second.rsplit("-", 1)[0]  # the same hash of the same data


def test_a_reader_without_script_is_told_what_the_figure_shows():
    page = make().to_html()
    told = re.search("<noscript>.*<p>(.*?)</p></noscript>", page)[1]
    mean = votes.entropy(votes.distribution(simulated()["counts"])).mean()
    assert f"for 40 items. Mean entropy in nats: the votes {mean:.3f}; the hard arm" in told


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
    figure.unobserve(seen.append)
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


def test_the_first_choice_is_the_first_of_the_order():
    shown = explorer.payload(**simulated())
    for order in shown["orders"]:
        figure = explorer.Explorer(shown, order=order["key"])
        assert figure.selected == shown["ids"][order["items"][0]]
    assert explorer.Explorer(shown, selected=111).selected == "111"


def test_what_is_shown_follows_filter_and_region():
    figure = make()
    given_ = simulated()
    p_human = votes.distribution(given_["counts"])
    hard, soft = (given_["p_model"][arm] for arm in ("hard", "soft"))
    human, own = votes.entropy(p_human), votes.entropy(hard)
    ids = np.array([str(i) for i in given_["ids"]])
    assert sorted(figure.shown) == sorted(ids)
    figure.region = (0.2, 1.0, 0.1, 0.9)
    wanted = (human >= 0.2) & (human <= 1.0) & (own >= 0.1) & (own <= 0.9)
    assert 0 < wanted.sum() < 40
    assert set(figure.shown) == set(ids[wanted])
    figure.filter = {"where": "differ"}
    wanted &= hard.argmax(axis=1) != soft.argmax(axis=1)
    assert set(figure.shown) == set(ids[wanted])
    figure.region = None
    for where, rule in {
        "first-nearer": np.less(*(metrics.per_item(np.log(p), given_["counts"])["kl"] for p in (hard, soft))),
        "second-wrong": [row[soft[i].argmax()] < row.max() for i, row in enumerate(given_["counts"])],
    }.items():
        figure.filter = {"where": where, "majority": None}
        assert set(figure.shown) == set(ids[np.array(rule)])
    figure.filter = {"where": "all", "majority": "dog"}
    dogs = given_["counts"][:, 1] == given_["counts"].max(axis=1)
    assert set(figure.shown) == set(ids[dogs])
    order = next(o["items"] for o in figure.payload["orders"] if o["key"] == "ambiguous")
    assert figure.shown == [str(100 + row) for row in order if dogs[row]]


def test_no_arm_is_compared_with_itself():
    given_ = simulated()
    given_["p_model"]["gold"] = given_["p_model"]["hard"][::-1]
    figure = make(**given_)
    assert (figure.arm, figure.beside) == ("hard", "soft")
    seen = []
    figure.observe(seen.append, "beside")
    figure.arm = "soft"  # the two change places
    assert (figure.arm, figure.beside) == ("soft", "hard")
    assert [change.new for change in seen] == ["hard"]
    figure.beside = "soft"
    assert (figure.arm, figure.beside) == ("hard", "soft")
    figure.widget.arm = "soft"  # as another widget that is linked does
    assert (figure.widget.arm, figure.widget.beside, figure.beside) == ("soft", "hard", "hard")
    figure.arm = "gold"
    assert (figure.arm, figure.beside) == ("gold", "hard")
    assert explorer.Explorer(explorer.payload(**given_), arm="soft").beside == "gold"
    with pytest.raises(ValueError, match="arm and beside are both 'soft'; compare it with one of hard, gold"):
        explorer.Explorer(explorer.payload(**given_), arm="soft", beside="soft")


def test_of_one_arm_only_what_can_be_asked_of_one_is_asked():
    figure = make(p_model={"soft": simulated()["p_model"]["soft"]})
    assert (figure.arm, figure.beside) == ("soft", "soft")
    figure.filter = {"where": "first-wrong"}
    with pytest.raises(ValueError, match="no question 'differ'; choose one of all, first-wrong"):
        figure.filter = {"where": "differ"}


def test_order_and_colour_are_written_as_the_others_are():
    figure = make()
    figure.order, figure.colour = "id", "class"
    assert (figure._state()["order"], figure._state()["colour"]) == ("id", "class")
    assert figure.shown == figure.payload["ids"]
    with pytest.raises(ValueError, match="there is no colour 'mood'"):
        figure.colour = "mood"


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
def test_a_region_may_be_an_array_of_any_numbers(kind):
    figure = make()
    figure.region = np.array([0, 1, 0, 1], dtype=kind)
    assert figure.region == [0.0, 1.0, 0.0, 1.0]
    json.dumps(figure.region)


@pytest.mark.parametrize("edges", ["abcd", (1, 0, 0, 1), (0, 1, np.nan, 1), (0, 1), 7])
def test_a_region_that_is_none_is_named(edges):
    with pytest.raises(ValueError, match=r"is not \[human from, human to, arm from, arm to\] in nats"):
        make().region = edges


def test_a_filter_that_is_none_is_named():
    with pytest.raises(ValueError, match="there is no class 'unicorn'; choose one of cat, dog"):
        make().filter = {"majority": "unicorn"}
    with pytest.raises(ValueError, match="there is no question 'why'"):
        make().filter = {"where": "why"}
    for wrong in ({"colour": "red"}, "all", None):
        with pytest.raises(ValueError, match=r"is not \{'majority'"):
            make().filter = wrong


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


def test_a_study_explores_itself():
    whole = data.load("digits").take(np.arange(400))
    protocol = protocols.get("digits", "small", epochs=1)
    opened = chapter.train_here(whole, protocol, ["hard", "soft"], [0, 1], "quick")
    figure = explorer.Explorer(opened.study, whole)
    assert figure.payload["ids"] == list(map(str, opened.test.ids))
    assert figure.payload["arms"] == ["hard", "soft"]
    assert figure.payload["note"].startswith("Predictions are means over 2 seeds, ")
    assert figure.payload["name"] == "digits-small"
    np.testing.assert_allclose(figure.payload["entropy"], votes.entropy(opened.test.p_human), atol=1e-7)
    mean = opened.study.p_model("soft")
    np.testing.assert_allclose(unpack(figure.payload["models"]["soft"]["p"], mean.shape), mean, atol=2e-7)
    few = explorer.Explorer(opened.study, opened.test, n_items=50, arms=["soft"], note="More.")
    assert len(few.payload["ids"]) == 50
    assert few.payload["note"].startswith(f"A sample of 50 of {opened.test.n_items:,} items")
    assert few.payload["note"].endswith("More.")


def test_importing_it_imports_no_notebook_library():
    code = (
        "import sys, softlabel_book.interactive.explorer; "
        "print([name for name in ('IPython', 'ipywidgets', 'anywidget', 'traitlets') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_colours_are_the_books(monkeypatch):
    sheet = json.loads(Page(make().to_html()).scripts[0])["css"]
    for name, shades in palette.COLOURS.items():
        for colour in shades.values():
            assert f"--_{name}: var(--sl-{name}, {colour});" in sheet
    assert interactive.look("sl-explorer") in sheet
    assert ".sl-root" not in sheet
    other = interactive.look("sl-gallery")
    assert other.replace(".sl-gallery", ".sl-explorer") == interactive.look("sl-explorer") != other
    used = set(re.findall(r"var\((--_[\w-]+)", sheet))
    named = {f"--_{name}" for name in [*palette.COLOURS, *palette.FONT]}
    assert used <= named | {"--_own", "--_own-text", "--_share", "--_low", "--_high", "--_longest"}
