"""The readings in words, on invented summaries."""

import pytest
from invented_studies import around

from softlabel_book.headline import ambiguous_half, reading_tables, readings
from softlabel_book.tables import DASH

HARD_VOTES = "tuned by own labels: hard, one temperature, from votes"


def test_every_set_and_the_mean_have_nine_rows(every):
    table = reading_tables.table(readings.make(every))
    heads = list(dict.fromkeys(table.index.get_level_values(0)))
    assert heads == ["ChaosNLI", "Politeness", "CIFAR-10H", "mean over 3 sets", "lowest to highest"]
    for head in heads:
        assert len(table.loc[head]) == 9
    assert table.loc[("Politeness", "untuned: soft"), "KL change"] == "−20% [−25%, −15%]"
    assert table.loc[("Politeness", HARD_VOTES), "KL change"] == "−10% [−15%, −5%]"
    assert table.loc[("Politeness", "untuned: soft"), reading_tables.LEAD] == DASH
    assert table.loc[("Politeness", HARD_VOTES), reading_tables.LEAD] == "−0.025 [−0.050, 0.000]"
    assert table.loc[("mean over 3 sets", "tuned by the votes: soft"), "KL change"].startswith("−5% [")
    assert table.loc[("lowest to highest", "untuned: soft"), "KL change"] == "−30% to −10%"


def test_shares_have_no_sign_and_a_dash_where_there_is_none(every):
    shares = reading_tables.shares(readings.make(every))
    assert shares.loc[("CIFAR-10H", HARD_VOTES), "KL"] == "50% [40%, 60%]"
    assert shares.loc[("CIFAR-10H", HARD_VOTES), "TV"] == DASH
    assert len(shares) == 3 * 3 * 2
    assert reading_tables.bought(readings.make(every)[1].shares["politeness"]["kl"]) == "50% [40%, 60%]"


def test_the_text_holds_both_and_says_how(every):
    text = reading_tables.text(readings.make(every))
    for part in (
        "CIFAR-10H:",
        "mean over 3 sets:",
        "Of the soft arm's gain, a temperature buys:",
        *reading_tables.NOTES,
    ):
        assert part in text
    assert "nan" not in text.lower()


def test_halves_stand_below_one_another(every):
    table = reading_tables.halves(ambiguous_half.make(every))
    assert table.loc[("Politeness", "all items (600)"), "KL, change"] == "−10% [−15%, −5%]"
    assert table.loc[("Politeness", "ambiguous half (300)"), "KL, change"] == "−20% [−25%, −15%]"
    checked = table.loc[("Politeness", "ambiguous half, chosen and scored by different votes")]
    assert (checked["KL, change"], checked["KL, hard"]) == ("−33% [−38%, −28%]", DASH)
    assert table.loc[("mean over the primary sets", "ambiguous half"), "KL, change"].startswith("−20% [")
    mean = table.loc[
        ("mean over the primary sets", "all items, chosen and scored by different votes"), "KL, change"
    ]
    assert mean.startswith("−30% [")


def test_certainty_and_items_have_a_row_a_study():
    def told(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.1}

    shares = {
        "reference_nearer": told(0.5),
        "reference_wrong": told(0.2),
        "from_wrong": told(1.2) | {"defined": False},
    }
    nats = dict.fromkeys(("median_difference", "mean_difference", "where_wrong", "where_right"), told(-0.5))
    numbers = {
        "metrics": {arm: {"entropy_bias": around(-0.25, 0.05)} for arm in ("hard", "soft")},
        "floors": {"entropy_bias": 0.1},
        "item_by_item": shares | nats,
    }  # fmt: skip
    certain = reading_tables.certainty({"A": numbers})
    assert certain.loc["A", "hard (majority), too sure by"] == "0.350 [0.300, 0.400]"
    items = reading_tables.items({"A": numbers, "B": {}})
    assert list(items.index) == ["A"]
    assert items.loc["A", "hard is nearer on"] == "50% [40%, 60%]"
    assert items.loc["A", "mean difference"] == "−0.500 [−0.600, −0.400]"
    assert items.loc["A", "of the mean from where it is wrong"] == DASH


@pytest.mark.parametrize("criterion", ["", "votes"])
def test_a_reading_is_named_by_its_tuning(every, criterion):
    names = {reading_tables.name_of(one) for one in readings.make(every) if one.criterion == criterion}
    assert len(names) == 3
    assert all(name.startswith(reading_tables.TUNED[criterion]) for name in names)
