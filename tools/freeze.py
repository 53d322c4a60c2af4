"""Freeze what the move from one package to two must not change, and say afterwards what it did change.

python tools/freeze.py write FILE [--only PART,PART] [--pages FOLDER]
python tools/freeze.py check FILE [--only PART,PART] [--pages FOLDER] [--expected PATTERN ...]

`check` prints each difference, one a paragraph, and fails if there is one whose name no PATTERN fits, such as
'pages/*/cells/*'. The data sets' votes must be at hand (SOFTLABEL_DATA). What is trained here is the same on the
same machine only. This file goes when the move is done.

results   a hash of every tracked file below results/
records   what every recorded study gives when it is read: arms, seeds, folds, items, predictions
real      aggregates of recorded studies and of votes, made anew with few resamples
digits    small studies, curves, simulations and interactive figures, trained and made on digits
tables    what the command line prints
pages     text, code, links, pictures and interactive figures of the built book
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import difflib
import fnmatch
import hashlib
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
CRITERIA = ("", "own", "votes")  # of tuning; the first is none

# ---------------------------------------------------------------- the adapter: where modules are named
# When a module of the project moves, these functions follow it, and nothing below them changes.


def load_data(name: str, **options: Any) -> Any:
    """A data set by its name."""
    from softlabel_core import data

    return data.load(name, **options)


def protocol_of(data: str, name: str, **changes: Any) -> Any:
    """A protocol with some of its settings changed."""
    from softlabel_core.study import protocols

    return protocols.get(data, name, **changes)


def all_protocols() -> list[dict[str, Any]]:
    """Every setting of every protocol, in order."""
    from softlabel_core.study import protocols

    return [vars(protocol) for protocol in protocols.PROTOCOLS.values()]


def load_study(data: str, protocol: str, tuned: str) -> Any:
    """A recorded study with all its arms, or None where no seed of it is complete."""
    from softlabel_core import storage, study
    from softlabel_core.arms import ARMS
    from softlabel_core.study import tuning

    known = protocol_of(data, protocol)
    try:
        chosen = tuning.chosen(tuning.TUNING.read(data, protocol), known, tuned) if tuned else None
        return study.load(known, None, ARMS, chosen)
    except storage.RecordError:
        return None


def predictions(study: Any) -> dict[str, Any]:
    """What a study says of itself, with arrays."""
    return {
        "arms": study.arms,
        "seeds": study.seeds,
        "folds": study.folds,
        "test_ids": study.test_ids,
        "validation_ids": study.validation_ids(),
        "log_p": {arm: study.log_p(arm) for arm in study.arms},
        "log_p_validation": {arm: study.log_p_validation(arm) for arm in study.arms},
    }


def each_record(study: Any) -> dict[str, Any]:
    """Each run's record by the name of its file: predictions and facts."""
    return {
        str(run.file): {
            "log_p_test": record.log_p_test,
            "log_p_validation": record.log_p_validation,
            "meta": record.meta,
        }
        for run, record in study.records.items()
    }


def train_study(protocol: Any, dataset: Any, arms: Sequence[str], seeds: Sequence[int], folder: Path) -> Any:
    """A study trained into a folder and read back."""
    from softlabel_core import study
    from softlabel_core.arms import ARMS
    from softlabel_core.study import grid

    grid.run_study(study.plan(protocol, arms, seeds), dataset, folder, device="cpu", progress=False)
    return study.load(protocol, folder, ARMS)


def make_summary(study: Any, dataset: Any, n_resamples: int) -> Any:
    """A study's numbers with intervals."""
    from softlabel_book import summary

    return summary.make(study, dataset, n_resamples)


def recorded_rivals(data: str, protocol: str, study: Any, dataset: Any, n_resamples: int) -> Any:
    """The fair trial of a study that was tuned by its own labels."""
    from softlabel_book.rivals import analysis as rivals
    from softlabel_core.study import tuning

    tuned = tuning.TUNING.read(data, protocol)
    return rivals.make(study, dataset, tuned, n_resamples)


