"""Out in the wild: the numbers against the predictions they come from, and a run that was cut off."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from shared import sentence_of

from softlabel_book import summary, tables
from softlabel_book.robustness import abstaining as selective
from softlabel_book.robustness import analysis as wild
from softlabel_core import calibration, data, metrics, study, votes
from softlabel_core.data import DataUnavailable
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, grid, protocols

FOLDER = Path(__file__).parents[3] / "results"
RECORDED = sorted(FOLDER.glob(f"*/*/{wild.ROBUSTNESS.file}"))
SHORT = protocols.get("digits", "small", epochs=15)
WHERE = (SHORT.data, SHORT.name)
NAMES = ["clean", "noise-1", "noise-5", "blur-5", "fgsm-8", "pgd-8"]
SEEDS = [0, 1, 2]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=1500)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory):
    """A folder without records."""
    return tmp_path_factory.mktemp("results")


def measured(digits, folder, **changes):
    options = {"names": NAMES, "n_resamples": 100, "folder": folder, "progress": False, "device": "cpu"}
    protocol = changes.pop("protocol", SHORT)
    return wild.make(protocol, digits, changes.pop("seeds", SEEDS), **options | changes)


@pytest.fixture(scope="module")
def numbers(digits, cache, nowhere):
    return measured(digits, nowhere)


def test_clean_numbers_are_those_of_the_studys_own_training(digits, numbers):
    found = numbers["conditions"]["clean"]
    for arm in wild.ARMS:
        record = fitting.train(Run(SHORT, arm, 0, 1), digits, "cpu")
        test = digits.take(study.split_of(digits, SHORT, 0).test)
        scores = metrics.evaluate(None, test.counts, log_p=record.log_p_test)
        for key in wild.MEASURES:
            assert found["metrics"][arm][key]["per_seed"][1] == pytest.approx(scores[key], abs=1e-5)
            mean = np.mean(found["metrics"][arm][key]["per_seed"])
            assert found["metrics"][arm][key]["value"] == pytest.approx(mean)


def test_damage_and_attacks_cost_accuracy(numbers):
    for arm in wild.ARMS:
        right = {
            name: part["metrics"][arm]["accuracy"]["value"] for name, part in numbers["conditions"].items()
        }
        assert list(right) == NAMES
        assert right["blur-5"] < right["clean"] - 0.05
        assert right["pgd-8"] <= right["fgsm-8"] < right["clean"] - 0.05


def test_moved_is_the_difference_of_differences_and_paired(numbers):
    clean = numbers["conditions"]["clean"]
    for name, part in numbers["conditions"].items():
        for key in wild.MEASURES:
            here, before, moved = part["differences"][key], clean["differences"][key], part["moved"][key]
            assert moved["value"] == pytest.approx(here["value"] - before["value"], abs=1e-12)
            assert moved["low"] <= moved["value"] <= moved["high"]
            soft, hard = (part["metrics"][arm][key]["value"] for arm in ("soft", "hard"))
            assert here["value"] == pytest.approx(soft - hard)
        assert (part["moved"]["kl"]["low"] == part["moved"]["kl"]["high"] == 0) == (name == "clean")
    noisy = numbers["conditions"]["noise-1"]
    width = lambda estimate: estimate["high"] - estimate["low"]  # noqa: E731
    assert width(noisy["moved"]["kl"]) < 0.5 * np.hypot(
        width(noisy["differences"]["kl"]), width(clean["differences"]["kl"])
    )


def test_a_run_that_was_cut_off_goes_on_without_training(digits, numbers, nowhere, monkeypatch):
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    again = measured(digits, nowhere)
    assert json.dumps(again, default=str) == json.dumps(numbers, default=str)
    more = measured(digits, nowhere, names=[*NAMES, "contrast-2"])  # measured with the weights that were kept
    assert more["conditions"]["clean"] == numbers["conditions"]["clean"]
    assert "contrast-2" in more["conditions"]


def test_weights_of_other_settings_or_a_broken_file_are_refused(digits, cache, nowhere):
    one = {
        "seeds": [7],
        "names": ["clean", "noise-1"],
        "protocol": protocols.get("digits", "small", epochs=1),
    }
    measured(digits, nowhere, **one)
    with pytest.raises(RecordError, match="other settings") as error:
        measured(digits, nowhere, **one | {"protocol": protocols.get("digits", "small", epochs=2)})
    sentence_of(error)
    path = wild._cached(Run(one["protocol"], "hard", 0, 7), digits).with_suffix(".weights.pt")
    whole = torch.load(path, weights_only=True)
    next(iter(whole["state"].values())).add_(1)
    torch.save(whole, path)
    with pytest.raises(RecordError, match="truncated or altered") as error:
        measured(digits, nowhere, **one)
    sentence_of(error)
    path.unlink()
    measured(digits, nowhere, **one)
    predictions = wild._cached(Run(one["protocol"], "hard", 0, 7), digits)
    predictions.write_bytes(predictions.read_bytes()[:1000])
    with pytest.raises(RecordError, match="truncated or altered"):
        measured(digits, nowhere, **one)


@pytest.fixture
def kept(tmp_path):
    """A file of predictions that weights of the hash "first" made, and the predictions."""
    rng = np.random.default_rng(0)
    log_p = {name: rng.normal(-2, 1, (500, 3)).astype(np.float32) for name in ("clean", "noise-1")}
    wild._save_predictions(tmp_path / "kept.pt", "first", log_p)
    return tmp_path / "kept.pt", log_p


def test_predictions_are_read_as_they_were_made(kept):
    path, log_p = kept
    found = wild._read_predictions(path, "first")
    assert list(found) == list(log_p)
    for name in log_p:
        np.testing.assert_array_equal(found[name], log_p[name], strict=True)


def test_predictions_of_other_weights_are_made_anew(kept):
    assert wild._read_predictions(kept[0], "second") == {}


def test_predictions_without_a_hash_are_made_anew(kept):
    path, _ = kept
    saved = torch.load(path, weights_only=True)
    del saved["sha256"]
    torch.save(saved, path)
    assert wild._read_predictions(path, "first") == {}


def altered(path):
    with pytest.raises(RecordError) as error:
        wild._read_predictions(path, "first")
    sentence_of(error)
    assert str(error.value) == f"{path} is truncated or altered; delete it, and it is made again."


def test_one_flipped_bit_of_a_prediction_is_refused(kept):
    path, log_p = kept
    sound, stored = path.read_bytes(), log_p["noise-1"].tobytes()
    place = sound.index(stored) + len(stored) // 2
    for bit in range(8):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1 << bit]) + sound[place + 1 :])
        altered(path)
    path.write_bytes(sound)
    assert len(wild._read_predictions(path, "first")) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda log_p: log_p["clean"].view(torch.int32)[7, 1].bitwise_xor_(1),
        lambda log_p: log_p.update(clean=log_p["clean"].reshape(750, 2)),
        lambda log_p: log_p.update(clean=log_p["clean"].view(torch.int32)),
        lambda log_p: log_p.update({"clean": log_p["noise-1"], "noise-1": log_p["clean"]}),
        lambda log_p: log_p.update({"noise-2": log_p.pop("noise-1")}),
        lambda log_p: log_p.pop("noise-1"),
    ],
    ids=["bit", "shape", "type", "swapped", "renamed", "fewer"],
)
def test_predictions_other_than_their_hash_says_are_refused(kept, change):
    path, _ = kept
    saved = torch.load(path, weights_only=True)
    change(saved["log_p"])
    torch.save(saved, path)
    altered(path)


def test_nothing_is_kept_where_nothing_should_be(digits, nowhere, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    short = protocols.get("digits", "small", epochs=1)
    found = measured(digits, nowhere, protocol=short, seeds=[0], names=["clean", "noise-5"], keep=False)
    assert list(tmp_path.iterdir()) == []
    assert list(found["selective"]) == ["clean", "noise-5"]
    assert found["parts"] == {}  # one seed is no ensemble


def test_with_a_record_the_parts_come_from_it_and_stand_beside_it(digits, numbers, tmp_path, cache):
    grid.run_study(study.plan(SHORT, wild.ARMS, SEEDS), digits, tmp_path, device="cpu", progress=False)
    found = measured(digits, tmp_path, names=["clean"])
    recorded = study.load(SHORT, tmp_path)
    test = recorded.test_part(digits)
    log_p = {arm: recorded.log_p(arm) for arm in wild.ARMS}
    assert found["parts"] == wild.decompose(log_p, test.counts, test.groups, 100)
    for arm in wild.ARMS:
        beside = found["facts"]["beside_record"][arm]
        np.testing.assert_allclose(beside["here"], beside["record"], rtol=2e-3)  # float16
        assert beside["here"] == pytest.approx(
            numbers["conditions"]["clean"]["metrics"][arm]["kl"]["per_seed"]
        )
    alone = wild.from_records(recorded, digits, 100)
    assert alone["parts"] == found["parts"]
    assert alone["conditions"] == {}
    own = found["selective"]["clean"]["areas"]["probability"]["error"]["arms"]["soft"]["aurc"]["value"]
    other = alone["selective"]["clean"]["areas"]["probability"]["error"]["arms"]["soft"]["aurc"]["value"]
    assert own == pytest.approx(other, abs=2e-3)


def drawn(n_members=3, n_items=400, seed=0, noise=1.0):
    """Votes, and members whose logits are the truth's with noise of their own."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet([0.5, 0.5, 0.5], n_items)
    counts = rng.multinomial(50, truth)
    logits = np.log(truth + 1e-3) + rng.normal(0, noise, (n_members, n_items, 3))
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)), counts


