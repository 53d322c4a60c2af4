"""The figure of uses: where lines lie, and that its words can be read."""

import numpy as np
import pytest
from drawn import WIDTHS, call, check_page, check_words
from matplotlib.colors import to_hex
from shared import sentence_of

from softlabel_book import palette
from softlabel_book.repair import figures
from softlabel_book.repair.analysis import MEASURES
from softlabel_book.repair.design import WAYS

pytestmark = pytest.mark.filterwarnings("error")


def measured(budgets=(25, 50, 100, 200, 800)):
    """A comparison as `analysis.REPAIR` reads it, with numbers that differ everywhere."""

    def point(value):
        return {"value": value, "low": value - 0.02, "high": value + 0.03}

    return {
        "references": {
            arm: {"metrics": {m: point(0.9 - 0.2 * step) for m in MEASURES}}
            for step, arm in enumerate(("hard", "soft"))
        },
        "ways": {
            way: [
                {"n_items": n, "metrics": {m: point(0.8 - 0.03 * step - 0.02 * np.log(n)) for m in MEASURES}}
                for n in budgets
            ]
            for step, way in enumerate(WAYS)
        },
    }


FIVE = {
    "ChaosNLI, fine-tuned": measured((25, 50, 100, 200, 248)),
    "ChaosNLI": measured((25, 50, 100, 200, 248)),
    "politeness": measured((25, 50, 100, 200, 296)),
    "offensiveness": measured((25, 50, 100, 120)),
    "CIFAR-10H": measured(),
}
DRAWN = {
    "five": call(figures.uses, FIVE),
    "one, all measures": call(figures.uses, {"digits": measured()}, MEASURES),
}


def test_lines_lie_where_the_numbers_say():
    axes = figures.uses({"digits": measured()}, ("kl",)).axes[0]
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(lines) == len(WAYS)
    for way, line in zip(WAYS, lines, strict=True):
        x, y = line.get_xydata().T
        wanted = [use["metrics"]["kl"]["value"] for use in measured()["ways"][way]]
        np.testing.assert_allclose(y, wanted)
        np.testing.assert_allclose(x, (25, 50, 100, 200, 800), rtol=0.07)
    levels = {to_hex(line.get_color()): set(line.get_ydata()) for line in axes.lines if line.is_dashed()}
    assert levels == {palette.colour("hard"): {0.9}, palette.colour("soft"): {0.7}}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_words_can_be_read(name, width):
    check_words(DRAWN[name], width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_page_can_show_it(name):
    check_page(DRAWN[name])


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ValueError, match="no study given") as error:
        figures.uses({})
    sentence_of(error)
