"""What a chapter's first cells open: data sets and studies."""

from __future__ import annotations

from pathlib import Path

from softlabel_book import summary
from softlabel_book.chapter.prose import notice
from softlabel_book.chapter.training import Opened, train_rest, train_some
from softlabel_core import data, study
from softlabel_core.arms import usual
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.study import protocols


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

    Raises
    ------
    ValueError
        If there is no such protocol.
    RecordError
        If there is no record, or it is of other votes.
    """
    protocol = protocols.get(name, protocol_name)
    if votes is None or run == "recorded":
        recorded = study.load(protocol)
        test = None if votes is None else recorded.test_part(votes)
        return Opened(recorded, summary.SUMMARY.read(name, protocol_name), test, "recorded")
    train = train_some if run == "quick" else train_rest
    return train(votes, protocol, usual(votes))
