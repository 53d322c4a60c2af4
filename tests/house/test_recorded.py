"""The recorded studies in `results/`: whole, small, without votes, and their summaries as the records say."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from softlabel_book import sets, summary
from softlabel_book.headline import analysis, reading_tables, readings
from softlabel_book.headline import tables as headline_tables
from softlabel_core import data, storage, study
from softlabel_core.data import DataUnavailable
from softlabel_core.statistics import Estimate
from softlabel_core.study import protocols, tuning
from softlabel_core.study.record import ARRAYS

FOLDER = Path(__file__).parents[2] / "results"
SUMMARIES = sorted(FOLDER.glob("*/*/summary.json"))
STUDIES = [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in SUMMARIES]
MEGABYTES_A_DATA_SET = 10
META = {
    "arm", "code", "data", "data_hash", "device", "fold", "history", "n_parameters", "n_ties_broken", "n_train",
    "peak_memory_bytes", "pretraining", "protocol", "provenance", "seconds", "seed", "settings", "sha256", "threads",
    "versions",
}  # fmt: skip
META_OF_SOME = {
    "encoder",
    "precision",
    "trial",
}  # add a key here when records gain one; none may hold votes or texts
MOST_ENTRIES, LONGEST = 40, 200  # of a mapping, and characters of a string


def load(path: Path) -> study.Study:
    return study.load(protocols.get(*path.parts[-3:-1]), FOLDER)


def test_the_images_are_recorded():
    assert any(path.parts[-3] == "cifar10h" for path in SUMMARIES)


@pytest.mark.parametrize("path", STUDIES)
def test_every_record_is_whole_and_of_its_protocol(path):
    recorded = load(path)
    assert len(recorded.records) == len(recorded.arms) * len(recorded.seeds) * len(recorded.folds)
    for run, record in recorded.records.items():
        assert (FOLDER / run.file).is_file()
        assert study.changed_settings(record.meta["settings"], recorded.protocol) == []


@pytest.mark.parametrize("path", STUDIES)
def test_records_hold_predictions_and_no_votes(path):
    for file in path.parent.glob("*.npz"):
        with np.load(file) as record:
            assert set(record.files) == {*ARRAYS, "meta"}
            meta = json.loads(str(record["meta"]))
            n_items = min(len(record["ids_test"]), len(record["ids_validation"]))
        assert META <= set(meta) <= META | META_OF_SOME
        assert [key for key, value in meta.items() if may_hold_items(value, n_items)] == []


def may_hold_items(value, n_items):
    """Whether a value is large enough to hold something about single items, or long enough for a text."""
    if isinstance(value, dict):
        return len(value) >= MOST_ENTRIES or any(may_hold_items(entry, n_items) for entry in value.values())
    if isinstance(value, list):  # one entry an epoch is all that a record lists
        return len(value) >= min(n_items, 500) or any(may_hold_items(entry, n_items) for entry in value)
    return isinstance(value, str) and (len(value) > LONGEST or "\n" in value)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ([[1, 0, 4]] * 50, True),
        ({"votes": {f"item{i}": 3 for i in range(50)}}, True),
        ({"item": "A man in a red shirt is said to be asleep in front of a shop. " * 4}, True),
        ({"epoch": [{"epoch": 1, "train_loss": 0.5}] * 49}, False),
        ({"name": "all-minilm-l6-v2", "sha256": "0" * 64, "from": None}, False),
    ],
)
def test_what_could_hold_votes_or_texts_is_found(value, holds):
    assert may_hold_items(value, n_items=50) == holds


@pytest.mark.parametrize("folder", sorted(path for path in FOLDER.iterdir() if path.is_dir()))
def test_a_data_set_stays_small(folder):
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert total < MEGABYTES_A_DATA_SET * 2**20


# Those of frozen features take long, and are made by the same code from records of the same kind.
BY_LENGTH = [
    pytest.param(path, id=named.id, marks=[pytest.mark.long] if path.parts[-2] == "frozen" else [])
    for path, named in zip(SUMMARIES, STUDIES, strict=True)
]


@pytest.mark.parametrize("path", BY_LENGTH)
def test_the_summary_is_what_the_records_and_votes_give(path):
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    recorded, stored = load(path), storage.read_aggregate(path)
    try:
        votes = data.load(recorded.protocol.data)
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    assert stored["facts"]["seeds"] == recorded.seeds
    fresh = summary.make(recorded, votes)
    for arm, values in stored["metrics"].items():
        for key, value in values.items():
            again = fresh["metrics"][arm][key]
            assert [value[end] for end in ("value", "low", "high")] == pytest.approx(
                [again[end] for end in ("value", "low", "high")], rel=1e-4, abs=1e-6
            )
    assert stored["floors"] == pytest.approx(fresh["floors"], rel=0.02)
    for section in DERIVED:
        expected = dict(estimates(fresh[section]))
        for name, value in estimates(stored.get(section, {})):
            assert value == pytest.approx(expected[name], rel=1e-4, abs=1e-6, nan_ok=True), (section, name)


DERIVED = ("rules", "within", "ambiguous", "item_by_item")  # what a summary holds beside the arms' metrics
COUNTED_AS_KNOWN = ("floors", "excess_kl")  # simulated, and what hangs on it


def estimates(held, name=""):
    """Every value with its interval inside nested numbers, by where it stands, but for simulated ones."""
    if not isinstance(held, dict):
        return
    if {"value", "low", "high"} <= set(held):
        yield name, [held["value"], held["low"], held["high"]]
        return
    for key, inner in held.items():
        if key not in COUNTED_AS_KNOWN:
            yield from estimates(inner, f"{name}/{key}")


def test_all_summaries_are_of_one_age():
    """Either every summary holds what is derived beside the metrics, or none does: `make summaries` writes them all."""
    paths = FOLDER.glob("*/*/summary*.json")
    held = {path: set(DERIVED) <= set(storage.read_aggregate(path)) for path in paths}
    assert len(set(held.values())) == 1, sorted(str(path) for path, new in held.items() if not new)


README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
HEADINGS = {
    "KL": "KL change",
    "total variation": "TV change",
    "JS distance": "JS change",
    "entropy correlation": "r(H) change",
}  # the README's words for ours


def rows_of_what_came_out():
    """Every row of the tables below "What came out so far": name, then cells by heading."""
    section = README.partition("## What came out so far")[2].partition("\n## ")[0]
    rows, headings = [], None
    for line in section.splitlines():
        if not line.startswith("|"):
            headings = None
            continue
        name, *cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
        if headings is None:
            headings = cells
        elif set(name) - set("-: "):
            rows.append((name, dict(zip(headings, cells, strict=True))))
    return rows


READINGS = {
    "soft, one setting for all arms": ("", "soft"),
    "soft, every arm tuned by its own labels": ("own", "soft"),
    "soft, every arm tuned by the votes": ("votes", "soft"),
    "hard, tuned by its own labels, one temperature from votes": ("own", "hard/temperature-votes"),
}


def study_named(name):
    """The one tuned study that a row names: its protocol in backticks, its data set's title where two have it."""
    titled = [known for known in sets.EVERY if data.entry(known).title.lower() in name.lower()]
    named = [
        path
        for path in sorted(FOLDER.glob("*/*/summary-tuned-own.json"))
        if f"`{path.parts[-2]}`" in name and path.parts[-3] in (titled or sets.EVERY)
    ]
    assert len(named) == 1, (
        f"README row {name!r} names {len(named)} recorded studies; give protocol and data set"
    )
    return storage.read_aggregate(named[0])


