"""The house is in order: what is made from something else matches it, and nothing strays in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import address
import chromium
import environment
import offline
import pair
import pytest
import yaml
from packaging.requirements import Requirement

import softlabel_core

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEXTS = address.texts(ROOT)
HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

"""


def locked() -> dict[str, list[Requirement]]:
    """Lines of the lock by name; a name may come more than once, for different Pythons."""
    lines: dict[str, list[Requirement]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            lines.setdefault(requirement.name.lower().replace("_", "-"), []).append(requirement)
    return lines


# What is made from something else


def test_environment_says_what_pyproject_says(capsys):
    assert environment.main(["--check"]) == 0, capsys.readouterr().err


def test_environment_lists_every_dependency_of_a_reader():
    made = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    names = {re.split("[<>=]", line)[0] for line in made["dependencies"] if isinstance(line, str)}
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["book"]
    assert {
        environment.CONDA_NAMES.get(Requirement(line).name, Requirement(line).name) for line in wanted
    } <= names


def test_environment_out_of_date_is_noticed(tmp_path, capsys):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "environment.yml").write_text("name: other\n", encoding="utf-8")
    assert environment.main(["--check"], root=tmp_path) == 1
    assert "run python tools/environment.py" in capsys.readouterr().err


def test_a_requirement_that_conda_cannot_hold_is_refused():
    with pytest.raises(ValueError, match=r"dask\[distributed\]"):
        environment.conda("dask[distributed]>=2025.1")


def test_lock_covers_every_dependency():
    project, lock = PYPROJECT["project"], locked()
    lines = project["dependencies"] + [
        line for extra in project["optional-dependencies"].values() for line in extra
    ]
    for line in lines:
        wanted = Requirement(line)
        if wanted.name == project["name"]:
            continue
        pins = lock.get(wanted.name.lower().replace("_", "-"), [])
        assert pins, f"{wanted.name} is not in requirements.lock; run make lock."
        for pin in pins:
            version = next(iter(pin.specifier)).version
            assert wanted.specifier.contains(version), f"the lock has {pin}, pyproject.toml wants {wanted}"


def test_lock_is_exact_and_pairs_torch_with_torchvision():
    lock = locked()
    for pins in lock.values():
        for pin in pins:
            assert [clause.operator for clause in pin.specifier] == ["=="], f"{pin} is not exact"
    assert [str(pin.specifier) for pin in lock["torch"]] == ["==2.14.1"]
    assert [str(pin.specifier) for pin in lock["torchvision"]] == ["==0.29.2"]


def test_runtime_dependencies_leave_torch_and_numpy_alone():
    for line in PYPROJECT["project"]["dependencies"]:
        operators = {clause.operator for clause in Requirement(line).specifier}
        assert operators == {">="}, f"{line} would replace what a user has"


def test_version_is_the_same_everywhere():
    version = PYPROJECT["project"]["version"]
    assert softlabel_core.__version__ == version
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_chapters_fetch_the_version_that_they_belong_to():
    tag = f"v{PYPROJECT['project']['version']}"
    for page in [*ROOT.glob("notebooks/*.md"), ROOT / "book" / "start.md"]:
        for named in re.findall(r"--branch (\S+)", page.read_text(encoding="utf-8")):
            assert named == tag, f"{page.name} fetches {named}, but this is {tag}"


# Notebooks


def test_every_page_with_code_has_its_notebook(capsys):
    assert pair.main(["--check"]) == 0, capsys.readouterr().err


