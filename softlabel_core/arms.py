"""Arms: what is taught, one row an arm; and all that is derived from the rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from softlabel_core import calibration, votes
from softlabel_core.data import Dataset

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

# For (step, batch as the model takes it, its target distributions): both as they shall be learnt.
Mix = Callable[[int, "Tensor", "Tensor"], tuple["Tensor", "Tensor"]]

USUAL = ("hard", "gold", "soft")
"""What a study trains unless told otherwise, and what the headline is about."""
PAIR = ("hard", "soft")
"""What is held against one another wherever two arms say it all."""

LACKS = {"gold": "ships no label of its own", "ratings": "does not say who voted what"}
BLENDS = (
    "the arm {arm!r} blends inputs, and token ids cannot be blended; leave that arm out, "
    "or take a protocol on frozen features, such as 'frozen'."
)


class Target(Protocol):
    """What the items of a batch are taught, at some moment of training. Most arms ignore the moment."""

    def __call__(self, step: int, batch: NDArray[np.int64], epoch: int = 0) -> NDArray[np.float32]:
        """Distributions [n_batch, n_classes] of positions in the training part; steps and epochs count from 0."""
        ...


class Setting(NamedTuple):
    """The one number of an arm: what it is called, what it is unless given, what it must stay below, what tuning tries."""

    word: str
    default: float
    below: float
    tried: tuple[float, ...]


@dataclass(frozen=True)
class Arm:
    """One way of training under comparison; everything that tells it from the others.

    Attributes
    ----------
    name, title : str
        In commands and files, and as tables write it.
    target : callable
        For (data set, rows of its training part, generator): a `Target`. Its number, if it has one and does not
        mix, comes fourth.
    taught_by : {"majorities", "votes", "control"}
        What its target is made of; a label that the data set ships counts as a majority.
    labels : str
        The labels that its user has, which tuning may look at: the target of the arm named here.
    setting : Setting or None
        Its number, if it takes one.
    mix : callable or None
        For (seed of the run, its number): a `Mix`, of inputs that can be blended. Token ids cannot.
    dropout : float
        Share of the features before the last layer that it drops, in training and, many times over, in prediction.
    needs : {"gold", "ratings"} or None
        What a data set must have for it.
    breaks_ties : bool
        Whether its target needs a majority, so that ties are broken at random.
    """

    name: str
    title: str
    target: Callable[..., Target]
    taught_by: str
    labels: str
    setting: Setting | None = None
    mix: Callable[..., Mix] | None = None
    dropout: float = 0.0
    needs: str | None = None
    breaks_ties: bool = False


# ---------------------------------------------------------------- targets


def hard(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the majority vote; each tie broken at random once."""
    return _fixed(_majorities(dataset, train_rows, rng))


