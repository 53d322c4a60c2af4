"""Power: which difference between two arms a test part could show at all, by simulation before any result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softlabel_book import published
from softlabel_book.power import world
from softlabel_core import data, metrics, statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.statistics import Bootstrap, Mixture
from softlabel_core.storage import Aggregate
from softlabel_core.votes import Counts, Floats

POWER = Aggregate("detectable.json", "softlabel power {data}")
SPLIT = {"fold": 0, "n_folds": 5, "seed": 0, "validation": 0.1}  # the study's fixed split
ASKED = {"entropy_pearson": "difference", "kl": "relative_change"}  # of each metric
CLAIMED = {key: published.paper_claim().change(key) for key in ASKED}  # relative changes
WANTED = 0.8  # share of worlds in which a difference must show to be called detectable
STEPS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Case:
    """How two arms are simulated: the hard arm's r as a share of its ceiling, and the share of noise in common."""

    start: float
    shared: float


# The arms of CIFAR-10H's recorded study share about .8 of what their entropies and KL miss, item by item; arms that
# share nothing but the items and their votes are the worst case.
CASES = (Case(0.5, 0.8), Case(0.25, 0.8), Case(0.5, 0.0), Case(0.25, 0.0))


@dataclass(frozen=True)
class Settings:
    """How much is simulated.

    Attributes
    ----------
    worlds : int
        Simulated studies for each case; a power p has a standard error of sqrt(p (1 - p) / worlds).
    resamples, seeds : int
        Of each simulated study's bootstrap, and its seeds, whose metrics are averaged.
    seed : int
        Seed of the worlds; every case sees the same truths and votes.
    steps : sequence of float
        How far the better arm stands from the hard arm (0) to the truth (1), rising from 0.

    Raises
    ------
    ValueError
        If a number is too small to simulate with.
    """

    worlds: int = 100
    resamples: int = statistics.N_OFTEN
    seeds: int = 3
    seed: int = 0
    steps: Sequence[float] = STEPS

    def __post_init__(self) -> None:
        if min(self.worlds, self.resamples, self.seeds) < 1 or len(self.steps) < 2:
            raise ValueError(
                f"{self.worlds} worlds, {self.resamples} resamples, {self.seeds} seeds and {len(self.steps)} steps "
                "are too few; ask for at least one of each, and two steps."
            )


USUAL = Settings()


def make(dataset: Dataset, settings: Settings = USUAL, cases: Sequence[Case] = CASES) -> dict[str, Any]:
    """Power of the study's own intervals on the fixed test part, over a grid of true differences.

    Parameters
    ----------
    dataset : Dataset
    settings : Settings
    cases : sequence of Case

    Returns
    -------
    dict
        `limits`: the ceiling of r, by split halves and in the worlds, the floor of KL in
        nats, references. `cases`: the hard arm, `curves` of power over the mean measured change (a difference
        for r, a relative change for KL), the `smallest` change detected in 80% of
        worlds with its Monte Carlo interval, and what becomes of the paper's claims.

    Raises
    ------
    ValueError
        If the data set cannot be split, or no hard arm is as far from the votes as a case wants it.
    """
    test = dataset.take(data.split(dataset, **SPLIT).test)  # type: ignore[arg-type]
    truths = statistics.fit_mixture(test.counts)
    limits = _limits(test.counts, truths, settings)
    return {
        "data": dataset.name,
        "settings": {
            "family": world.FAMILY,
            "worlds": settings.worlds,
            "resamples": settings.resamples,
            "seeds": settings.seeds,
            "seed": settings.seed,
            "split": SPLIT,
            "steps": list(settings.steps),
            "power_wanted": WANTED,
            "smallest_probability": world.SMALLEST,
        },
        "facts": {
            "data_hash": dataset.hash,
            "n_test": test.n_items,
            "n_groups": len(np.unique(test.groups)),
            "votes_an_item": float(test.counts.sum(axis=1).mean()),
        },
        "limits": limits,
        "cases": [_simulated(test, truths, limits, case, settings) for case in cases],
    }


def _limits(counts: Counts, truths: Mixture, settings: Settings) -> dict[str, float]:
    """The best that there is to reach, references of KL, and whether the worlds' votes are like the real ones."""
    human, real = votes.entropy(votes.distribution(counts)), statistics.entropy_ceiling(counts)
    drawn = []
    for index in range(settings.worlds):
        truth, fresh = world.draw(counts, truths, np.random.default_rng([settings.seed, index]))
        observed = votes.entropy(votes.distribution(fresh))
        reached = np.corrcoef(votes.entropy(truth), observed)[0, 1]
        halves = statistics.entropy_ceiling(fresh, n_halves=1, seed=index).split_half
        drawn.append((reached, halves, observed.mean(), observed.std()))
    ceiling, halves, mean, spread = np.mean(drawn, axis=0).tolist()
    floor = statistics.floors(counts)["kl"]
    known = statistics.reference_predictions(counts)
    kl = {name: float(metrics.per_item(log_p, counts)["kl"].mean()) for name, log_p in known.items()}
    return {
        "ceiling": real.ceiling,
        "ceiling_of_worlds": ceiling,
        "floor": floor,
        "kl_class_prior": kl["class_prior"],
        "kl_oracle_smoothing": kl["oracle_smoothing"],
        "floor_share": floor / kl["oracle_smoothing"],
        "largest_r_for_claim": real.ceiling / (1 + CLAIMED["entropy_pearson"]),
        "smallest_kl_for_claim": floor / (1 + CLAIMED["kl"]),
        "split_half": real.split_half,
        "split_half_of_worlds": halves,
        "entropy_mean": float(human.mean()),
        "entropy_mean_of_worlds": mean,
        "entropy_sd": float(human.std()),
        "entropy_sd_of_worlds": spread,
    }


