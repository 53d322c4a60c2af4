"""What every chapter's first and last cells share: the switch, the data, the study, the checks of claims."""

from softlabel_book.chapter.items import explore, gallery
from softlabel_book.chapter.opening import (
    QUICK_EPOCHS,
    QUICK_ITEMS,
    QUICK_SECONDS,
    QUICK_TEXTS,
    TRAINING_SHARE,
    Opened,
    dataset,
    open_study,
    train_here,
)
from softlabel_book.chapter.prose import check, notice, say
from softlabel_book.chapter.switch import (
    ITEMS_VARIABLE,
    MODES,
    RUN_VARIABLE,
    licence,
    may_show,
    mode,
    shows_everything,
    withhold,
)

__all__ = [
    "ITEMS_VARIABLE",
    "MODES",
    "QUICK_EPOCHS",
    "QUICK_ITEMS",
    "QUICK_SECONDS",
    "QUICK_TEXTS",
    "RUN_VARIABLE",
    "TRAINING_SHARE",
    "Opened",
    "check",
    "dataset",
    "explore",
    "gallery",
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
