"""Detectable: which difference between two arms a test part could show at all, by simulation before any result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax

from softlabel_book import published
from softlabel_core import data, metrics, statistics, votes
from softlabel_core.data import Dataset
from softlabel_core.statistics import Bootstrap
from softlabel_core.storage import Aggregate
from softlabel_core.votes import Counts, Floats

POWER = Aggregate("detectable.json", "softlabel power {data}")
SPLIT = {"fold": 0, "n_folds": 5, "seed": 0, "validation": 0.1}  # the study's fixed split
ASKED = {"entropy_pearson": "difference", "kl": "relative_change"}  # of each metric
CLAIMED = {key: published.paper_claim().change(key) for key in ASKED}  # relative changes
WANTED = 0.8  # share of worlds in which a difference must show to be called detectable
STEPS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.5, 1.0)
# The hard arm's r as a share of its ceiling, and how much of the two arms' noise is one and the same. The arms of
# CIFAR-10H's recorded study share about .8 of what their entropies and KL miss, item by item; arms that share
# nothing but the items and their votes are the worst case.
CASES = (
    {"start": 0.5, "shared": 0.8},
    {"start": 0.25, "shared": 0.8},
    {"start": 0.5, "shared": 0.0},
    {"start": 0.25, "shared": 0.0},
)
SMALLEST = 1e-4  # probabilities below this look the same to every arm
CALIBRATION_ITEMS = 20_000  # simulated items that the hard arm is set on
FAMILY = (
    "Each world draws every item's truth t from Dirichlet(counts + empirical prior) and as many fresh votes as it "
    "has. The hard arm predicts softmax(m + gain (log t - m + noise e)): m is the log of the mean annotation "
    "distribution, e is standard normal for each item and class, a share of its variance common to both arms and "
    "all seeds, the rest fresh for each arm and seed. The gain has the lowest cross-entropy with the majority "
    "votes, which is what hard labels ask for; the noise puts r at the stated share of its ceiling. The better arm "
    "stands the stated step of the way, in log-probabilities, from a hard arm with noise of its own to the truth. "
    "No seed shifts all items at once, and items of a group or a rater err apart, so that a real study may show less."
)


class HardArm(NamedTuple):
    """Gain and noise of the simulated hard arm, see `FAMILY`."""

    gain: float
    noise: float


def make(
    dataset: Dataset,
    n_worlds: int = 100,
    n_resamples: int = statistics.N_OFTEN,
    n_seeds: int = 3,
    seed: int = 0,
    cases: Sequence[dict[str, float]] = CASES,
    steps: Sequence[float] = STEPS,
) -> dict[str, Any]:
    """Power of the study's own intervals on the fixed test part, over a grid of true differences.

    Parameters
    ----------
    dataset : Dataset
    n_worlds : int
        Simulated studies for each case; a power p has a standard error of sqrt(p (1 - p) / n_worlds).
    n_resamples, n_seeds : int
        Of each simulated study's bootstrap, and its seeds, whose metrics are averaged.
    seed : int
        Seed of the worlds; every case sees the same truths and votes.
    cases : sequence of dict
        `start`, the hard arm's r as a share of its ceiling, and `shared`, the share
        of the noise that both arms have in common.
    steps : sequence of float
        How far the better arm stands from the hard arm (0) to the truth (1), rising from 0.

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
        If a number is too small to simulate with, or the data set cannot be split.
    """
    if min(n_worlds, n_resamples, n_seeds) < 1 or len(steps) < 2:
        raise ValueError(
            f"{n_worlds} worlds, {n_resamples} resamples, {n_seeds} seeds and {len(steps)} steps are too few; "
            "ask for at least one of each, and two steps."
        )
    test = dataset.take(data.split(dataset, **SPLIT).test)  # type: ignore[arg-type]
    prior = statistics.dirichlet_multinomial(test.counts)
    limits = _limits(test.counts, prior, n_worlds, seed)
    simulated = [
        _case(test, prior, limits, case, steps, n_worlds, n_resamples, n_seeds, seed) for case in cases
    ]
    return {
        "data": dataset.name,
        "settings": {
            "family": FAMILY,
            "worlds": n_worlds,
            "resamples": n_resamples,
            "seeds": n_seeds,
            "seed": seed,
            "split": SPLIT,
            "steps": list(steps),
            "power_wanted": WANTED,
            "smallest_probability": SMALLEST,
        },
        "facts": {
            "data_hash": dataset.hash,
            "n_test": test.n_items,
            "n_groups": len(np.unique(test.groups)),
            "votes_an_item": float(test.counts.sum(axis=1).mean()),
        },
        "limits": limits,
        "cases": simulated,
    }


def world(counts: Counts, prior: Floats, rng: np.random.Generator) -> tuple[Floats, Counts]:
    """Draw a truth for every item from its Dirichlet posterior, and as many fresh votes as it has.

    Parameters
    ----------
    counts : numpy.ndarray, shape [n_items, n_classes]
    prior : numpy.ndarray, shape [n_classes]
        Pseudo-votes, as `statistics.dirichlet_multinomial` gives them.
    rng : numpy.random.Generator

    Returns
    -------
    truth, fresh : numpy.ndarray, shape [n_items, n_classes]
    """
    gammas = rng.standard_gamma(counts + prior)
    truth = gammas / gammas.sum(axis=1, keepdims=True)
    return truth, rng.multinomial(counts.sum(axis=1), truth)


def _limits(counts: Counts, prior: Floats, n_worlds: int, seed: int) -> dict[str, float]:
    """The best that there is to reach, references of KL, and whether the worlds' votes are like the real ones."""
    human, real = votes.entropy(votes.distribution(counts)), statistics.entropy_ceiling(counts)
    drawn = []
    for index in range(n_worlds):
        truth, fresh = world(counts, prior, np.random.default_rng([seed, index]))
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