def test_notebooks_hold_no_outputs():
    for path in [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/*.ipynb")]:
        cells = [
            cell
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        ]
        assert cells
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells), path.name


@pytest.fixture
def small_book(tmp_path) -> Path:
    """A folder with one chapter, one page with code, one without."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "book").mkdir()
    cell = "```{code-cell} ipython3\n1 + 1\n```\n"
    (tmp_path / "notebooks" / "01-a.md").write_text(f"{HEADER}# A\n\n{cell}\n{cell}", encoding="utf-8")
    (tmp_path / "book" / "start.md").write_text(f"{HEADER}# Start\n\n{cell}", encoding="utf-8")
    (tmp_path / "book" / "words.md").write_text("# Words\n\nNo kernelspec: here.\n", encoding="utf-8")
    return tmp_path


def test_pairing_is_the_same_each_time(small_book):
    assert pair.main([], root=small_book) == 0
    path = small_book / "notebooks" / "01-a.ipynb"
    first = path.read_bytes()
    assert sorted(found.name for found in small_book.rglob("*.ipynb")) == ["01-a.ipynb", "start.ipynb"]
    path.unlink()
    assert pair.main([], root=small_book) == 0
    assert path.read_bytes() == first
    ids = [cell["id"] for cell in json.loads(first)["cells"]]
    assert len(set(ids)) == len(ids) == 3  # two equal cells among them
    assert pair.main(["--check"], root=small_book) == 0


def test_a_changed_missing_or_left_notebook_is_noticed(small_book, capsys):
    assert pair.main(["--check"], root=small_book) == 1
    assert "notebooks/01-a.ipynb is missing" in capsys.readouterr().err
    pair.main([], root=small_book)
    page = small_book / "notebooks" / "01-a.md"
    page.write_text(page.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), encoding="utf-8")
    assert pair.main(["--check"], root=small_book) == 1
    assert "01-a.ipynb is not what its .md says" in capsys.readouterr().err
    page.unlink()
    assert pair.main(["--check"], root=small_book) == 1
    assert "01-a.ipynb has no .md with code beside it" in capsys.readouterr().err


def test_a_chapter_without_a_header_is_refused(small_book, capsys):
    (small_book / "notebooks" / "02-b.md").write_text("# B\n\n```{code-cell}\n1\n```\n", encoding="utf-8")
    assert pair.main([], root=small_book) == 1
    assert "notebooks/02-b.md cannot be paired" in capsys.readouterr().err


# The repository's address


def test_address_is_the_same_everywhere(capsys):
    assert address.main(["--check"]) == 0, capsys.readouterr().err


@pytest.fixture
def small_fork(tmp_path) -> Path:
    """A folder whose files name the repository in every way that a book does."""
    (tmp_path / "pyproject.toml").write_text(
        '[project.urls]\nRepository = "https://github.com/one-author/lendbook"\nDocumentation = "https://one-author.github.io/lendbook"\n',
        encoding="utf-8",
    )
    (tmp_path / "_config.yml").write_text(
        "repository:\n  url: https://github.com/one-author/lendbook\n", encoding="utf-8"
    )
    (tmp_path / "README.md").write_text(
        "git clone https://github.com/one-author/lendbook.git; "
        "https://colab.research.google.com/github/one-author/lendbook/blob/main/a.ipynb; "
        "https://mybinder.org/v2/gh/one-author/lendbook/main; "
        "see https://github.com/one-author/lendbook-club and https://github.com/two-author/lendbook-club",
        encoding="utf-8",
    )
    return tmp_path


def test_one_command_changes_the_address(small_fork):
    assert address.main(["https://github.com/School/course"], root=small_fork) == 0
    assert (small_fork / "README.md").read_text(encoding="utf-8") == (
        "git clone https://github.com/School/course.git; "
        "https://colab.research.google.com/github/School/course/blob/main/a.ipynb; "
        "https://mybinder.org/v2/gh/School/course/main; "
        "see https://github.com/one-author/lendbook-club and https://github.com/two-author/lendbook-club"
    )
    assert address.stated(small_fork) == address.configured(small_fork) == ("School", "course")
    assert "https://school.github.io/course" in (small_fork / "pyproject.toml").read_text(encoding="utf-8")
    assert address.main(["--check"], root=small_fork) == 0


def test_an_address_changed_by_hand_is_spread(small_fork, capsys):
    pyproject = small_fork / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text(encoding="utf-8").replace("com/one", "com/two"), encoding="utf-8"
    )
    assert address.main(["--check"], root=small_fork) == 1
    assert "_config.yml does not name two-author/lendbook" in capsys.readouterr().err
    assert address.main([], root=small_fork) == 0
    assert "https://colab.research.google.com/github/two-author/lendbook/" in (
        small_fork / "README.md"
    ).read_text(encoding="utf-8")
    assert address.main(["--check"], root=small_fork) == 0


def test_an_address_that_is_none_is_refused(small_fork, capsys):
    assert address.main(["https://example.org/one-author/lendbook"], root=small_fork) == 1
    assert "not of the form https://github.com/owner/name" in capsys.readouterr().err


# What must not stray in


def test_no_file_names_a_machine_or_a_package_registry():
    strays = {
        "a path of somebody's machine": re.compile(r"(?<![\w.~{])/(?:work|root|home|Users|tmp)/\w"),
        "a package registry": re.compile(
            r"(?:pypi|python[h]osted|npmjs|anaconda)\.(?:org|com)", re.IGNORECASE
        ),
        "a folder outside the checkout": re.compile(r"\.\./shared(?!/\w+\.js)"),
    }
    for path, text in TEXTS.items():
        for what, pattern in strays.items():
            found = pattern.search(text)
            assert found is None, f"{path.relative_to(ROOT)} names {what}: {found[0]!r}"


def test_no_file_holds_unfinished_work():
    word = r"(?<!::)\bplace[h]older\b(?!\s*[:=])"  # a field's hint in HTML and CSS is called so
    unfinished = re.compile(rf"\b(?:TO[D]O|FIX[M]E|XX[X]|lorem ip[s]um)\b|{word}", re.IGNORECASE)
    for path, text in TEXTS.items():
        found = unfinished.search(text)
        assert found is None, f"{path.relative_to(ROOT)} holds {found[0]!r}"


def test_no_data_set_is_in_the_repository():
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this copy is not a git checkout")
    for name in filter(None, done.stdout.split("\0")):
        assert Path(name).suffix not in {".jsonl", ".csv", ".npy", ".parquet", ".pt", ".png", ".jpg"}, name
        if name.endswith(".npz"):
            assert name.startswith("results/"), name


# The package


def test_the_package_needs_no_notebook():
    """Nothing that only a notebook has comes in with the core, and nothing heavy with the package's name."""
    code = (
        "import sys, softlabel_core\n"
        "light = {'torch', 'matplotlib', 'IPython', 'ipywidgets', 'anywidget', 'pooch'} & set(sys.modules)\n"
        "from softlabel_core import metrics, statistics, storage, study, votes\n"
        "from softlabel_book import tables\n"
        "from softlabel_book.cli import main\n"
        "from softlabel_book.interactive import explorer\n"
        "print(light | {'IPython', 'ipywidgets', 'anywidget', 'pooch', 'traitlets'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()", done.stdout + done.stderr


def test_package_data_is_there():
    for pattern in PYPROJECT["tool"]["setuptools"]["package-data"]["softlabel_book"]:
        assert list((ROOT / "softlabel_book").glob(pattern)), pattern


# The checks themselves


@pytest.mark.parametrize(
    ("page", "loads"),
    [
        ('<script src="https://cdn.example/a.js"></script>', True),
        ('<link rel="stylesheet" href="//cdn.example/a.css">', True),
        ('<img alt="a" src="HTTP://cdn.example/a.png">', True),
        ('<img alt="a" srcset="https://cdn.example/a.png 2x">', True),
        ('<a href="https://example.org">a link that a reader follows</a>', False),
        ('<link rel="canonical" href="https://example.org">', False),
        ('<script src="../_static/a.js"></script><img alt="a" src="data:image/png;base64,AAAA">', False),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(page, loads, tmp_path, capsys):
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert offline.main([str(tmp_path)]) == int(loads)
    assert ("a.html loads" in capsys.readouterr().err) == loads


def test_an_empty_book_is_not_taken_for_a_good_one(tmp_path, capsys):
    assert offline.main([str(tmp_path)]) == 1
    assert "make book" in capsys.readouterr().err


def test_a_missing_browser_is_said(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    assert chromium.main([]) == 1
    assert "apt-get install chromium" in capsys.readouterr().err
    monkeypatch.setenv(chromium.VARIABLE, "no-such-browser")
    assert chromium.main([]) == 1
    assert "CHROMIUM names no-such-browser" in capsys.readouterr().err
