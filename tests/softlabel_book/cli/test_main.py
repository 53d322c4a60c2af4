"""The command line, as a person calls it."""

import importlib
import json
import pkgutil
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from softlabel_book.cli import main as cli
from softlabel_core import data, storage
from softlabel_core.data.sources import Source
from softlabel_core.study import grid, protocols
from softlabel_core.study.record import read_record

STUDY = ["study", "digits", "--protocol", "small", "--epochs", "2", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("results")
    assert cli.main([*STUDY, "--seeds", "2", "--results", str(place)]) == 0
    return place


def test_study_records_and_summarises(folder):
    names = sorted(path.name for path in (folder / "digits" / "small").iterdir())
    assert names == sorted(
        [f"{arm}-fold0-seed{seed}.npz" for arm in ("hard", "gold", "soft") for seed in (0, 1)]
        + ["summary.json"]
    )


def test_the_same_command_trains_nothing_twice(folder, capsys):
    assert cli.main([*STUDY, "--seeds", "2", "--results", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("0 run(s) trained, 6 recorded")


def test_workers_record_what_one_process_records(folder, tmp_path):
    assert cli.main([*STUDY, "--seeds", "1", "--workers", "2", "--results", str(tmp_path)]) == 0
    for path in sorted((tmp_path / "digits" / "small").glob("*.npz")):
        alone, beside = (read_record(place / "digits" / "small" / path.name) for place in (folder, tmp_path))
        np.testing.assert_allclose(alone.log_p_test, beside.log_p_test, atol=2e-3)


def test_table_in_words_and_as_json(folder, capsys):
    assert cli.main(["table", "digits", "--results", str(folder)]) == 0
    words = capsys.readouterr().out
    assert "Change against the hard arm" in words
    assert "soft (votes)" in words
    assert cli.main(["table", "digits", "--results", str(folder), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert set(numbers["metrics"]) == {"hard", "gold", "soft"}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Results of a tuned study of three arms; digits tunes over settings that take no time."""
    place = str(tmp_path_factory.mktemp("tuned"))
    quick = replace(
        protocols.get("digits", "small"), epochs=2, search=(("epochs", (1, 2, 3)),), trials=2, seeds=2
    )
    arms = ["--arms", "soft,hard,smoothing", "--quiet", "--results", place]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(protocols.PROTOCOLS, ("digits", "small"), quick)
        assert cli.main(["tune", "digits", "--protocol", "small", *arms]) == 0
        assert cli.main(["study", "digits", "--protocol", "small", "--tuned", *arms]) == 0
        assert cli.main(["study", "digits", "--protocol", "small", "--tuned", "votes", *arms]) == 0
    return place


def test_tuning_then_the_tuned_study_then_its_tables(tuned, capsys):
    names = {path.name for path in (Path(tuned) / "digits" / "small").iterdir()}
    assert names >= {
        "tuning.json",
        "summary-tuned-own.json",
        "summary-tuned-votes.json",
        "rivals.json",
        "trials",
    }
    assert "summary.json" not in names  # nothing was recorded without tuning
    assert cli.main(["table", "digits", "--protocol", "small", "--tuned", "--results", tuned]) == 0
    words = capsys.readouterr().out
    assert "every arm tuned by its own labels" in words
    assert "label smoothing" not in words  # the headline's arms only
    read = json.loads((Path(tuned) / "digits" / "small" / "rivals.json").read_text())
    assert {"hard", "soft", "smoothing", "hard/temperature", "soft/ensemble"} <= set(read["metrics"])


def test_a_tuned_study_of_what_was_not_tuned_says_what_to_do(tuned, tmp_path, capsys):
    study = ["study", "digits", "--protocol", "small", "--tuned", "--quiet"]
    assert cli.main([*study, "--results", str(tmp_path)]) == 2
    assert "there is no tuning" in capsys.readouterr().err
    assert cli.main([*study, "--arms", "sampled", "--results", tuned]) == 2
    assert "run: softlabel tune digits --protocol small --arms sampled" in capsys.readouterr().err


def test_an_arm_that_cannot_be_served_is_refused_before_anything_is_trained(tmp_path, capsys):
    arguments = ["tune", "digits", "--protocol", "small", "--arms", "dawid-skene", "--results", str(tmp_path)]
    assert cli.main(arguments) == 2
    assert "digits does not say who voted what" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["study", "cifar100h", "--protocol", "small"], "cifar100h"),
        (["study", "digits", "--protocol", "huge"], "huge"),
        (["study", "digits", "--protocol", "small", "--arms", "hard,smooth"], "smooth"),
        (["table", "nothing"], "nothing"),
        (["votes", "nothing"], "nothing"),
        (["study", "digits", "--seeds", "-1"], "seeds"),
        (["study", "digits", "--folds", "7"], "fold 7"),
        (["study", "digits", "--epochs", "0"], "epochs"),
        (["study", "digits", "--device", "abacus"], "abacus"),
    ],
)
def test_bad_options_get_one_sentence_and_exit_code_2(arguments, named, tmp_path, capsys):
    extra = [] if arguments[0] == "votes" else ["--results", str(tmp_path)]
    try:
        code = cli.main([*arguments, *extra])
    except SystemExit as stop:  # argparse's own refusal
        code = stop.code
    message = capsys.readouterr().err
    assert code == 2
    assert named in message
    assert "Traceback" not in message
    assert not list(tmp_path.rglob("*.npz"))


def test_an_altered_record_stops_the_study_and_is_left_alone(folder, tmp_path, capsys):
    place = tmp_path / "digits" / "small"
    place.mkdir(parents=True)
    for path in (folder / "digits" / "small").iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    broken = place / "soft-fold0-seed1.npz"
    broken.write_bytes(broken.read_bytes()[:1000])
    assert cli.main([*STUDY, "--seeds", "2", "--results", str(tmp_path)]) == 2
    assert "soft-fold0-seed1.npz is truncated or altered" in capsys.readouterr().err
    assert broken.stat().st_size == 1000


def test_other_settings_never_mix_with_a_record(folder, capsys):
    more = ["study", "digits", "--protocol", "small", "--epochs", "3", "--quiet", "--seeds", "2"]
    assert cli.main([*more, "--results", str(folder)]) == 2
    assert "epochs" in capsys.readouterr().err


def test_a_full_disk_is_one_sentence(tmp_path, capsys, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    assert cli.main([*STUDY, "--seeds", "1", "--results", str(tmp_path)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_trial_needs_a_folder_of_its_own(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    assert cli.main([*STUDY, "--seeds", "1"]) == 2
    assert "--results" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_dead_worker_is_one_sentence(capsys, monkeypatch, tmp_path):
    def died(*arguments: object, **options: object) -> None:
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    monkeypatch.setattr(grid, "run_study", died)
    assert cli.main([*STUDY, "--results", str(tmp_path)]) == 2
    assert "fewer --workers" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grid, "run_study", interrupted)
    assert cli.main([*STUDY, "--results", str(tmp_path)]) == 130
    assert "goes on where it was" in capsys.readouterr().err


def test_votes_of_digits(capsys):
    assert cli.main(["votes", "digits"]) == 0
    printed = capsys.readouterr().out
    assert "4,000" in printed
    assert "80,000, 20.00 an item" in printed


def test_data_lists_every_file_without_asking_the_network(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SOFTLABEL_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    np.save(tmp_path / "cifar10h-counts.npy", np.zeros(3))
    assert cli.main(["data"]) == 0
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
    assert files == set(cli.FILES)


def test_votes_of_raters_and_groups(capsys, monkeypatch):
    """Printed for a data set that has ratings, and left out as "–" for one that has none."""
    digits = data.load("digits", n_items=50, n_votes=3)
    seen = [np.repeat(np.arange(10), row) for row in digits.counts]
    monkeypatch.setitem(data.LOADERS, "rated", lambda: replace(digits, ratings=np.array(seen, dtype=np.int8)))
    assert cli.main(["votes", "rated"]) == 0
    printed = capsys.readouterr().out
    assert "50 in 25 groups" in printed
    assert "3 known by number" in printed
    monkeypatch.setitem(data.LOADERS, "rated", lambda: digits)
    assert cli.main(["votes", "rated"]) == 0
    assert "known by number" not in capsys.readouterr().out