def test_identical_members_leave_no_epistemic_part():
    log_p, counts = drawn()
    same = np.repeat(log_p[:1], 3, axis=0)
    found = wild.decompose({"hard": same, "soft": log_p}, counts, np.arange(400), 50)
    alone = found["arms"]["hard"]
    assert alone["epistemic"]["mean"]["value"] == pytest.approx(0, abs=1e-12)
    assert np.isnan(alone["epistemic"]["pearson"]["value"])
    assert alone["epistemic"]["pearson"]["defined"] is False
    assert alone["aleatoric"]["pearson"]["value"] == pytest.approx(alone["total"]["pearson"]["value"])
    assert found["arms"]["soft"]["epistemic"]["mean"]["low"] > 0.01


def test_correlations_of_the_parts_are_numpys():
    log_p, counts = drawn()
    other, _ = drawn(seed=1)
    found = wild.decompose({"hard": other, "soft": log_p}, counts, np.arange(400), 200)
    human, split = votes.entropy(votes.distribution(counts)), calibration.uncertainty(log_p)
    for part in wild.PARTS:
        estimate = found["arms"]["soft"][part]["pearson"]
        assert estimate["value"] == pytest.approx(np.corrcoef(getattr(split, part), human)[0, 1])
        assert estimate["low"] < estimate["value"] < estimate["high"]
        # Fisher's approximation of the interval's width, for 400 independent items.
        expected = 2 * 1.96 * (1 - estimate["value"] ** 2) / np.sqrt(400)
        assert 0.5 < (estimate["high"] - estimate["low"]) / expected < 2
    assert found["n_members"] == 3
    gain = {part: found["differences"][part]["pearson"]["value"] for part in wild.PARTS}
    assert found["apart"]["value"] == pytest.approx(gain["aleatoric"] - gain["epistemic"])
    # Members that know the truth against members of noise: the aleatoric part is what is learnt.
    assert found["differences"]["aleatoric"]["pearson"]["low"] > 0


