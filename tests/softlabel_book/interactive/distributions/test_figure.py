"""Two distributions: the measures are the core's, the presets show what they say, Python can set and watch."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from softlabel_book.interactive.distributions import PRESETS, VOTES, Distributions, Preset, compare
from softlabel_core import metrics, votes
from softlabel_core.losses import soft_cross_entropy

HOSTILE = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "\u202e{name}\ud800",
)


def state(figure: Distributions) -> dict:
    """What the page is given."""
    return json.loads(re.search(r'-state">(.*?)</script>', figure.to_html(), re.DOTALL)[1])


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_compare_agrees_with_the_core_scipy_and_torch(n_classes, seed):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(10, rng.dirichlet(np.ones(n_classes)))
    p, q = counts / 10, rng.dirichlet(np.ones(n_classes)) * 0.999 + 0.001 / n_classes
    found, core = compare(p, q), metrics.per_item(np.log(q)[None], counts[None])
    for key in ("kl", "js_distance", "total_variation"):
        assert found[key] == pytest.approx(core[key][0], abs=1e-9)
    assert found["entropy_human"] == pytest.approx(votes.entropy(p))
    assert found["kl_reverse"] == pytest.approx(scipy.stats.entropy(q, p))
    loss = soft_cross_entropy(torch.tensor(np.log(q))[None], torch.tensor(p, dtype=torch.float32)[None])
    assert found["cross_entropy"] == pytest.approx(float(loss), abs=1e-5)
    if found["js_distance"] > 1e-6:
        assert found["js_distance"] == pytest.approx(jensenshannon(p, q), abs=1e-9)


def test_compare_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"p_human has shape \(3,\) and p_model \(2,\)"):
        compare([0.6, 0.3, 0.1], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"p_model row 0 sums to 1\.5"):
        compare([0.5, 0.5], [1.0, 0.5])


# The figure from Python


def test_both_are_set_read_and_watched():
    figure, seen = Distributions(), []
    figure.observe(lambda change: seen.append((change.name, change.new)), "p_model")
    figure.p_model = np.array([0.2, 0.3, 0.5])
    figure.p_human = [1, 0, 0]
    assert figure.p_model == [0.2, 0.3, 0.5]
    assert figure.p_human == [1, 0, 0]
    assert seen == [("p_model", [0.2, 0.3, 0.5])]
    assert figure.measures() == compare([1, 0, 0], [0.2, 0.3, 0.5])
    assert state(figure)["p_human"] == [1, 0, 0]
    assert state(figure)["payload"]["first"]["p_human"] == list(VOTES)


def test_a_change_in_the_page_is_a_change_in_python():
    figure = Distributions()
    figure.widget.p_human = [0.25, 0.25, 0.5]
    assert figure.p_human == [0.25, 0.25, 0.5]
    with pytest.raises(Exception, match=r"p_human row 0 sums to 1\.2"):
        figure.widget.p_human = [0.4, 0.4, 0.4]
    assert figure.p_human == [0.25, 0.25, 0.5]


def test_rounded_probabilities_are_made_to_sum_to_one():
    figure = Distributions(p_model=[0.33333, 0.33333, 0.33333])
    assert sum(figure.p_model) == pytest.approx(1, abs=1e-12)


def test_presets_need_three_classes_or_are_given():
    assert len(Distributions().payload["presets"]) == len(PRESETS)
    assert Distributions(["yes", "no"], [0.7, 0.3], [0.9, 0.1]).payload["presets"] == []
    own = Preset("even", (0.5, 0.5), (0.5, 0.5), "A coin.")
    figure = Distributions(["yes", "no"], [0.7, 0.3], [0.9, 0.1], [own])
    assert figure.payload["presets"][0]["note"] == "A coin."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"class_names": ["one"]}, "there are 1 classes; give between 2 and 5"),
        ({"class_names": list("abcdef")}, "there are 6 classes"),
        ({"class_names": ["a", "b", "a"]}, "the class 'a' comes twice"),
        ({"presets": [PRESETS[0], PRESETS[0]]}, "the preset 'equal' comes twice"),
        ({"p_model": [0.5, 0.5]}, r"p_model has shape \(2,\); give one number for each of the 3 classes"),
        ({"p_human": [0.5, 0.6, -0.1]}, "p_human row 0, column 2: -0.1 is negative"),
        ({"presets": [Preset("short", (1.0, 0.0), (1.0, 0.0), "")]}, "p_human of the preset 'short'"),
    ],
)
def test_what_cannot_be_shown_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Distributions(**given)


def test_without_javascript_numbers_and_bars_remain():
    page = Distributions(p_model=[0.7, 0.3, 0.0]).to_html(standalone=True)
    still = re.search(r"<noscript>(.*?)</noscript>", page, re.DOTALL)[1]
    assert "KL(human ‖ model) ∞" in still
    assert "entropy of the votes 0.898" in still
    assert still.count("<path") == 6


def test_names_are_text_in_every_part():
    figure = Distributions(
        HOSTILE, presets=[Preset(HOSTILE[0], (1, 0, 0), (1, 0, 0), HOSTILE[1])], title=HOSTILE[0]
    )
    page = figure.to_html(standalone=True)
    assert "<img" not in page
    assert page.count("<script") == 2
