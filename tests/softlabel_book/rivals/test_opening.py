"""The fair trial as a chapter opens it."""

import pytest

from softlabel_book.rivals import opening
from softlabel_book.rivals.analysis import PROTOCOL, RIVALS
from softlabel_core.storage import RecordError


def test_a_chapter_opens_what_is_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    with pytest.raises(
        RecordError, match=r"^no fair trial of politeness, chaosnli is recorded; run: softlabel tune"
    ):
        opening.open_rivals(["politeness", "chaosnli"], "recorded")
    RIVALS.write({"facts": {}, "data": "chaosnli"}, "chaosnli", PROTOCOL)
    found = opening.open_rivals(["politeness", "chaosnli"], "recorded")
    assert list(found) == ["chaosnli"]


def test_the_fine_tuned_trials_are_one_a_set_and_never_of_frozen_features(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    assert opening.open_fine_tuned(["chaosnli"]) == {}
    for data, protocol in (
        ("politeness", "roberta"),
        ("politeness", "minilm"),
        ("chaosnli", PROTOCOL),
        ("cifar10h", "small"),
    ):
        RIVALS.write({"facts": {}, "data": data, "protocol": protocol}, data, protocol)
    found = opening.open_fine_tuned(["cifar10h", "chaosnli", "politeness"])
    assert [(name, numbers["protocol"]) for name, numbers in found.items()] == [
        ("cifar10h", "small"),
        ("politeness", "roberta"),
    ]


@pytest.mark.long
def test_a_quick_trial_is_of_digits_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    found = opening.open_rivals(["chaosnli"], "quick")
    assert list(found) == ["digits"]
    assert {"hard", "soft", "mixup", "hard/ensemble"} <= set(found["digits"]["metrics"])
    assert not list(tmp_path.iterdir())
