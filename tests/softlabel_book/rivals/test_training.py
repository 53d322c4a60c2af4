"""Training for the fair trial, small, on digits."""

import json

import pytest
from shared import timeless

from softlabel_book.rivals import analysis, training
from softlabel_core import data, storage
from softlabel_core.study import fitting, grid, protocols

QUICK = protocols.get("digits", "small", epochs=4, seeds=2, search=(("epochs", (2, 4)),), trials=2)
ARMS = ["hard", "soft", "mixup"]
TIMES = ("seconds_per_run", "peak_memory_bytes")


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


def test_killed_and_resumed_the_numbers_are_the_same_to_the_byte(digits, tmp_path, monkeypatch):
    whole = training.compete(QUICK, digits, tmp_path / "whole", ARMS, 200)
    train, calls = fitting.train, []

    def stopped(*given, **named):
        calls.append(1)
        if len(calls) % 4 == 0:
            raise KeyboardInterrupt
        return train(*given, **named)

    for module in (fitting, grid):
        monkeypatch.setattr(module, "train", stopped)
    for _ in range(20):
        try:
            again = training.compete(QUICK, digits, tmp_path / "killed", ARMS, 200)
            break
        except KeyboardInterrupt:
            continue
    assert len(calls) >= 9
    paths = [tmp_path / name for name in ("one.json", "other.json")]
    for path, found in zip(paths, (whole, again), strict=True):
        storage.write_aggregate(path, found)
    one, other = (json.loads(path.read_text()) for path in paths)
    for key in TIMES:
        assert one["facts"].pop(key) > 0
        assert other["facts"].pop(key) > 0
    assert json.dumps(timeless(one)) == json.dumps(timeless(other))


def test_a_full_trial_is_of_every_possible_arm_and_is_written(digits, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    monkeypatch.setattr(
        training, "compete", lambda *given, **named: asked.append(given) or {"facts": {}, "data": "digits"}
    )
    training.record(QUICK, digits)
    assert {"hard", "soft", "mixup", "shuffled"} <= set(asked[0][3])
    assert analysis.RIVALS.read("digits", "small")["data"] == "digits"
