"""The recorded studies in `results/`: whole, small, without votes, and their summaries as the records say."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from softlabel_core import data, protocols, results, study, summary, tables
from softlabel_core.data import DataUnavailable

FOLDER = Path(__file__).parent.parent / "results"
SUMMARIES = sorted(FOLDER.glob("*/*/summary.json"))
STUDIES = [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in SUMMARIES]
MEGABYTES_A_DATA_SET = 10


def load(path: Path) -> study.Study:
    return study.load(protocols.get(*path.parts[-3:-1]), FOLDER)


def test_the_images_are_recorded():
    assert any(path.parts[-3] == "cifar10h" for path in SUMMARIES)


@pytest.mark.parametrize("path", STUDIES)
def test_every_record_is_whole_and_of_its_protocol(path):
    recorded = load(path)
    assert len(recorded.records) == len(recorded.arms) * len(recorded.seeds) * len(recorded.folds)
    wanted = results.plain(recorded.protocol.settings())
    for run, record in recorded.records.items():
        assert (FOLDER / run.file).is_file()
        assert record.meta["settings"] == wanted


@pytest.mark.parametrize("path", STUDIES)
def test_records_hold_predictions_and_no_votes(path):
    for file in path.parent.glob("*.npz"):
        with np.load(file) as record:
            assert set(record.files) == {*results.ARRAYS, "meta"}
            assert set(json.loads(str(record["meta"]))) == {
                "arm", "code", "data", "data_hash", "device", "fold", "history", "n_parameters", "n_ties_broken", "n_train",
                "peak_memory_bytes", "pretraining", "protocol", "provenance", "seconds", "seed", "settings", "sha256",
                "threads", "versions",
            }  # fmt: skip


@pytest.mark.parametrize("folder", sorted(path for path in FOLDER.iterdir() if path.is_dir()))
def test_a_data_set_stays_small(folder):
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert total < MEGABYTES_A_DATA_SET * 2**20


@pytest.mark.parametrize("path", STUDIES)
def test_the_summary_is_what_the_records_and_votes_give(path):
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    recorded, stored = load(path), summary.read(path)
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


@pytest.mark.parametrize("name", ["small", "small-pretrained"])
def test_the_readme_says_what_the_records_say(name):
    changes = summary.read(FOLDER / "cifar10h" / name / summary.FILE)["changes"]["soft"]
    row = [tables.change(changes, key) for key in ("kl", "entropy_pearson", "accuracy")]
    lines = (FOLDER.parent / "README.md").read_text().splitlines()
    assert any(line.startswith(f"| `{name}`") and line.endswith(" | ".join(row) + " |") for line in lines)
    assert changes["entropy_error"]["difference"]["low"] > 0
