"""Tests of measures drawn: values, intervals, seeds, bins, epochs."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words, words
from matplotlib.patches import PathPatch

from softlabel_book import figures
from softlabel_core import metrics

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
CELL = (0.912, 0.85, 0.97, [0.9, 0.93, 0.91])
TWO = {"soft": {"kl": CELL, "ece": CELL}, "hard": {"kl": CELL, "ece": CELL}}
BINS = {
    "bins": ["unanimous", "0.0–0.3", "0.3–0.7", "over 0.7"],
    "n_items": [880, 620, 290, 80],
    "arms": {
        "soft": [(0.4, 0.35, 0.45), (0.5, 0.4, 0.6), (0.7, 0.6, 0.8), (0.9, 0.7, 1.1)],
        "hard": [(0.5, 0.45, 0.55), (0.8, 0.7, 0.9), (1.2, 1.1, 1.3), (1.9, 1.6, 2.2)],
    },
}
GAPS = {"hard": [(0.1, 0.05, 0.2), (NAN,) * 3], "soft": [(NAN,) * 3] * 2}
CURVES = {"soft": RNG.random((3, 12)) + 1, "hard": RNG.random((3, 12)) + 2}
INFINITE = {
    "hard": {"kl": (np.inf, NAN, NAN, [np.inf])},
    "a_rival_with_a_long_name": {"kl": (0.4, 0.4, 0.4, [0.4])},
}
USUAL = {
    "metric_dots": call(figures.metric_dots, TWO, ["kl", "ece"], floors={"kl": 0.1}, ceilings={"ece": 1.2}),
    "by_bin": call(figures.by_bin, **BINS, reference=("floor", [0, 0.02, 0.04, 0.06])),
    "training_curves": call(figures.training_curves, CURVES, floor=0.05),
}
ODD = {
    "no values": call(figures.metric_dots, {"hard": {}}, ["kl", "unheard_of"]),
    "one seed, infinite": call(figures.metric_dots, INFINITE, ["kl"], ceilings={"kl": NAN}),
    "bins with gaps": call(figures.by_bin, ["0", "more"], [1, 0], GAPS),
    "one epoch": call(figures.training_curves, {"hard": [[0.5]], "soft": [[-0.7]]}),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", USUAL | ODD)
def test_words_can_be_read(name: str, width: float) -> None:
    check_words((USUAL | ODD)[name], width, apart=name in USUAL)


@pytest.mark.parametrize("name", USUAL | ODD)
def test_the_page_can_show_it(name: str) -> None:
    check_page((USUAL | ODD)[name])


def test_metric_dots_show_value_interval_and_ceiling() -> None:
    figure = figures.metric_dots({"soft": {"kl": CELL}, "hard": {}}, ["kl"], floors={"kl": 0.2})
    axes = figure.axes[0]
    lines = [np.asarray(line.get_xdata()).tolist() for line in axes.lines]
    assert [0.85, 0.97] in lines
    assert [0.912] in lines
    assert [0.2, 0.2] in lines
    said = words(figure)
    assert {"0.91", "–", "floor 0.20", "nats, lower is better"} <= set(said)
    assert said.index("hard labels") < said.index("soft labels")
    assert metrics.METRICS["kl"].title in said
    seeds = next(patch for patch in axes.patches if isinstance(patch, PathPatch))
    dots = np.asarray(seeds.get_path().vertices)[::2]
    assert dots[:, 0].tolist() == CELL[3]
    assert (dots[:, 1] > 1.42).all(), "seeds lie below the interval of the second row"


def test_training_curves_can_be_cut_at_the_top():
    history = {"hard": [[9.0, 2.0, 1.0]], "soft": [[8.0, 1.5, 0.8]]}
    axes = figures.training_curves(history, top=2.5).axes[0]
    assert axes.get_ylim() == (0, 2.5)
    assert all(line.get_clip_on() for line in axes.get_lines() if len(line.get_xdata()) == 3)


def test_other_bins_than_the_axis_has_are_named() -> None:
    with pytest.raises(ValueError, match="arm 'hard' has 1 bins and the axis 2"):
        figures.by_bin(["a", "b"], [1, 2], {"hard": [(1, 0, 2)]})
