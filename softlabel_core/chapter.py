"""What every chapter's first and last cells share: the switch, the data, the study, the checks of claims."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softlabel_core import data, explorer, protocols, results, study, summary, targets, text_gallery
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.explorer import Explorer
from softlabel_core.interactive import STATIC_VARIABLE
from softlabel_core.protocols import Protocol
from softlabel_core.study import Study
from softlabel_core.text_gallery import Gallery

RUN_VARIABLE = "SOFTLABEL_RUN"
MODES = ("recorded", "quick", "full")
QUICK_ITEMS, QUICK_EPOCHS, QUICK_TEXTS = 1500, 8, 500
QUICK_SECONDS = 60.0  # that a quick run keeps to
TRAINING_SHARE = 0.85  # of them; the rest predicts and resamples
ITEMS_VARIABLE = "BOOK_ITEMS"
WARNINGS = {"offensiveness": "May be offensive."}  # covers each text of a data set until a reader asks


def mode(default: str = "recorded") -> str:
    """How a chapter runs: what its first cell says, unless SOFTLABEL_RUN says otherwise.

    Raises
    ------
    ValueError
        If it is none of "recorded", "quick", "full".
    """
    chosen = os.environ.get(RUN_VARIABLE) or default
    if chosen not in MODES:
        raise ValueError(f"RUN is {chosen!r}; choose one of {', '.join(MODES)}.")
    return chosen


@dataclass(frozen=True, eq=False)
class Opened:
    """A study as a chapter sees it.

    Attributes
    ----------
    study : Study
        The predictions.
    summary : dict
        Its numbers, see `summary.make`.
    test : Dataset or None
        The test items with their votes, in the study's order; None where the votes are not at hand.
    run : str
        The mode that it was opened in.
    """

    study: Study
    summary: dict[str, Any]
    test: Dataset | None
    run: str


def dataset(name: str, instead: str = "What needs single items is left out on this page.") -> Dataset | None:
    """Load a data set, or show one notice and return None where its files are not to be had.

    Parameters
    ----------
    name : str
    instead : str
        What the page shows without it, for the notice.
    """
    try:
        return data.load(name)
    except DataUnavailable as error:
        reason = str(error).replace(str(Path.home()), "~")  # a page is no place for the builder's folders
        notice(f"The votes of `{name}` were not at hand when this page was built. {instead} {reason}")
        return None


def shows_everything() -> bool:
    """Whether BOOK_ITEMS=all lifts the rule that a page shows only items whose owners let it.

    Raises
    ------
    ValueError
        If BOOK_ITEMS is set to something else than "all".
    """
    wish = os.environ.get(ITEMS_VARIABLE, "")
    if wish not in ("", "all"):
        raise ValueError(
            f"{ITEMS_VARIABLE} is {wish!r}; set it to all, for pages that stay on your own machine, or unset it."
        )
    return wish == "all"


def may_show(votes: Dataset | None) -> bool:
    """Whether this build may show single items: texts, pictures, votes, and what follows from an item's votes.

    A published page may where the data set's owners let it, and a page of one's own
    with BOOK_ITEMS=all, see `shows_everything`.

    Parameters
    ----------
    votes : Dataset or None
        None where the votes are not at hand: there is nothing to show.
    """
    everything = shows_everything()
    return votes is not None and (votes.published or everything)


def withhold(votes: Dataset) -> None:
    """Show one notice that says which items a page leaves out, why, and how to see them."""
    notice(
        f"Single items of `{votes.name}`, their votes and their entropies are left out of this page; it shows "
        f"aggregates and model outputs. {votes.licence} To see the items on your own machine, set "
        f"`{ITEMS_VARIABLE}=all` in the environment and build the book, or run this page, again."
    )


def licence(shown: Dataset) -> None:
    """Print whose votes and items a page shows, with what licence."""
    what = shown.provenance if may_show(shown) else "aggregates and model outputs only"
    say(f"<small>{shown.licence} Shown here: {what}.</small>")


def open_study(name: str, protocol_name: str, run: str, votes: Dataset | None) -> Opened:
    """Open a study in the chosen mode.

    Parameters
    ----------
    name, protocol_name : str
        Data set and protocol.
    run : {"recorded", "quick", "full"}
        Read the record; train a demonstration that is never compared with the record,
        of 1,500 images for 8 epochs or a linear model on the frozen embeddings of 500
        texts, see `train_here`; or run the study, going on where it was.
    votes : Dataset or None
        Without votes the record is read, whatever the mode.
    """
    protocol = protocols.get(name, protocol_name)
    if votes is None or run == "recorded":
        recorded = study.load(protocol)
        test = None if votes is None else recorded.test_part(votes)
        return Opened(recorded, summary.read(summary.place(protocol)), test, "recorded")
    arms = targets.served(votes)
    if run == "quick":
        return train_here(_some(votes), _quick_protocol(protocol, votes), arms, [0], run)
    return _run(study.plan(protocol, arms, range(protocol.seeds)), votes, results.results_folder(), "full")


def _some(votes: Dataset) -> Dataset:
    """As many items, drawn at random, as a quick run trains in a minute on two cores."""
    n = QUICK_TEXTS if votes.is_text else QUICK_ITEMS
    rng = np.random.default_rng(0)
    return votes.take(np.sort(rng.choice(votes.n_items, min(n, votes.n_items), replace=False)))


def _quick_protocol(protocol: Protocol, votes: Dataset) -> Protocol:
    """What a quick run trains instead of the protocol."""
    if votes.is_text:
        return protocols.get(protocol.data, "head")
    return protocols.get(protocol.data, protocol.name, epochs=QUICK_EPOCHS, pretraining=None)


def train_here(
    votes: Dataset, protocol: Protocol, arms: Sequence[str], seeds: Iterable[int], run: str
) -> Opened:
    """Train a small study on the spot and keep nothing of it on disk.

    A quick run keeps to a minute: where its epochs would take longer, all arms train the same
    smaller number of them, at least one, and a notice says so.
    """
    runs = study.plan(protocol, arms, seeds)
    if run == "quick":
        runs = _within_a_minute(runs, votes)
    with tempfile.TemporaryDirectory() as folder:
        return _run(runs, votes, Path(folder), run)


def _within_a_minute(runs: list[study.Run], votes: Dataset) -> list[study.Run]:
    """The runs with as many of their epochs as fit into a minute, and a notice where that is not all."""
    started, protocol = time.perf_counter(), runs[0].protocol
    n_train = sum(len(study.split_of(votes, protocol, run.fold).train) for run in runs)
    seconds_an_epoch = n_train * study.seconds_an_item(runs[0], votes)
    left = TRAINING_SHARE * QUICK_SECONDS - (time.perf_counter() - started)
    left = max(left, 1.0)  # however long texts took to read, a linear model trains in a second
    if protocol.epochs * seconds_an_epoch <= left:
        return runs
    epochs = max(int(left / seconds_an_epoch), 1)
    count = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    notice(f"{count} instead of {protocol.epochs}, to keep to a minute.")
    return [replace(run, protocol=replace(protocol, epochs=epochs)) for run in runs]


def _run(runs: list[study.Run], votes: Dataset, folder: Path, run: str) -> Opened:
    on_a_page = os.environ.get(STATIC_VARIABLE) == "1"  # where a bar would stay as a block of text
    study.run_study(runs, votes, folder, progress=run != "recorded" and not on_a_page)
    opened = study.load(runs[0].protocol, folder)
    numbers = summary.make(opened, votes, n_resamples=200 if run == "quick" else 1000)
    summary.write(numbers, summary.place(runs[0].protocol, folder))
    return Opened(opened, numbers, opened.test_part(votes), run)


def explore(
    opened: Opened, title: str, arms: Sequence[str] | None = None, n_items: int | None = None
) -> Explorer | None:
    """An explorer of a study's test items: all of them in a notebook, a stratified sample in a static page.

    Where this build may not show the items it shows one notice instead and returns
    None: without single items' votes there is nothing to explore.

    Parameters
    ----------
    opened : Opened
    title : str
    arms : sequence of str, optional
        By default hard, gold and soft, where the study has them.
    n_items : int, optional
        How many items at most; by default `explorer.STATIC_ITEMS` in a static page.

    Raises
    ------
    ValueError
        If the votes are not at hand.
    """
    if opened.test is None:
        raise ValueError("an explorer shows single items, and their votes are not at hand.")
    if not may_show(opened.test):
        withhold(opened.test)
        return None
    if n_items is None and os.environ.get(STATIC_VARIABLE) == "1":
        n_items = explorer.STATIC_ITEMS
    warning = WARNINGS.get(opened.test.name, "")
    payload = explorer.of_study(
        opened.study, opened.test, title=title, arms=arms, n_items=n_items, warning=warning
    )
    return Explorer(payload)


def gallery(
    opened: Opened,
    rows: ArrayLike,
    captions: Sequence[str] | None = None,
    arms: Sequence[str] = ("hard", "soft"),
) -> Gallery:
    """Some test items of a text study with their votes and each arm's prediction, averaged over seeds.

    Parameters
    ----------
    opened : Opened
    rows : array_like of int, shape [n_shown]
        Rows of `opened.test`.
    captions : sequence of str, optional
        One line over each item.
    arms : sequence of str

    Raises
    ------
    ValueError
        If this build may not show the items, or their votes are not at hand: ask `may_show` first.
    """
    if opened.test is None or not may_show(opened.test):
        raise ValueError(
            "a gallery shows single items, which this build may not; ask chapter.may_show first."
        )
    rows = np.asarray(rows, dtype=np.int64)
    shown = opened.test.take(rows)
    p_model = {arm: opened.study.p_model(arm)[rows] for arm in arms}
    warning = WARNINGS.get(shown.name, "")
    return text_gallery.show(
        explorer.shown_texts(shown), shown.counts, p_model, shown.class_names, captions, warning=warning
    )


def check(claim: bool, sentence: str, run: str) -> None:
    """Hold a claim of the prose against the numbers.

    Raises
    ------
    AssertionError
        If the claim does not hold in a recorded or full run. A quick run only prints.
    """
    if run == "quick":
        print(f"{'holds' if claim else 'does not hold'} in this quick run: {sentence}")
    elif not claim:
        raise AssertionError(
            f"the text says: {sentence} The numbers of this {run} run say otherwise; correct the text."
        )


def say(text: str) -> None:
    """Show a sentence of Markdown whose numbers were measured."""
    from IPython.display import Markdown, display

    display(Markdown(text))


def notice(text: str) -> None:
    """Show one visible notice."""
    say(f"> **Note.** {text}")
