"""What holds for every command: one sentence for an error, an exit code, and no wait for torch."""

import re
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from softlabel_book.cli.main import main
from softlabel_core import storage
from softlabel_core.study import grid


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
        code = main([*arguments, *extra])
    except SystemExit as stop:  # argparse's own refusal
        code = stop.code
    message = capsys.readouterr().err
    assert code == 2
    assert named in message
    assert "Traceback" not in message
    assert not list(tmp_path.rglob("*.npz"))


def test_a_full_disk_is_one_sentence(tmp_path, capsys, monkeypatch, study):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    assert main([*study, "--seeds", "1", "--results", str(tmp_path)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_dead_worker_is_one_sentence(capsys, monkeypatch, tmp_path, study):
    def died(*arguments: object, **options: object) -> None:
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    monkeypatch.setattr(grid, "run_study", died)
    assert main([*study, "--results", str(tmp_path)]) == 2
    assert "fewer --workers" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(tmp_path, capsys, monkeypatch, study):
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grid, "run_study", interrupted)
    assert main([*study, "--results", str(tmp_path)]) == 130
    assert "goes on where it was" in capsys.readouterr().err


def test_every_command_says_what_it_is_for(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    names = re.findall(r"^    (\w+)\s", capsys.readouterr().out, re.MULTILINE)
    training = ["study", "tune", "curve", "robustness", "capacity", "repair", "pretrain"]
    assert names == [*training, "ladder", "summarise", "table", "budget", "data", "votes", "power"]


def test_help_waits_for_nothing_heavy():
    code = (
        "import sys\n"
        "from softlabel_book.cli.main import parser\n"
        "parser().format_help()\n"
        "print({'torch', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
