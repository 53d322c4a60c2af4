"""Training on the spot: a minute for a quick run, all arms alike, and nothing kept."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from softlabel_book import chapter
from softlabel_core import training
from softlabel_core.study import protocols


@pytest.fixture
def clock(monkeypatch):
    """A clock that only training moves: so many seconds a step."""
    now = SimpleNamespace(seconds=0.0, a_step=0.0)
    loss = training.soft_cross_entropy

    def slow(*given):
        now.seconds += now.a_step
        return loss(*given)

    monkeypatch.setattr(training, "soft_cross_entropy", slow)
    for module in (chapter.training, training):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


ARMS = ["hard", "gold", "soft"]


def epochs_of(opened):
    """Epochs that each run of a study trained."""
    return {len(record.meta["history"]) for record in opened.study.records.values()}


@pytest.mark.parametrize(
    ("a_step", "epochs", "said"),
    [
        (0.1, 8, None),
        (0.4, 8, None),
        (0.5, 7, "7 epochs instead of 8, to keep to a minute."),
        (1.0, 3, "3 epochs instead of 8, to keep to a minute."),
        (2.0, 1, "1 epoch instead of 8, to keep to a minute."),
        (99.0, 1, "1 epoch instead of 8, to keep to a minute."),
    ],
)
def test_a_quick_run_keeps_to_a_minute(clock, digits, shown, a_step, epochs, said):
    clock.a_step = a_step
    protocol = protocols.get("digits", "small", epochs=8, batch_size=64)
    opened = chapter.train_here(digits, protocol, ARMS, [0], "quick")
    assert opened.study.arms == ARMS
    assert epochs_of(opened) == {epochs}  # all arms alike
    assert shown == ([f"> **Note.** {said}"] if said else [])
    assert clock.seconds <= chapter.training.QUICK_SECONDS or epochs == 1


def test_a_minute_is_shared_by_all_runs(clock, digits, shown):
    clock.a_step = 0.5
    protocol = protocols.get("digits", "small", epochs=8, batch_size=64)
    opened = chapter.train_here(digits, protocol, ARMS, [0, 1], "quick")
    assert epochs_of(opened) == {3}
    assert shown == ["> **Note.** 3 epochs instead of 8, to keep to a minute."]
    assert clock.seconds <= chapter.training.QUICK_SECONDS


@pytest.mark.parametrize("run", ["recorded", "full"])
def test_only_a_quick_run_is_cut(clock, digits, shown, run):
    clock.a_step = 99.0
    protocol = protocols.get("digits", "small", epochs=2)
    assert epochs_of(chapter.train_here(digits, protocol, ["hard", "soft"], [0], run)) == {2}
    assert shown == []


def test_the_clock_changes_nothing_in_a_run_that_is_not_cut(digits):
    protocol = protocols.get("digits", "small", epochs=2)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    quick = chapter.train_here(digits, protocol, ["soft"], [0], "quick")
    assert torch.equal(before, torch.get_rng_state())
    plain = chapter.train_here(digits, protocol, ["soft"], [0], "recorded")
    np.testing.assert_array_equal(quick.study.log_p("soft"), plain.study.log_p("soft"))


@pytest.mark.parametrize(
    ("run", "static", "bar"),
    [("quick", "", True), ("quick", "1", False), ("recorded", "", False), ("full", "1", False)],
)
def test_progress_is_shown_in_a_notebook_and_not_on_a_page(digits, monkeypatch, capsys, run, static, bar):
    monkeypatch.setenv("EXPLORER_STATIC", static)
    chapter.train_here(digits, protocols.get("digits", "small", epochs=1), ["soft"], [0], run)
    printed = capsys.readouterr()
    assert ("soft seed 0 fold 0: 100%" in printed.err) is bar
    assert bar or printed.err == ""
    assert printed.out == ""
