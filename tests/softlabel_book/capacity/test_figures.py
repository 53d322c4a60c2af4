"""The figure of gains: where points lie, and that its words can be read."""

import copy

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words
from matplotlib.colors import to_hex
from shared import sentence_of

from softlabel_book.capacity import figures

pytestmark = pytest.mark.filterwarnings("error")
LENGTHS = (5, 20, 80, 320)


def measured(widths=(0, 16, 256), lengths=LENGTHS, fastest=0.02):
    """A study as `analysis.CAPACITY` reads it: the gain grows as the loss falls, and a temperature takes most of it."""
    cells = []
    for rank, width in enumerate(widths):
        for epochs in lengths:
            loss = 1.2 / (1 + fastest * epochs * (rank + 1))
            changes = {"untouched": -0.8 * (1 - loss / 1.2), "both": -0.08, "temperature": -0.1}
            cells.append(
                {
                    "model": "head-mlp" if width == 256 else f"head-mlp-{width}",
                    "width": width,
                    "n_parameters": 100 + (width or 0),
                    "epoch": epochs,
                    "of": epochs,
                    "train_loss": {"hard": [loss, loss], "soft": [1.0, 1.0]},
                    "changes": {
                        name: {"kl": {"value": v, "low": v - 0.04, "high": v + 0.05}}
                        for name, v in changes.items()
                    },
                }
            )
    return {"cells": cells, "settings": {"model": "head-mlp", "epochs": 20}}


SIX = {
    "ChaosNLI, frozen": measured(fastest=20.0),
    "politeness, frozen": measured(),
    "offensiveness, frozen": measured(fastest=0.5),
    "CIFAR-10H, frozen": measured(),
    "ChaosNLI, fine-tuned": measured((None,), (1, 2, 3)),
    "CIFAR-10H, from scratch": measured((16, 32, 64)),
}
DRAWN = {"six": call(figures.gains, SIX), "one": call(figures.gains, {"digits": measured()})}


def drawn_in(axes, name, plain=True):
    """Places of all dots of one kind."""
    lines = [
        line
        for line in axes.lines
        if line.get_marker() == "o"
        and to_hex(line.get_color()) == figures.PAINT[name]
        and (line.get_markerfacecolor() != "none") == plain
    ]
    return {tuple(np.round(point, 9)) for line in lines for point in line.get_xydata()}


def test_points_lie_where_the_cells_say_and_the_loss_falls_to_the_right():
    study = measured()
    axes = figures.gains({"digits": study}).axes[0]
    left, right = axes.get_xlim()
    assert left > right
    for name in figures.SHOWN:
        wanted = {
            tuple(np.round((cell["train_loss"]["hard"][0], cell["changes"][name]["kl"]["value"]), 9))
            for cell in study["cells"]
        }
        assert drawn_in(axes, name) == wanted


def test_the_ring_is_around_the_studys_own_model_and_nowhere_else():
    study = measured()
    (cell,) = [one for one in study["cells"] if one["model"] == "head-mlp" and one["of"] == 20]
    place = tuple(np.round((cell["train_loss"]["hard"][0], cell["changes"]["untouched"]["kl"]["value"]), 9))
    assert drawn_in(figures.gains({"digits": study}).axes[0], "untouched", plain=False) == {place}
    on_its_way = copy.deepcopy(study)
    for one in on_its_way["cells"]:
        one["of"] = 320
    assert not drawn_in(figures.gains({"digits": on_its_way}).axes[0], "untouched", plain=False)


def test_all_panels_share_one_height_with_zero_in_it():
    figure = figures.gains(SIX)
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    low, high = figure.axes[0].get_ylim()
    assert low < -0.8
    assert high > 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read(name, width):
    check_words(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name):
    check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence():
    for nothing in ({}, {"digits": {"cells": []}}):
        with pytest.raises(ValueError, match="no study, or one without a cell") as error:
            figures.gains(nothing)
        sentence_of(error)
