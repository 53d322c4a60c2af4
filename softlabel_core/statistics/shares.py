"""Shares: how much of one arm's gain another arm already has."""

from __future__ import annotations

import numpy as np

from softlabel_core.metrics import METRICS
from softlabel_core.statistics.resampling import Bootstrap, Estimate


def share_of_gain(
    boot: Bootstrap, metric: str, partly: str, wholly: str, reference: str, level: float = 0.95
) -> Estimate:
    """(`reference` - `partly`) / (`reference` - `wholly`): what one temperature buys of what soft labels gain.

    The interval is the percentile of this ratio over the paired resamples. Both differences come from the
    same resample, so that what they share in luck cancels. It may lie below 0 and above 1: what buys part
    of a gain may as well spoil it, or buy more.

    Parameters
    ----------
    boot : Bootstrap
    metric : str
    partly, wholly, reference : str
        Arms of `boot`.
    level : float

    Returns
    -------
    Estimate
        Not `defined`, and to be printed as a dash, where `wholly` gains nothing: where the interval of its
        difference touches 0, or lies on the side that is worse.

    Raises
    ------
    ValueError
        As `Bootstrap.interval` does.
    """
    gain = boot.difference(metric, wholly, reference, level)
    part = boot.difference(metric, partly, reference, level)
    draws, base = boot.draws, boot.draws[reference][metric]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(np.divide(part.value, gain.value))
        shares = (draws[partly][metric] - base) / (draws[wholly][metric] - base)
    low = high = float("nan")
    if not np.isnan(shares).any():
        low = float(np.quantile(shares, (1 - level) / 2, method="lower"))
        high = float(np.quantile(shares, (1 + level) / 2, method="higher"))
    gains = gain.high < 0 if METRICS[metric].better == "lower" else gain.low > 0
    return Estimate(value, low, high, bool(gains and np.isfinite([value, low, high]).all()))
