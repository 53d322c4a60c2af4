"""Tables as people read them."""

import copy
import math

import pytest

from softlabel_book import published, tables
from softlabel_book.summary import Change
from softlabel_core import metrics, statistics
from softlabel_core.statistics import Estimate

VALUE = {"value": 0.5, "low": 0.4, "high": 0.6, "per_seed": [0.5]}
EXCESS = {"value": 0.48, "low": 0.38, "high": 0.58, "per_seed": [0.48]}
CHANGE = {
    "difference": {"value": -0.1, "low": -0.2, "high": 0.0},
    "relative": {"value": -0.32, "low": -0.4, "high": -0.2},
}


@pytest.fixture
def numbers():
    measures = dict.fromkeys(tables.COLUMNS, VALUE) | {"excess_kl": EXCESS}
    return copy.deepcopy(
        {
            "data": "cifar10h",
            "protocol": "small",
            "facts": {
                "arms": ["hard", "soft"], "seeds": [0, 1, 2], "folds": [0], "n_train": 7200, "n_test": 2000,
                "settings": {"model": "small-resnet"}, "n_parameters": 308650, "seeds_resampled": False,
                "device": ["x86_64 CPU"], "provenance": ["JPEG copies"], "encoder": None, "pretraining": None,
                "raters_shared": False,
            },
            "metrics": {"hard": measures, "soft": measures},
            "changes": {"soft": dict.fromkeys(measures, CHANGE)},
            "ceilings": {"entropy_pearson": 0.93}, "floors": {"kl": 0.02},
            "references": {"uniform": {"kl": 2.15, "excess_kl": 2.13, "entropy_pearson": math.nan}},
            "parts": {},
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
    assert table.loc["hard (majority)", "KL − floor"] == "0.480 [0.380, 0.580]"
    assert list(table.loc[["perfect model", "uniform"], "KL − floor"]) == ["0.000", "2.130"]
    assert table.loc["perfect model", "r(H)"] == "0.930"
    assert table.loc["perfect model", "ρ(H)"] == "–"  # a summary of before there was one
    numbers["ceilings"]["entropy_spearman"] = 0.84
    assert tables.arms(numbers).loc["perfect model", "ρ(H)"] == "0.840"
    assert table.loc["uniform", "r(H)"] == "–"


def test_a_percentage_of_nothing_becomes_a_difference(numbers):
    assert tables.change(numbers["changes"]["soft"], "kl") == "−32% [−40%, −20%]"
    numbers["changes"]["soft"]["kl"]["relative"]["defined"] = False
    assert tables.change(numbers["changes"]["soft"], "kl") == "−0.100 [−0.200, 0.000]"


def test_an_estimate_is_written_like_what_a_file_holds_of_it():
    held = CHANGE["relative"]
    assert tables.interval(Estimate.of(held)) == tables.interval(held) == "−0.320 [−0.400, −0.200]"
    assert tables.share(Estimate.of(held)) == tables.share(held)
    assert tables.change({"kl": Change.of(CHANGE)}, "kl") == tables.change({"kl": CHANGE}, "kl")


def test_a_share_of_what_may_be_nothing_is_a_dash():
    assert tables.share({"value": 0.5, "low": 0.4, "high": 0.6}) == "+50% [+40%, +60%]"
    assert tables.share(statistics.NO_ESTIMATE) == tables.DASH


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


def test_excess_kl_follows_kl_in_every_table(numbers):
    shown = [tables.SHORT[key] for key in ("kl", "excess_kl", "accuracy")]
    for table in (tables.arms(numbers, ("kl", "accuracy")), tables.changes(numbers, ("kl", "accuracy"))):
        assert list(table) == shown
    assert "KL − floor" not in tables.arms(numbers, ("accuracy",))


def test_steps_of_a_scale_stand_only_where_classes_have_an_order(numbers):
    assert "W₁" not in tables.arms(numbers)
    for values in (*numbers["metrics"].values(), numbers["references"]["uniform"]):
        values["wasserstein"] = VALUE if "js_distance" in values else 1.2
    assert tables.arms(numbers).loc["soft (votes)", "W₁"] == "0.500 [0.400, 0.600]"
    assert tables.arms(numbers).loc["uniform", "W₁"] == "1.200"
    assert "W₁" in tables.changes(numbers)


def test_each_part_alone_stands_below_the_whole(numbers):
    assert "alone" not in tables.text(numbers)
    part = copy.deepcopy(
        {key: numbers[key] for key in ("metrics", "changes", "ceilings", "floors", "references")}
    )
    part["metrics"]["soft"]["kl"] = {**VALUE, "value": 0.123}
    numbers["data"] = "chaosnli"
    numbers["parts"] = {"snli": {**part, "n_test": 303, "n_groups": 290}}
    whole, _, alone = tables.text(numbers).partition("SNLI alone, 303 test items:")
    assert "0.123" in alone
    assert "0.123" not in whole
    assert "Change against the hard arm" in alone


def test_shared_raters_are_said_only_where_they_are_known(numbers):
    assert tables.RATERS_SHARED not in tables.text(numbers)
    numbers["facts"]["raters_shared"] = True
    assert tables.RATERS_SHARED in tables.text(numbers)


def test_a_text_model_is_named_with_its_base_and_what_taught_it(numbers):
    facts = numbers["facts"]
    assert tables.model(facts) == "small-resnet, 308,650 parameters"
    facts["settings"] = {"model": "all-minilm-l6-v2", "encoder": None}
    facts["encoder"] = {"name": "all-minilm-l6-v2", "from": "package x", "sha256": None}
    facts["pretraining"] = {"data": "nli-pairs", "protocol": "minilm-nli", "n_train": 120000}
    assert tables.model(facts) == (
        "all-minilm-l6-v2 (package x), trained first on 120,000 items of nli-pairs, 308,650 parameters"
    )
    facts["settings"] = {"model": "linear", "encoder": "all-minilm-l6-v2"}
    assert tables.model(facts).startswith("linear on embeddings of all-minilm-l6-v2, frozen (package x)")


def test_tables_name_the_part_that_others_report_on():
    both, snli = (tables.of_others(data) for data in ("chaosnli", "chaosnli-snli"))
    assert len(both) == len(published.rows("chaosnli"))  # no row hides another
    assert both.loc["Nie et al. 2020, SNLI: RoBERTa-large", "KL"] == "0.494"
    assert both.loc["Nie et al. 2020, MNLI: RoBERTa-large", "KL"] == "0.870"
    assert snli.loc["Nie et al. 2020: RoBERTa-large", "accuracy"] == "0.787"
    assert both.loc["Kohli 2026: soft labels", "r(H)"] == "0.643"


def test_beside_puts_ours_first_in_the_measures_of_others(numbers):
    table = tables.beside(numbers)
    assert list(table.index[:2]) == ["here: hard (majority)", "here: soft (votes)"]
    assert "ρ(H)" in table
    assert "JS distance" not in table


def test_beside_puts_our_parts_above_what_is_published_on_them(numbers):
    part = copy.deepcopy(
        {key: numbers[key] for key in ("metrics", "changes", "ceilings", "floors", "references")}
    )
    numbers.update(data="chaosnli", parts={"snli": {**part, "n_test": 303}})
    index = list(tables.beside(numbers).index)
    assert index[:4] == [
        f"{place}: {arm}" for place in ("here", "here, SNLI") for arm in ("hard (majority)", "soft (votes)")
    ]
    assert "Nie et al. 2020, SNLI: BERT-base" in index[4:]


def test_every_measure_has_a_short_name():
    assert set(metrics.METRICS) <= set(tables.SHORT)
