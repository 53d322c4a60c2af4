"""Three sets, with and without tuning."""

import pytest
from invented_studies import first, on_half, record, ruled, within_parts

from softlabel_book import sets


@pytest.fixture
def three(tmp_path):
    """The three primary sets, each by its first protocol."""
    parts = {"snli": {"kl": -0.5, "r": 0.9}, "mnli": {"kl": -0.1}}
    record(tmp_path, "chaosnli", first("chaosnli"), kl=-0.4, r=1.0, parts=parts)
    record(tmp_path, "politeness", first("politeness"), kl=-0.1, r=0.2, raters_shared=True)
    record(tmp_path, "cifar10h", "scratch", kl=-0.1, r=0.3, hard_kl=1.0)
    return tmp_path


@pytest.fixture
def tuned(three):
    """Three sets without tuning, two of them also with it, one of those by the votes too."""
    record(three, "chaosnli", first("chaosnli"), kl=-0.05, r=0.1, criterion="own")
    record(three, "chaosnli", first("chaosnli"), kl=-0.02, r=0.2, criterion="votes")
    record(three, "politeness", first("politeness", 1), kl=-0.03, r=0.04, criterion="own")
    record(three, "politeness", first("politeness", 1), kl=-0.5, r=0.9)
    return three


@pytest.fixture
def every(tmp_path):
    """The three primary sets and one beside them, untuned and tuned both ways, with all that a summary may hold."""
    for place, data in enumerate(sets.EVERY):
        for criterion, by in (("", 1.0), ("own", 0.5), ("votes", 0.25)):
            more = {"rules": ruled(kl=-0.1 * by), "ambiguous": on_half(kl=-0.4 * by)}
            if data in sets.WITH_PARTS:
                more["within"] = within_parts()
            kl = -0.1 * by * (1 + place)
            record(tmp_path, data, first(data), kl=kl, criterion=criterion, more=more)
    return tmp_path
