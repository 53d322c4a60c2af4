"""Vote curves: what each vote an item buys, by training on the first N of every item's votes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from softlabel_core import data, metrics, statistics, study, votes
from softlabel_core.data import Dataset, Split, sources
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Bootstrap
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import Run, Trial, protocols, tuning
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import Record, read_record, verify_record, write_record
from softlabel_core.votes import Floats

CURVE = Aggregate("vote-curve.json", "softlabel curve {data} --protocol {protocol}")
CACHE = "vote-curves"  # records of single runs, below the cache folder: only the aggregates are kept for good
LEVELS = (1, 2, 3, 5, 10, 20, 50, 100)
LEAST = 5  # items with fewer votes are left out of a curve, at all its levels, so that its levels compare
SHARES = (0.1, 0.2, 0.5, 1.0)  # of the training items; with the levels above, equal totals meet
ARMS = ("hard", "soft")
MEASURES = ("kl", "total_variation", "entropy_pearson", "accuracy")
TOLERANCE = 0.1  # of the gain from one vote to all: what may be missing where a curve counts as saturated
QUICK_ITEMS, QUICK_DRAWS, QUICK_EPOCHS, QUICK_SHARES = 1500, 2, 20, (0.2, 1.0)
PSEUDO_VOTES = 0.5  # added to each class where a few people's votes are the prediction


class VoteRun(NamedTuple):
    """One trained model of a curve: a run whose training items show only so many of their votes.

    Attributes
    ----------
    run : Run
        Its seed is the draw: of the votes, of the items, and of the model.
    n_votes : int or None
        Votes of each training item; None for all that it has.
    share : float
        Share of the training items.
    """

    run: Run
    n_votes: int | None
    share: float = 1.0

    @property
    def arm(self) -> str:
        """What the run's predictions are called in a bootstrap: "soft-10", or "soft-10-of-0.5"."""
        return arm_name(self.run.arm, level_name(self.n_votes), self.share)

    @property
    def file(self) -> Path:
        """Place of the run's record below the cache."""
        return self.run.file.parent / f"{self.arm}-draw{self.run.seed}.npz"


def arm_name(arm: str, level: str, share: float = 1.0) -> str:
    """An arm with so many votes, on all training items or a share of them: "soft-10", "soft-all-of-0.5"."""
    return f"{arm}-{level}" if share == 1 else f"{arm}-{level}-of-{share:g}"


def level_name(n_votes: int | None) -> str:
    """A level as a word: "10", or "all"."""
    return "all" if n_votes is None else str(n_votes)


# ---------------------------------------------------------------- which votes, which items


def levels(counts: ArrayLike) -> list[int | None]:
    """Votes an item that a curve has, rising: each of `LEVELS` that every item allows, then None for all votes.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
        Of the items that are trained on.
    """
    an_item = votes.check_counts(counts).sum(axis=1)
    # Where all items have the same number of votes, that number is the same level as "all".
    return [n for n in LEVELS if n <= an_item.min() and n < an_item.max()] + [None]


