"""Across sets: means and ratios of what was measured on several data sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from softlabel_core.statistics.resampling import NO_ESTIMATE, Estimate


def mean_over_sets(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of independent estimates, with an interval made from theirs alone.

    Each interval's lower and upper arms are added in squares, so that what is skewed
    stays skewed: low = mean - sqrt(sum of (value_i - low_i)^2) / n, and likewise high.
    Estimates with symmetric intervals get what a sum of independent normals would.

    Parameters
    ----------
    estimates : sequence of Estimate
        Of different data sets, all at the same level; none gives NaN.

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures",
    Statistics in Medicine 27(10), for sums of independent quantities.
    """
    if not estimates:
        return NO_ESTIMATE
    value, low, high = np.array([[e.value, e.low, e.high] for e in estimates]).T
    mean, n = float(value.mean()), len(estimates)
    with np.errstate(invalid="ignore"):  # an infinite KL has no interval around it
        below, above = (float(np.sqrt(((value - end) ** 2).sum())) / n for end in (low, high))
    return Estimate(mean, mean - below, mean + above, bool(np.isfinite([mean, below, above]).all()))


def ratio_of_means(
    arm: Sequence[Estimate], reference: Sequence[Estimate], difference: Sequence[Estimate]
) -> Estimate:
    """Relative change of the mean over independent sets: sum of `arm` / sum of `reference` - 1.

    The interval is normal (delta method). Half widths stand in for standard errors, and
    the covariance of arm and reference on a set comes from the half width of their
    paired difference: 2 cov = arm^2 + reference^2 - difference^2.

    Parameters
    ----------
    arm, reference, difference : sequence of Estimate
        One entry a set, in the same order and at the same level.

    Returns
    -------
    Estimate
        Not `defined` where the interval of the reference's mean touches 0.
    """
    base = mean_over_sets(reference)
    if not base.defined:
        return NO_ESTIMATE
    a, r, d = (np.array([(e.high - e.low) / 2 for e in part]) for part in (arm, reference, difference))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.mean([e.value for e in arm]) / np.float64(base.value)
        squared = (a**2 + (ratio * r) ** 2 - ratio * (a**2 + r**2 - d**2)).sum()
        # Skewed ends may sum to less than nothing.
        half = np.sqrt(np.maximum(squared, 0.0)) / abs(len(reference) * base.value)
    value, low, high = float(ratio - 1), float(ratio - 1 - half), float(ratio - 1 + half)
    sound = bool(np.isfinite([value, low, high]).all()) and not base.low <= 0 <= base.high
    return Estimate(value, low, high, sound)
