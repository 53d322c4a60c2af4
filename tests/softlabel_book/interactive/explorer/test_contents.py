"""What an explorer's payload holds: the core's numbers, packed, and nothing that was not given."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.stats
from explored import CLASSES, make, simulated

from softlabel_book.interactive.base import unpack
from softlabel_book.interactive.explorer import Explorer, contents, payload
from softlabel_core import votes


def test_numbers_are_the_cores():
    given_ = simulated()
    shown = payload(**given_)
    p_human = votes.distribution(given_["counts"])
    np.testing.assert_allclose(shown["entropy"], votes.entropy(p_human), atol=1e-10)
    for arm, p in given_["p_model"].items():
        np.testing.assert_allclose(shown["models"][arm]["entropy"], votes.entropy(p), atol=1e-7)
        kl = [scipy.stats.entropy(h, q) for h, q in zip(p_human, p, strict=True)]
        np.testing.assert_allclose(shown["models"][arm]["kl"], kl, atol=1e-7)
        assert shown["models"][arm]["choice"] == p.argmax(axis=1).tolist()


def test_votes_survive_exactly_and_probabilities_to_seven_digits():
    given_ = simulated()
    shown = payload(**given_)
    assert (unpack(shown["counts"], 40) == given_["counts"]).all()
    packed = shown["models"]["soft"]["p"]
    assert packed["type"] == "float32"
    np.testing.assert_allclose(unpack(packed, 40), given_["p_model"]["soft"], atol=1e-7)
    assert shown["models"]["soft"]["low"] is None  # one prediction has no range


def test_of_several_seeds_mean_and_range_are_shown():
    given_ = simulated()
    seeds = np.random.default_rng(3).dirichlet(np.ones(4), (5, 40))
    one = payload(**given_ | {"p_model": {"soft": seeds}})["models"]["soft"]
    mean = seeds.mean(axis=0)
    np.testing.assert_allclose(unpack(one["p"], 40), mean, atol=1e-7)
    np.testing.assert_allclose(one["entropy"], votes.entropy(mean), atol=1e-7)
    assert one["choice"] == mean.argmax(axis=1).tolist()
    for name, edge in (("low", seeds.min(axis=0)), ("high", seeds.max(axis=0))):
        assert (unpack(one[name], 40) == np.rint(edge * 100)).all()
        assert one[name]["scale"] == 100


def test_more_than_255_votes_take_a_wider_type():
    shown = payload(["a"], ["x", "y"], [[70_000, 300]], {"hard": [[0.5, 0.5]]}, title="t")
    assert shown["counts"]["type"] == "uint32"
    assert unpack(shown["counts"], 1).tolist() == [[70_000, 300]]


def test_infinite_kl_is_none_and_entropies_of_certainty_are_plain_zero():
    shown = payload(["a"], ["x", "y"], [[3, 0]], {"hard": [[0.0, 1.0]]}, title="t")
    assert shown["models"]["hard"]["kl"] == [None]
    assert str(shown["models"]["hard"]["entropy"][0]) == "0.0"
    assert "Infinity" not in json.dumps(shown)


def test_arms_come_in_the_studys_order():
    p = simulated()["p_model"]["soft"]
    arms = {"smoothing": p, "soft": p, "gold": p, "hard": p}
    assert make(p_model=arms).payload["arms"] == ["hard", "gold", "soft", "smoothing"]


def test_the_note_says_that_items_are_a_sample():
    assert make(sampled_from=10_000, note="And more.").payload["note"] == (
        "A sample of 40 of 10,000 items, stratified by human entropy. And more."
    )
    assert make(sampled_from=40, note="All.").payload["note"] == "All."


def test_a_thousand_coloured_thumbnails_fit_in_one_and_a_half_megabytes():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (1000, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    noisy = coarse + rng.normal(0, 20, coarse.shape)  # busier than any photograph
    given_ = simulated(1000)
    given_["p_model"]["gold"] = given_["p_model"]["hard"]
    page = make(**given_, images=noisy.clip(0, 255).astype(np.uint8)).to_html()
    assert len(page.encode()) < 1_500_000


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
    altered = payload(**simulated()) | changes
    altered = {key: value for key, value in altered.items() if value is not None or key not in changes}
    with pytest.raises(ValueError, match=sentence):
        Explorer(altered)


def test_what_is_no_payload_is_refused():
    with pytest.raises(ValueError, match="this is no explorer's payload"):
        contents.check({"ids": []})
    with pytest.raises(ValueError, match="this is no explorer's payload"):
        Explorer("cifar10h")


def test_a_payload_survives_a_file():
    kept = json.loads(json.dumps(payload(**simulated())))
    assert Explorer(kept)._state() == make()._state()
