"""Targets: what an arm trains towards."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from softlabel_core import votes
from softlabel_core.data import Dataset

# A target tells, for a step of training and positions in the training part, the
# batch's distributions [n_batch, n_classes]. Most arms ignore the step.
Target = Callable[[int, Tensor], Tensor]


def hard(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the majority vote; each tie broken at random once."""
    return _fixed(np.eye(dataset.n_classes)[votes.break_ties(dataset.counts, rng)[train_rows]])


def gold(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the label that the data set itself ships.

    Raises
    ------
    ValueError
        If the data set ships no label.
    """
    if dataset.gold is None:
        raise ValueError(
            f"{dataset.name} ships no label of its own, so it has no arm 'gold'; leave that arm out."
        )
    return _fixed(np.eye(dataset.n_classes)[dataset.gold[train_rows]])


def soft(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """The annotation distribution itself."""
    return _fixed(dataset.p_human[train_rows])


def smoothing(
    dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator, amount: float
) -> Target:
    """The hard target with an amount of it spread evenly over all classes; ties fall as in `hard`.

    (1 - amount) * one-hot + amount / n_classes (Szegedy et al., 2016, "Rethinking the Inception
    architecture for computer vision", section 7).
    """
    one_hot = np.eye(dataset.n_classes)[votes.break_ties(dataset.counts, rng)[train_rows]]
    return _fixed((1 - amount) * one_hot + amount / dataset.n_classes)


def sampled(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of one of the item's votes, drawn anew at every step; over the steps they average to `soft`."""
    up_to, seed = dataset.counts.cumsum(axis=1), int(rng.integers(2**63))
    one_hot = torch.eye(dataset.n_classes)

    def target(step: int, batch: Tensor) -> Tensor:
        # All items of the data set draw, so that neither the batch nor the fold decides an item's vote.
        drawn = np.random.default_rng([seed, step]).random(dataset.n_items)
        rows = train_rows[batch.numpy()]
        vote = np.floor(
            drawn[rows] * up_to[rows, -1]
        )  # its number from 0; class by class they are counted off
        return one_hot[(vote[:, None] >= up_to[rows]).sum(axis=1)]

    return target


def dirichlet(
    dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator, pseudo_votes: float
) -> Target:
    """The annotation distribution with pseudo-votes added, shared out as the class prior of the training part.

    (n + a * prior) / (N + a), see `votes.smoothed`; the prior is the mean annotation distribution.
    """
    prior = dataset.p_human[train_rows].mean(axis=0)
    return _fixed(votes.smoothed(dataset.counts[train_rows], pseudo_votes * prior))


def shuffled(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """The annotation distribution of some training item with the same majority class; ties fall as in `hard`.

    A control: every class keeps its distributions, and so its mean, but which item they belong to is lost.
    """
    classes = votes.break_ties(dataset.counts, rng)[train_rows]
    own = dataset.p_human[train_rows]
    lent = own.copy()
    for k in range(dataset.n_classes):
        members = np.flatnonzero(classes == k)
        lent[members] = own[rng.permutation(members)]
    return _fixed(lent)


def dawid_skene(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """Chance of each class being the one true class, given who voted what in the training part.

    Every rater has a confusion matrix of their own, estimated together with the classes by EM (Dawid and
    Skene, 1979, Applied Statistics 28(1), 20-28): disagreement is taken for error, so most items end up
    close to one class.

    Raises
    ------
    ValueError
        If the data set does not say who voted what, or crowd-kit is not installed.
    """
    if dataset.ratings is None:
        raise ValueError(
            f"{dataset.name} does not say who voted what, so it has no arm 'dawid-skene'; leave that arm out."
        )
    ratings = dataset.ratings[train_rows]
    item, rater = np.nonzero(ratings >= 0)
    chosen = pd.DataFrame({"task": item, "worker": rater, "label": ratings[item, rater].astype(np.int64)})
    posterior = _em(chosen).reindex(range(len(ratings)), columns=range(dataset.n_classes), fill_value=0.0)
    chances = posterior.to_numpy()
    return _fixed(chances / chances.sum(axis=1, keepdims=True))


def mixup(
    dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator, strength: float
) -> Target:
    """The hard target, of which `mixing.mixup` then mixes two; ties fall as in `hard`."""
    return hard(dataset, train_rows, rng)


def _em(chosen: pd.DataFrame) -> pd.DataFrame:
    """crowd-kit's posterior, an item a row, a class a column; classes that nobody chose are missing."""
    try:
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        raise ValueError(
            "the arm 'dawid-skene' needs the package crowd-kit; install it with: pip install 'crowd-kit>=1.4'."
        ) from error
    with warnings.catch_warnings():
        # crowd-kit 1.4 calls pandas in ways that pandas 3 wants to drop.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        # What crowd-kit watches counts the prior once a vote instead of once an item, so it can fall while
        # EM still climbs: on real votes that stopped it after 5 rounds. Always run all of them.
        return DawidSkene(n_iter=100, tol=-np.inf).fit_predict_proba(chosen)


# In the house's order, which tables keep; those that need a number have it in `SETTINGS`.
ARMS: dict[str, Callable[..., Target]] = {
    "hard": hard,
    "gold": gold,
    "soft": soft,
    "smoothing": smoothing,
    "sampled": sampled,
    "dirichlet": dirichlet,
    "shuffled": shuffled,
    "dawid-skene": dawid_skene,
    "mixup": mixup,
    "mc-dropout": hard,
    "mc-dropout-soft": soft,
}
CORE = ("hard", "gold", "soft")
"""What a study trains unless told otherwise, and what the headline is about."""

# The labels that an arm's user has, which tuning may look at: an arm's name here has the target of the arm's name there.
LABELS = {name: name for name in ARMS} | {
    "smoothing": "hard",
    "sampled": "soft",
    "dirichlet": "soft",
    "mixup": "hard",
    "mc-dropout": "hard",
    "mc-dropout-soft": "soft",
}
# Share of the features before the last layer that an arm drops, in training and, many times over, in prediction.
DROPOUT = {"mc-dropout": 0.2, "mc-dropout-soft": 0.2}


class Setting(NamedTuple):
    """The one number of an arm: what it is called, what it is unless given, what it must stay below, what tuning tries."""

    word: str
    default: float
    below: float
    tried: tuple[float, ...]


SETTINGS = {
    "smoothing": Setting("amount", 0.1, 1.0, (0.05, 0.1, 0.2, 0.4)),
    "dirichlet": Setting("number of pseudo-votes", 1.0, np.inf, (0.5, 1.0, 2.0, 5.0)),
    "mixup": Setting("strength", 0.2, np.inf, (0.1, 0.2, 0.5, 1.0)),
}


def build(arm: str, dataset: Dataset, train_rows: NDArray[np.int64], seed: int) -> Target:
    """Build an arm's target on the training part of a split.

    Parameters
    ----------
    arm : str
        One of `ARMS`; those in `SETTINGS` may end in their number, as in "smoothing-0.1".
    dataset : Dataset
    train_rows : numpy.ndarray of int
        Rows of the training part.
    seed : int
        The split's seed, so that every run of a split breaks the same ties alike.

    Raises
    ------
    ValueError
        If there is no such arm, its number is out of range, or the data set cannot serve it.
    """
    name, setting = parse(arm)
    return ARMS[name](dataset, train_rows, np.random.default_rng(seed), *setting)


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the house's order, each once and spelled out: "smoothing" and "smoothing-.10" are "smoothing-0.1".

    Raises
    ------
    ValueError
        If there is no such arm, or its number is out of range.
    """
    place = {name: index for index, name in enumerate(ARMS)}
    parsed = sorted({parse(arm) for arm in arms}, key=lambda known: (place[known[0]], known[1]))
    return ["-".join([name, *(f"{number:.15g}" for number in setting)]) for name, setting in parsed]


def parse(arm: str) -> tuple[str, tuple[float, ...]]:
    """An arm's name, and its number if it takes one: `("smoothing", (0.1,))`, `("soft", ())`.

    Raises
    ------
    ValueError
        If there is no such arm, or its number is out of range.
    """
    begun = [known for known in ARMS if arm == known or arm.startswith(f"{known}-")]
    name = max(begun, key=len, default=None)
    if name is None:
        raise ValueError(f"there is no arm {arm!r}; choose from {', '.join(ARMS)}.")
    if name not in SETTINGS:
        if arm != name:
            raise ValueError(f"arm {arm!r} is not one: {name} takes no number; write {name}.")
        return name, ()
    word, default, below, _ = SETTINGS[name]
    try:
        number = default if arm == name else float(arm[len(name) + 1 :])
    except ValueError:
        number = np.nan
    if not 0 < number < below:
        limit = f" and below {below:g}" if np.isfinite(below) else " and finite"
        raise ValueError(
            f"arm {arm!r} must end in its {word}, a number above 0{limit}; write for instance {name}-{default:g}."
        )
    return name, (number,)


def served(dataset: Dataset) -> list[str]:
    """Arms that a study trains unless told otherwise: hard, soft, and gold where the data set ships a label."""
    return [arm for arm in CORE if arm != "gold" or dataset.gold is not None]


def rivals(dataset: Dataset) -> list[str]:
    """Every arm that a data set can serve, in the house's order."""
    lacking = {"gold": dataset.gold is None, "dawid-skene": dataset.ratings is None}
    return [arm for arm in ARMS if not lacking.get(arm)]


def labels(
    arm: str, dataset: Dataset, train_rows: NDArray[np.int64], held_rows: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """What the user of an arm has as labels of items held out of training, [n_held, n_classes].

    The user of hard labels has their majority votes, whatever those are then smoothed or mixed to; only who
    has the votes may be led by the votes.

    Parameters
    ----------
    arm : str
    dataset : Dataset
    train_rows, held_rows : numpy.ndarray of int
        Dawid and Skene's raters are judged, and the control is shuffled, over both parts together.
    seed : int
        The split's.
    """
    rows = np.concatenate([train_rows, held_rows])
    target = build(LABELS[parse(arm)[0]], dataset, rows, seed)
    return target(0, torch.arange(len(train_rows), len(rows))).double().numpy()


def n_ties(arm: str, dataset: Dataset, train_rows: NDArray[np.int64]) -> int:
    """How many ties of the majority were broken at random for an arm's target on the training part."""
    broken = LABELS[parse(arm)[0]] == "hard" or arm == "shuffled"
    return int(votes.ties(dataset.counts[train_rows]).sum()) if broken else 0


def _fixed(matrix: NDArray[np.float64]) -> Target:
    """A target that is the same at every step."""
    distributions = torch.as_tensor(matrix, dtype=torch.float32)
    return lambda step, batch: distributions[batch]
