"""Aggregates of a data set's votes, kept so that readers without the votes see them too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book.few_votes import analysis, halves
from softlabel_core import metrics, raters, statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.storage import Aggregate
from softlabel_core.votes import Floats

VOTES = Aggregate("votes.json", "softlabel votes {data} --write")
CELL = 0.05  # nats: entropies of halves are counted in cells so wide
FEWEST = 5  # items in a cell: a cell of one or two is nearly those items' votes, and some votes are of private mail
EDGES = np.round(np.arange(-2.5, 2.51, 0.1), 1)  # scale steps: leanings are counted in bins so wide


def make(dataset: Dataset, n_repeats: int = 10, seed: int = 0) -> dict[str, Any]:
    """Every aggregate of a data set's votes that a page shows, without items, votes or raters.

    Parameters
    ----------
    dataset : Dataset
    n_repeats : int
        Draws of few votes from many; halves, floors and chance are drawn ten times as often.
    seed : int

    Returns
    -------
    dict
        `facts`; `ceiling`, see `statistics.Reliability`; `halves`, items counted in cells
        of the two halves' entropies, no cell of fewer than `FEWEST` items; `kl`, its floors by prior and its references;
        `agreement`. Where every item has a hundred votes: `by_votes` and `ceilings`, see `analysis`, and
        `floor_held_back`, what a perfect target would score there. On a scale: `steps`, `predict_half` and
        `perfect_sharpened`, see `halves`. Where raters are known: `raters`.

    Raises
    ------
    ValueError
        If an item has a single vote, which has no halves.
    """
    counts = dataset.counts
    numbers: dict[str, Any] = {
        "data": dataset.name,
        "settings": {"repeats": n_repeats, "seed": seed},
        "facts": _facts(dataset),
        "ceiling": vars(statistics.entropy_ceiling(counts, 10 * n_repeats, seed)),
        "halves": _cells(*halves.entropies(counts, seed)),
        "kl": _kl(dataset, 10 * n_repeats, seed),
        "agreement": {"nominal": raters.agreement(counts)},
    }
    if counts.sum(axis=1).min() >= 2 * analysis.HELD_BACK:
        numbers["by_votes"] = analysis.by_votes(counts, n_repeats, seed)
        numbers["ceilings"] = analysis.ceilings(counts, n_repeats, seed)
        held_back = votes.subsample(counts, analysis.HELD_BACK, np.random.default_rng(seed))
        floors = statistics.floors(held_back, n_draws=10 * n_repeats, seed=seed)
        numbers["floor_held_back"] = {key: floors[key] for key in ("kl", "total_variation")}
    if dataset.ordinal:
        numbers["agreement"]["ordinal"] = raters.agreement(counts, "ordinal")
        numbers["steps"] = dict(zip(("seen", "by_chance"), raters.step_shares(counts), strict=True))
        numbers["predict_half"] = halves.predict(dataset, seed, 20 * n_repeats)
        numbers["perfect_sharpened"] = halves.perfect_sharpened(counts, seed)
    if dataset.ratings is not None:
        numbers["raters"] = _raters(dataset.ratings, dataset.n_classes, 10 * n_repeats, seed)
    return numbers


def _facts(dataset: Dataset) -> dict[str, Any]:
    """How many items and votes, and what they look like from afar."""
    an_item = dataset.counts.sum(axis=1)
    return {
        "n_items": dataset.n_items,
        "n_groups": len(np.unique(dataset.groups)),
        "n_votes": int(an_item.sum()),
        "votes_an_item": [float(an_item.mean()), int(an_item.min()), int(an_item.max())],
        "entropy": [float(dataset.entropy.mean()), float(dataset.entropy.std())],
        "tied": float(votes.ties(dataset.counts).mean()),
        "data_hash": dataset.hash,
    }


def _cells(first: Floats, second: Floats) -> dict[str, Any]:
    """Items counted in square cells of two entropies, nats: the cells' middles and their items."""
    pairs = np.round(np.stack([first, second], axis=1) / CELL).astype(int)
    cells, items = _merged(*np.unique(pairs, axis=0, return_counts=True))
    x, y = (cells * CELL).T
    return {"first": x, "second": y, "items": items, "correlation": float(np.corrcoef(first, second)[0, 1])}


def _merged(cells: NDArray[np.int_], items: NDArray[np.int_]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Cells of at least `FEWEST` items: the emptiest joins its nearest, at the place of the fuller, until none is left.

    The place is not moved to the mean of both, which would tell where the few items had been.
    Fewer items than that in all keep one cell.

    Parameters
    ----------
    cells : numpy.ndarray, shape [n_cells, 2]
        Whole numbers of cells from the origin.
    items : numpy.ndarray, shape [n_cells]

    Returns
    -------
    cells, items : numpy.ndarray, shapes [n_kept, 2] and [n_kept]
    """
    while len(items) > 1 and items.min() < FEWEST:
        gone = int(items.argmin())
        cell, left = cells[gone], items[gone]
        cells, items = np.delete(cells, gone, axis=0), np.delete(items, gone)
        away = ((cells - cell) ** 2).sum(axis=1)
        near = np.flatnonzero(away == away.min())
        items[near[items[near].argmax()]] += left
    return cells, items


def _kl(dataset: Dataset, n_draws: int, seed: int) -> dict[str, Any]:
    """Mean KL(votes || prediction), nats: floors under named priors, and predictors that see no item."""
    known = statistics.reference_predictions(dataset.counts)
    sensitivity = statistics.floor_sensitivity(dataset.counts, n_draws, seed)
    return {
        "floors": {prior: found["kl"] for prior, found in sensitivity.items()},
        **{name: float(metrics.per_item(p, dataset.counts)["kl"].mean()) for name, p in known.items()},
    }


def _raters(ratings: NDArray[np.int8], n_classes: int, n_draws: int, seed: int) -> dict[str, Any]:
    """How raters differ: leanings counted in bins, and by chance; variance; surprise of a vote."""
    leanings = raters.leanings(ratings)
    chance = raters.chance_leanings(ratings, n_draws, seed)
    spread = chance.std(axis=1)
    return {
        "n_raters": len(leanings),
        "edges": EDGES,
        "leanings": np.histogram(leanings.clip(EDGES[0], EDGES[-1]), EDGES)[0],
        "by_chance": np.histogram(chance.clip(EDGES[0], EDGES[-1]), EDGES)[0] / n_draws,
        "spread": float(leanings.std()),
        "spread_by_chance": [float(spread.mean()), float(spread.max())],
        "variance": raters.variance(ratings)._asdict(),
        "surprise": {
            known: raters.interval(ratings, nats, 2 * n_draws, seed).plain()
            for known, nats in raters.surprise(ratings, n_classes).items()
        },
    }