def _simulated(
    test: Dataset, truths: Mixture, limits: dict[str, float], case: Case, settings: Settings
) -> dict[str, Any]:
    """Every world of one case, and what they come to."""
    hard = world.hard_arm(test.counts, truths, case.start * limits["ceiling_of_worlds"], settings.seed)
    changes, seen, levels = [], [], []
    for index in range(settings.worlds):
        rng = np.random.default_rng([settings.seed, index])
        truth, fresh = world.draw(test.counts, truths, rng)
        log_p = world.predictions(truth, hard, case.shared, settings.steps, settings.seeds, rng)
        boot = statistics.bootstrap(log_p, fresh, test.groups, n_resamples=settings.resamples, seed=index)
        change, shown = _asked(boot, len(settings.steps))
        changes.append(change)
        seen.append(shown)
        levels.append([boot.estimate["hard"][key] for key in (*ASKED, "accuracy")])
    level = dict(zip((*ASKED, "accuracy"), np.mean(levels, axis=0).tolist(), strict=True))
    size, power = np.mean(changes, axis=0), np.mean(seen, axis=0)
    low, high = _monte_carlo(size, np.array(seen), settings.seed)
    return {
        **asdict(case),
        "hard": {**level, "gain": hard.gain, "noise": hard.noise},
        "curves": {
            key: {"change": size[k].tolist(), "power": power[k].tolist()} for k, key in enumerate(ASKED)
        },
        "smallest": {
            key: {"value": smallest(size[k], power[k]), "low": low[k], "high": high[k]}
            for k, key in enumerate(ASKED)
        },
        "claims": _claims(level, limits, size, power),
    }


def _asked(boot: Bootstrap, n_steps: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Each measure's change at each step, and whether its interval excludes zero; [n_measures, n_steps] both."""
    found = [
        [getattr(boot, what)(key, str(step), "hard") for step in range(n_steps)]
        for key, what in ASKED.items()
    ]
    value = np.array([[change.value for change in row] for row in found])
    shown = [[change.defined and (change.low > 0 or change.high < 0) for change in row] for row in found]
    return value, np.array(shown)


def smallest(changes: Floats, power: Floats, wanted: float = WANTED) -> float:
    """Smallest change with the wanted power, between the steps on a straight line; NaN if none has it.

    Parameters
    ----------
    changes, power : numpy.ndarray, shape [n_steps]
        Mean measured change, in either direction, and share of worlds that show it.
    wanted : float
    """
    enough = np.flatnonzero(power >= wanted)
    if not enough.size or not enough[0]:
        return float("nan")
    here = slice(enough[0] - 1, enough[0] + 1)
    return float(np.interp(wanted, power[here], changes[here]))


def power_of(change: float, changes: Floats, power: Floats) -> float:
    """Power to detect a change, between the steps on a straight line; NaN beyond the last one."""
    return float(np.interp(abs(change), np.abs(changes), power, right=np.nan))


def _monte_carlo(changes: Floats, seen: NDArray[np.bool_], seed: int) -> tuple[list[float], list[float]]:
    """95% interval of each `smallest` over worlds drawn anew, for the number of worlds simulated.

    Parameters
    ----------
    changes : numpy.ndarray, shape [n_measures, n_steps]
    seen : numpy.ndarray, shape [n_worlds, n_measures, n_steps]
    """
    rng = np.random.default_rng(seed)
    draws = [seen[rng.integers(len(seen), size=len(seen))].mean(axis=0) for _ in range(200)]
    each = np.array(
        [[smallest(row, part) for row, part in zip(changes, power, strict=True)] for power in draws]
    )
    ends = np.quantile(each, [0.025, 0.975], axis=0)  # NaN where a draw has no such change
    return ends[0].tolist(), ends[1].tolist()


def _claims(
    hard: dict[str, float], limits: dict[str, float], changes: Floats, power: Floats
) -> dict[str, dict[str, Any]]:
    """Whether the paper's changes can be reached from this hard arm, and would then be detected."""
    r, kl = hard["entropy_pearson"], hard["kl"]
    wanted = {"entropy_pearson": CLAIMED["entropy_pearson"] * r, "kl": CLAIMED["kl"]}
    room = {"entropy_pearson": limits["ceiling_of_worlds"] - r, "kl": limits["floor"] / kl - 1}
    return {
        key: {
            "change": wanted[key],
            "share_of_room": wanted[key] / room[key],  # above 1 lies beyond a perfect model
            "reachable": wanted[key] / room[key] <= 1,
            "power": power_of(wanted[key], changes[k], power[k]),
        }
        for k, key in enumerate(ASKED)
    }