def vote_summary_of(dataset: Any) -> Any:
    """The aggregates of a data set's votes."""
    from softlabel_book.few_votes import aggregates

    return aggregates.make(dataset, n_repeats=1)


def detectable_in(dataset: Any, n_worlds: int) -> Any:
    """Which differences could show."""
    from softlabel_book.power import analysis as detectable

    return detectable.make(dataset, detectable.Settings(n_worlds, resamples=30), detectable.CASES[::3])


def wild_from_records(study: Any, dataset: Any, n_resamples: int) -> Any:
    """Abstaining, and the parts of entropy, from a study's records."""
    from softlabel_book.robustness import analysis

    return analysis.from_records(study, dataset, n_resamples)


def make_headline(tuned: str) -> Any:
    """Soft against hard over all recorded studies."""
    from softlabel_book.headline import analysis as headline

    return headline.make(criterion=tuned)


def headline_by_tuning() -> Any:
    """Soft against hard with and without tuning."""
    from softlabel_book.headline import analysis as headline

    return headline.with_and_without_tuning()


def recorded_family(data: Sequence[str], protocol: str) -> Any:
    """The planned comparisons over data sets, from recorded rivals."""
    from softlabel_book.rivals import analysis as rivals
    from softlabel_book.rivals import comparisons

    return comparisons.family([rivals.RIVALS.read(name, protocol) for name in data])


def command_line(arguments: Sequence[str]) -> int | str | None:
    """The command line's exit status; it prints."""
    from softlabel_book.cli import main as cli

    try:
        return cli.main(arguments)
    except SystemExit as left:
        return left.code


def tune_and_compare(
    protocol: Any, dataset: Any, folder: Path, arms: Sequence[str], n_resamples: int
) -> dict[str, Any]:
    """A tuning and the fair trial that follows it."""
    from softlabel_book.rivals import training
    from softlabel_core.study import trials

    tuned = trials.tune(protocol, arms, dataset, folder, device="cpu", progress=False)
    return {"tuning": tuned, "rivals": training.compete(protocol, dataset, folder, arms, n_resamples)}


def vote_curve(protocol: Any, dataset: Any, folder: Path, n_resamples: int) -> Any:
    """A vote curve trained on the spot."""
    from softlabel_book.vote_curves import training

    made: dict[str, Any] = {"n_resamples": n_resamples, "cache": folder, "device": "cpu", "progress": False}
    return training.measure(protocol, dataset, draws=2, shares=(0.5, 1.0), **made)


def wild_here(protocol: Any, dataset: Any, names: Sequence[str], folder: Path, n_resamples: int) -> Any:
    """Two arms out in the wild, beside the record in a folder."""
    from softlabel_book.robustness import training

    made: dict[str, Any] = {"n_resamples": n_resamples, "device": "cpu", "keep": False, "progress": False}
    return training.measure(protocol, dataset, [0, 1, 2], names=names, folder=folder, **made)


def simulated_class(crowd: Any) -> Any:
    """A data set made of the table of a class that never met."""
    from softlabel_book.own_votes import training as own_votes
    from softlabel_core import data

    table = own_votes.simulated_class(crowd, n_items=60, n_annotators=12, each=15)
    return data.from_table(table, items=crowd)


def train_on_own_votes(taught: Any, crowd: Any, protocol: Any, seeds: Sequence[int]) -> tuple[Any, Any]:
    """A study of one's own votes, and the items that it was tested on."""
    from softlabel_book.own_votes import training as own_votes

    return own_votes.train(taught, crowd, protocol=protocol, arms=("hard", "soft"), seeds=seeds)


