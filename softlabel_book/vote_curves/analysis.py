"""Vote curves: what each vote an item buys, from the records of models that were taught few votes and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softlabel_book.vote_curves import design, people
from softlabel_book.vote_curves.design import MEASURES, VoteRun
from softlabel_core import metrics, statistics, study
from softlabel_core.data import Dataset, Split
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Bootstrap
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record
from softlabel_core.votes import Floats

CURVE = Aggregate("vote-curve.json", "softlabel curve {data} --protocol {protocol}")
TOLERANCE = 0.1  # of the gain from one vote to all: what may be missing where a curve counts as saturated
BUDGETED = ("kl", "entropy_pearson")  # measures by which ways to spend a budget are compared


class Cell(NamedTuple):
    """What the training items of a model show: so many votes each, on a share of them.

    Attributes
    ----------
    level : str
        See `design.level_name`.
    n_votes : float
        Votes of an item, on average.
    share : float
        Share of the training items.
    n_items : int
        How many those are.
    """

    level: str
    n_votes: float
    share: float = 1.0
    n_items: int = 0

    def of(self, arm: str) -> str:
        """What an arm's predictions are called in a bootstrap, see `design.arm_name`."""
        return design.arm_name(arm, self.level, self.share)


def best_recorded(name: str, folder: Path | None = None) -> Protocol | None:
    """The first protocol of a data set that has a curve, in the order of `protocols`; None if none has."""
    known = [protocol for (data_name, _), protocol in protocols.PROTOCOLS.items() if data_name == name]
    return next((protocol for protocol in known if CURVE.exists(name, protocol.name, folder)), None)


# ---------------------------------------------------------------- from records to numbers


