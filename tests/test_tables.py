"""Tables as people read them."""

import copy
import math

import pytest

from softlabel_core import metrics, tables

VALUE = {"value": 0.5, "low": 0.4, "high": 0.6, "per_seed": [0.5]}
CHANGE = {
    "difference": {"value": -0.1, "low": -0.2, "high": 0.0},
    "relative": {"value": -0.32, "low": -0.4, "high": -0.2},
}


@pytest.fixture
def numbers():
    measures = dict.fromkeys(tables.COLUMNS, VALUE)
    return copy.deepcopy(
        {
            "data": "cifar10h",
            "protocol": "small",
            "facts": {
                "arms": ["hard", "soft"], "seeds": [0, 1, 2], "folds": [0], "n_train": 7200, "n_test": 2000,
                "settings": {"model": "small-resnet"}, "n_parameters": 308650, "seeds_resampled": False,
                "device": ["x86_64 CPU"], "provenance": ["JPEG copies"],
            },
            "metrics": {"hard": measures, "soft": measures},
            "changes": {"soft": dict.fromkeys(tables.COLUMNS, CHANGE)},
            "ceilings": {"entropy_pearson": 0.93}, "floors": {"kl": 0.02},
            "references": {"uniform": {"kl": 2.15, "entropy_pearson": math.nan}},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"), [(0.1234, "0.123"), (-0.5, "−0.500"), (math.nan, "–"), (None, "–"), (math.inf, "∞")]
)
def test_number(value, shown):
    assert tables.number(value) == shown


def test_intervals_are_always_printed(numbers):
    table = tables.arms(numbers)
    assert table.loc["hard (majority)", "KL"] == "0.500 [0.400, 0.600]"
    assert table.loc["hard (majority)", "KL − floor"] == "0.480"
    assert table.loc["perfect model", "r(H)"] == "0.930"
    assert table.loc["uniform", "r(H)"] == "–"


def test_a_percentage_of_nothing_becomes_a_difference(numbers):
    assert tables.change(numbers["changes"]["soft"], "kl") == "−32% [−40%, −20%]"
    numbers["changes"]["soft"]["kl"]["relative"]["defined"] = False
    assert tables.change(numbers["changes"]["soft"], "kl") == "−0.100 [−0.200, 0.000]"


def test_terminal_table_names_protocol_device_and_provisional_state(numbers):
    text = tables.text(numbers)
    for part in (
        "7200 training items",
        "x86_64 CPU",
        "JPEG copies",
        "provisional",
        "groups only",
        "not our results",
    ):
        assert part in text
    assert "nan" not in text.lower()


def test_published_rows_use_our_measures_and_say_where_they_are_from():
    rows = tables.published_rows("cifar10h")
    assert rows
    for row in rows:
        assert set(row["values"]) <= set(metrics.METRICS)
        assert row["citation"]
        assert row["note"]
    assert tables.headline()["relative"] == {"kl": -0.32, "entropy_correlation": 0.61}


def test_beside_puts_ours_first_in_the_measures_of_others(numbers):
    table = tables.beside(numbers)
    assert list(table.index[:2]) == ["here: hard (majority)", "here: soft (votes)"]
    assert "ρ(H)" in table
    assert "JS distance" not in table


def test_shown_escapes_names_and_stacks_intervals(numbers):
    table = tables.arms(numbers).rename(index={"uniform": "<b>uniform</b>"})
    page = tables.Shown(table)._repr_mimebundle_()["text/html"]
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert '0.500<br><span class="sl-interval">[0.400, 0.600]</span>' in page


def test_every_measure_has_a_short_name():
    assert set(metrics.METRICS) <= set(tables.SHORT)