def targets_of(dataset: Any, steps: Sequence[int]) -> dict[str, Any]:
    """What every arm that a data set can serve trains towards, [n_steps, n_items, n_classes]."""
    import numpy as np

    from softlabel_core import arms

    rows = np.arange(dataset.n_items)
    built = {arm: arms.target(arm, dataset, rows, 0) for arm in arms.possible(dataset, token_ids=False)}
    return {arm: np.stack([target(step, rows) for step in steps]) for arm, target in built.items()}


def figures_of(study: Any, dataset: Any) -> dict[str, Any]:
    """Interactive figures by name."""
    from softlabel_book.interactive import explorer, item_sets, playground
    from softlabel_book.interactive.classroom import Classroom
    from softlabel_book.interactive.distributions import Distributions
    from softlabel_book.interactive.labels import Labels

    items = item_sets.of_study(study, dataset, n=10)
    return {
        "explorer": explorer.Explorer(explorer.of_study(study, dataset)),
        "explorer of some": explorer.Explorer(
            explorer.of_study(study, dataset, n_items=30, arms=["hard", "mixup-0.2"])
        ),
        "labels": Labels([items]),
        "classroom": Classroom([items]),
        "playground": playground.Playground(),
        "distributions": Distributions(),
        "distributions of two": Distributions(("no", "yes"), (0.3, 0.7), (0.4, 0.6)),
    }


def state_of(figure: Any) -> dict[str, Any]:
    """What an interactive figure hands to its page."""
    return figure._state()


# ---------------------------------------------------------------- plain values

# Where and when something ran is no number of the study.
DROPPED = re.compile(r"code|versions|device|threads|precision|commit|cost|date.*|seconds.*|peak_memory.*")


def digest(value: Any) -> str:
    """A hash of bytes, of an array with its type and shape, or of anything that JSON can hold."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if hasattr(value, "dtype"):
        kind = value.dtype.kind if value.dtype.kind == "U" else value.dtype.str
        content = "\n".join(value.ravel()).encode() if kind == "U" else value.tobytes()
        return f"{kind}{list(value.shape)} {digest(content)}"
    return digest(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def hashed(value: Any) -> Any:
    """The same mapping with hashes in the place of arrays."""
    if isinstance(value, dict):
        return {key: hashed(entry) for key, entry in value.items()}
    return digest(value) if hasattr(value, "dtype") and value.ndim else value


def plain(value: Any) -> Any:
    """What JSON can hold, floats to six significant digits, without where and when it ran."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return plain(value.plain() if hasattr(value, "plain") else held)
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items() if not DROPPED.fullmatch(str(key))}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "tolist"):  # an array, or a number of numpy's
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return value if isinstance(value, str | int | bool | None) else str(value)


# ---------------------------------------------------------------- the parts

Made = Iterator[tuple[str, Callable[[], Any]]]  # names, and what makes each value


def recorded() -> list[tuple[str, str, list[str]]]:
    """Data set and protocol of every recorded study, and the criteria of tuning by which it was recorded."""
    folders = sorted({path.parent for path in RESULTS.glob("*/*/*.npz")})
    return [
        (folder.parent.name, folder.name, [""] if not (folder / "tuning.json").exists() else list(CRITERIA))
        for folder in folders
    ]


