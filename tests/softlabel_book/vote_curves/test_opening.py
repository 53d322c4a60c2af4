"""Opening: what a chapter reads, and what it trains instead."""

from __future__ import annotations

import pytest
from shared import sentence_of

from softlabel_book.vote_curves import analysis, opening, training
from softlabel_core import storage
from softlabel_core.storage import RecordError


def test_a_chapter_opens_what_is_recorded_and_says_what_is_not(monkeypatch, tmp_path, numbers):
    monkeypatch.setenv(storage.RESULTS_VARIABLE, str(tmp_path))
    with pytest.raises(RecordError, match="no curve of digits, chaosnli is recorded") as error:
        opening.open_curves(["digits", "chaosnli"], "recorded")
    sentence_of(error)
    analysis.CURVE.write(numbers, "digits", "small")
    assert opening.open_curves(["digits", "chaosnli"], "recorded").keys() == {"digits"}
    trained = []
    monkeypatch.setattr(
        training, "record", lambda protocol, dataset: trained.append((dataset.name, protocol.name))
    )
    opening.open_curves(["digits", "chaosnli"], "full")
    assert trained == [("digits", "small")]


def test_a_quick_chapter_trains_digits_and_keeps_nothing(monkeypatch, numbers):
    seen = {}

    def instead(protocol, dataset, **options):
        seen.update(options, n_items=dataset.n_items, epochs=protocol.epochs)
        return numbers

    monkeypatch.setattr(training, "measure", instead)
    assert opening.open_curves(["chaosnli"], "quick") == {"digits": numbers}
    assert seen["epochs"] < 60
    assert seen["n_items"] < 4000
    assert not seen["cache"].exists()
