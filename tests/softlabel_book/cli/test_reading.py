"""Commands that read what is recorded, as a person calls them."""

import json

import pytest
from invented_studies import first, record, ruled

from softlabel_book import sets
from softlabel_book.cli.main import main


def test_table_in_words_and_as_json(folder, capsys):
    assert main(["table", "digits", "--results", str(folder)]) == 0
    words = capsys.readouterr().out
    assert "Change against the hard arm" in words
    assert "soft (votes)" in words
    assert main(["table", "digits", "--results", str(folder), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert set(numbers["metrics"]) == {"hard", "gold", "soft"}


@pytest.fixture
def three(tmp_path):
    """Three invented sets, two of them tuned as well."""
    for data in sets.PRIMARY:
        record(tmp_path, data, first(data), kl=-0.2)
    for data in sets.PRIMARY[:2]:
        record(tmp_path, data, first(data), criterion="own")
    return tmp_path


def test_the_headline_in_words_and_as_json(three, capsys):
    assert main(["table", "--all", "--results", str(three)]) == 0
    words = capsys.readouterr().out
    assert "mean over 3 of 3 sets" in words
    assert "Zou & Donner" in words
    assert main(["table", "--all", "--json", "--results", str(three)]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert numbers["means"]["kl"]["relative"]["value"] == pytest.approx(-0.2)
    assert [row["data"] for row in numbers["primary"]] == list(sets.PRIMARY)
    assert numbers["paper"]["relative"]["kl"] == -0.32


def test_the_tuned_headline(three, capsys):
    assert main(["table", "--all", "--tuned", "--results", str(three)]) == 0
    assert "mean over 2 of 3 sets" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["table"], "--all"),
        (["table", "--json"], "no data set is named"),
        (["table", "cifar10h", "--all"], "leave out"),
        (["table", "--all", "--protocol", "scratch"], "leave out"),
    ],
)
def test_a_table_of_nothing_or_of_two_things_is_refused(arguments, named, capsys):
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert named in message
    assert message.count("\n") == 1


def test_every_reading_in_words_and_as_json(tmp_path, capsys):
    for data in sets.PRIMARY:
        for criterion in ("", "own", "votes"):
            record(tmp_path, data, first(data), criterion=criterion, more={"rules": ruled()})
    asked = ["table", "--all", "--readings", "--results", str(tmp_path)]
    assert main(asked) == 0
    words = capsys.readouterr().out
    assert "tuned by the votes: hard, one temperature, from votes" in words
    assert "a temperature buys" in words
    assert main([*asked, "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert [(one["criterion"], one["arm"]) for one in numbers][:2] == [
        ("", "soft"),
        ("", "hard/temperature-votes"),
    ]
    assert numbers[0]["means"]["kl"]["relative"]["value"] == pytest.approx(-0.2)


@pytest.mark.parametrize("more", [["cifar10h"], ["--all", "--tuned"], []])
def test_readings_are_of_all_sets_and_tunings(more, capsys):
    assert main(["table", *more, "--readings"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_readings_without_a_tuned_study_say_so(three, capsys):
    assert main(["table", "--all", "--readings", "--results", str(three)]) == 2
    assert "no study is recorded untuned and tuned both ways" in capsys.readouterr().err