def frozen_results() -> Made:
    """A hash of every tracked file below results/."""
    listed = subprocess.run(["git", "ls-files", "-z", "results"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0")[:-1]:
        yield name.removeprefix("results/"), partial(_file, ROOT / name)


def _file(path: Path) -> str:
    return digest(path.read_bytes())


def frozen_records() -> Made:
    """What every recorded study gives when it is read."""
    for data, protocol, criteria in recorded():
        for tuned in criteria:
            yield f"{data} {protocol} {tuned or 'untuned'}", partial(_read, data, protocol, tuned)


def _read(data: str, protocol: str, tuned: str) -> Any:
    study = load_study(data, protocol, tuned)
    return "nothing complete" if study is None else hashed(predictions(study))


def frozen_real() -> Made:
    """Aggregates of what is recorded, made anew with few resamples, and a little training on real items."""
    votes_of = cache(load_data)
    for data, protocol, criteria in recorded():
        yield f"summary {data} {protocol}", partial(_summarised, data, protocol, votes_of)
        if "own" in criteria:
            yield f"rivals {data} {protocol}", partial(_compared, data, protocol, votes_of)
    for data, protocol, arms in (
        ("cifar10h", "small", ["soft", "mixup"]),
        ("politeness", "head", ["soft", "dawid-skene"]),
        ("politeness", "minilm", ["hard", "soft"]),
    ):
        yield f"train {data} {protocol}", partial(_trained, data, protocol, arms, votes_of)
    for name in ("chaosnli", "cifar10h", "politeness"):
        yield f"votes {name}", partial(_counted, name, votes_of)
    study = load_study("politeness", "minilm", "")
    yield "wild politeness minilm", lambda: wild_from_records(study, votes_of("politeness"), 20)
    yield "detectable politeness", lambda: detectable_in(votes_of("politeness"), 3)
    yield "protocols", all_protocols
    for tuned in CRITERIA:
        yield f"headline {tuned or 'untuned'}", partial(make_headline, tuned)
    yield "headline with and without tuning", headline_by_tuning
    for protocol in sorted({path.parent.name for path in RESULTS.glob("*/*/rivals.json")}):
        sets = sorted(path.parent.parent.name for path in RESULTS.glob(f"*/{protocol}/rivals.json"))
        yield f"family {protocol}", partial(recorded_family, sets, protocol)


def _summarised(data: str, protocol: str, votes_of: Callable[[str], Any]) -> Any:
    return make_summary(load_study(data, protocol, ""), votes_of(data), 20)


def _compared(data: str, protocol: str, votes_of: Callable[[str], Any]) -> Any:
    return recorded_rivals(data, protocol, load_study(data, protocol, "own"), votes_of(data), 20)


def _counted(data: str, votes_of: Callable[[str], Any]) -> Any:
    return vote_summary_of(votes_of(data))


def _trained(data: str, protocol: str, arms: Sequence[str], votes_of: Callable[[str], Any]) -> Any:
    short, few = protocol_of(data, protocol, epochs=1, batch_size=32), votes_of(data).take(range(100))
    with tempfile.TemporaryDirectory() as folder:
        return hashed(each_record(train_study(short, few, arms, [0], Path(folder))))


ARMS = (
    *("hard", "gold", "soft", "smoothing", "sampled", "dirichlet", "shuffled", "mixup"),
    *("mc-dropout", "mc-dropout-soft"),
)


def frozen_digits() -> Made:
    """Everything that trains, simulates or draws, small, on digits."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        digits, few = load_data("digits", n_items=400), load_data("digits", n_items=200, n_votes=5)
        short = protocol_of("digits", "small", epochs=2, seeds=2)
        searched = protocol_of("digits", "small", epochs=2, seeds=2, search=(("epochs", (1, 2)),), trials=2)
        study = train_study(short, digits, ARMS, range(5), folder / "study")  # from 5 on seeds are resampled
        folds = protocol_of("digits", "small", epochs=2, folds=(0, 1, 2, 3, 4))
        yield "votes", lambda: digest(digits.counts)
        yield "records", lambda: hashed(each_record(study))
        yield "summary", lambda: make_summary(study, digits, 50)
        pooled = train_study(folds, digits, ["hard", "soft"], [0], folder / "folds")
        yield "five folds", lambda: hashed(predictions(pooled))
        yield "summary of five folds", lambda: make_summary(pooled, digits, 50)
        arms = ["hard", "soft", "smoothing", "mixup"]
        yield "rivals", lambda: tune_and_compare(searched, digits, folder / "rivals", arms, 50)
        yield "vote curve", lambda: vote_curve(short, few, folder / "curve", 50)
        names = ["clean", "noise-5", "jpeg-1", "fgsm-4", "pgd-8"]
        yield "wild", lambda: wild_here(short, digits, names, folder / "study", 50)
        yield "detectable", lambda: detectable_in(load_data("digits"), 3)
        yield "vote summary", lambda: vote_summary_of(digits)
        yield (
            "vote summary of many votes",
            lambda: vote_summary_of(load_data("digits", n_items=200, n_votes=100)),
        )
        taught = simulated_class(digits)
        yield "targets", lambda: hashed(targets_of(taught, (0, 1, 7)))
        yield "own votes", lambda: _own_votes(taught, digits, short)
        for name, figure in figures_of(study, digits).items():
            yield f"figure {name}", partial(_drawn, figure)


def _own_votes(taught: Any, crowd: Any, protocol: Any) -> dict[str, Any]:
    study, test = train_on_own_votes(taught, crowd, protocol, [0, 1])
    return {
        "taught": hashed({"counts": taught.counts, "ids": taught.ids}),
        "records": hashed(each_record(study)),
        "summary": make_summary(study, test, 50),
    }


def _drawn(figure: Any) -> dict[str, Any]:
    return _state(state_of(figure))


def _state(state: dict[str, Any]) -> dict[str, Any]:
    """The values of an interactive figure and what it shows, the long ones as hashes; not its style sheet."""
    kept = {key: value for key, value in state.items() if key not in ("css", "static")}
    payload = kept.pop("payload")
    return {key: _short(value) for key, value in kept.items()} | {
        "payload": {key: _short(value) for key, value in payload.items()}
    }


def _short(value: Any) -> Any:
    """The value itself if a difference in it could be read, else its hash."""
    return value if len(json.dumps(value)) < 200 else digest(value)


def frozen_tables() -> Made:
    """What the command line prints of what is recorded."""
    asked: list[list[str]] = []
    for data, protocol, criteria in recorded():
        asked += [["table", data, "--protocol", protocol, *_tuned(by)] for by in criteria]
    asked += [["table", data] for data in sorted({data for data, _, _ in recorded()})]
    asked += [["table", "--all", *_tuned(by)] for by in CRITERIA]
    asked += [[*arguments, "--json"] for arguments in asked]
    for path in sorted(RESULTS.glob("*/*/vote-curve.json")):
        study = ["budget", path.parent.parent.name, "--protocol", path.parent.name]
        asked += [[*study, "--votes", votes] for votes in ("1000", "10000")]
        asked += [[*study, "--votes", "10000", "--metric", "entropy_pearson", "--arm", "hard"]]
        asked += [[*study, "--votes", "5000", "--items", "400"]]
    sets = ("digits", "cifar10h", "chaosnli", "chaosnli-snli", "chaosnli-mnli", "politeness", "offensiveness")
    asked += [["votes", name] for name in sets]
    for arguments in asked:
        yield " ".join(arguments), partial(_printed, arguments)


def _tuned(criterion: str) -> list[str]:
    return {"": [], "own": ["--tuned"], "votes": ["--tuned", "votes"]}[criterion]


def _printed(arguments: Sequence[str]) -> dict[str, Any]:
    out, refused = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(refused):
        status = command_line(arguments)
    told = {"stdout": out.getvalue(), "stderr": refused.getvalue()}
    return {"status": status} | {stream: text.replace(str(ROOT), "ROOT") for stream, text in told.items()}


# Pages that list the modules, and those that Sphinx makes of all others.
LEFT_OUT = ("api.html", "search.html", "genindex.html", "py-modindex.html")
# What ends a line of text; all else stands within one.
BLOCKS = (
    *(
        "p",
        "div",
        "li",
        "dt",
        "dd",
        "tr",
        "th",
        "td",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "figcaption",
    ),
    *("caption", "table", "ul", "ol", "br", "section", "text", "tspan", "button", "summary", "details"),
    *("option", "label", "title", "noscript"),
)


def frozen_pages(folder: Path) -> Made:
    """What each page of the built book says and shows."""
    yield "navigation", lambda: _navigation(folder / "book" / "start.html")
    for path in sorted(folder.rglob("*.html")):
        name = str(path.relative_to(folder))
        if path.name not in LEFT_OUT and not name.startswith(("_static", "_modules")):
            yield name, partial(_page, path)


def _soup(path: Path) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _navigation(path: Path) -> list[str]:
    """What the book's table of contents leads to."""
    return [f"{a['href']} {_words(a.get_text())}" for a in _soup(path).select("nav.bd-links a")]


def _page(path: Path) -> dict[str, Any]:
    soup = _soup(path)
    article = soup.select_one("article.bd-article") or soup  # the first page only sends the reader on
    states = article.find_all("script", type="application/json")
    found: dict[str, Any] = {
        "title": soup.title.get_text() if soup.title else "",
        "leads on": [meta["content"] for meta in soup.select("meta[http-equiv=Refresh]")],
        "states": [_state(json.loads(script.string or "")) for script in states],
        "drawings": [digest(_own_numbers(str(svg)).encode()) for svg in article.find_all("svg")],
        "images": [_image(path, image["src"]) for image in article.find_all("img")],
        "alts": [_words(image.get("alt", "")) for image in article.find_all("img")]
        + [_words(svg.get("aria-label", "")) for svg in article.find_all("svg")],
        "links": [a["href"] for a in article.select("a[href]") if not a["href"].startswith("#")],
    }
    found["links"] = [link for link in found["links"] if "api.html" not in link]
    for hidden in article.find_all(["script", "style"]):
        hidden.decompose()
    code = [block for block in article.select("div.highlight") if not block.find_parent(class_="cell_output")]
    found["cells"] = [block.extract().get_text().strip() for block in code]
    found["text"] = _lines(article)
    return found


def _own_numbers(svg: str) -> str:
    """A drawing with its ids numbered in their order, whatever they were."""
    numbers: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        return f"{match[1]}{numbers.setdefault(match[2], len(numbers))}"

    return re.sub(r'((?<![\w-])id="|url\(#|href="#|aria-(?:labelledby|describedby)=")([^")]+)', numbered, svg)


def _image(page: Path, source: str) -> str:
    """A hash of an image, in the page or beside it."""
    if source.startswith(("data:", "http")):
        return digest(source.encode())
    return digest((page.parent / source).read_bytes())


def _words(text: str) -> str:
    return " ".join(text.split())


def _lines(article: Any) -> str:
    """The visible text, a line for each block; of the table of when pages were run, only which were."""
    for row in (
        row for table in article.select("table") if "Run Time" in table.get_text() for row in table("tr")
    ):
        for cell in row(["td"])[1:4]:
            cell.decompose()
    for block in article.find_all(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return "\n".join(filter(None, (_words(line) for line in article.get_text().split("\n"))))


# ---------------------------------------------------------------- making and comparing


def freeze(parts: Sequence[str], pages: Path) -> dict[str, Any]:
    """All values of the parts; what fails is said in the place of its value."""
    makers: dict[str, Callable[[], Made]] = {
        "results": frozen_results,
        "records": frozen_records,
        "real": frozen_real,
        "digits": frozen_digits,
        "tables": frozen_tables,
        "pages": lambda: frozen_pages(pages),
    }
    frozen: dict[str, Any] = {}
    for part in parts:
        if part == "pages" and not pages.is_dir():
            print(f"pages: left out, since there is no folder {pages}", file=sys.stderr)
            continue
        started, frozen[part] = time.perf_counter(), {}
        try:
            for name, make in makers[part]():
                frozen[part][name] = _attempt(make)
        except Exception as error:  # what all of a part stands on; the rest can still be compared
            frozen[part]["FAILED"] = f"FAILED {type(error).__name__}: {error}"
        print(f"{part}: {len(frozen[part])} in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return frozen


def _attempt(make: Callable[[], Any]) -> Any:
    try:
        return plain(make())
    except Exception as error:  # one broken module must not hide what the others say
        return f"FAILED {type(error).__name__}: {str(error)[:300]}"


def differences(was: Any, now: Any, name: str) -> Iterator[tuple[str, str]]:
    """Name and words of each difference between two frozen values."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            if key not in now or key not in was:
                yield f"{name}/{key}", "is missing" if key not in now else "is new"
            else:
                yield from differences(was[key], now[key], f"{name}/{key}")
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for place, (before, after) in enumerate(zip(was, now, strict=True)):
            yield from differences(before, after, f"{name}/{place}")
    elif type(was) is not type(now) or was != now:
        yield name, _told(was, now)


def _told(was: Any, now: Any) -> str:
    """What a value was and is, line by line where it has several."""
    before, after = (
        value.split("\n")
        if isinstance(value, str)
        else [json.dumps(entry) for entry in value]
        if isinstance(value, list)
        else [json.dumps(value)]
        for value in (was, now)
    )
    changed = difflib.unified_diff(before, after, lineterm="", n=0)
    return "\n  ".join(line for line in changed if not line.startswith(("---", "+++", "@@")))


def check(was: dict[str, Any], now: dict[str, Any], expected: Sequence[str]) -> int:
    """Print each difference; 1 if there is one that was not expected."""
    surprises = counted = 0
    for name, told in (found for part in now for found in differences(was[part], now[part], part)):
        known = any(fnmatch.fnmatch(name, pattern) for pattern in expected)
        counted, surprises = counted + 1, surprises + (not known)
        print(f"{name}{' (expected)' if known else ''}\n  {told}")
    print(f"{counted} difference(s), {counted - surprises} of them expected, in {', '.join(now)}.")
    return int(surprises > 0)


def main() -> int:
    """Write or check."""
    names = ("results", "records", "real", "digits", "tables", "pages")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=("write", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", default=",".join(names), help="comma-separated (default: %(default)s)")
    parser.add_argument("--pages", type=Path, default=ROOT / "_build" / "html", help="(default: %(default)s)")
    parser.add_argument("--expected", nargs="+", default=[], help="names of differences that are meant")
    options = parser.parse_args()
    parts = options.only.split(",")
    if not set(parts) <= set(names):
        parser.error(f"--only {options.only}: the parts are {', '.join(names)}")
    if "SOFTLABEL_DATA" not in os.environ and {"real", "tables"} & set(parts):
        parser.error("real and tables read votes; name the folder that holds them in SOFTLABEL_DATA.")
    was = json.loads(options.file.read_text(encoding="utf-8")) if options.action == "check" else {}
    if options.action == "check":
        parts = [part for part in parts if part in was]
    with tempfile.TemporaryDirectory() as empty:
        _settle(empty)
        now = freeze(parts, options.pages)
    now = json.loads(json.dumps(now))
    if options.action == "check":
        return check(was, now, options.expected)
    options.file.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    failed = [
        f"{part} {name}: {told}"
        for part in now
        for name, told in now[part].items()
        if "FAILED" in str(told)[:6]
    ]
    print("\n".join(failed) or f"frozen in {options.file}")
    return int(bool(failed))


def _settle(empty: str) -> None:
    """This checkout's packages, one thread, an empty cache and the repository's own records."""
    os.environ |= {
        "XDG_CACHE_HOME": empty,
        "SOFTLABEL_OFFLINE": "1",
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    os.environ.pop("SOFTLABEL_RESULTS", None)
    sys.path.insert(0, str(ROOT))
    warnings.simplefilter("ignore")


if __name__ == "__main__":
    sys.exit(main())
