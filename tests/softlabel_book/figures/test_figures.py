"""Tests of the figures: what they draw and say, that each follows its page, how they bear odd input."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.transforms import Bbox
from shared import texts, words

from softlabel_book import figures, palette, summary
from softlabel_book.figures.votes import largest
from softlabel_core import metrics

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
RNG = np.random.default_rng(0)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
COUNTS = RNG.multinomial(51, RNG.dirichlet(np.full(10, 0.15), 40))
PHOTOS = RNG.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
P_MODEL = {arm: RNG.dirichlet(np.full(10, 0.3), 40) for arm in ("soft", "hard")}
LONG = ("a very long class name that nobody would choose", "$5 & <b> or $6", "quite")
CELL = (0.912, 0.85, 0.97, [0.9, 0.93, 0.91])
BINS = {
    "bins": ["unanimous", "0.0–0.3", "0.3–0.7", "over 0.7"],
    "n_items": [880, 620, 290, 80],
    "arms": {
        "soft": [(0.4, 0.35, 0.45), (0.5, 0.4, 0.6), (0.7, 0.6, 0.8), (0.9, 0.7, 1.1)],
        "hard": [(0.5, 0.45, 0.55), (0.8, 0.7, 0.9), (1.2, 1.1, 1.3), (1.9, 1.6, 2.2)],
    },
}
H_HUMAN = RNG.gamma(0.6, 0.4, 700)
H_MODEL = {"soft": RNG.gamma(0.8, 0.4, 700), "hard": RNG.gamma(0.5, 0.4, 700)}
BLEND = np.linspace(0, 1, 21)
BANDS = {"soft": (BLEND, BLEND - 0.1, BLEND + 0.1), "hard": (BLEND**2, BLEND**2, BLEND)}
CURVES = {"soft": RNG.random((3, 12)) + 1, "hard": RNG.random((3, 12)) + 2}

Call = tuple[Callable[..., Figure], tuple[Any, ...], dict[str, Any]]
USUAL: dict[str, Call] = {
    "vote_bars": (
        figures.vote_bars,
        (COUNTS[:4], CLASSES, PHOTOS, ["item 1", "item 2", "item 3", "item 4"]),
        {},
    ),
    "majority_discards": (figures.majority_discards, (COUNTS,), {}),
    "entropy_joint": (
        figures.entropy_joint,
        (H_HUMAN, H_MODEL),
        {"correlation": {"soft": (0.47, 0.44, 0.51), "hard": (0.25, 0.21, 0.29)}, "ceiling": 0.935},
    ),
    "metric_dots": (
        figures.metric_dots,
        ({"soft": {"kl": CELL, "ece": CELL}, "hard": {"kl": CELL, "ece": CELL}}, ["kl", "ece"]),
        {"floors": {"kl": 0.1}, "ceilings": {"ece": 1.2}},
    ),
    "by_bin": (figures.by_bin, (), {**BINS, "reference": ("floor", [0, 0.02, 0.04, 0.06])}),
    "item_gallery": (
        figures.item_gallery,
        (
            PHOTOS[:3],
            COUNTS[:3],
            {arm: p[:3] for arm, p in P_MODEL.items()},
            CLASSES,
            ["one", "two", "three"],
        ),
        {},
    ),
    "training_curves": (figures.training_curves, (CURVES,), {"floor": 0.05}),
    "loss_of_confidence": (figures.loss_of_confidence, (), {}),
    "entropy_curve": (figures.entropy_curve, (), {}),
    "truth_curve": (figures.truth_curve, (BLEND, BLEND, BANDS), {"votes_seen": (BLEND, BLEND)}),
    "confidence_hist": (
        figures.confidence_hist,
        (COUNTS.max(1) / 51, {arm: p.max(1) for arm, p in P_MODEL.items()}),
        {},
    ),
}
ODD: dict[str, Call] = {
    "one item, long names": (figures.vote_bars, ([[1, 0, 3]], LONG), {}),
    "hundred classes": (
        figures.vote_bars,
        (RNG.integers(0, 3, (3, 100)), [f"class {i}" for i in range(100)]),
        {},
    ),
    "bars": (figures.vote_bars, ([[4000, 3]], ["yes", "no"], np.ones((1, 8, 8)), ["a caption " * 20]), {}),
    "only ties": (figures.majority_discards, ([[2, 2]],), {}),
    "only unanimous": (figures.majority_discards, ([[2, 0]] * 3,), {}),
    "joint of one": (figures.entropy_joint, ([0.5], {"soft": [0.2]}), {"correlation": {"soft": (NAN,) * 3}}),
    "joint of zeros": (figures.entropy_joint, (np.zeros(500), {"soft": np.zeros(500)}), {}),
    "joint of four arms": (
        figures.entropy_joint,
        (BLEND, dict.fromkeys(("mc_dropout", "soft", "gold", "hard"), BLEND)),
        {"ceiling": 0.9},
    ),
    "no values": (figures.metric_dots, ({"hard": {}}, ["kl", "unheard_of"]), {}),
    "one seed, infinite": (
        figures.metric_dots,
        (
            {
                "hard": {"kl": (np.inf, NAN, NAN, [np.inf])},
                "a_rival_with_a_long_name": {"kl": (0.4, 0.4, 0.4, [0.4])},
            },
            ["kl"],
        ),
        {"ceilings": {"kl": NAN}},
    ),
    "bins with gaps": (
        figures.by_bin,
        (["0", "more"], [1, 0], {"hard": [(0.1, 0.05, 0.2), (NAN,) * 3], "soft": [(NAN,) * 3] * 2}),
        {},
    ),
    "gallery of texts": (
        figures.item_gallery,
        (None, [[3, 1, 0]], {"soft": [[0.5, 0.3, 0.2]]}, LONG, ["a text"]),
        {},
    ),
    "gallery of strokes": (
        figures.item_gallery,
        (
            np.ones((2, 8, 8, 1)),
            np.ones((2, 100), int),
            {"gold": np.full((2, 100), 0.01)},
            [str(i) for i in range(100)],
        ),
        {},
    ),
    "one epoch": (figures.training_curves, ({"hard": [[0.5]], "soft": [[-0.7]]},), {}),
    "no confidence": (figures.confidence_hist, ([1.0], {"soft": [NAN]}), {}),
    "all but sure": (figures.loss_of_confidence, (0.99,), {}),
    "all but even": (figures.loss_of_confidence, (0.51,), {}),
    "two points": (figures.truth_curve, ([0, 1], [0, 1], {"soft": ([0, 1], [0, 1], [0, 1])}), {}),
}
ALL = USUAL | ODD


@pytest.fixture(scope="module")
def shown() -> dict[str, figures.Picture]:
    """Every figure of this file as a page would show it."""
    return {name: figures.show(f, *a, alt=f"Figure {name}.", **o) for name, (f, a, o) in ALL.items()}


@functools.cache
def layout(name: str, width: float) -> tuple[Bbox, list[tuple[str, Bbox, float]]]:
    """A figure's board, and each of its texts with its place and its size, in CSS pixels."""
    function, arguments, options = ALL[name]
    figure = function(*arguments, **options, width=width)
    placed = [
        (text.get_text(), text.get_window_extent(), float(text.get_fontsize())) for text in texts(figure)
    ]
    return figure.bbox.frozen(), placed