def test_equal_arms_do_not_differ():
    log_p, counts = drawn()
    parts = wild.decompose({"hard": log_p, "soft": log_p}, counts, np.arange(400), 50)
    assert parts["apart"] == {"value": 0, "low": 0, "high": 0, "p_value": 1}
    passed = wild.passing({"hard": log_p, "soft": log_p}, counts, np.arange(400), 50)
    for kind in selective.CONFIDENCES:
        for risk in selective.Risks._fields:
            assert all(
                part["value"] == part["low"] == part["high"] == 0
                for part in passed["areas"][kind][risk]["differences"].values()
            )


def test_passing_is_what_selective_says():
    log_p, counts = drawn()
    worse, _ = drawn(seed=1)
    found = wild.passing({"hard": worse, "soft": log_p}, counts, np.arange(400), 100)
    for risk in selective.Risks._fields:
        for arm, seeds in (("hard", worse), ("soft", log_p)):
            costs = [getattr(selective.risks(one, counts), risk) for one in seeds]
            own = found["areas"]["probability"][risk]["arms"][arm]
            areas = [
                selective.aurc(selective.confidence(one), cost)[0]
                for one, cost in zip(seeds, costs, strict=True)
            ]
            assert own["aurc"]["value"] == pytest.approx(np.mean(areas))
            assert own["best"]["value"] < own["aurc"]["value"]
            curve = found["curves"][risk][arm]
            value, low, high = np.array(curve["risk"]).T
            assert (low <= value).all()
            assert (value <= high).all()
            assert value[-1] == pytest.approx(np.mean(costs))
            assert (np.array(curve["best"]) <= value + 1e-12).all()
    reached = found["areas"]["entropy"]["disagreement"]["differences"]["reached"]
    assert reached["low"] > 0  # the truth knows, noise does not


