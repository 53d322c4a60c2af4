"""A summary's numbers as figures take them."""

import numpy as np
from drawn import words

from softlabel_book import figures
from softlabel_core.data import TOP, UNANIMOUS

CELL = {"value": 0.5, "low": 0.4, "high": 0.6, "per_seed": [0.45, 0.55]}
PARTS = [
    {"low": 0.0, "high": UNANIMOUS, "n": 1880},
    {"low": UNANIMOUS, "high": 0.3, "n": 0},
    {"low": 0.3, "high": 0.6, "n": 20},
    {"low": 0.6, "high": TOP, "n": 5},
]
SUMMARY = {
    "metrics": {"hard": {"kl": CELL}, "soft": {"kl": CELL}},
    "bins": [part | {"metrics": {"hard": {"kl": CELL}, "soft": {"kl": CELL}}} for part in PARTS],
}


def test_dots_are_what_metric_dots_takes():
    found = figures.dots(SUMMARY)
    assert found["soft"]["kl"] == (0.5, 0.4, 0.6, [0.45, 0.55])
    assert {"0.50", "hard labels", "soft labels"} <= set(words(figures.metric_dots(found, ["kl"])))


def test_bins_are_what_by_bin_takes():
    found = figures.bins(SUMMARY, "kl", ["soft"])
    assert found["bins"] == ["unanimous", "0.3–0.6", "over 0.6"]
    assert found["n_items"] == [1880, 20, 5]
    assert list(figures.bins(SUMMARY, "kl")["arms"]) == ["hard", "soft"]
    figure = figures.by_bin(**found)
    assert {"1,880", "items", "soft labels"} <= set(words(figure))
    assert np.asarray(figure.axes[0].lines[0].get_ydata()).tolist() == [0.5] * 3
