"""Commands that train, as a person calls them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from softlabel_book.capacity import design
from softlabel_book.cli.main import main
from softlabel_core import data
from softlabel_core.study import protocols
from softlabel_core.study.record import read_record


def test_study_records_and_summarises(folder):
    names = sorted(path.name for path in (folder / "digits" / "small").iterdir())
    assert names == sorted(
        [f"{arm}-fold0-seed{seed}.npz" for arm in ("hard", "gold", "soft") for seed in (0, 1)]
        + ["summary.json"]
    )


def test_the_same_command_trains_nothing_twice(folder, capsys, study):
    assert main([*study, "--seeds", "2", "--results", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(
        "0 run(s) trained\n6 run(s) recorded, seeds [0, 1]; summary in "
    )


def test_workers_record_what_one_process_records(folder, tmp_path, study):
    assert main([*study, "--seeds", "1", "--workers", "2", "--results", str(tmp_path)]) == 0
    for path in sorted((tmp_path / "digits" / "small").glob("*.npz")):
        alone, beside = (read_record(place / "digits" / "small" / path.name) for place in (folder, tmp_path))
        np.testing.assert_allclose(alone.log_p_test, beside.log_p_test, atol=2e-3)


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
        assert main(["tune", "digits", "--protocol", "small", *arms]) == 0
        assert main(["study", "digits", "--protocol", "small", "--tuned", *arms]) == 0
        assert main(["study", "digits", "--protocol", "small", "--tuned", "votes", *arms]) == 0
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
    assert main(["table", "digits", "--protocol", "small", "--tuned", "--results", tuned]) == 0
    words = capsys.readouterr().out
    assert "every arm tuned by its own labels" in words
    assert "label smoothing" not in words  # the headline's arms only
    read = json.loads((Path(tuned) / "digits" / "small" / "rivals.json").read_text())
    assert {"hard", "soft", "smoothing", "hard/temperature", "soft/ensemble"} <= set(read["metrics"])


def test_a_tuned_study_of_what_was_not_tuned_says_what_to_do(tuned, tmp_path, capsys):
    study = ["study", "digits", "--protocol", "small", "--tuned", "--quiet"]
    assert main([*study, "--results", str(tmp_path)]) == 2
    assert "run `softlabel tune digits --protocol small`" in capsys.readouterr().err
    assert main([*study, "--arms", "sampled", "--results", tuned]) == 2
    assert "run: softlabel tune digits --protocol small --arms sampled" in capsys.readouterr().err


def test_an_arm_that_cannot_be_served_is_refused_before_anything_is_trained(tmp_path, capsys):
    arguments = ["tune", "digits", "--protocol", "small", "--arms", "dawid-skene", "--results", str(tmp_path)]
    assert main(arguments) == 2
    assert "digits does not say who voted what" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_altered_record_stops_the_study_and_is_left_alone(folder, tmp_path, capsys, study):
    place = tmp_path / "digits" / "small"
    place.mkdir(parents=True)
    for path in (folder / "digits" / "small").iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    broken = place / "soft-fold0-seed1.npz"
    broken.write_bytes(broken.read_bytes()[:1000])
    assert main([*study, "--seeds", "2", "--results", str(tmp_path)]) == 2
    assert "soft-fold0-seed1.npz is truncated or altered" in capsys.readouterr().err
    assert broken.stat().st_size == 1000


def test_other_settings_never_mix_with_a_record(folder, capsys):
    more = ["study", "digits", "--protocol", "small", "--epochs", "3", "--quiet", "--seeds", "2"]
    assert main([*more, "--results", str(folder)]) == 2
    assert "epochs" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "file"), [("capacity", "capacity.json"), ("repair", "repair.json")])
def test_what_is_asked_for_is_measured_written_and_told(
    command, file, tmp_path, capsys, monkeypatch, few_digits
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(design.SHAPES, "small-mlp", ({4: "small-mlp-4"}, design.EACH, (1,)))
    place = tmp_path / "results"
    asked = [command, "digits", "--protocol", "small", "--seeds", "1", "--quiet", "--results", str(place)]
    assert main([*asked, "--minutes", "0.0000001"]) == 3
    assert "the same command goes on" in capsys.readouterr().err
    assert main(asked) == 0
    path = place / "digits" / "small" / file
    assert str(path) in capsys.readouterr().out
    assert json.loads(path.read_text())["facts"]["seeds"] == [0]


@pytest.fixture
def few_digits(monkeypatch):
    """Digits so few, and trained so briefly, that a network takes no time."""
    few = data.load("digits", n_items=150)
    monkeypatch.setitem(data.DATA_SETS, "digits", data.Entry(lambda: few, "digits"))
    quick = replace(protocols.get("digits", "small"), epochs=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), quick)


def test_a_trial_needs_a_folder_of_its_own(capsys, monkeypatch, tmp_path, study):
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    assert main([*study, "--seeds", "1"]) == 2
    assert "--results" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
