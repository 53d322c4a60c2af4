"""What others report: in our measures, with a source each."""

from pathlib import Path

import numpy as np
import pytest

from softlabel_book import published
from softlabel_core import metrics

BIBLIOGRAPHY = (Path(__file__).parents[2] / "book" / "references.bib").read_text(encoding="utf-8")


@pytest.mark.parametrize("data", ["cifar10h", "chaosnli", "chaosnli-snli", "chaosnli-mnli"])
def test_rows_use_our_measures_and_say_where_they_are_from(data):
    rows = published.rows(data)
    assert rows
    for row in rows:
        assert set(row.values) <= set(metrics.METRICS)
        assert row.note
        if row.citation is None:  # what cannot be cited says so
            assert row.note.startswith("Second-hand")
        else:
            assert f"{{{row.citation}," in BIBLIOGRAPHY


def test_a_set_has_the_rows_of_its_parts_too():
    alone = {part: len(published.rows(f"chaosnli-{part}")) for part in ("snli", "mnli")}
    parts = [row.part for row in published.rows("chaosnli")]
    assert {part: parts.count(part) for part in alone} == alone
    assert "" in parts
    assert published.rows("politeness") == []


def test_the_paper_claims_what_it_claims():
    claim = published.paper_claim()
    assert claim.relative == {"kl": -0.32, "entropy_correlation": 0.61}
    assert (claim.change("kl"), claim.change("entropy_pearson")) == (-0.32, 0.61)
    assert np.isnan(claim.change("accuracy"))