def make(
    runs: Sequence[VoteRun],
    dataset: Dataset,
    folder: Path | None = None,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """Every number of a curve that a figure or an answer needs, as plain values.

    Parameters
    ----------
    runs : sequence of VoteRun
        All trained.
    dataset : Dataset
        The votes that they were trained with.
    folder : pathlib.Path, optional
        Where their records are kept, see `training.train`.
    n_resamples : int
        Of the bootstrap of test groups, and of draws from 5 on; paired over levels, shares and arms.

    Returns
    -------
    dict
        `facts`. `levels`: `level` and `n_votes`, the mean number of votes of a training item. `curves` by arm
        and measure: `value`, `low`, `high`, `per_draw`, one a level; `to_all`, the difference to
        all votes; `soft_less_hard`, that of the arms. `saturation`, see `saturation`. `humans`, see `people.humans`.
        `ceilings` and `floors` of a perfect model. `grid`: every share and level. `budgets`: grid points of
        one total number of votes. `truth`, where it is known: mean KL(p_true || model), nats.

    Raises
    ------
    RecordError
        If a run is missing.
    """
    protocol = runs[0].run.protocol
    split = study.split_of(dataset, protocol, runs[0].run.fold)
    rows, test = design.usable(dataset, split.train), dataset.take(split.test)
    records = _records(runs, dataset, split, folder or design.cache_folder())
    log_p = {arm: np.stack([each.log_p_test for each in draws]) for arm, draws in records.items()}
    boot = statistics.bootstrap(
        log_p, test.counts, test.groups, n_resamples=n_resamples, ordinal=test.ordinal, ratings=test.ratings
    )
    arms, cells = list(dict.fromkeys(run.run.arm for run in runs)), _cells(runs, dataset, rows)
    floors = statistics.floors(test.counts)
    return {
        "data": dataset.name,
        "protocol": protocol.name,
        "facts": _facts(runs, records, dataset, split, rows),
        **_by_level(boot, arms, _whole(cells)),
        "humans": people.humans(test, n_resamples=max(n_resamples // 5, 20)),
        "ceilings": {"entropy_pearson": statistics.entropy_ceiling(test.counts).ceiling},
        "floors": {key: floors[key] for key in ("kl", "total_variation")},
        "grid": {arm: [_estimates(boot, arm, cell) for cell in cells] for arm in arms},
        "budgets": {arm: {m: budgets(boot, arm, m, cells) for m in BUDGETED} for arm in arms},
        **({} if test.p_true is None else {"truth": _truth(log_p, test.p_true, arms, _whole(cells))}),
    }


def _records(
    runs: Sequence[VoteRun], dataset: Dataset, split: Split, folder: Path
) -> dict[str, list[Record]]:
    """The runs' records by arm, in the order of their draws."""
    records: dict[str, list[Record]] = {}
    for run in runs:
        kept = design.kept(run, dataset, split, folder)
        if kept is None:
            raise RecordError(
                f"{folder / run.file} is missing or of another curve; run the curve, which trains what is missing."
            )
        records.setdefault(run.arm, []).append(kept)
    return records


def _cells(runs: Sequence[VoteRun], dataset: Dataset, rows: NDArray[np.int64]) -> list[Cell]:
    """Every share and level of a curve, shares and levels rising."""
    counts = dataset.counts[rows]
    return [
        Cell(
            design.level_name(n),
            float(counts.sum(axis=1).mean() if n is None else n),
            share,
            len(design.some(rows, share, 0)),
        )
        for share in sorted({run.share for run in runs})
        for n in design.levels(counts)
    ]


def _whole(cells: Sequence[Cell]) -> list[Cell]:
    """The cells of the curve itself, on all training items."""
    return [cell for cell in cells if cell.share == 1]


def _by_level(boot: Bootstrap, arms: Sequence[str], steps: Sequence[Cell]) -> dict[str, Any]:
    """What the curve itself says, level by level, and where it saturates."""
    return {
        "levels": [{"level": step.level, "n_votes": step.n_votes} for step in steps],
        "curves": {arm: _curves(boot, arm, steps) for arm in arms},
        "to_all": {arm: _differences(boot, steps, arm, arm, "all") for arm in arms},
        "soft_less_hard": _differences(boot, steps, "soft", "hard") if {"hard", "soft"} <= set(arms) else {},
        "saturation": {
            arm: {measure: saturation(boot, arm, measure, steps) for measure in MEASURES} for arm in arms
        },
    }


def _estimates(boot: Bootstrap, arm: str, cell: Cell) -> dict[str, Any]:
    """A cell with an arm's measures."""
    return {**cell._asdict(), **{m: boot.interval(cell.of(arm), m).plain() for m in MEASURES}}


def _facts(
    runs: Sequence[VoteRun],
    records: Mapping[str, Sequence[Record]],
    dataset: Dataset,
    split: Split,
    rows: NDArray[np.int64],
) -> dict[str, Any]:
    """What was run, on what, where."""
    metas = [each.meta for draws in records.values() for each in draws]
    draws = sorted({run.run.seed for run in runs})
    an_item = dataset.counts[rows].sum(axis=1)
    return {
        "arms": list(dict.fromkeys(run.run.arm for run in runs)),
        "draws": draws,
        "draws_resampled": len(draws) >= statistics.MIN_SEEDS,
        "fold": split.fold,
        "n_runs": len(metas),
        "n_train": len(rows),
        "n_left_out": len(split.train) - len(rows),
        "least_votes": design.LEAST,
        "votes_an_item": [float(an_item.mean()), int(an_item.min()), int(an_item.max())],
        "n_validation": len(split.validation),
        "n_test": len(split.test),
        "n_groups": len(np.unique(dataset.groups[split.test])),
        "raters_shared": dataset.ratings is not None,
        "settings": {run.run.arm: run.run.protocol.settings() for run in runs if run.share == 1},
        "epochs_by_share": {
            run.run.arm: {
                f"{part.share:g}": part.run.protocol.epochs for part in runs if part.run.arm == run.run.arm
            }
            for run in runs
            if run.share == 1
        },
        "trials": {run.run.arm: run.run.trial for run in runs},
        "n_parameters": metas[0]["n_parameters"],
        "data_hash": dataset.hash,
        "provenance": sorted({meta["provenance"] for meta in metas}),
        "device": sorted({meta["device"] for meta in metas}),
        "versions": metas[0]["versions"],
        "seconds_per_run": float(np.median([meta["seconds"] for meta in metas])),
    }


def _curves(boot: Bootstrap, arm: str, steps: Sequence[Cell]) -> dict[str, list[dict[str, Any]]]:
    """One arm's measures, level by level."""
    return {
        measure: [
            {
                **boot.interval(step.of(arm), measure).plain(),
                "per_draw": boot.per_seed[step.of(arm)][measure],
            }
            for step in steps
        ]
        for measure in MEASURES
    }


def _differences(
    boot: Bootstrap, steps: Sequence[Cell], arm: str, reference: str, level: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """An arm less a reference at the same level, or at a given one; by measure, level by level."""
    return {
        measure: [
            boot.difference(measure, step.of(arm), design.arm_name(reference, level or step.level)).plain()
            for step in steps
        ]
        for measure in MEASURES
    }


def saturation(boot: Bootstrap, arm: str, measure: str, steps: Sequence[Cell]) -> dict[str, Any]:
    """The smallest measured number of votes that buys nine tenths of what all votes buy.

    The rule: with g the gain from one vote to all, it is the smallest level from which on
    every level lies within `TOLERANCE` * g of all votes. It is applied to the means, and to each resample
    for the interval. Where g's own interval touches 0 there is nothing to saturate.

    Parameters
    ----------
    boot : Bootstrap
        With an arm for each level, see `design.arm_name`.
    arm, measure : str
    steps : sequence of Cell
        On all items, levels rising, the last one "all".

    Returns
    -------
    dict
        `gain` with its interval, above 0 where votes make the measure better. `level` and `n_votes`;
        `low` and `high`, levels between which 95% of the resamples lie. Only `gain` where there is none.
    """
    names = [step.of(arm) for step in steps]
    sign = -1.0 if METRICS[measure].better == "lower" else 1.0
    values = sign * np.array([boot.estimate[name][measure] for name in names])
    draws = sign * np.stack([boot.draws[name][measure] for name in names])
    change = boot.difference(measure, names[-1], names[0])
    gain = change if sign > 0 else -change
    if not gain.low > 0:
        return {"gain": gain.plain()}
    ends = np.sort(_reached(draws))
    outer = [ends[int(np.floor(0.025 * (len(ends) - 1)))], ends[int(np.ceil(0.975 * (len(ends) - 1)))]]
    at, low, high = (steps[int(level)] for level in (_reached(values[:, None])[0], *outer))
    return {
        "gain": gain.plain(),
        "level": at.level,
        "n_votes": at.n_votes,
        "low": low.level,
        "high": high.level,
    }


def _reached(values: Floats) -> NDArray[np.int64]:
    """First level from which on all lie within the tolerance of the last; higher is better. [n_levels, n] -> [n]."""
    gain = values[-1] - values[0]
    near = values[-1] - values <= TOLERANCE * np.maximum(gain, 0.0)
    # Levels that are near without a gap, counted from the last one down.
    return len(values) - np.cumprod(near[::-1], axis=0).sum(axis=0)


def budgets(boot: Bootstrap, arm: str, measure: str, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Ways to spend one total number of votes on more items or on more votes an item, among those measured.

    Parameters
    ----------
    boot : Bootstrap
    arm, measure : str
    cells : sequence of Cell

    Returns
    -------
    list of dict
        One for each total that two cells or more share, rising: `votes`; `options`, each with `share`,
        `n_items`, `level`, `value`, and `behind`, how much worse than the best, with its paired interval; `best`, the
        option's number; `sure`, whether every other one's interval lies above 0.
    """
    by_total: dict[float, list[Cell]] = {}
    for cell in cells:
        by_total.setdefault(round(cell.share * cell.n_votes, 6), []).append(cell)
    return [
        _spent(boot, arm, measure, options) for _, options in sorted(by_total.items()) if len(options) > 1
    ]


def _spent(boot: Bootstrap, arm: str, measure: str, options: Sequence[Cell]) -> dict[str, Any]:
    """Ways to spend one total, each beside the best one."""
    sign = 1.0 if METRICS[measure].better == "lower" else -1.0
    values = [boot.estimate[cell.of(arm)][measure] for cell in options]
    best = int(np.argmin(sign * np.array(values)))
    behind = []
    for cell in options:
        change = boot.difference(measure, cell.of(arm), options[best].of(arm))
        behind.append(change if sign > 0 else -change)
    return {
        "votes": round(float(np.mean([cell.n_items * cell.n_votes for cell in options]))),
        "options": [
            {
                "share": cell.share,
                "n_items": cell.n_items,
                "level": cell.level,
                "value": value,
                "behind": gap.plain(),
            }
            for cell, value, gap in zip(options, values, behind, strict=True)
        ],
        "best": best,
        "sure": all(gap.low > 0 for index, gap in enumerate(behind) if index != best),
    }


def _truth(
    log_p: Mapping[str, NDArray[np.float32]],
    p_true: Floats,
    arms: Sequence[str],
    steps: Sequence[Cell],
) -> dict[str, Any]:
    """Mean KL(p_true || model) in nats, by arm, level by level, where the true distributions are known."""

    def kl(predictions: NDArray[np.float32]) -> Floats:
        return metrics.kl(p_true, np.exp(predictions.astype(np.float64))).mean(axis=-1)

    return {
        arm: [
            {"value": float(per_draw.mean()), "per_draw": per_draw}
            for per_draw in (kl(log_p[step.of(arm)]) for step in steps)
        ]
        for arm in arms
    }