def recorded_cells(name):
    """What stands in a row of the README, by the headings of the tables that the command line prints."""
    if name in READINGS:
        (held,) = [each for each in readings.make(FOLDER) if (each.criterion, each.arm) == READINGS[name]]
        assert len(held.rows) == 3
        return reading_tables._mean_cells(held.means)
    whole = headline_tables.table(analysis.make(FOLDER, "own"))
    printed = name.replace("over these 3 sets", "over 3 of 3 sets")
    if printed in whole.index:
        return whole.loc[printed]
    return headline_tables.cells(analysis.Row.of(study_named(name)))


@pytest.mark.parametrize(
    ("name", "cells"), [pytest.param(*row, id=row[0]) for row in rows_of_what_came_out()]
)
def test_the_readme_says_what_the_records_say(name, cells):
    told = recorded_cells(name)
    assert {heading: told[HEADINGS.get(heading, heading)] for heading in cells} == cells


def one_vote_is_no_worse():
    """ "One single vote an item teaches no worse than the majority of all of them." """
    curves = [storage.read_aggregate(path) for path in FOLDER.glob("*/frozen/vote-curve.json")]
    assert len(curves) == 4
    for curve in curves:
        assert curve["curves"]["soft"]["kl"][0]["value"] <= curve["curves"]["hard"]["kl"][-1]["value"]


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/*/*.json")), ids=lambda path: "-".join(path.parts[-3:])
)
def test_no_aggregate_lists_a_data_set(path):
    """Files of numbers hold means over items, never something for each of hundreds of items."""
    if path.name == "votes.json":  # which has tests of its own
        return

    def longest(value):
        if isinstance(value, dict):
            return max([len(value), *map(longest, value.values())])
        return max([len(value), *map(longest, value)]) if isinstance(value, list) else 0

    assert longest(json.loads(path.read_text(encoding="utf-8"))) < 250


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/*/tuning.json")), ids=lambda path: "-".join(path.parts[-3:-1])
)
def test_a_tuning_is_complete_and_its_chosen_runs_are_recorded(path):
    protocol = protocols.get(*path.parts[-3:-1])
    numbers = tuning.TUNING.read(*path.parts[-3:-1], FOLDER)
    assert all(len(known["trials"]) == protocol.trials for known in numbers["arms"].values())
    for criterion in tuning.CRITERIA:
        recorded = study.load(protocol, FOLDER, chosen=tuning.chosen(numbers, protocol, criterion))
        stored = summary.SUMMARIES[criterion].read(*path.parts[-3:-1], FOLDER)
        assert stored["facts"]["seeds"] == recorded.seeds
        assert stored["facts"]["criterion"] == criterion
        assert {"hard", "soft"} <= set(recorded.arms)
        for arm in ("hard", "soft"):
            predicted = recorded.log_p(arm)
            assert len(stored["metrics"][arm]["kl"]["per_seed"]) == len(predicted)


