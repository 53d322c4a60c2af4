"""Storage: aggregates come back as they were written, and what is missing or broken names its cure."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from shared import sentence_of

from softlabel_core import storage
from softlabel_core.statistics import Estimate
from softlabel_core.storage import Aggregate, RecordError

CURVE = Aggregate("curve.json", "softlabel curve {data} --protocol {protocol}")


def test_a_dataclass_gives_its_fields_or_what_it_says_of_itself():
    @dataclass(frozen=True)
    class Row:
        r: float
        change: Estimate

    row = Row(np.nan, Estimate(0.5, 0.4, np.inf, defined=False))
    change = {"value": 0.5, "low": 0.4, "high": None, "defined": False}
    assert storage.plain({"rows": [row]}) == {"rows": [{"r": None, "change": change}]}


def test_nan_becomes_null(tmp_path):
    content = {
        "r": float("nan"),
        "kl": np.float32(np.inf),
        "per_seed": np.array([1.5, np.nan]),
        "n": np.int64(3),
        "nested": [{"low": -np.inf, "name": "soft"}, (1, None)],
        5: True,
    }
    storage.write_json(tmp_path / "summary.json", content)
    assert json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail) == {
        "r": None,
        "kl": None,
        "per_seed": [1.5, None],
        "n": 3,
        "nested": [{"low": None, "name": "soft"}, [1, None]],
        "5": True,
    }


def test_the_results_folder_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    assert storage.results_folder() == tmp_path


def test_a_results_folder_that_does_not_exist_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path / "gone"))
    with pytest.raises(RecordError, match="name a folder that exists in SOFTLABEL_RESULTS") as error:
        storage.results_folder()
    assert str(tmp_path / "gone") in sentence_of(error)


# Aggregates


def test_an_aggregate_comes_back_rounded_with_nan_for_what_is_no_number(tmp_path):
    numbers = {
        "facts": {"encoder": None, "n": 3},
        "kl": 0.123456789,
        "n_votes": 12345678,
        "per_seed": np.array([1e-9 / 3, np.nan]),
        "ends": [{"low": -np.inf}],
    }
    path = CURVE.write(numbers, "digits", "small", tmp_path)
    assert path == CURVE.path("digits", "small", tmp_path) == tmp_path / "digits" / "small" / "curve.json"
    json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN in the file
    found = CURVE.read("digits", "small", tmp_path)
    assert list(found) == list(numbers)
    assert found["facts"] == {"encoder": None, "n": 3}
    assert (found["kl"], found["n_votes"], found["per_seed"][0]) == (0.123457, 12345678, 3.33333e-10)
    assert np.isnan([found["per_seed"][1], found["ends"][0]["low"]]).all()


def test_an_aggregate_of_a_data_set_lies_beside_its_protocols(tmp_path):
    assert CURVE.path("digits", folder=tmp_path) == tmp_path / "digits" / "curve.json"
    assert not CURVE.exists("digits", folder=tmp_path)
    CURVE.write({"facts": {}}, "digits", folder=tmp_path)
    assert CURVE.exists("digits", folder=tmp_path)
    assert not CURVE.exists("digits", "small", tmp_path)


def test_settings_come_back_to_the_last_digit(tmp_path):
    exact = Aggregate("tuning.json", "softlabel tune {data}", facts=("settings",), digits=None)
    numbers = {"settings": {"rate": 10**-3.5, "clip": None}, "kl": 1 / 3}
    exact.write(numbers, "digits", folder=tmp_path)
    assert exact.read("digits", folder=tmp_path) == numbers


@pytest.mark.parametrize("content", [None, "", '{"facts": {}, "met', "[]", '{"kl": 1}'])
def test_a_missing_or_broken_aggregate_names_the_command(tmp_path, content):
    path = CURVE.path("digits", "small", tmp_path)
    if content is not None:
        path.parent.mkdir(parents=True)
        path.write_text(content)
    with pytest.raises(
        RecordError, match="softlabel curve digits --protocol small`, which writes it"
    ) as error:
        CURVE.read("digits", "small", tmp_path)
    assert str(path) in sentence_of(error)
    assert ("there is no" if content is None else "truncated or altered; delete it and run") in str(
        error.value
    )
