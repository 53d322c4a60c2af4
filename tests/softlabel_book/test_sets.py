"""What the book says of data sets is said of sets that there are."""

from softlabel_book import sets
from softlabel_core.data import DATA_SETS
from softlabel_core.study import protocols


def test_every_set_of_the_headline_can_be_loaded_and_trained_on():
    trained = {protocol.data for protocol in protocols.PROTOCOLS.values()}
    assert set(sets.EVERY) <= set(DATA_SETS) & trained
    assert not set(sets.PRIMARY) & set(sets.BESIDE)
    assert all(DATA_SETS[name].parts for name in sets.WITH_PARTS)