def test_a_single_group_has_values_without_intervals():
    log_p, counts = drawn()
    found = wild.passing({"hard": log_p, "soft": log_p}, counts, np.zeros(400), 20)
    area = found["areas"]["entropy"]["error"]["arms"]["soft"]["aurc"]
    assert area["value"] > 0
    assert np.isnan([area["low"], area["high"]]).all()


def test_what_cannot_be_measured_is_one_sentence(digits, nowhere):
    texts = replace(digits.take(np.arange(9)), items=np.full((9, 1), "a", object), text_parts=("text",))
    for protocol, items in (("minilm", texts), ("head", digits), ("frozen", digits)):
        with pytest.raises(ValueError, match="no model that reads images") as error:
            wild.make(protocols.get("politeness", protocol), items)
        sentence_of(error)
    with pytest.raises(ValueError, match="leaves out clean") as error:
        measured(digits, nowhere, names=["noise-1"])
    sentence_of(error)
    with pytest.raises(ValueError, match="no corruption 'fog'"):
        wild.predict(torch.nn.Flatten(), digits.take(np.arange(3)), ["fog-1"])


def test_a_round_trip_keeps_numbers(numbers, tmp_path):
    path = wild.ROBUSTNESS.write(numbers, *WHERE, tmp_path)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    again = wild.ROBUSTNESS.read(*WHERE, tmp_path)
    assert again["facts"]["seeds"] == SEEDS
    assert again["conditions"]["pgd-8"]["metrics"]["soft"]["kl"]["value"] == pytest.approx(
        numbers["conditions"]["pgd-8"]["metrics"]["soft"]["kl"]["value"], rel=1e-5
    )


def test_what_is_missing_or_broken_names_the_command(tmp_path):
    path = wild.ROBUSTNESS.path(*WHERE, tmp_path)
    for content in (None, "{"):
        if content:
            path.parent.mkdir(parents=True)
            path.write_text(content)
        with pytest.raises(RecordError, match="softlabel robustness digits --protocol small") as error:
            wild.ROBUSTNESS.read(*WHERE, tmp_path)
        sentence_of(error)


