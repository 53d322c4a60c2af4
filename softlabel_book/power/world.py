"""A simulated world: a truth for every item, fresh votes on it, and what a hard arm and a better one predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax

from softlabel_core import votes
from softlabel_core.statistics import Mixture
from softlabel_core.votes import Counts, Floats

SMALLEST = 1e-4  # probabilities below this look the same to every arm
CALIBRATION_ITEMS = 20_000  # simulated items that the hard arm is set on
FAMILY = (
    "Each world draws every item's truth t given its votes, if truths are of the mixture of Dirichlets that fits all "
    "votes, and as many fresh votes as it has. The hard arm predicts softmax(m + gain (log t - m + noise e)): m is "
    "the log of the mean annotation distribution, e is standard normal for each item and class, a share of its "
    "variance common to both arms and all seeds, the rest fresh for each arm and seed. The gain has the lowest "
    "cross-entropy with the majority votes, which is what hard labels ask for; the noise puts r at the stated share of its "
    "ceiling. The better arm stands the stated step of the way, in log-probabilities, from a hard arm with noise of "
    "its own to the truth. No seed shifts all items at once, and items of a group or a rater err apart, so that a "
    "real study may show less."
)


@dataclass(frozen=True)
class HardArm:
    """The simulated hard arm, see `FAMILY`.

    Attributes
    ----------
    gain, noise : float
    mean : numpy.ndarray, shape [n_classes]
        Natural-log probabilities that an arm without evidence predicts.
    """

    gain: float
    noise: float
    mean: Floats


def draw(counts: Counts, truths: Mixture, rng: np.random.Generator) -> tuple[Floats, Counts]:
    """Draw a truth for every item given its votes, and as many fresh votes as it has.

    Parameters
    ----------
    counts : numpy.ndarray, shape [n_items, n_classes]
    truths : Mixture
        As `statistics.fit_mixture` gives it.
    rng : numpy.random.Generator

    Returns
    -------
    truth, fresh : numpy.ndarray, shape [n_items, n_classes]
    """
    truth = truths.draw(counts, rng)
    return truth, rng.multinomial(counts.sum(axis=1), truth)


def hard_arm(counts: Counts, truths: Mixture, r: float, seed: int) -> HardArm:
    """Set the simulated hard arm: the noise that gives this r, and with it the gain of lowest cross-entropy.

    Parameters
    ----------
    counts, truths
        See `draw`.
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
    truth, fresh = draw(copies, truths, rng)
    noise = rng.standard_normal(truth.shape)
    mean, log_truth, human = mean_prediction(counts), _log(truth), votes.entropy(votes.distribution(fresh))
    tied = votes.tied(fresh)
    majority = tied / tied.sum(axis=1, keepdims=True)

    def gain(size: float) -> float:
        evidence = log_truth - mean + size * noise

        def loss(gain: float) -> float:
            return float(-(majority * log_softmax(mean + gain * evidence, axis=1)).sum())

        return float(minimize_scalar(loss, bounds=(0, 10), method="bounded").x)

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
    return HardArm(gain(size), size, mean)


def predictions(
    truth: Floats,
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
        return hard.mean + hard.gain * (log_truth - hard.mean + hard.noise * (common + own))

    first, second = arm(), arm()
    logits = {"hard": first} | {
        str(index): (1 - step) * second + step * log_truth for index, step in enumerate(steps)
    }
    return {name: log_softmax(values, axis=-1) for name, values in logits.items()}


def mean_prediction(counts: Counts) -> Floats:
    """Log of the mean annotation distribution: what an arm predicts that sees nothing. Shape [n_classes]."""
    return _log(votes.distribution(counts).mean(axis=0))


def _log(p: Floats) -> Floats:
    """Log-probabilities, with what is too small to tell raised to `SMALLEST`."""
    return log_softmax(np.log(np.maximum(p, SMALLEST)), axis=-1)
