"""Commands that read what is recorded, as a person calls them."""

import json

import pytest

from softlabel_book.cli.main import main


def test_table_in_words_and_as_json(folder, capsys):
    assert main(["table", "digits", "--results", str(folder)]) == 0
    words = capsys.readouterr().out
    assert "Change against the hard arm" in words
    assert "soft (votes)" in words
    assert main(["table", "digits", "--results", str(folder), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert set(numbers["metrics"]) == {"hard", "gold", "soft"}
