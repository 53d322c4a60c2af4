"""The house's plan: each module has its test at the mirrored place, and what only reads imports no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("softlabel_core", "softlabel_book")
# What trains or holds a model. All else reads what is recorded, or works on plain numbers, and starts at once.
WITH_TORCH = (
    "softlabel_core.checkpoint",
    "softlabel_core.losses",
    "softlabel_core.models",
    "softlabel_core.study.cache",
    "softlabel_core.study.features",
    "softlabel_core.study.fitting",
    "softlabel_core.study.grid",
    "softlabel_core.study.inputs",
    "softlabel_core.study.networks",
    "softlabel_core.study.pretraining",
    "softlabel_core.study.provenance",
    "softlabel_core.study.trials",
    "softlabel_core.training",
    "softlabel_book.capacity.training",
    "softlabel_book.own_votes.training",
    "softlabel_book.repair.training",
    "softlabel_book.rivals.training",
    "softlabel_book.robustness.attacks",
    "softlabel_book.robustness.training",
    "softlabel_book.vote_curves.training",
)


def modules() -> dict[str, Path]:
    """Every module of both packages by its dotted name, without packages' own files."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not path.stem.startswith("__"):
                found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = path.relative_to(ROOT)
    return found


def test_every_module_has_its_test_and_every_test_its_module():
    wanted = {Path("tests", path.parent, f"test_{path.name}") for path in modules().values()}
    tested = {path for package in PACKAGES for path in (ROOT / "tests" / package).rglob("test_*.py")}
    there = {
        path.relative_to(ROOT) for path in tested if path.stem != f"test_{path.parent.name}"
    }  # of a package itself
    assert wanted <= there, f"modules without a test of their own: {sorted(map(str, wanted - there))}"
    assert there <= wanted, f"tests without a module of their own: {sorted(map(str, there - wanted))}"


def test_what_only_reads_imports_no_torch():
    light = [
        name for name in modules() if not f"{name}.".startswith(tuple(f"{each}." for each in WITH_TORCH))
    ]
    code = "import sys, importlib\n" + "".join(
        f"importlib.import_module({name!r})\nif 'torch' in sys.modules: sys.exit({name!r})\n"
        for name in light
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"this module, or what it imports, brings in torch: {done.stderr}"


def test_figures_and_tables_call_nothing_that_fetches_or_trains():
    fetch = {"load", "read", "best_recorded", "from_table", "fit", "run_study"}
    for name, path in modules().items():
        if {"figures", "tables"} & set(name.split(".")):
            calls = [
                node.func
                for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            ]
            called = {ast.unparse(function).rpartition(".")[2] for function in calls}
            assert not called & fetch, f"{path} calls {called & fetch}"
