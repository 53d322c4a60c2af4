"""What the book says of data sets is said of those that there are."""

from softlabel_book import sets
from softlabel_core.data import DATA_SETS


def test_every_set_has_its_row():
    assert set(sets.EVERY) <= set(DATA_SETS)
    assert len(set(sets.EVERY)) == len(sets.EVERY)


def test_what_is_told_by_parts_has_titles_for_them():
    assert set(sets.WITH_PARTS) <= {name for name, row in DATA_SETS.items() if row.parts}
