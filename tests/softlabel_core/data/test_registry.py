"""Data sets by name: one row each, which says all that is said of it."""

from softlabel_core import data


def test_every_row_has_a_title_and_rising_bands_from_unanimity_up():
    assert len({entry.title for entry in data.DATA_SETS.values()}) == len(data.DATA_SETS)
    for entry in data.DATA_SETS.values():
        assert entry.title
        assert entry.bands[0] == 0
        assert entry.bands[-1] == data.TOP
        assert sorted(set(entry.bands)) == list(entry.bands)


def test_a_part_of_a_data_set_is_shown_as_the_whole_is():
    assert data.entry("cifar10h").bands == data.BANDS == (0.0, 1e-9, 0.1, 0.3, 0.6, 10.0)
    assert data.entry("chaosnli-snli").bands == data.entry("chaosnli").bands != data.entry("digits").bands
    assert data.part_title("chaosnli", "snli") == "SNLI"
    assert data.part_title("politeness", "enron") == "enron"


def test_votes_of_ones_own_are_called_by_their_name():
    own = data.entry("my reviews")
    assert (own.title, own.bands, own.warning) == ("my reviews", data.BANDS, "")
