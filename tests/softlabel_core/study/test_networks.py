"""Networks in the cache: what was trained comes back, and nothing else does."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from shared import sentence_of

from softlabel_core import data, training
from softlabel_core.storage import RecordError
from softlabel_core.study import Run, fitting, networks, protocols

SHORT = protocols.get("digits", "small", epochs=1)
RUN = Run(SHORT, "hard", 0, 7)


@pytest.fixture(scope="module")
def few():
    return data.load("digits", n_items=400)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def predicted(model, few):
    return training.predict(model, training.to_tensor(few.items[:50], torch.device("cpu")))


@pytest.mark.parametrize("arm", ["soft", "mc-dropout"])
def test_a_second_call_gives_the_same_network_and_trains_nothing(few, arm, monkeypatch):
    run = replace(RUN, arm=arm)
    once = networks.trained(run, few, "cpu")
    monkeypatch.setattr(fitting, "fitted", lambda *_, **__: pytest.fail("trained again"))
    again = networks.trained(run, few, "cpu")
    assert once.digest == again.digest
    np.testing.assert_array_equal(predicted(once.model, few), predicted(again.model, few))


def test_every_run_has_a_network_of_its_own(few):
    runs = [RUN, replace(RUN, arm="soft"), replace(RUN, seed=8), replace(RUN, fold=1)]
    assert len({networks.trained(run, few, "cpu").digest for run in runs}) == len(runs)


def test_nothing_is_kept_where_nothing_should_be(few, cache):
    networks.trained(RUN, few, "cpu", keep=False)
    assert not cache.exists()


def test_weights_of_other_settings_or_a_broken_file_are_refused(few):
    networks.trained(RUN, few, "cpu")
    other = replace(RUN, protocol=replace(SHORT, epochs=2))
    with pytest.raises(RecordError, match="other settings") as error:
        networks.trained(other, few, "cpu")
    sentence_of(error)
    path = networks.path_of(RUN, few, "weights")
    whole = torch.load(path, weights_only=True)
    next(iter(whole["state"].values())).add_(1)
    torch.save(whole, path)
    with pytest.raises(RecordError, match="truncated or altered") as error:
        networks.trained(RUN, few, "cpu")
    sentence_of(error)


def test_predictions_are_read_as_they_were_made_by_these_weights(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "kept.pt"
    log_p = {name: rng.normal(-2, 1, (500, 3)).astype(np.float32) for name in ("clean", "noise-1")}
    assert networks.read_predictions(path, "first") == {}
    networks.write_predictions(path, "first", log_p)
    found = networks.read_predictions(path, "first")
    assert list(found) == list(log_p)
    for name in log_p:
        np.testing.assert_array_equal(found[name], log_p[name], strict=True)
    assert networks.read_predictions(path, "second") == {}
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RecordError, match="truncated or altered"):
        networks.read_predictions(path, "first")