def test_run_writes_what_make_measures(digits, tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(wild, "make", lambda *a, **k: asked.update(k) or {"facts": {}, "of": a[2]})
    path = wild.run(SHORT, digits, [3], device="cpu", folder=tmp_path)
    assert path == wild.ROBUSTNESS.path(*WHERE, tmp_path)
    assert json.loads(path.read_text())["of"] == [3]
    assert asked == {"device": "cpu", "folder": tmp_path}


def test_a_table_has_a_row_for_clean_and_for_the_strongest_of_each_kind(numbers):
    found = wild.table(numbers)
    assert list(found.index) == [
        "clean", "Gaussian noise, severity 5", "Gaussian blur, severity 5", "FGSM, 8 of 255", "PGD, 8 of 255",
    ]  # fmt: skip
    assert list(found.columns[:3]) == ["KL, hard", "KL, soft", "KL, soft − hard"]
    difference = numbers["conditions"]["blur-5"]["differences"]["kl"]
    assert found.loc["Gaussian blur, severity 5", "KL, soft − hard"] == tables.interval(difference)


# Recorded numbers


def test_photographs_are_recorded():
    assert any(path.parts[-3] == "cifar10h" for path in RECORDED)


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_numbers_belong_to_the_recorded_study(path):
    protocol = protocols.get(*path.parts[-3:-1])
    stored = wild.ROBUSTNESS.read(*path.parts[-3:-1], FOLDER)
    assert study.changed_settings(stored["facts"]["settings"], protocol) == []
    if stored["conditions"]:
        assert set(wild.conditions(epsilons=[])) <= set(stored["conditions"]) <= set(wild.conditions())
    if not summary.SUMMARY.exists(*path.parts[-3:-1], FOLDER):  # digits need no record: they train in seconds
        assert stored["facts"]["data_hash"] == data.load("digits").hash
        return
    study_ = summary.SUMMARY.read(*path.parts[-3:-1], FOLDER)
    assert stored["facts"]["data_hash"] == study_["facts"]["data_hash"]
    assert stored["facts"]["n_test"] == study_["facts"]["n_test"]
    for arm, beside in (stored["facts"].get("beside_record") or {}).items():
        summarised = [
            study_["metrics"][arm]["kl"]["per_seed"][study_["facts"]["seeds"].index(s)]
            for s in stored["facts"]["seeds"]
        ]
        spread = np.ptp(study_["metrics"][arm]["kl"]["per_seed"])
        # Trained again on another machine or with other versions: alike, not identical.
        assert np.mean(beside["here"]) == pytest.approx(np.mean(beside["record"]), abs=max(spread, 0.02))
        assert beside["record"] == pytest.approx(summarised, abs=1e-4)


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_parts_are_what_the_record_gives(path):
    if "SOFTLABEL_DATA" not in os.environ:
        pytest.skip("needs the votes in the folder SOFTLABEL_DATA names")
    protocol = protocols.get(*path.parts[-3:-1])
    if not summary.SUMMARY.exists(*path.parts[-3:-1], FOLDER):
        pytest.skip("its parts come from the models themselves")
    stored = wild.ROBUSTNESS.read(*path.parts[-3:-1], FOLDER)
    try:
        dataset = data.load(protocol.data)
    except DataUnavailable as reason:
        pytest.skip(str(reason))
    recorded = study.load(protocol, FOLDER)
    test = recorded.test_part(dataset)
    log_p = {arm: recorded.log_p(arm) for arm in wild.ARMS}
    fresh = wild.decompose(log_p, test.counts, test.groups, stored["facts"]["n_resamples"])
    for arm in wild.ARMS:
        for part in wild.PARTS:
            for key in ("pearson", "mean"):
                assert stored["parts"]["arms"][arm][part][key]["value"] == pytest.approx(
                    fresh["arms"][arm][part][key]["value"], rel=1e-4
                )


@pytest.mark.parametrize("path", [pytest.param(path, id="-".join(path.parts[-3:-1])) for path in RECORDED])
def test_recorded_numbers_hold_aggregates_only(path):
    def longest(value):
        if isinstance(value, dict):
            return max([len(value), *map(longest, value.values())])
        return max([len(value), *map(longest, value)]) if isinstance(value, list) else 0

    assert longest(json.loads(path.read_text())) < 40
    assert path.stat().st_size < 500_000
