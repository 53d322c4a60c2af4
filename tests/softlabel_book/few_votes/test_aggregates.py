"""Aggregates of votes: aggregates only, the same on disk as measured, and the recorded ones as the votes say."""

import json

import numpy as np
import pytest
from shared import real, sentence_of

from softlabel_book.few_votes import aggregates, halves
from softlabel_core import data, raters, statistics, storage
from softlabel_core.data import Dataset, chaosnli, popquorn
from softlabel_core.storage import RecordError

RECORDED = {
    "chaosnli": tuple(chaosnli.FILES.values()),
    "politeness": (popquorn.POLITENESS_COPY,),
    "offensiveness": (popquorn.OFFENSIVENESS,),
}


@pytest.fixture(scope="module")
def people():
    """Three hundred items on a scale, seven of thirty raters each, every second rater one step milder."""
    rng = np.random.default_rng(0)
    latent = rng.uniform(0, 4, 300)[:, None] + np.arange(30) % 2 - 0.5 + rng.normal(0, 0.6, (300, 30))
    chosen = rng.random(latent.shape).argsort(axis=1) < 7
    ratings = np.where(chosen, np.rint(latent).clip(0, 4), -1).astype(np.int8)
    counts = np.stack([(ratings == k).sum(axis=1) for k in range(5)], axis=1)
    ids = np.array([f"item-{i}" for i in range(300)])
    rest = {"ids": ids, "groups": np.arange(300), "ordinal": True, "ratings": ratings, "published": False}
    return Dataset("people", counts, np.zeros((300, 1)), tuple("12345"), **rest)


@pytest.fixture(scope="module")
def summary(people):
    return aggregates.make(people, n_repeats=1)


def test_it_comes_back_from_disk_as_it_was(summary, tmp_path):
    aggregates.VOTES.write(summary, "people", folder=tmp_path)
    again = aggregates.VOTES.read("people", folder=tmp_path)
    assert again.keys() == summary.keys()
    assert again["ceiling"]["ceiling"] == pytest.approx(summary["ceiling"]["ceiling"], rel=1e-5)
    assert again["halves"]["items"] == summary["halves"]["items"].tolist()


def test_it_holds_no_item_vote_or_rater(summary, people):
    """Nothing in it is as long as the items or the raters, and no id is in it."""

    def longest(value):
        if isinstance(value, dict):
            return max(longest(entry) for entry in value.values())
        return len(value) if isinstance(value, list) else 0

    plain = storage.plain({key: value for key, value in summary.items() if key != "halves"})
    assert longest(plain) <= len(aggregates.EDGES)
    assert "item-" not in json.dumps(storage.plain(summary))
    assert len(summary["halves"]["items"]) < 50


def test_cells_hold_every_item_once(summary, people):
    first, second = halves.entropies(people.counts)
    cells = summary["halves"]
    assert cells["items"].sum() == people.n_items
    assert np.average(cells["first"], weights=cells["items"]) == pytest.approx(first.mean(), abs=0.01)
    assert np.average(cells["second"], weights=cells["items"]) == pytest.approx(second.mean(), abs=0.01)
    assert cells["correlation"] == pytest.approx(np.corrcoef(first, second)[0, 1])


def test_no_cell_holds_so_few_items_that_it_tells_their_votes():
    """One item alone far out, three near a full cell, two between two cells of which one is fuller."""
    first = np.repeat([0.0, 0.0, 0.4, 0.5, 1.5, 0.45], [40, 6, 20, 3, 1, 2])
    second = np.repeat([0.0, 0.6, 0.4, 0.4, 0.0, 0.4], [40, 6, 20, 3, 1, 2])
    cells = aggregates._cells(first, second)
    found = {
        (round(x, 2), round(y, 2)): n
        for x, y, n in zip(cells["first"], cells["second"], cells["items"], strict=True)
    }
    assert found == {(0.0, 0.0): 40, (0.0, 0.6): 6, (0.4, 0.4): 26}
    assert cells["correlation"] == pytest.approx(np.corrcoef(first, second)[0, 1])