def gold(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of the label that the data set itself ships."""
    assert dataset.gold is not None
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
    return _fixed((1 - amount) * _majorities(dataset, train_rows, rng) + amount / dataset.n_classes)


def sampled(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of one of the item's votes, drawn anew at every step; over the steps they average to `soft`."""
    up_to, seed = dataset.counts.cumsum(axis=1), int(rng.integers(2**63))
    one_hot = np.eye(dataset.n_classes, dtype=np.float32)

    def draw(step: int, batch: NDArray[np.int64], epoch: int = 0) -> NDArray[np.float32]:
        # All items of the data set draw, so that neither the batch nor the fold decides an item's vote.
        drawn = np.random.default_rng([seed, step]).random(dataset.n_items)
        rows = train_rows[batch]
        # The vote's number from 0; class by class they are counted off.
        vote = np.floor(drawn[rows] * up_to[rows, -1])
        return one_hot[(vote[:, None] >= up_to[rows]).sum(axis=1)]

    return draw


def multipass(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of one of the item's votes, the next one in every epoch; when all were dealt they are shuffled anew.

    Over as many epochs as an item has votes it averages to `soft` exactly, where `sampled`, which puts every
    vote back, does so only on average. (After the arm of that name of Gheibi and Ghazizadeh, 2026. There raters
    take turns in an order of their own; counts know no order, so the votes are shuffled.)
    """
    seed, one_hot = int(rng.integers(2**63)), np.eye(dataset.n_classes, dtype=np.float32)
    totals = dataset.counts.sum(axis=1)
    first = totals.cumsum() - totals
    # Every vote of the data set, item by item, so that neither the batch nor the fold decides an item's vote.
    owner = np.repeat(np.arange(dataset.n_items), totals)
    classes = np.repeat(np.tile(np.arange(dataset.n_classes), dataset.n_items), dataset.counts.ravel())

    @lru_cache(maxsize=1)  # all batches of an epoch ask for the same deal
    def deal(epoch: int) -> NDArray[np.int64]:
        dealt = np.empty(dataset.n_items, dtype=np.int64)
        turns, position = epoch // totals, epoch % totals
        for turn in np.unique(turns):
            inside = turns == turn
            shuffled = np.lexsort((np.random.default_rng([seed, turn]).random(len(owner)), owner))
            dealt[inside] = classes[shuffled[(first + position)[inside]]]
        return dealt

    return lambda step, batch, epoch=0: one_hot[deal(epoch)[train_rows[batch]]]


def one_vote(dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator) -> Target:
    """One-hot of one of the item's votes, drawn once: what is known of an item that one person was asked about."""
    vote = np.floor(rng.random(dataset.n_items) * dataset.counts.sum(axis=1))
    drawn = (vote[:, None] >= dataset.counts.cumsum(axis=1)).sum(axis=1)
    return _fixed(np.eye(dataset.n_classes)[drawn[train_rows]])


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
        If crowd-kit is not installed.
    """
    import pandas as pd

    assert dataset.ratings is not None
    ratings = dataset.ratings[train_rows]
    item, rater = np.nonzero(ratings >= 0)
    chosen = pd.DataFrame({"task": item, "worker": rater, "label": ratings[item, rater].astype(np.int64)})
    posterior = _em(chosen).reindex(range(len(ratings)), columns=range(dataset.n_classes), fill_value=0.0)
    chances = posterior.to_numpy()
    return _fixed(chances / chances.sum(axis=1, keepdims=True))


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


def _majorities(
    dataset: Dataset, train_rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """One-hot of each training item's majority; all items break their ties, so that they fall alike in every fold."""
    return np.eye(dataset.n_classes)[votes.break_ties(dataset.counts, rng)[train_rows]]


def _fixed(matrix: NDArray[np.float64]) -> Target:
    """A target that is the same at every step."""
    distributions = matrix.astype(np.float32)
    return lambda step, batch, epoch=0: distributions[batch]


# ---------------------------------------------------------------- mixing


def mixup(seed: int, strength: float) -> Mix:
    """Each item blended with another of its batch, and its target likewise.

    lambda * item + (1 - lambda) * other, with one lambda a batch from Beta(strength, strength)
    (Zhang et al., 2018, "mixup: Beyond empirical risk minimization").

    Parameters
    ----------
    seed : int
        The run's, so that a step is mixed alike whenever it is taken.
    strength : float
        Above 0; the larger, the more evenly two items are blended.
    """

    def blend(step: int, shown: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([seed, step])
        share = float(rng.beta(strength, strength))
        other = rng.permutation(len(shown))
        return (
            share * shown + (1 - share) * shown[other],
            share * wanted + (1 - share) * wanted[other],
        )

    return blend


# ---------------------------------------------------------------- the rows

AMOUNT = Setting("amount", 0.1, 1.0, (0.05, 0.1, 0.2, 0.4))
PSEUDO_VOTES = Setting("number of pseudo-votes", 1.0, np.inf, (0.5, 1.0, 2.0, 5.0))
STRENGTH = Setting("strength", 0.2, np.inf, (0.1, 0.2, 0.5, 1.0))
DROPPED = 0.2  # of the features before the last layer

_ROWS = (
    Arm("hard", "hard (majority)", hard, "majorities", "hard", breaks_ties=True),
    Arm("gold", "gold (shipped label)", gold, "majorities", "gold", needs="gold"),
    Arm("soft", "soft (votes)", soft, "votes", "soft"),
    Arm("smoothing", "label smoothing", smoothing, "majorities", "hard", AMOUNT, breaks_ties=True),
    Arm("sampled", "one sampled vote a step", sampled, "votes", "soft"),
    Arm("multipass", "votes dealt in turn", multipass, "votes", "soft"),
    Arm("one-vote", "one vote an item", one_vote, "votes", "one-vote"),
    Arm("dirichlet", "soft, with pseudo-votes", dirichlet, "votes", "soft", PSEUDO_VOTES),
    Arm("shuffled", "soft, shuffled in class", shuffled, "control", "shuffled", breaks_ties=True),
    Arm("dawid-skene", "Dawid–Skene", dawid_skene, "votes", "dawid-skene", needs="ratings"),
    Arm("mixup", "mixup", hard, "majorities", "hard", STRENGTH, mixup, breaks_ties=True),
    Arm("mc-dropout", "hard, MC dropout", hard, "majorities", "hard", dropout=DROPPED, breaks_ties=True),
    Arm("mc-dropout-soft", "soft, MC dropout", soft, "votes", "soft", dropout=DROPPED),
)
ARMS = {arm.name: arm for arm in _ROWS}
"""Every arm by its name, in the house's order, which tables keep."""


# ---------------------------------------------------------------- names


def parse(arm: str) -> tuple[str, tuple[float, ...]]:
    """An arm's name, and its number if it takes one: `("smoothing", (0.1,))`, `("soft", ())`.

    Raises
    ------
    ValueError
        If there is no such arm, or its number is out of range.
    """
    name = name_of(arm)
    if name is None:
        raise ValueError(f"there is no arm {arm!r}; choose from {', '.join(ARMS)}.")
    setting = ARMS[name].setting
    if setting is None:
        if arm != name:
            raise ValueError(f"arm {arm!r} is not one: {name} takes no number; write {name}.")
        return name, ()
    word, default, below, _ = setting
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


def name_of(arm: str) -> str | None:
    """The name of the arm that a word is, or that it begins with; None if there is no such arm."""
    return max((name for name in ARMS if f"{arm}-".startswith(f"{name}-")), key=len, default=None)


def row(arm: str) -> Arm:
    """The row of an arm, whatever its number; raises as `parse` does."""
    return ARMS[parse(arm)[0]]


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the house's order, each once and spelled out: "smoothing" and "smoothing-.10" are "smoothing-0.1".

    Raises
    ------
    ValueError
        If there is no such arm, or its number is out of range.
    """
    at = {name: index for index, name in enumerate(ARMS)}
    parsed = sorted({parse(arm) for arm in arms}, key=lambda known: (at[known[0]], known[1]))
    return ["-".join([name, *(f"{number:.15g}" for number in numbers)]) for name, numbers in parsed]


def title(arm: str) -> str:
    """An arm as people read it, with its number and the rule after training: "hard, one temperature".

    What is no arm is left as it is.
    """
    before, _, after = arm.partition("/")
    name = name_of(before)
    if name is None:
        return before
    whole = f"{ARMS[name].title} {before[len(name) + 1 :]}".strip()
    return f"{whole.partition(' (')[0]}, {calibration.RULES[after].title}" if after else whole


# ---------------------------------------------------------------- what a data set can be taught by


def usual(dataset: Dataset) -> list[str]:
    """Arms that a study trains unless told otherwise: hard, soft, and gold where the data set ships a label."""
    return [arm for arm in possible(dataset) if arm in USUAL]


def possible(dataset: Dataset, *, token_ids: bool = False) -> list[str]:
    """Every arm that a data set can be taught by, in the house's order.

    Parameters
    ----------
    dataset : Dataset
    token_ids : bool
        Whether the model reads token ids, which cannot be blended.
    """
    return [name for name, arm in ARMS.items() if _why_not(arm, dataset, token_ids) is None]


def check(arm: str, dataset: Dataset, *, token_ids: bool = False) -> None:
    """Refuse an arm that a data set cannot be taught by, or not here; arguments as in `possible`.

    Raises
    ------
    ValueError
        Then, if what the arm needs is not installed, and as `parse` does.
    """
    _refuse(row(arm), dataset, token_ids)
    target(arm, dataset, np.arange(1), seed=0)


def _refuse(arm: Arm, dataset: Dataset, token_ids: bool = False) -> None:
    reason = _why_not(arm, dataset, token_ids)
    if reason is not None:
        raise ValueError(reason)


def _why_not(arm: Arm, dataset: Dataset, token_ids: bool) -> str | None:
    """The sentence that refuses an arm; None where nothing stands against it."""
    if arm.needs is not None and getattr(dataset, arm.needs) is None:
        return f"{dataset.name} {LACKS[arm.needs]}, so it has no arm {arm.name!r}; leave that arm out."
    return BLENDS.format(arm=arm.name) if arm.mix is not None and token_ids else None


# ---------------------------------------------------------------- what a run is taught


def target(arm: str, dataset: Dataset, train_rows: NDArray[np.int64], seed: int) -> Target:
    """An arm's target on the training part of a split.

    Parameters
    ----------
    arm : str
        One of `ARMS`; those with a setting may end in their number, as in "smoothing-0.1".
    dataset : Dataset
    train_rows : numpy.ndarray of int
        Rows of the training part.
    seed : int
        The split's seed, so that every run of a split breaks the same ties alike.

    Raises
    ------
    ValueError
        If there is no such arm, its number is out of range, or the data set cannot be taught by it.
    """
    known, (_, numbers) = row(arm), parse(arm)
    _refuse(known, dataset)
    given = () if known.mix else numbers
    return known.target(dataset, train_rows, np.random.default_rng(seed), *given)


def mix(arm: str, seed: int, *, token_ids: bool = False) -> Mix | None:
    """What an arm does to its batches, by the run's seed; None for the arms that leave them as they are.

    Raises
    ------
    ValueError
        If there is no such arm, its number is out of range, or it blends inputs that are token ids.
    """
    known, (_, numbers) = row(arm), parse(arm)
    if known.mix is None:
        return None
    if token_ids:
        raise ValueError(BLENDS.format(arm=known.name))
    return known.mix(seed, *numbers)


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

    Raises
    ------
    ValueError
        As `target`.
    """
    rows = np.concatenate([train_rows, held_rows])
    known = target(row(arm).labels, dataset, rows, seed)
    return known(0, np.arange(len(train_rows), len(rows))).astype(np.float64)


def n_ties(arm: str, dataset: Dataset, train_rows: NDArray[np.int64]) -> int:
    """How many ties of the majority were broken at random for an arm's target on the training part."""
    return int(votes.ties(dataset.counts[train_rows]).sum()) if row(arm).breaks_ties else 0
