"""Three sets, with and without tuning."""

import pytest
from invented_studies import first, record


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
