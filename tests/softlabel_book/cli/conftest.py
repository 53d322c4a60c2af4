"""What tests of several commands share: a small study, recorded once."""

import pytest

from softlabel_book.cli.main import main


@pytest.fixture(scope="session")
def study():
    """A study that trains in seconds, as a person asks for it."""
    return ["study", "digits", "--protocol", "small", "--epochs", "2", "--quiet"]


@pytest.fixture(scope="session")
def folder(study, tmp_path_factory):
    place = tmp_path_factory.mktemp("results")
    assert main([*study, "--seeds", "2", "--results", str(place)]) == 0
    return place