def _case(
    test: Dataset,
    prior: Floats,
    limits: dict[str, float],
    case: dict[str, float],
    steps: Sequence[float],
    n_worlds: int,
    n_resamples: int,
    n_seeds: int,
    seed: int,
) -> dict[str, Any]:
    """Every world of one case, and what they come to."""
    hard = hard_arm(test.counts, prior, case["start"] * limits["ceiling_of_worlds"], seed)
    changes, seen, levels = [], [], []
    for index in range(n_worlds):
        rng = np.random.default_rng([seed, index])
        truth, fresh = world(test.counts, prior, rng)
        log_p = predictions(truth, _mean(test.counts), hard, case["shared"], steps, n_seeds, rng)
        boot = statistics.bootstrap(log_p, fresh, test.groups, n_resamples=n_resamples, seed=index)
        change, shown = _asked(boot, len(steps))
        changes.append(change)
        seen.append(shown)
        levels.append([boot.estimate["hard"][key] for key in (*ASKED, "accuracy")])
    level = dict(zip((*ASKED, "accuracy"), np.mean(levels, axis=0).tolist(), strict=True))
    size, power = np.mean(changes, axis=0), np.mean(seen, axis=0)
    low, high = _monte_carlo(size, np.array(seen), seed)
    return {
        **case,
        "hard": {**level, **hard._asdict()},
        "curves": {
            key: {"change": size[k].tolist(), "power": power[k].tolist()} for k, key in enumerate(ASKED)
        },
        "smallest": {
            key: {"value": smallest(size[k], power[k]), "low": low[k], "high": high[k]}
            for k, key in enumerate(ASKED)
        },
        "claims": _claims(level, limits, size, power),
    }


