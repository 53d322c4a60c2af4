"""Single items on a page: which sets a reader may label."""

from __future__ import annotations

import numpy as np

from softlabel_book import chapter
from softlabel_book.chapter import items
from softlabel_core import data
from softlabel_core.data import DataUnavailable


def test_digits_stand_in_where_no_votes_are_at_hand(monkeypatch):
    def absent(name):
        if name in items.TO_LABEL:
            raise DataUnavailable("not here.")
        return data.LOADERS[name](n_items=250)

    monkeypatch.setattr(items.data, "load", absent)
    (found,) = chapter.item_sets()
    assert found["data"] == "digits"
    assert found["arms"] == ["hard", "soft"]
    assert len(found["ids"]) == 20
    p = np.array(found["models"]["soft"])
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert p.max(axis=1).mean() > 0.3  # it was trained
