"""The summary of a study, on a small real one."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax

from softlabel_book import summary
from softlabel_core import data, metrics, statistics, study
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.statistics.ambiguous_half import ambiguous_half
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols, rules
from softlabel_core.study.record import Record
from softlabel_core.votes import entropy


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    votes, protocol = data.load("digits", n_items=500), protocols.get("digits", "small", epochs=4)
    folder = tmp_path_factory.mktemp("results")
    grid.run_study(study.plan(protocol, ["hard", "gold", "soft"], [0, 1]), votes, folder, progress=False)
    return votes, study.load(protocol, folder)


@pytest.fixture(scope="module")
def numbers(recorded):
    votes, digits = recorded
    return summary.make(digits, votes, n_resamples=50)


def test_metrics_are_means_over_seeds(recorded, numbers):
    votes, digits = recorded
    test = digits.test_part(votes)
    for arm in digits.arms:
        each = [
            metrics.evaluate(None, test.counts, test.gold, log_p=log_p)["kl"] for log_p in digits.log_p(arm)
        ]
        shown = numbers["metrics"][arm]["kl"]
        assert shown["value"] == pytest.approx(np.mean(each))
        assert shown["per_seed"] == pytest.approx(each)
        assert shown["low"] <= shown["value"] <= shown["high"]


def test_changes_are_against_hard(numbers):
    hard, soft = (numbers["metrics"][arm]["kl"]["value"] for arm in ("hard", "soft"))
    assert numbers["changes"]["soft"]["kl"]["difference"]["value"] == pytest.approx(soft - hard)
    assert numbers["changes"]["soft"]["kl"]["relative"]["value"] == pytest.approx(soft / hard - 1)
    assert "hard" not in numbers["changes"]


def test_bins_hold_every_test_item_once(recorded, numbers):
    votes, digits = recorded
    assert sum(part["n"] for part in numbers["bins"]) == len(digits.test_ids) == numbers["facts"]["n_test"]
    unanimous = (digits.test_part(votes).entropy == 0).sum()
    assert numbers["bins"][0]["n"] == unanimous > 0


def test_round_trip_keeps_numbers_and_missing_ones(numbers, tmp_path):
    path = summary.SUMMARY.write(numbers, "digits", "small", tmp_path)
    json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN in the file
    again = summary.SUMMARY.read("digits", "small", tmp_path)
    assert again["metrics"]["soft"]["kl"]["value"] == pytest.approx(
        numbers["metrics"]["soft"]["kl"]["value"], rel=1e-5
    )
    assert np.isnan(again["references"]["uniform"]["entropy_pearson"])


@pytest.mark.parametrize("content", [None, "", '{"data": "digits", "met'])
def test_a_missing_or_broken_summary_is_named(tmp_path, content):
    path = summary.SUMMARY.path("digits", "small", tmp_path)
    if content is not None:
        path.parent.mkdir(parents=True)
        path.write_text(content)
    with pytest.raises(RecordError, match=r"summary\.json.*softlabel study digits --protocol small`"):
        summary.SUMMARY.read("digits", "small", tmp_path)


def test_other_votes_are_refused(recorded):
    _, digits = recorded
    with pytest.raises(RecordError, match="other item ids or counts"):
        summary.make(digits, data.load("digits", n_items=500, seed=1), n_resamples=2)


def rated(n_items=60, n_classes=5, n_raters=7):
    """Texts in two parts on a scale of five steps, without a gold label, their raters known."""
    rng = np.random.default_rng(0)
    ratings = rng.integers(n_classes, size=(n_items, n_raters)).astype(np.int8)
    ratings[:, 0] = -1
    return Dataset(
        name="politeness",
        counts=np.stack([(ratings == k).sum(axis=1) for k in range(n_classes)], axis=1),
        items=np.array([[f"text {i}"] for i in range(n_items)], dtype=object),
        class_names=tuple("12345"),
        ids=np.array([f"item{i:02}" for i in range(n_items)]),
        groups=np.arange(n_items) // 2,
        text_parts=("text",),
        ordinal=True,
        ratings=ratings,
        part=np.array(["enron", "revised", "revised"] * (n_items // 3)),
    )


def predicted(votes, n_folds=2, seeds=(0, 1)):
    """A study of hard and soft arms whose folds divide the items, with invented predictions."""
    rng, records = np.random.default_rng(1), {}
    protocol = protocols.Protocol("politeness", "invented", "encoder", 1, 0.1)
    for arm in ("hard", "soft"):
        for fold in range(n_folds):
            for seed in seeds:
                ids = votes.ids[fold::n_folds]
                log_p = log_softmax(rng.normal(size=(len(ids), votes.n_classes)), axis=1).astype(np.float32)
                meta = {
                    "data_hash": votes.hash, "n_train": 30, "n_parameters": 10, "provenance": "invented", "device": "none",
                    "versions": {}, "seconds": 1.0, "peak_memory_bytes": 1, "pretraining": None,
                    "encoder": {"name": "encoder", "from": "package x", "sha256": None},
                }  # fmt: skip
                records[study.Run(protocol, arm, fold, seed)] = Record(ids[:0], log_p[:0], ids, log_p, meta)
    return study.Study(protocol, records)


@pytest.fixture(scope="module")
def scale():
    votes = rated()
    invented = predicted(votes)
    return votes, invented, summary.make(invented, votes, n_resamples=50)


def test_steps_of_a_scale_have_their_own_measure_everywhere(scale):
    votes, _, numbers = scale
    for values in (numbers, *numbers["parts"].values()):
        for held in (values["metrics"]["soft"], values["changes"]["soft"], *values["references"].values()):
            assert "wasserstein" in held
            assert "accuracy_gold" not in held
    assert all("wasserstein" in part["metrics"]["hard"] for part in numbers["bins"] if part["n"])
    uniform = metrics.evaluate(np.full(votes.counts.shape, 0.2), votes.counts, ordinal=True)["wasserstein"]
    assert numbers["references"]["uniform"]["wasserstein"] == pytest.approx(uniform)


def test_classes_without_an_order_have_no_distance_in_steps(numbers):
    assert "wasserstein" not in numbers["metrics"]["soft"]
    assert "wasserstein" not in numbers["references"]["uniform"]


def test_each_part_is_scored_alone_from_the_same_predictions(scale):
    votes, invented, numbers = scale
    test = invented.test_part(votes)
    assert list(numbers["parts"]) == ["enron", "revised"]
    assert sum(part["n_test"] for part in numbers["parts"].values()) == test.n_items
    for name, part in numbers["parts"].items():
        rows = test.part == name
        each = [
            metrics.evaluate(None, test.counts[rows], log_p=log_p[rows], ordinal=True)
            for log_p in invented.log_p("soft")
        ]
        for key in ("kl", "entropy_pearson", "wasserstein"):
            assert part["metrics"]["soft"][key]["value"] == pytest.approx(np.mean([one[key] for one in each]))
        assert part["n_groups"] == len(np.unique(test.groups[rows]))
        assert set(part) == {
            "n_test", "n_groups", "metrics", "changes", "ceilings", "floors", "references"
        }  # fmt: skip
        assert part["floors"]["kl"] != numbers["floors"]["kl"]


def test_a_data_set_without_parts_has_none(numbers):
    assert numbers["parts"] == {}


def test_excess_kl_is_what_is_above_the_floor(numbers):
    floor = numbers["floors"]["kl"]
    for arm, values in numbers["metrics"].items():
        for end in ("value", "low", "high"):
            assert values["excess_kl"][end] == pytest.approx(values["kl"][end] - floor), arm
    change = numbers["changes"]["soft"]["excess_kl"]["relative"]["value"]
    hard, soft = (numbers["metrics"][arm]["kl"]["value"] - floor for arm in ("hard", "soft"))
    assert change == pytest.approx(soft / hard - 1)
    uniform = numbers["references"]["uniform"]
    assert uniform["excess_kl"] == pytest.approx(uniform["kl"] - floor)


def test_each_correlation_has_its_ceiling_and_raters_widen(scale):
    votes, invented, found = scale
    test = invented.test_part(votes)
    for key, name in (("entropy_pearson", "pearson"), ("entropy_spearman", "spearman")):
        assert found["ceilings"][key] == statistics.entropy_ceiling(test.counts, correlation=name).ceiling
    log_p = {arm: invented.log_p(arm) for arm in invented.arms}
    boot = statistics.bootstrap(
        log_p, test.counts, test.groups, n_resamples=50, ordinal=True, ratings=test.ratings
    )
    assert found["metrics"]["soft"]["kl"]["high"] == boot.interval("soft", "kl").high


def test_facts_name_the_encoder_and_whether_raters_are_shared(scale, numbers, tmp_path):
    facts = scale[2]["facts"]
    assert facts["encoder"]["name"] == facts["settings"]["model"] == "encoder"
    assert facts["raters_shared"]
    assert not numbers["facts"]["raters_shared"]
    summary.SUMMARY.write(numbers, "politeness", folder=tmp_path)
    read = summary.SUMMARY.read("politeness", folder=tmp_path)["facts"]
    assert read["encoder"] is read["pretraining"] is read["settings"]["pretraining"] is None  # not NaN


def test_facts_say_what_taught_the_weights_that_a_study_started_from():
    before = {"settings": {"data": "nli-pairs", "name": "minilm-nli", "epochs": 1}, "n_train": 9, "seed": 0}
    assert summary._pretraining(before) == {"data": "nli-pairs", "protocol": "minilm-nli", "n_train": 9}


@pytest.mark.parametrize("name", ["chaosnli", "politeness", "offensiveness"])
def test_no_bin_of_a_text_set_is_empty_or_holds_most_items(name):
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    try:
        entropy = data.load(name).entropy
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    held = np.histogram(entropy, data.DATA_SETS[name].bands)[0]
    assert held.sum() == len(entropy)
    assert (held > 0.1 * len(entropy)).all()
    assert (held < 0.4 * len(entropy)).all()


def test_rules_after_training_stand_beside_the_arms(recorded, numbers):
    votes, digits = recorded
    test, held = digits.test_part(votes), numbers["rules"]
    expected, fitted = rules.ruled(digits, votes, "hard")
    assert list(held["metrics"]) == [
        f"{arm}/{rule.name}" for arm in ("hard", "soft") for rule in rules.FITTED
    ]
    assert held["temperatures"]["hard/temperature"] == fitted["hard/temperature"]
    for name, log_p in expected.items():
        each = [metrics.evaluate(None, test.counts, log_p=seed)["kl"] for seed in log_p]
        assert held["metrics"][name]["kl"]["value"] == pytest.approx(np.mean(each))
    hard, soft, ruled = (
        numbers["metrics"]["hard"]["kl"]["value"],
        numbers["metrics"]["soft"]["kl"]["value"],
        held["metrics"]["hard/temperature-votes"]["kl"]["value"],
    )
    assert held["changes"]["hard/temperature-votes"]["kl"]["relative"]["value"] == pytest.approx(
        ruled / hard - 1
    )
    share = held["shares"]["hard/temperature-votes"]["kl"]["value"]
    assert share == pytest.approx((hard - ruled) / (hard - soft))
    lead = held["leads"]["hard/temperature-votes"]["kl"]["difference"]
    assert lead["value"] == pytest.approx(soft - ruled)
    excess = held["metrics"]["hard/temperature"]["excess_kl"]["value"]
    assert excess == pytest.approx(
        held["metrics"]["hard/temperature"]["kl"]["value"] - numbers["floors"]["kl"]
    )


def test_changes_of_rules_are_paired_with_the_arms(numbers):
    """A temperature changes no argmax, so in every resample the accuracy is the same."""
    change = numbers["rules"]["changes"]["hard/temperature"]["accuracy"]["difference"]
    assert (change["value"], change["low"], change["high"]) == (0, 0, 0)


def test_without_validation_items_there_are_no_rules(scale):
    assert scale[2]["rules"] == {}


def test_the_ambiguous_half_is_scored_alone_from_the_same_predictions(scale):
    votes, invented, numbers = scale
    test, held = invented.test_part(votes), numbers["ambiguous"]
    rows = np.flatnonzero(ambiguous_half(test.counts))
    each = [metrics.evaluate(None, test.counts[rows], log_p=log_p[rows]) for log_p in invented.log_p("soft")]
    for key in ("kl", "total_variation", "entropy_pearson"):
        assert held["metrics"]["soft"][key]["value"] == pytest.approx(np.mean([one[key] for one in each]))
    assert held["n_test"] == len(rows) < test.n_items
    assert held["least"] == pytest.approx(test.entropy[rows].min())
    hard, soft = (held["metrics"][arm]["excess_kl"]["value"] for arm in ("hard", "soft"))
    assert held["changes"]["soft"]["excess_kl"]["relative"]["value"] == pytest.approx(soft / hard - 1)
    other = held["other_votes"]
    assert set(other) == {"n_splits", "all", "half"}
    assert other["half"]["changes"]["soft"]["kl"]["difference"]["value"] == pytest.approx(
        other["half"]["metrics"]["soft"]["kl"]["value"] - other["half"]["metrics"]["hard"]["kl"]["value"]
    )


def test_correlations_within_parts_are_of_entropies_less_their_parts_means(scale, numbers):
    votes, invented, whole = scale
    test = invented.test_part(votes)

    def centred(values):
        return values - np.array([values[test.part == name].mean() for name in test.part])

    expected = [
        np.corrcoef(centred(entropy(np.exp(log_p))), centred(test.entropy))[0, 1]
        for log_p in invented.log_p("soft")
    ]
    found = whole["within"]["metrics"]["soft"]["entropy_pearson"]
    assert found["per_seed"] == pytest.approx(expected, rel=1e-4)
    assert numbers["within"] == {}


def test_items_are_compared_one_by_one(recorded, numbers):
    votes, digits = recorded
    test = digits.test_part(votes)
    kl = {
        arm: np.mean([metrics.per_item(one, test.counts)["kl"] for one in digits.log_p(arm)], axis=0)
        for arm in ("hard", "soft")
    }
    found = numbers["item_by_item"]
    assert found["reference_nearer"]["value"] == pytest.approx((kl["hard"] < kl["soft"]).mean())
    assert found["mean_difference"]["value"] == pytest.approx(
        numbers["changes"]["soft"]["kl"]["difference"]["value"]
    )


def test_a_study_without_the_hard_arm_has_nothing_to_compare(recorded):
    votes, digits = recorded
    alone = study.Study(
        digits.protocol, {run: record for run, record in digits.records.items() if run.arm == "soft"}
    )
    found = summary.make(alone, votes, n_resamples=5)
    assert found["item_by_item"] == found["changes"] == {}
    assert set(found["rules"]["metrics"]) == {"soft/temperature", "soft/temperature-votes"}
    assert found["rules"]["shares"] == found["rules"]["changes"] == {}


def test_single_votes_cannot_check_the_ambiguous_half(recorded):
    votes, _ = recorded
    once = replace(votes, counts=np.eye(10, dtype=np.int64)[votes.counts.argmax(axis=1)])
    log_p = {arm: np.log(np.full((60, 10), 0.1)) for arm in ("hard", "soft")}
    held = summary._ambiguous(log_p, once.take(np.arange(60)), n_resamples=3)
    assert held["other_votes"] == {}
    assert held["n_test"] == 60  # no item is more ambiguous than another
    assert summary._ambiguous({"gold": log_p["hard"]}, once.take(np.arange(60)), n_resamples=3) == {}
