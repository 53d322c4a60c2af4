"""Every reading of the headline, on invented summaries."""

import pytest
from invented_studies import around, first

from softlabel_book import sets, summary
from softlabel_book.headline import readings


def test_a_reading_for_every_tuning_and_arm(every):
    found = readings.make(every)
    assert [(one.criterion, one.arm) for one in found] == [
        (criterion, arm) for criterion in summary.SUMMARIES for arm in readings.ARMS
    ]
    assert all([row.data for row in one.rows] == list(sets.PRIMARY) for one in found)
    by = {(one.criterion, one.arm): one.means["kl"].relative.value for one in found}
    assert by["", "soft"] == pytest.approx(-0.2)
    assert by["votes", "soft"] == pytest.approx(-0.05)
    assert by["own", "hard/temperature-votes"] == pytest.approx(-0.1)
    assert by["own", "hard/temperature"] == pytest.approx(-0.05)


def test_only_a_temperature_has_shares_and_leads(every):
    for one in readings.make(every):
        if one.arm == "soft":
            assert one.shares == one.leads == {}
        else:
            assert list(one.shares) == list(one.leads) == list(sets.PRIMARY)
            assert one.shares["politeness"]["kl"].value == 0.5
            assert not one.shares["politeness"]["total_variation"].defined
            assert one.leads["politeness"]["kl"].difference.value < 0


def test_a_summary_without_rules_has_no_row_of_a_temperature(every):
    numbers = summary.SUMMARY.read("politeness", first("politeness"), every)
    summary.SUMMARY.write(numbers | {"rules": {}}, "politeness", first("politeness"), every)
    by = {(one.criterion, one.arm): [row.data for row in one.rows] for one in readings.make(every)}
    assert by["", "soft"] == list(sets.PRIMARY)
    assert by["", "hard/temperature"] == ["chaosnli", "cifar10h"]
    assert by["own", "hard/temperature"] == list(sets.PRIMARY)


def test_too_sure_is_what_entropy_lacks_beside_a_perfect_models():
    numbers = {
        "metrics": {"hard": {"entropy_bias": around(-0.25, 0.05)}},
        "rules": {"metrics": {"hard/temperature": {"entropy_bias": around(0.15, 0.05)}}},
        "floors": {"entropy_bias": 0.1},
    }
    found = readings.too_sure(numbers)
    assert (found.value, found.low, found.high) == pytest.approx((0.35, 0.3, 0.4))
    assert readings.too_sure(numbers, "hard/temperature").value == pytest.approx(-0.05)