# ---------------------------------------------------------------- on the page


@pytest.mark.parametrize("name", ALL)
def test_html_stands_alone_and_scales(name: str, shown: dict[str, figures.Picture]) -> None:
    picture = shown[name]
    assert "http" not in picture.html
    assert all(
        link.startswith(("#", "data:image/png;base64,"))
        for link in re.findall(r'href="([^"]*)', picture.html)
    )
    wide, narrow = ElementTree.fromstring(picture.html).findall("svg")
    for svg, width in ((wide, palette.PAGE), (narrow, palette.PHONE)):
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-label"] == f"Figure {name}."
        assert float(svg.attrib["viewBox"].split()[2]) == width
        assert not {"width", "height", "id", "xmlns"} & set(svg.attrib)
        assert not list(svg.iter("style")), "a style sheet inside would leak to the whole page"


@pytest.mark.parametrize("name", ALL)
def test_colours_are_variables_that_fall_back_to_the_style(
    name: str, shown: dict[str, figures.Picture]
) -> None:
    drawings = re.sub(r"<style>.*?</style>|data:image[^\"]*", "", shown[name].html)
    paints = re.findall(r"(?:fill|stroke):\s*([^;\"]+)", drawings)
    assert paints
    known = {f"var(--sl-{token},{steps['light']})" for token, steps in palette.COLOURS.items()}
    assert set(paints) - {"none"} <= known
    assert "rgb(" not in drawings


