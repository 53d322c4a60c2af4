"""All items and the ambiguous half, on invented summaries."""

import pytest
from invented_studies import first

from softlabel_book import sets, summary
from softlabel_book.headline import ambiguous_half


def test_both_scopes_of_every_set_and_their_means(every):
    found = ambiguous_half.make(every)
    assert found.criterion == "own"
    assert [half.data for half in found.studies] == list(sets.EVERY)
    half = found.studies[1]
    assert half.rows["all"].changes["kl"].relative.value == pytest.approx(-0.1)
    assert half.rows["half"].changes["kl"].relative.value == pytest.approx(-0.2)
    assert half.rows["half"].n_test == 300
    assert half.least == 0.7
    assert half.other_votes["half"]["kl"].relative.value == pytest.approx(-0.33)
    assert found.means["half"]["kl"].relative.value == pytest.approx(-0.2)
    assert found.means["all"]["kl"].relative.value == pytest.approx(-0.1)  # of the primary sets alone
    checked = found.other_votes["half"]["kl"]
    assert checked.relative.value == pytest.approx(-0.33)
    assert checked.relative.low > -0.33 - 0.05  # narrower than a set's
    assert checked.difference.value == pytest.approx(-0.33 * 0.5)
    assert list(found.kinds()) == list(half.kinds())
    assert found.kinds()["half"]["kl"].relative.value == pytest.approx(-0.2)
    assert list(half.kinds()) == ["all", "half", "all, other votes", "half, other votes"]
    assert half.kinds()["half"] is half.rows["half"].changes


def test_a_summary_that_does_not_hold_the_half_yet_is_left_out(every):
    kind = summary.SUMMARIES["votes"]
    numbers = kind.read("politeness", first("politeness"), every)
    del numbers["ambiguous"]
    kind.write(numbers, "politeness", first("politeness"), every)
    assert [half.data for half in ambiguous_half.make(every, "votes").studies] == [
        data for data in sets.EVERY if data != "politeness"
    ]