def test_the_readme_says_what_came_out():
    names = [name for name, _ in rows_of_what_came_out()]
    tuned = [path.parts[-2] for path in FOLDER.glob("*/*/summary-tuned-own.json")]
    assert all(any(f"`{protocol}`" in name for name in names) for protocol in tuned if protocol != "frozen")
    read = {path.parts[-3:-1]: storage.read_aggregate(path) for path in SUMMARIES}
    chaos = read["chaosnli", "minilm-nli"]
    known = chaos["references"]["part_prior"]["entropy_pearson"]  # "knowing which of its two sources ..."
    assert all(known > chaos["metrics"][arm]["entropy_pearson"]["value"] for arm in ("hard", "soft"))
    polite = read["politeness", "minilm"]
    one_vote_is_no_worse()
    assert polite["floors"]["kl"] > 0.5 * polite["metrics"]["hard"]["kl"]["value"]  # "most of KL is noise"
    tuned = {
        "ChaosNLI": "chaosnli/minilm-nli", "politeness": "politeness/minilm", "CIFAR-10H": "cifar10h/small-pretrained",
        "offensiveness": "offensiveness/minilm",
    }  # fmt: skip
    for name, path in tuned.items():
        kl, r = shares_of(path)
        assert f"{reading_tables.bought(kl)} on {name}" in " ".join(README.split())
        assert 0.05 < r.value < 0.55  # "between a tenth and a half"


def shares_of(path):
    """What one temperature from votes buys of the gain in KL and in the correlation."""
    shares = storage.read_aggregate(FOLDER / path / "summary-tuned-own.json")["rules"]["shares"]
    return [Estimate.of(shares["hard/temperature-votes"][key]) for key in ("kl", "entropy_pearson")]