def hard_arm(counts: Counts, prior: Floats, r: float, seed: int) -> HardArm:
    """Set the simulated hard arm: the noise that gives this r, and with it the gain of lowest cross-entropy.

    Parameters
    ----------
    counts, prior
        See `world`.
    r : float
        Pearson correlation of the arm's entropies with those of the votes, at
        most about .6 of the ceiling: an arm that is sure of the majority has no more.
    seed : int

    Raises
    ------
    ValueError
        If no noise gives this r.
    """
    rng = np.random.default_rng([seed, 2**31])  # a world of its own
    copies = np.tile(counts, (max(1, CALIBRATION_ITEMS // len(counts)), 1))
    truth, fresh = world(copies, prior, rng)
    noise = rng.standard_normal(truth.shape)
    mean, log_truth, human = _mean(counts), _log(truth), votes.entropy(votes.distribution(fresh))
    tied = votes.tied(fresh)
    majority = tied / tied.sum(axis=1, keepdims=True)

    def gain(size: float) -> float:
        evidence = log_truth - mean + size * noise
        return float(
            minimize_scalar(
                lambda gain: -(majority * log_softmax(mean + gain * evidence, axis=1)).sum(),
                bounds=(0, 10),
                method="bounded",
            ).x
        )

    def missing(log_size: float) -> float:
        size = float(np.exp(log_size))
        log_p = log_softmax(mean + gain(size) * (log_truth - mean + size * noise), axis=1)
        return float(np.corrcoef(votes.entropy(np.exp(log_p)), human)[0, 1]) - r

    low, high = np.log(0.5), np.log(32)
    if missing(low) < 0 or missing(high) > 0:
        raise ValueError(
            f"no hard arm has r = {r:.3g} here; start it at a share of the ceiling between .1 and .5."
        )
    size = float(np.exp(brentq(missing, low, high, xtol=1e-3)))
    return HardArm(gain(size), size)


def _mean(counts: Counts) -> Floats:
    """Log of the mean annotation distribution: what an arm predicts that sees nothing. Shape [n_classes]."""
    return _log(votes.distribution(counts).mean(axis=0))


def _log(p: Floats) -> Floats:
    """Log-probabilities, with what is too small to tell raised to `SMALLEST`."""
    return log_softmax(np.log(np.maximum(p, SMALLEST)), axis=-1)


def predictions(
    truth: Floats,
    mean: Floats,
    hard: HardArm,
    shared: float,
    steps: Sequence[float],
    n_seeds: int,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """What the hard arm and a better arm at every step predict in one world, see `FAMILY`.

    Parameters
    ----------
    truth : numpy.ndarray, shape [n_items, n_classes]
    mean : numpy.ndarray, shape [n_classes]
        Natural-log probabilities that an arm without evidence predicts.
    hard : HardArm
    shared : float
        Share of the noise's variance that both arms and all seeds have in common.
    steps : sequence of float
    n_seeds : int
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to numpy.ndarray, shape [n_seeds, n_items, n_classes]
        Natural-log probabilities of "hard" and of the better arm at each step, named by the step's index.
    """
    log_truth = _log(truth)
    common = np.sqrt(shared) * rng.standard_normal(truth.shape)

    def arm() -> Floats:
        own = np.sqrt(1 - shared) * rng.standard_normal((n_seeds, *truth.shape))
        return mean + hard.gain * (log_truth - mean + hard.noise * (common + own))

    first, second = arm(), arm()
    logits = {"hard": first} | {
        str(index): (1 - step) * second + step * log_truth for index, step in enumerate(steps)
    }
    return {name: log_softmax(values, axis=-1) for name, values in logits.items()}


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


def table(numbers: dict[str, Any]) -> pd.DataFrame:
    """A data set's cases as rows that people read; "–" where a number does not exist."""
    rows = []
    for case in numbers["cases"]:
        hard, least, claims = case["hard"], case["smallest"], case["claims"]
        rows.append(
            {
                "noise shared": f"{case['shared']:.0%}",
                "hard r": f"{hard['entropy_pearson']:.2f}",
                "hard KL": f"{hard['kl']:.3f}",
                "smallest difference of r": _with_interval(least["entropy_pearson"], "{:+.3f}"),
                "smallest change of KL": _with_interval(least["kl"], "{:+.1%}"),
                f"{CLAIMED['entropy_pearson']:+.0%} of r": _claim(claims["entropy_pearson"], "{:+.3f}"),
                f"{CLAIMED['kl']:+.0%} of KL": _claim(claims["kl"], "{:+.0%}"),
            }
        )
    return pd.DataFrame(rows)


def _with_interval(estimate: dict[str, float], form: str) -> str:
    value, low, high = (estimate[end] for end in ("value", "low", "high"))
    if np.isnan(value):
        return "–"
    ends = [form.format(end) for end in sorted((low, high), key=abs)]
    return form.format(value) + ("" if np.isnan([low, high]).any() else f" [{ends[0]}, {ends[1]}]")


def _claim(claim: dict[str, Any], form: str) -> str:
    """How large the claim is here, how much of the room there is it takes, in how many worlds it shows."""
    change = form.format(claim["change"])
    if not claim["reachable"]:
        return f"{change} is out of reach"
    return f"{change} takes {claim['share_of_room']:.0%} of the room, shows in {claim['power']:.0%}"


def _beside(limits: dict[str, float], name: str) -> str:
    return f"{limits[name]:.3f} (worlds {limits[name + '_of_worlds']:.3f})"


def text(numbers: dict[str, Any]) -> str:
    """Everything about one data set for a terminal."""
    facts, settings, limits = numbers["facts"], numbers["settings"], numbers["limits"]
    more, less = (f"{CLAIMED[key]:+.0%}" for key in ASKED)
    lines = [
        f"{numbers['data']}: {facts['n_test']} test items in {facts['n_groups']} groups, "
        f"{facts['votes_an_item']:.2f} votes an item; {settings['worlds']} worlds, {settings['resamples']} resamples, "
        f"{settings['seeds']} seeds.",
        f"Ceiling of r: {limits['ceiling']:.3f} by split halves, {limits['ceiling_of_worlds']:.3f} in the worlds; "
        f"{more} can be reached from a hard arm with r of {limits['largest_r_for_claim']:.3f} or less.",
        f"Floor of KL: {limits['floor']:.3f} nats, {limits['floor_share']:.0%} of the {limits['kl_oracle_smoothing']:.3f} "
        f"of oracle smoothing (class prior {limits['kl_class_prior']:.3f}); {less} can be reached from a hard arm "
        f"with KL of {limits['smallest_kl_for_claim']:.3f} or more.",
        f"Are the worlds like the votes? Entropy {_beside(limits, 'entropy_mean')} nats, its standard deviation "
        f"{_beside(limits, 'entropy_sd')}, split-half r {_beside(limits, 'split_half')}.",
        f"Smallest change whose 95% interval excludes zero in {settings['power_wanted']:.0%} of worlds, by hard arm:",
        table(numbers).to_string(index=False),
    ]
    return "\n".join(lines)
