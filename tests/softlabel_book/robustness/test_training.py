"""Robustness trained: weights and predictions that are kept, used again, or refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import sentence_of

from softlabel_book.robustness import training
from softlabel_core import data, study
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, protocols

SHORT = protocols.get("digits", "small", epochs=1)
RUN = Run(SHORT, "hard", 0, 7)
NAMES = ["clean", "noise-1"]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def measured(digits, run=RUN, names=NAMES, keep=True):
    test = digits.take(study.split_of(digits, run.protocol, 0).test)
    return training.measured(run, digits, test, names, "cpu", keep)


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("arm", ["hard", "mc-dropout"])
def test_kept_weights_predict_what_the_trained_model_did(digits, arm, monkeypatch):
    run = replace(RUN, arm=arm)
    once = measured(digits, run, keep=False)
    first = measured(digits, run)
    assert same(once, first)
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    training._cached(run, digits, "predictions").unlink()
    assert same(first, measured(digits, run))
    assert set(measured(digits, run, ["clean", "fgsm-4"])) == {"clean", "fgsm-4"}


def test_nothing_is_kept_where_nothing_should_be(digits, cache):
    measured(digits, keep=False)
    assert not cache.exists()


def test_weights_of_other_settings_or_a_broken_file_are_refused(digits):
    measured(digits)
    other = replace(RUN, protocol=replace(SHORT, epochs=2))
    with pytest.raises(RecordError, match="other settings") as error:
        measured(digits, other)
    sentence_of(error)
    weights, predictions = (training._cached(RUN, digits, what) for what in ("weights", "predictions"))
    whole = torch.load(weights, weights_only=True)
    next(iter(whole["state"].values())).add_(1)
    torch.save(whole, weights)
    with pytest.raises(RecordError, match="truncated or altered") as error:
        measured(digits)
    sentence_of(error)
    weights.unlink()
    measured(digits)
    predictions.write_bytes(predictions.read_bytes()[:1000])
    with pytest.raises(RecordError, match="truncated or altered"):
        measured(digits)


def test_predictions_are_read_as_they_were_made_by_these_weights(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "kept.pt"
    log_p = {name: rng.normal(-2, 1, (500, 3)).astype(np.float32) for name in ("clean", "noise-1")}
    assert training._read_predictions(path, "first") == {}
    training._write_predictions(path, "first", log_p)
    found = training._read_predictions(path, "first")
    assert list(found) == list(log_p)
    for name in log_p:
        np.testing.assert_array_equal(found[name], log_p[name], strict=True)
    assert training._read_predictions(path, "second") == {}


def test_a_condition_that_does_not_exist_is_refused(digits):
    with pytest.raises(ValueError, match="no corruption 'fog'"):
        training.predict(torch.nn.Flatten(), digits.take(np.arange(3)), ["fog-1"])
