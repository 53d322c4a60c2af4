"""Training for robustness: the study's own models, a run that was cut off, and files that are broken."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import sentence_of

from softlabel_book.robustness import analysis, training
from softlabel_book.robustness.analysis import ARMS, MEASURES
from softlabel_core import metrics, study
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, protocols


def test_clean_numbers_are_those_of_the_studys_own_training(digits, numbers, protocol):
    found = numbers["conditions"]["clean"]
    for arm in ARMS:
        record = fitting.train(Run(protocol, arm, 0, 1), digits, "cpu")
        test = digits.take(study.split_of(digits, protocol, 0).test)
        scores = metrics.evaluate(None, test.counts, log_p=record.log_p_test)
        for key in MEASURES:
            assert found["metrics"][arm][key]["per_seed"][1] == pytest.approx(scores[key], abs=1e-5)
            mean = np.mean(found["metrics"][arm][key]["per_seed"])
            assert found["metrics"][arm][key]["value"] == pytest.approx(mean)


def test_damage_and_attacks_cost_accuracy(numbers):
    for arm in ARMS:
        right = {
            name: part["metrics"][arm]["accuracy"]["value"] for name, part in numbers["conditions"].items()
        }
        assert list(right) == ["clean", "noise-1", "noise-5", "blur-5", "fgsm-8", "pgd-8"]
        assert right["blur-5"] < right["clean"] - 0.05
        assert right["pgd-8"] <= right["fgsm-8"] < right["clean"] - 0.05


def test_a_run_that_was_cut_off_goes_on_without_training(
    digits, numbers, nowhere, monkeypatch, cache, measured
):
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    again = measured(digits, nowhere)
    assert json.dumps(again, default=str) == json.dumps(numbers, default=str)
    more = measured(
        digits, nowhere, names=[*numbers["conditions"], "contrast-2"]
    )  # measured with the weights that were kept
    assert more["conditions"]["clean"] == numbers["conditions"]["clean"]
    assert "contrast-2" in more["conditions"]


def test_weights_of_other_settings_or_a_broken_file_are_refused(digits, cache, nowhere, measured):
    one = {
        "seeds": [7],
        "names": ["clean", "noise-1"],
        "protocol": protocols.get("digits", "small", epochs=1),
    }
    measured(digits, nowhere, **one)
    with pytest.raises(RecordError, match="other settings") as error:
        measured(digits, nowhere, **one | {"protocol": protocols.get("digits", "small", epochs=2)})
    sentence_of(error)
    path = training._cached(Run(one["protocol"], "hard", 0, 7), digits).with_suffix(".weights.pt")
    whole = torch.load(path, weights_only=True)
    next(iter(whole["state"].values())).add_(1)
    torch.save(whole, path)
    with pytest.raises(RecordError, match="truncated or altered") as error:
        measured(digits, nowhere, **one)
    sentence_of(error)
    path.unlink()
    measured(digits, nowhere, **one)
    predictions = training._cached(Run(one["protocol"], "hard", 0, 7), digits)
    predictions.write_bytes(predictions.read_bytes()[:1000])
    with pytest.raises(RecordError, match="truncated or altered"):
        measured(digits, nowhere, **one)


@pytest.fixture
def kept(tmp_path):
    """A file of predictions that weights of the hash "first" made, and the predictions."""
    rng = np.random.default_rng(0)
    log_p = {name: rng.normal(-2, 1, (500, 3)).astype(np.float32) for name in ("clean", "noise-1")}
    training._save_predictions(tmp_path / "kept.pt", "first", log_p)
    return tmp_path / "kept.pt", log_p


def test_predictions_are_read_as_they_were_made(kept):
    path, log_p = kept
    found = training._read_predictions(path, "first")
    assert list(found) == list(log_p)
    for name in log_p:
        np.testing.assert_array_equal(found[name], log_p[name], strict=True)


def test_predictions_of_other_weights_are_made_anew(kept):
    assert training._read_predictions(kept[0], "second") == {}


def test_predictions_without_a_hash_are_made_anew(kept):
    path, _ = kept
    saved = torch.load(path, weights_only=True)
    del saved["sha256"]
    torch.save(saved, path)
    assert training._read_predictions(path, "first") == {}


def altered(path):
    with pytest.raises(RecordError) as error:
        training._read_predictions(path, "first")
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
    assert len(training._read_predictions(path, "first")) == 2


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


def test_nothing_is_kept_where_nothing_should_be(digits, nowhere, tmp_path, monkeypatch, measured):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    short = protocols.get("digits", "small", epochs=1)
    found = measured(digits, nowhere, protocol=short, seeds=[0], names=["clean", "noise-5"], keep=False)
    assert list(tmp_path.iterdir()) == []
    assert list(found["selective"]) == ["clean", "noise-5"]
    assert found["parts"] == {}  # one seed is no ensemble


def test_what_cannot_be_measured_is_one_sentence(digits, nowhere, measured):
    texts = replace(digits.take(np.arange(9)), items=np.full((9, 1), "a", object), text_parts=("text",))
    for name, items in (("minilm", texts), ("head", digits), ("frozen", digits)):
        with pytest.raises(ValueError, match="no model that reads images") as error:
            training.measure(protocols.get("politeness", name), items)
        sentence_of(error)
    with pytest.raises(ValueError, match="leaves out clean") as error:
        measured(digits, nowhere, names=["noise-1"])
    sentence_of(error)
    with pytest.raises(ValueError, match="no corruption 'fog'"):
        training.predict(torch.nn.Flatten(), digits.take(np.arange(3)), ["fog-1"])


def test_what_is_recorded_is_what_was_measured(digits, tmp_path, monkeypatch, protocol):
    asked = {}
    monkeypatch.setattr(training, "measure", lambda *a, **k: asked.update(k) or {"facts": {}, "of": a[2]})
    path = training.record(protocol, digits, [3], device="cpu", folder=tmp_path)
    assert path == analysis.ROBUSTNESS.path("digits", "small", tmp_path)
    assert json.loads(path.read_text())["of"] == [3]
    assert asked == {"device": "cpu", "folder": tmp_path}