def test_ids_are_unique_on_a_page_and_every_reference_is_kept(shown: dict[str, figures.Picture]) -> None:
    page = "".join(picture.html for picture in shown.values())
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids)) > 20
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', page)) == set(ids)


@pytest.mark.parametrize("name", ["vote_bars", "entropy_joint", "by_bin", "metric_dots"])
def test_the_same_figure_has_the_same_bytes(name: str, shown: dict[str, figures.Picture]) -> None:
    function, arguments, options = ALL[name]
    again = figures.show(function, *arguments, alt=f"Figure {name}.", **options)
    assert again == shown[name]


# ---------------------------------------------------------------- to the eye


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
@pytest.mark.parametrize("name", ALL)
def test_no_label_leaves_the_figure(name: str, width: float) -> None:
    board, placed = layout(name, width)
    for text, box, _ in placed:
        inside = min(box.x0, box.y0, board.x1 - box.x1, board.y1 - box.y1) >= -2
        assert inside, f"{text!r} reaches {np.round(box.extents, 1)} on a board of {board.size}"


@pytest.mark.parametrize("width", [palette.PAGE, palette.PHONE])
@pytest.mark.parametrize("name", USUAL)
def test_no_two_labels_touch(name: str, width: float) -> None:
    for (first, one, _), (second, other, _) in combinations(layout(name, width)[1], 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        along = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or along <= 3, f"{first!r} and {second!r} overlap by {across:.1f} x {along:.1f}"


@pytest.mark.parametrize("name", ALL)
def test_text_can_be_read_at_page_width(name: str) -> None:
    narrowest_page = 624  # the book's text column between its two side bars
    sizes = [size for _, _, size in layout(name, palette.PAGE)[1]]
    assert min(sizes) * narrowest_page / palette.PAGE >= 11
    assert min(size for _, _, size in layout(name, palette.PHONE)[1]) >= 11


# ---------------------------------------------------------------- what they say


def test_vote_bars_draw_one_dot_a_vote() -> None:
    figure = figures.vote_bars([[3, 0, 7], [1, 0, 0]], ("cat", "dog", "elk"))
    dots = [len(patch.get_path()) // 2 for axes in figure.axes for patch in axes.findobj(PathPatch)]
    assert sorted(dots) == [1, 3, 7]
    assert "dog" not in words(figure)
    assert "classes without a vote are left out" in words(figure)


def test_vote_bars_are_bars_where_dots_would_be_dust() -> None:
    figure = figures.vote_bars([[4000, 1000]], ("yes", "no"))
    lengths = [bar.get_width() for axes in figure.axes for bar in axes.patches if isinstance(bar, Rectangle)]
    assert lengths[0] == pytest.approx(4 * lengths[1])
    assert {"4000", "1000", "numbers of votes"} <= set(words(figure))


def test_classes_beyond_the_limit_are_added_up() -> None:
    table, names = largest(np.array([[5.0, 1, 0, 9, 2]]), list("abcde"), 3)
    assert names == ["a", "d", "others"]
    assert table.tolist() == [[5, 9, 3]]


def test_majority_discards_counts_what_is_lost() -> None:
    said = words(figures.majority_discards([[4, 0], [3, 1], [2, 2], [4, 0]]))
    assert "thrown away: 19% of all votes" in said
    assert "kept: 81% of all votes" in said
    assert "unanimous: 50% of items" in said
    assert "1 item is a tie" in said


def test_entropy_joint_places_items_and_says_its_numbers() -> None:
    human, soft = np.array([0.1, 0.6]), np.array([0.2, 0.3])
    figure = figures.entropy_joint(
        human, {"soft": soft}, correlation={"soft": (0.5, 0.4, 0.61)}, ceiling=0.935
    )
    points = next(axes.collections[0] for axes in figure.axes if axes.collections)
    assert np.asarray(points.get_offsets()).tolist() == [[0.1, 0.2], [0.6, 0.3]]
    assert {"soft labels", "correlation 0.50 (0.40 to 0.61)", "a perfect model: 0.94"} <= set(words(figure))
    assert "correlation –" in [text for text, _, _ in layout("joint of one", palette.PAGE)[1]]


def test_a_crowd_of_points_lies_where_the_items_are() -> None:
    figure = figures.entropy_joint(np.full(900, 0.2), {"soft": np.full(900, 0.9)})
    axes = next(axes for axes in figure.axes if axes.images)
    strength = np.asarray(axes.images[0].get_array())[..., 3]
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    left, right, bottom, top = axes.images[0].get_extent()
    assert axes.images[0].origin == "lower"
    assert left + (column + 0.5) / strength.shape[1] * (right - left) == pytest.approx(0.2, abs=0.02)
    assert bottom + (row + 0.5) / strength.shape[0] * (top - bottom) == pytest.approx(0.9, abs=0.02)


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


def test_by_bin_takes_what_a_summary_gives() -> None:
    cell = {"value": 0.5, "low": 0.4, "high": 0.6}
    parts = [{"low": 0.0, "high": 0.1, "n": 1880, "metrics": {"soft": {"kl": cell}}}]
    figure = figures.by_bin(**summary.bins({"bins": parts, "metrics": {"soft": {}}}, "kl"))
    assert {"1,880", "items", "soft labels"} <= set(words(figure))
    assert np.asarray(figure.axes[0].lines[0].get_ydata()).tolist() == [0.5]


def test_gallery_bars_are_the_probabilities() -> None:
    figure = figures.item_gallery(
        None, [[3, 1]], {"hard": [[1.0, 0.0]], "soft": [[0.6, 0.4]]}, ("cat", "dog")
    )
    bars = [bar.get_width() for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert bars == [0.75, 1.0, 0.6, 0.25, 0.0, 0.4]


def test_the_soft_loss_is_least_at_the_vote_share() -> None:
    loss, pull = figures.loss_of_confidence(0.7).axes
    lowest = {}
    for axes, want in ((loss, min), (pull, lambda values: min(values, key=abs))):
        for line in axes.lines:
            p, values = np.asarray(line.get_xdata()), list(np.asarray(line.get_ydata()))
            if len(p) > 9:
                lowest[axes, line.get_color()] = p[values.index(want(values))]
    for axes in (loss, pull):
        assert lowest[axes, palette.colour("soft")] == pytest.approx(0.7, abs=0.01)
        assert lowest[axes, palette.colour("hard")] > 0.99


@pytest.mark.parametrize("share", [0.5, 1.0, NAN])
def test_a_share_that_is_no_majority_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"above 0\.5 and below 1"):
        figures.loss_of_confidence(share)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.vote_bars([[1, 2, 3]], ("a", "b")), "3 classes and 2 class names"),
        (lambda: figures.vote_bars([[1, -2]], ("a", "b")), "row 0, column 1"),
        (lambda: figures.entropy_joint([0.1, 0.2], {"soft": [0.1]}), r"arm 'soft' has shape \(1,\)"),
        (
            lambda: figures.by_bin(["a", "b"], [1, 2], {"hard": [(1, 0, 2)]}),
            "arm 'hard' has 1 bins and the axis 2",
        ),
        (
            lambda: figures.item_gallery(None, [[1, 2]], {"hard": [[1, 0, 0]]}, ("a", "b")),
            "arm 'hard' has shape",
        ),
    ],
)
def test_misshapen_input_is_named(call: Callable[[], Figure], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_training_curves_can_be_cut_at_the_top():
    history = {"hard": [[9.0, 2.0, 1.0]], "soft": [[8.0, 1.5, 0.8]]}
    axes = figures.training_curves(history, top=2.5).axes[0]
    assert axes.get_ylim() == (0, 2.5)
    assert all(line.get_clip_on() for line in axes.get_lines() if len(line.get_xdata()) == 3)