def usable(dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the rows whose items have `LEAST` votes or more.

    Raises
    ------
    ValueError
        If none has.
    """
    enough = rows[dataset.counts[rows].sum(axis=1) >= LEAST]
    if not len(enough):
        raise ValueError(
            f"no item of {dataset.name} has {LEAST} votes or more, so there is no curve to draw; collect more votes."
        )
    return enough


def taught(dataset: Dataset, rows: NDArray[np.int64], n_votes: int | None, draw: int) -> Dataset:
    """The data set as a run is taught it: the named rows keep their first `n_votes` votes, all others theirs.

    Parameters
    ----------
    dataset : Dataset
    rows : numpy.ndarray of int
        Every training item of the curve, whatever share of them is used.
    n_votes : int or None
        None leaves all votes.
    draw : int
        Each draw has its own order of an item's votes.
    """
    if n_votes is None:
        return dataset
    counts = dataset.counts.copy()
    counts[rows] = votes.first_votes(dataset.counts[rows], n_votes, np.random.default_rng([draw, 0]))
    return replace(dataset, counts=counts, ratings=None)  # whose votes they are is not kept


def some(rows: NDArray[np.int64], share: float, draw: int) -> NDArray[np.int64]:
    """A random share of the rows, in their order; a smaller share of the same draw is part of a larger one."""
    shuffled = np.random.default_rng([draw, 1]).permutation(rows)
    return np.sort(shuffled[: max(1, round(share * len(rows)))])


# ---------------------------------------------------------------- the runs


def plan(
    protocol: Protocol,
    counts: ArrayLike,
    draws: Iterable[int],
    arms: Sequence[str] = ARMS,
    shares: Sequence[float] = SHARES,
    tuned: Mapping[str, Trial] | None = None,
) -> list[VoteRun]:
    """Runs of a curve, draw by draw, so that what is done first is complete over levels, shares and arms.

    Parameters
    ----------
    protocol : Protocol
        Its first fold is the split.
    counts : array_like, shape [n_items, n_classes]
        Of the training items, see `levels`.
    draws : iterable of int
    arms : sequence of str
        See `arms.ARMS`.
    shares : sequence of float
        Shares of the training items, above 0 and up to 1; 1 must be among them, for it is the curve. A share has
        more epochs, see `_longer`.
    tuned : mapping of arm to Trial, optional
        Settings that tuning chose, see `tuning.chosen`; an arm keeps them at all levels and shares.

    Raises
    ------
    ValueError
        If an arm is unknown, a share is out of range, or 1 is not among the shares.
    """
    if 1 not in shares or not all(0 < share <= 1 for share in shares):
        raise ValueError(
            f"shares are {list(shares)}; give numbers above 0 and up to 1, and 1 among them, which is the curve itself."
        )
    known = [
        _with(trial, run) if (trial := (tuned or {}).get(run.arm)) else replace(run, protocol=protocol)
        for run in study.plan(replace(protocol, folds=protocol.folds[:1]), arms, draws)
    ]
    return [
        VoteRun(_longer(run, share), n_votes, share)
        for draw in dict.fromkeys(run.seed for run in known)
        for share in sorted(set(shares), reverse=True)
        for n_votes in levels(counts)
        for run in known
        if run.seed == draw
    ]


def _with(trial: Trial, run: Run) -> Run:
    return replace(run, protocol=trial.protocol, trial=trial.number)


def _longer(run: Run, share: float) -> Run:
    """A run on a share of the items, with its epochs divided by the root of the share.

    With equal epochs a tenth of the items makes a tenth of the steps and stops half-taught, worse than
    the class shares; with equal steps it learns its labels by heart. This is the middle between them.
    """
    epochs = round(run.protocol.epochs / share**0.5)
    return replace(run, protocol=replace(run.protocol, epochs=epochs))


def run_curve(
    runs: Sequence[VoteRun],
    dataset: Dataset,
    folder: Path | None = None,
    *,
    device: str | None = None,
    progress: bool = True,
) -> int:
    """Train what is missing of a curve and keep each run's record as soon as it is there.

    A curve that was killed goes on where it was when the same call is made again.

    Parameters
    ----------
    runs : sequence of VoteRun
        Of one data set and split.
    dataset : Dataset
    folder : pathlib.Path, optional
        Where records are kept, by default `vote-curves` in the cache folder.
    device : str, optional
        By default a GPU where there is one.
    progress : bool
        Whether to show a bar on standard error.

    Returns
    -------
    int
        How many runs were trained.

    Raises
    ------
    RecordError
        If a record cannot be read or written, or training diverged.
    """
    from softlabel_core.study import fitting  # with torch, for which whoever only reads does not wait

    place = folder or sources.cache_folder() / CACHE
    split = study.split_of(dataset, runs[0].run.protocol, runs[0].run.fold)
    rows = usable(dataset, split.train)
    missing = [run for run in runs if _kept(run, dataset, split, place) is None]
    for run in tqdm(missing, unit="run", disable=not progress, file=sys.stderr):
        draw = run.run.seed
        record = fitting.train(
            run.run,
            dataset,
            device,
            taught=taught(dataset, rows, run.n_votes, draw),
            rows=some(rows, run.share, draw),
        )
        write_record(replace(record, meta={**record.meta, "vote_curve": _label(run)}), place / run.file)
    return len(missing)


def _label(run: VoteRun) -> dict[str, Any]:
    """What a curve's run is besides its protocol, for its record."""
    least = LEAST  # another bound would leave other items out
    return {"arm": run.arm, "fold": run.run.fold, "draw": run.run.seed, "least": least}


def _kept(run: VoteRun, dataset: Dataset, split: Split, folder: Path) -> Record | None:
    """The record of a run; None where there is none, or one of other votes, items or settings."""
    path = folder / run.file
    if not path.exists():
        return None
    record = read_record(path)
    fits = record.meta.get("vote_curve") == _label(run) and record.meta["data_hash"] == dataset.hash
    if not fits or study.changed_settings(record.meta["settings"], run.run.protocol):
        return None
    verify_record(record, dataset, split, str(path))
    return record


def record(
    name: str,
    protocol: Protocol,
    *,
    arms: Sequence[str] = ARMS,
    draws: int = 5,
    shares: Sequence[float] = SHARES,
    tuned: Mapping[str, Trial] | None = None,
    device: str | None = None,
    folder: Path | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train what is missing of a data set's curve, write its numbers, and return them; see `make`.

    Parameters
    ----------
    name : str
        Data set.
    protocol : Protocol
    arms, shares
        See `plan`.
    draws : int
        How many draws, each a model seed too; with 5 or more the intervals resample them.
    tuned : mapping of arm to Trial, optional
        By default what the protocol's recorded tuning chose by each arm's own labels, if there is one;
        give an empty mapping for the protocol's own settings.
    device, progress
        See `run_curve`.
    folder : pathlib.Path, optional
        Results folder, by default the repository's.
    """
    dataset = data.load(name)
    if tuned is None:
        known = (protocol.data, protocol.name, folder)
        tuned = tuning.chosen(tuning.TUNING.read(*known), protocol) if tuning.TUNING.exists(*known) else {}
    numbers = train_here(dataset, protocol, arms, draws, shares, tuned, device=device, progress=progress)
    CURVE.write(numbers, protocol.data, protocol.name, folder)
    return numbers


def train_here(
    dataset: Dataset,
    protocol: Protocol,
    arms: Sequence[str] = ARMS,
    draws: int = 5,
    shares: Sequence[float] = SHARES,
    tuned: Mapping[str, Trial] | None = None,
    *,
    n_resamples: int = statistics.N_RESAMPLES,
    cache: Path | None = None,
    device: str | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train what is missing of a curve and return its numbers, see `make`; only single runs' records are kept.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
    arms, draws, shares, tuned
        See `plan`; so many draws, from 0 up.
    n_resamples : int
        Of the bootstrap.
    cache : pathlib.Path, optional
        Where records of single runs are kept, by default in the cache folder.
    device, progress
        See `run_curve`.

    Raises
    ------
    ValueError
        If there are no draws, or as `plan` does.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; ask for at least one, and two or more to see how draws differ.")
    rows = usable(dataset, study.split_of(dataset, protocol, protocol.folds[0]).train)
    runs = plan(protocol, dataset.counts[rows], range(draws), arms, shares, tuned)
    run_curve(runs, dataset, cache, device=device, progress=progress)
    return make(runs, dataset, cache, n_resamples)


# ---------------------------------------------------------------- the numbers


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
        Where their records are kept, see `run_curve`.
    n_resamples : int
        Of the bootstrap of test groups, and of draws from 5 on; paired over levels, shares and arms.

    Returns
    -------
    dict
        `facts`. `levels`: `level` and `n_votes`, the mean number of votes of a training item. `curves` by arm
        and measure: `value`, `low`, `high`, `per_draw`, one a level; `to_all`, the difference to
        all votes; `soft_less_hard`, that of the arms. `saturation`, see `saturation`. `humans`, see `humans`.
        `ceilings` and `floors` of a perfect model. `grid`: every share and level. `budgets`: grid points of
        one total number of votes. `truth`, where it is known: mean KL(p_true || model), nats.

    Raises
    ------
    RecordError
        If a run is missing.
    """
    protocol = runs[0].run.protocol
    split = study.split_of(dataset, protocol, runs[0].run.fold)
    rows, test = usable(dataset, split.train), dataset.take(split.test)
    records = _records(runs, dataset, split, folder or sources.cache_folder() / CACHE)
    log_p = {arm: np.stack([each.log_p_test for each in draws]) for arm, draws in records.items()}
    boot = statistics.bootstrap(
        log_p, test.counts, test.groups, n_resamples=n_resamples, ordinal=test.ordinal
    )
    arms = list(dict.fromkeys(run.run.arm for run in runs))
    shares = sorted({run.share for run in runs})
    an_item = float(dataset.counts[rows].sum(axis=1).mean())
    steps = [
        {"level": level_name(n), "n_votes": an_item if n is None else float(n)}
        for n in levels(dataset.counts[rows])
    ]
    cells = [
        {**step, "share": share, "n_items": len(some(rows, share, 0))} for share in shares for step in steps
    ]
    floors = statistics.floors(test.counts)
    return {
        "data": dataset.name,
        "protocol": protocol.name,
        "facts": _facts(runs, records, dataset, split, rows),
        "levels": steps,
        "curves": {arm: _curves(boot, arm, steps) for arm in arms},
        "to_all": {arm: _differences(boot, steps, arm, arm, "all") for arm in arms},
        "soft_less_hard": _differences(boot, steps, "soft", "hard") if {"hard", "soft"} <= set(arms) else {},
        "saturation": {
            arm: {measure: saturation(boot, arm, measure, steps) for measure in MEASURES} for arm in arms
        },
        "humans": humans(test, n_resamples=max(n_resamples // 5, 20)),
        "ceilings": {"entropy_pearson": statistics.entropy_ceiling(test.counts).ceiling},
        "floors": {key: floors[key] for key in ("kl", "total_variation")},
        "grid": {
            arm: [
                {**cell, **{m: boot.interval(_name(arm, cell), m).plain() for m in MEASURES}}
                for cell in cells
            ]
            for arm in arms
        },
        "budgets": {
            arm: {m: budgets(boot, arm, m, cells) for m in ("kl", "entropy_pearson")} for arm in arms
        },
        **({} if test.p_true is None else {"truth": _truth(log_p, test.p_true, arms, steps)}),
    }


def _records(
    runs: Sequence[VoteRun], dataset: Dataset, split: Split, folder: Path
) -> dict[str, list[Record]]:
    """Every run's record by its arm, level and share, draw by draw."""
    records: dict[str, list[Record]] = {}
    for run in runs:
        kept = _kept(run, dataset, split, folder)
        if kept is None:
            raise RecordError(
                f"{folder / run.file} is missing or of another curve; run the curve, which trains what is missing."
            )
        records.setdefault(run.arm, []).append(kept)
    return records


def _name(arm: str, cell: Mapping[str, Any]) -> str:
    return arm_name(arm, cell["level"], cell.get("share", 1.0))


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
        "least_votes": LEAST,
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


def _curves(boot: Bootstrap, arm: str, steps: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """One arm's measures, level by level."""
    return {
        measure: [
            {
                **boot.interval(_name(arm, step), measure).plain(),
                "per_draw": boot.per_seed[_name(arm, step)][measure],
            }
            for step in steps
        ]
        for measure in MEASURES
    }


def _differences(
    boot: Bootstrap, steps: Sequence[Mapping[str, Any]], arm: str, reference: str, level: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """An arm less a reference at the same level, or at a given one; by measure, level by level."""
    return {
        measure: [
            boot.difference(measure, _name(arm, step), arm_name(reference, level or step["level"])).plain()
            for step in steps
        ]
        for measure in MEASURES
    }


def saturation(boot: Bootstrap, arm: str, measure: str, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The smallest measured number of votes that buys nine tenths of what all votes buy.

    The rule: with g the gain from one vote to all, it is the smallest level from which on
    every level lies within `TOLERANCE` * g of all votes. It is applied to the means, and to each resample
    for the interval. Where g's own interval touches 0 there is nothing to saturate.

    Parameters
    ----------
    boot : Bootstrap
        With an arm for each level, see `arm_name`.
    arm, measure : str
    steps : sequence of mapping
        `level` and `n_votes` of each, rising, the last one "all".

    Returns
    -------
    dict
        `gain` with its interval, above 0 where votes make the measure better. `level` and `n_votes`;
        `low` and `high`, levels between which 95% of the resamples lie. Only `gain` where there is none.
    """
    names = [_name(arm, step) for step in steps]
    sign = -1.0 if METRICS[measure].better == "lower" else 1.0
    values = sign * np.array([boot.estimate[name][measure] for name in names])
    draws = sign * np.stack([boot.draws[name][measure] for name in names])
    change = boot.difference(measure, names[-1], names[0])
    gain = change if sign > 0 else -change
    found: dict[str, Any] = {"gain": gain.plain()}
    if not gain.low > 0:
        return found
    at = int(_reached(values[:, None])[0])
    ends = np.sort(_reached(draws))
    outer = [ends[int(np.floor(0.025 * (len(ends) - 1)))], ends[int(np.ceil(0.975 * (len(ends) - 1)))]]
    return {
        **found,
        "level": steps[at]["level"],
        "n_votes": steps[at]["n_votes"],
        "low": steps[outer[0]]["level"],
        "high": steps[outer[1]]["level"],
    }


def _reached(values: Floats) -> NDArray[np.int64]:
    """First level from which on all lie within the tolerance of the last; higher is better. [n_levels, n] -> [n]."""
    gain = values[-1] - values[0]
    near = values[-1] - values <= TOLERANCE * np.maximum(gain, 0.0)
    # Levels that are near without a gap, counted from the last one down.
    return len(values) - np.cumprod(near[::-1], axis=0).sum(axis=0)


def humans(
    test: Dataset, n_repeats: int = 10, n_resamples: int = statistics.N_OFTEN, seed: int = 0
) -> list[dict[str, Any]]:
    """How well the votes of N people predict those of the others on the same item.

    For each item N votes are drawn at random, half a pseudo-vote is added to each class, and
    the result is scored against the item's remaining votes, of which there are at least as many. Items with
    fewer than `LEAST` votes are left out.

    Parameters
    ----------
    test : Dataset
        The test items.
    n_repeats : int
        Draws to average over.
    n_resamples : int
        Of the bootstrap of groups.
    seed : int

    Returns
    -------
    list of dict
        One a level: `n_votes`; `others`, how many votes remain on average; each measure with `value`, `low`,
        `high`; `floors` of KL and total variation of a perfect prediction of so many remaining votes.
    """
    shown = test.take(usable(test, np.arange(test.n_items)))
    most = shown.counts.sum(axis=1).min() // 2
    found = []
    for n in (level for level in LEVELS if level <= most):
        rng = np.random.default_rng([seed, n])
        repeats = []
        for _ in range(n_repeats):
            # The order of the classes is shuffled, for the first one wins where two predictions are equal.
            counts = shown.counts[:, rng.permutation(shown.n_classes)]
            few = votes.subsample(counts, n, rng)
            predicted = {"few": np.log(votes.smoothed(few, PSEUDO_VOTES))}
            others = counts - few
            repeats.append(
                statistics.bootstrap(predicted, others, shown.groups, n_resamples=n_resamples, seed=seed)
            )
        boot, floors = _mean(repeats), statistics.floors(others, n_draws=20)
        found.append(
            {
                "n_votes": n,
                "others": float(others.sum(axis=1).mean()),
                **{measure: boot.interval("few", measure).plain() for measure in MEASURES},
                "floors": {key: floors[key] for key in ("kl", "total_variation")},
            }
        )
    return found


def _mean(boots: Sequence[Bootstrap]) -> Bootstrap:
    """Mean of bootstraps of one arm, resample by resample: those of one seed and the same groups are paired."""
    first = boots[0]
    return replace(
        first,
        estimate={
            arm: {m: float(np.mean([boot.estimate[arm][m] for boot in boots])) for m in values}
            for arm, values in first.estimate.items()
        },
        draws={
            arm: {m: np.mean([boot.draws[arm][m] for boot in boots], axis=0) for m in values}
            for arm, values in first.draws.items()
        },
    )


def people_worth(curve: Mapping[str, Any], measure: str, value: float) -> float:
    """How many people's votes predict the others' as well as this value, between the measured numbers of people.

    Linear in the logarithm of their number. NaN where fewer people than were measured would do, or more would be needed.

    Parameters
    ----------
    curve : mapping
        See `make`.
    measure : str
        One of `MEASURES`.
    value : float
    """
    sign = 1.0 if METRICS[measure].better == "higher" else -1.0
    known = [(row["n_votes"], sign * row[measure]["value"]) for row in curve["humans"]]
    known = [point for point in known if np.isfinite(point[1])]
    numbers, scores = np.array(known, dtype=np.float64).reshape(-1, 2).T
    if not len(numbers) or (np.diff(scores) <= 0).any() or not scores[0] <= sign * value <= scores[-1]:
        return float("nan")
    return float(np.exp(np.interp(sign * value, scores, np.log(numbers))))


def budgets(
    boot: Bootstrap, arm: str, measure: str, cells: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Ways to spend one total number of votes on more items or on more votes an item, among those measured.

    Parameters
    ----------
    boot : Bootstrap
    arm, measure : str
    cells : sequence of mapping
        `share`, `n_items`, `level`, `n_votes` of each.

    Returns
    -------
    list of dict
        One for each total that two cells or more share, rising: `votes`; `options`, each with `share`,
        `n_items`, `level`, `value`, and `behind`, how much worse than the best, with its paired interval; `best`, the
        option's number; `sure`, whether every other one's interval lies above 0.
    """
    sign = 1.0 if METRICS[measure].better == "lower" else -1.0
    by_total: dict[float, list[Mapping[str, Any]]] = {}
    for cell in cells:
        by_total.setdefault(round(cell["share"] * cell["n_votes"], 6), []).append(cell)
    found = []
    for _, options in sorted(by_total.items()):
        if len(options) < 2:
            continue
        values = [boot.estimate[_name(arm, cell)][measure] for cell in options]
        best = int(np.argmin(sign * np.array(values)))
        rows = []
        for cell, value in zip(options, values, strict=True):
            change = boot.difference(measure, _name(arm, cell), _name(arm, options[best]))
            behind = change if sign > 0 else -change
            kept = {key: cell[key] for key in ("share", "n_items", "level")}
            rows.append({**kept, "value": value, "behind": behind.plain()})
        sure = all(row["behind"]["low"] > 0 for index, row in enumerate(rows) if index != best)
        total = round(float(np.mean([cell["n_items"] * cell["n_votes"] for cell in options])))
        found.append({"votes": total, "options": rows, "best": best, "sure": sure})
    return found


def _truth(
    log_p: Mapping[str, NDArray[np.float32]],
    p_true: Floats,
    arms: Sequence[str],
    steps: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Mean KL(p_true || model) in nats, by arm, level by level, where the true distributions are known."""

    def kl(predictions: NDArray[np.float32]) -> Floats:
        return metrics.kl(p_true, np.exp(predictions.astype(np.float64))).mean(axis=-1)

    return {
        arm: [
            {"value": float(per_draw.mean()), "per_draw": per_draw}
            for per_draw in (kl(log_p[_name(arm, step)]) for step in steps)
        ]
        for arm in arms
    }


# ---------------------------------------------------------------- for pages


def best_recorded(name: str, folder: Path | None = None) -> Protocol | None:
    """The first protocol of a data set that has a curve, in the order of `protocols`; None if none has."""
    known = [protocol for (data_name, _), protocol in protocols.PROTOCOLS.items() if data_name == name]
    return next((protocol for protocol in known if CURVE.exists(name, protocol.name, folder)), None)


def open_curves(names: Sequence[str], run: str) -> dict[str, dict[str, Any]]:
    """Curves as a chapter sees them, by data set.

    Parameters
    ----------
    names : sequence of str
        Data sets; those without a recorded curve are left out.
    run : {"recorded", "quick", "full"}
        Read the recorded ones; train a small one on `digits` instead, in half a minute, that is never compared with
        the record; or train what is missing of each and write it.

    Raises
    ------
    RecordError
        If there is no recorded curve of any.
    """
    if run == "quick":
        dataset = data.load("digits", n_items=QUICK_ITEMS)
        protocol = protocols.get("digits", "small", epochs=QUICK_EPOCHS)
        with tempfile.TemporaryDirectory() as folder:
            numbers = train_here(
                dataset,
                protocol,
                draws=QUICK_DRAWS,
                shares=QUICK_SHARES,
                n_resamples=statistics.N_QUICK,
                cache=Path(folder),
                progress=False,
            )
        return {"digits": numbers}
    known = {name: best_recorded(name) for name in names}
    recorded = {name: protocol for name, protocol in known.items() if protocol}
    if not recorded:
        raise RecordError(
            f"no curve of {', '.join(names)} is recorded; run vote_curves.record, which trains and writes one."
        )
    if run == "full":
        return {name: record(name, protocol) for name, protocol in recorded.items()}
    return {name: CURVE.read(name, protocol.name) for name, protocol in recorded.items()}
