"""What every chapter's first and last cells share: the switch, the data, the study, the checks of claims."""

from softlabel_book.chapter.items import explore, gallery, item_sets
from softlabel_book.chapter.opening import dataset, open_study
from softlabel_book.chapter.prose import check, notice, say
from softlabel_book.chapter.showing import licence, may_show, shows_everything, withhold
from softlabel_book.chapter.switch import mode
from softlabel_book.chapter.table import Table
from softlabel_book.chapter.training import Opened, train_here

__all__ = [
    "Opened",
    "Table",
    "check",
    "dataset",
    "explore",
    "gallery",
    "item_sets",
    "licence",
    "may_show",
    "mode",
    "notice",
    "open_study",
    "say",
    "shows_everything",
    "train_here",
    "withhold",
]
