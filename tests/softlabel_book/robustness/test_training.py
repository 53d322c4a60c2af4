"""Training for robustness: the study's own models, and a run that was cut off."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import sentence_of

from softlabel_book.robustness import analysis, training
from softlabel_book.robustness.analysis import MEASURES
from softlabel_core import data, metrics, study
from softlabel_core.arms import PAIR
from softlabel_core.study import Run, fitting, networks, protocols

SHORT = protocols.get("digits", "small", epochs=1)
RUN = Run(SHORT, "hard", 0, 7)
NAMES = ["clean", "noise-1"]


@pytest.fixture(scope="module")
def few():
    return data.load("digits", n_items=400)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def of_run(few, run=RUN, names=NAMES, keep=True):
    test = few.take(study.split_of(few, run.protocol, 0).test)
    return training.of_run(run, few, test, names, "cpu", keep)


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("arm", ["hard", "mc-dropout"])
def test_kept_weights_predict_what_the_trained_model_did(few, arm, monkeypatch):
    run = replace(RUN, arm=arm)
    once = of_run(few, run, keep=False)
    first = of_run(few, run)
    assert same(once, first)
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    networks.path_of(run, few, "predictions").unlink()
    assert same(first, of_run(few, run))
    assert set(of_run(few, run, ["clean", "fgsm-4"])) == {"clean", "fgsm-4"}


def test_nothing_is_kept_where_nothing_should_be(few, cache):
    of_run(few, keep=False)
    assert not cache.exists()


def test_a_condition_that_does_not_exist_is_refused(few):
    with pytest.raises(ValueError, match="no corruption 'fog'"):
        training.predict(torch.nn.Flatten(), few.take(np.arange(3)), ["fog-1"])


def test_clean_numbers_are_those_of_the_studys_own_training(digits, numbers, protocol):
    found = numbers["conditions"]["clean"]
    for arm in PAIR:
        record = fitting.train(Run(protocol, arm, 0, 1), digits, "cpu")
        test = digits.take(study.split_of(digits, protocol, 0).test)
        scores = metrics.evaluate(None, test.counts, log_p=record.log_p_test)
        for key in MEASURES:
            assert found["metrics"][arm][key]["per_seed"][1] == pytest.approx(scores[key], abs=1e-5)
            mean = np.mean(found["metrics"][arm][key]["per_seed"])
            assert found["metrics"][arm][key]["value"] == pytest.approx(mean)


def test_damage_and_attacks_cost_accuracy(numbers):
    for arm in PAIR:
        right = {
            name: part["metrics"][arm]["accuracy"]["value"] for name, part in numbers["conditions"].items()
        }
        assert list(right) == ["clean", "noise-1", "noise-5", "blur-5", "fgsm-8", "pgd-8"]
        assert right["blur-5"] < right["clean"] - 0.05
        assert right["pgd-8"] <= right["fgsm-8"] < right["clean"] - 0.05


def test_a_run_that_was_cut_off_goes_on_without_training(
    digits, numbers, nowhere, monkeypatch, shared_cache, measured
):
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    again = measured(digits, nowhere)
    assert json.dumps(again, default=str) == json.dumps(numbers, default=str)
    more = measured(
        digits, nowhere, names=[*numbers["conditions"], "contrast-2"]
    )  # measured with the weights that were kept
    assert more["conditions"]["clean"] == numbers["conditions"]["clean"]
    assert "contrast-2" in more["conditions"]


def test_what_cannot_be_measured_is_one_sentence(digits, nowhere, measured):
    texts = replace(digits.take(np.arange(9)), items=np.full((9, 1), "a", object), text_parts=("text",))
    for name, items in (("minilm", texts), ("head", digits), ("frozen", digits)):
        with pytest.raises(ValueError, match="no model that reads images") as error:
            training.measure(protocols.get("politeness", name), items)
        sentence_of(error)
    with pytest.raises(ValueError, match="leaves out clean") as error:
        measured(digits, nowhere, names=["noise-1"])
    sentence_of(error)


def test_what_is_recorded_is_what_was_measured(digits, tmp_path, monkeypatch, protocol):
    asked = {}
    monkeypatch.setattr(training, "measure", lambda *a, **k: asked.update(k) or {"facts": {}, "of": a[2]})
    path = training.record(protocol, digits, [3], device="cpu", folder=tmp_path)
    assert path == analysis.ROBUSTNESS.path("digits", "small", tmp_path)
    assert json.loads(path.read_text())["of"] == [3]
    assert asked == {"device": "cpu", "folder": tmp_path}
