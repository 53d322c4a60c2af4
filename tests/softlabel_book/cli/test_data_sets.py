"""Commands about files and votes, as a person calls them."""

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
from invented_votes import votes_of

from softlabel_book.cli.main import main
from softlabel_book.few_votes import aggregates
from softlabel_book.power import analysis, tables
from softlabel_core import data
from softlabel_core.data.sources import Source


def test_data_lists_every_file_without_asking_the_network(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    np.save(tmp_path / "cifar10h-counts.npy", np.zeros(3))
    assert main(["data"]) == 0
    printed = capsys.readouterr().out
    assert "truncated or altered" in printed
    assert "raw.githubusercontent.com/cvjena" in printed


def named_files(value):
    """Every data file that a constant names, alone or within tuples and dictionaries."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        return {file for entry in value for file in named_files(entry)}
    return {value} if isinstance(value, Source) else set()


def test_data_lists_the_files_of_every_data_set():
    modules = [
        importlib.import_module(f"{data.__name__}.{found.name}")
        for found in pkgutil.iter_modules(data.__path__)
    ]
    files = {file for module in modules for value in vars(module).values() for file in named_files(value)}
    assert len(files) == 13
    assert files == set(data.files())


def test_votes_of_digits(capsys):
    assert main(["votes", "digits"]) == 0
    printed = capsys.readouterr().out
    assert "4,000" in printed
    assert "80,000, 20.00 an item" in printed


def test_votes_of_raters_and_groups(capsys, monkeypatch):
    """Printed for a data set that has ratings, and left out as "–" for one that has none."""
    digits = data.load("digits", n_items=50, n_votes=3)
    seen = [np.repeat(np.arange(10), row) for row in digits.counts]
    rated = replace(digits, ratings=np.array(seen, dtype=np.int8))
    monkeypatch.setitem(
        data.DATA_SETS,
        "rated",
        data.Entry(lambda: rated, "rated"),
    )
    assert main(["votes", "rated"]) == 0
    printed = capsys.readouterr().out
    assert "50 in 25 groups" in printed
    assert "3 known by number" in printed
    monkeypatch.setitem(data.DATA_SETS, "rated", data.Entry(lambda: digits, "rated"))
    assert main(["votes", "rated"]) == 0
    assert "known by number" not in capsys.readouterr().out


def test_votes_are_written_for_readers_without_them(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(data.DATA_SETS, "few", data.Entry(lambda: data.load("digits", n_items=100), "few"))
    assert main(["votes", "few", "--write", "--results", str(tmp_path)]) == 0
    assert "written to" in capsys.readouterr().out
    assert aggregates.VOTES.read("few", folder=tmp_path)["facts"]["n_items"] == 100


def test_power_is_simulated_written_and_printed(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(data.DATA_SETS, "drawn", data.Entry(lambda: votes_of(300), "drawn"))
    assert main(["power", "drawn", "--worlds", "2", "--results", str(tmp_path)]) == 0
    stored, printed = analysis.POWER.read("drawn", folder=tmp_path), capsys.readouterr().out
    assert stored["settings"]["worlds"] == 2
    assert [(case["start"], case["shared"]) for case in stored["cases"]] == [
        (case.start, case.shared) for case in analysis.CASES
    ]
    assert printed.strip() == tables.text(stored)


def test_power_of_an_unknown_data_set_is_refused(tmp_path, capsys):
    assert main(["power", "nothing", "--results", str(tmp_path)]) == 2
    assert "nothing" in capsys.readouterr().err