def test_few_items_that_lie_apart_make_a_cell_of_their_own():
    """Lone items join each other before they vanish in the crowd, so the figure keeps its outliers."""
    first = np.repeat([0.0, 1.2, 1.25, 1.3], [50, 2, 2, 1])
    cells = aggregates._cells(first, np.zeros(55) + 0.5 * (np.arange(55) % 2))
    assert min(cells["items"]) >= aggregates.FEWEST
    assert sum(cells["items"]) == 55
    assert max(cells["first"]) > 1


def test_nothing_is_merged_where_every_cell_is_full():
    cells = aggregates._cells(np.repeat([0.0, 0.6], 5), np.repeat([0.6, 0.0], 5))
    assert cells["items"].tolist() == [5, 5]


def test_raters_are_counted_in_bins(summary, people):
    found, leanings = summary["raters"], raters.leanings(people.ratings)
    assert found["leanings"].sum() == found["n_raters"] == 30
    assert found["by_chance"].sum() == pytest.approx(30)
    middles = (found["edges"][:-1] + found["edges"][1:]) / 2
    assert np.average(np.abs(middles), weights=found["leanings"]) == pytest.approx(
        np.abs(leanings).mean(), abs=0.05
    )
    assert found["spread"] > found["spread_by_chance"][1] > found["spread_by_chance"][0]
    for cell in found["surprise"].values():
        assert cell["low"] < cell["value"] < cell["high"]


def test_what_needs_a_scale_raters_or_many_votes_is_left_out_without():
    found = aggregates.make(data.load("digits", n_items=100), n_repeats=1)
    assert not {"steps", "predict_half", "raters", "by_votes", "ceilings"} & found.keys()
    assert found["agreement"].keys() == {"nominal"}
    many = aggregates.make(data.load("digits", n_items=100, n_votes=100), n_repeats=1)
    assert {"by_votes", "ceilings", "floor_held_back"} <= many.keys()


def test_a_missing_or_broken_summary_names_its_cure(tmp_path):
    for content in (None, "{"):
        path = aggregates.VOTES.path("politeness", folder=tmp_path)
        if content:
            path.parent.mkdir()
            path.write_text(content)
        with pytest.raises(RecordError, match="softlabel votes politeness --write") as error:
            aggregates.VOTES.read("politeness", folder=tmp_path)
        sentence_of(error)


# The recorded ones


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_summary_is_small_and_whole(name):
    found = aggregates.VOTES.read(name)
    assert aggregates.VOTES.path(name).stat().st_size < 20_000
    assert found["data"] == name
    assert sum(found["halves"]["items"]) == found["facts"]["n_items"]
    assert min(found["halves"]["items"]) >= aggregates.FEWEST


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_summary_is_of_these_votes(name):
    people, found = real(name, *RECORDED[name]), aggregates.VOTES.read(name)
    assert found["facts"]["data_hash"] == people.hash
    assert found["facts"]["n_votes"] == people.counts.sum()
    assert found["facts"]["n_groups"] == len(np.unique(people.groups))
    assert found["agreement"]["nominal"] == pytest.approx(raters.agreement(people.counts), rel=1e-5)
    ceiling = statistics.entropy_ceiling(
        people.counts, 10 * found["settings"]["repeats"], found["settings"]["seed"]
    )
    assert found["ceiling"]["ceiling"] == pytest.approx(ceiling.ceiling, rel=1e-5)
    if people.ratings is not None:
        assert found["raters"]["variance"] == pytest.approx(
            raters.variance(people.ratings)._asdict(), rel=1e-5
        )


@pytest.mark.long
@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_summary_is_what_would_be_written_now(name, tmp_path):
    aggregates.VOTES.write(aggregates.make(real(name, *RECORDED[name])), name, folder=tmp_path)
    now, recorded = aggregates.VOTES.read(name, folder=tmp_path), aggregates.VOTES.read(name)
    both = list(pairs(recorded, now))
    np.testing.assert_allclose(*np.array(both).T, rtol=1e-4, atol=1e-9)


def pairs(recorded, now):
    """Every number below a recorded value with the one of now; what is written now may hold more, such as p-values."""
    if isinstance(recorded, dict):
        for key, entry in recorded.items():
            yield from pairs(entry, now[key])
    elif isinstance(recorded, list):
        for one, other in zip(recorded, now, strict=True):
            yield from pairs(one, other)
    elif not isinstance(recorded, str):
        yield recorded, now
