"""Tests of a figure on its page: what every host gets, what follows the page, what is refused."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from drawn import call, check_ids, check_page

from softlabel_book import figures
from softlabel_book.figures.page import Picture, for_page, show

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)
PHOTOS = RNG.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
H_HUMAN = RNG.gamma(0.6, 0.4, 700)
H_MODEL = {"soft": RNG.gamma(0.8, 0.4, 700), "hard": RNG.gamma(0.5, 0.4, 700)}


@pytest.fixture(scope="module")
def curve() -> Picture:
    """A small picture."""
    return show(figures.entropy_curve, alt="A curve.")


def svgs(picture: Picture) -> list[ElementTree.Element]:
    return ElementTree.fromstring(picture.html).findall("svg")


def test_a_picture_does_not_tell_when_or_with_what_it_was_made(curve: Picture) -> None:
    assert b"Software" not in curve.png
    assert "matplotlib" not in curve.html.lower()


def test_labels_over_marks_have_a_halo_of_paper() -> None:
    picture = show(figures.entropy_joint, H_HUMAN, H_MODEL, alt="Clouds.")
    rule = re.search(r"\.sl-halo\{([^}]*)\}", picture.html)
    assert rule
    assert "paint-order:stroke" in rule[1]
    haloed = [group for group in svgs(picture)[0].iter("g") if group.get("class") == "sl-halo"]
    assert "equal" in {text.text for group in haloed for text in group.iter("text")}


def test_every_host_gets_a_form_that_it_can_show(curve: Picture) -> None:
    bundle = curve._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert curve.png.startswith(b"\x89PNG")
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["text/plain"] == "Figure: A curve."


@pytest.mark.parametrize("alt", ["", "  \n "])
def test_a_picture_without_words_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="alt is empty; say"):
        show(figures.entropy_curve, alt=alt)


def test_alt_text_is_escaped_and_on_one_line() -> None:
    picture = for_page(figures.entropy_curve(), 'He said "yes"\n & <no>')
    assert svgs(picture)[0].attrib["aria-label"] == 'He said "yes" & <no>'
    assert len(svgs(picture)) == 1


def test_a_foreign_colour_is_refused() -> None:
    figure = figures.entropy_curve()
    figure.text(0.5, 0.5, "loud", color="#ff0000")
    with pytest.raises(ValueError, match=r"colour #ff0000, which palette\.json lacks"):
        for_page(figure, "A loud word.")


def test_clouds_and_strokes_follow_the_page_but_photographs_stay() -> None:
    cloud = show(figures.entropy_joint, H_HUMAN, H_MODEL, alt="Clouds.")
    assert [len(list(svg.iter("mask"))) for svg in svgs(cloud)] == [2, 2]
    assert 'mask="url(#' in cloud.html
    assert "fill:var(--sl-soft," in cloud.html
    strokes = show(figures.vote_bars, [[1, 2]] * 2, ("a", "b"), np.ones((2, 8, 8)), alt="Strokes.")
    assert [len(list(svg.iter("mask"))) for svg in svgs(strokes)] == [2, 2]
    photos = show(figures.vote_bars, [[1, 2]] * 2, ("a", "b"), PHOTOS, alt="Photographs.")
    assert [len(list(svg.iter("mask"))) for svg in svgs(photos)] == [0, 0]
    assert [len(list(svg.iter("image"))) for svg in svgs(photos)] == [2, 2]


def test_names_in_any_script_are_written_as_they_are() -> None:
    names = ("$5 or $6", "& <b>", "\N{CJK UNIFIED IDEOGRAPH-732B}")
    picture = show(figures.vote_bars, [[1, 1, 1]], names, alt="Names.")
    assert set(names) <= {text.text for text in svgs(picture)[0].iter("text")}


def test_drawing_leaves_matplotlib_as_it_was() -> None:
    from matplotlib import pyplot

    with mpl.rc_context({"font.size": 23, "svg.hashsalt": "theirs"}):
        before = dict(mpl.rcParams)
        show(
            figures.metric_dots, {"hard": {"kl": (0.912, 0.85, 0.97, [0.9, 0.93, 0.91])}}, ["kl"], alt="Dots."
        )
        assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


def test_several_figures_on_a_page_share_no_id() -> None:
    drawn = [
        call(figures.entropy_joint, H_HUMAN, H_MODEL),
        call(figures.vote_bars, [[1, 2]] * 2, ("a", "b"), np.ones((2, 8, 8))),
        call(figures.vote_bars, [[2, 1]] * 2, ("a", "b"), np.ones((2, 8, 8))),
        call(figures.metric_dots, {"hard": {"kl": (0.912, 0.85, 0.97, [0.9, 0.93, 0.91])}}, ["kl"]),
    ]
    page = "".join(check_page(each) for each in drawn)
    assert len(re.findall(r' id="', page)) > 10
    check_ids(page)


def test_the_same_figure_has_the_same_bytes() -> None:
    first, second = (show(figures.entropy_joint, H_HUMAN, H_MODEL, alt="Clouds.") for _ in range(2))
    assert first == second
