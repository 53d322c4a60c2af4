"""Statistics: how far a measured number can be trusted."""

from softlabel_core.statistics.across_sets import mean_over_sets, ratio_of_means
from softlabel_core.statistics.ambiguity import Bin, by_bin
from softlabel_core.statistics.limits import (
    FLOORED,
    PRIORS,
    dirichlet_multinomial,
    floor_sensitivity,
    floors,
    with_excess,
)
from softlabel_core.statistics.references import reference_predictions
from softlabel_core.statistics.resampling import (
    BLOCK,
    MIN_SEEDS,
    N_OFTEN,
    N_PLANNED,
    N_QUICK,
    N_RESAMPLES,
    NO_ESTIMATE,
    Arms,
    Bootstrap,
    Estimate,
    bootstrap,
)

__all__ = [
    "BLOCK",
    "FLOORED",
    "MIN_SEEDS",
    "NO_ESTIMATE",
    "N_OFTEN",
    "N_PLANNED",
    "N_QUICK",
    "N_RESAMPLES",
    "PRIORS",
    "Arms",
    "Bin",
    "Bootstrap",
    "Estimate",
    "bootstrap",
    "by_bin",
    "dirichlet_multinomial",
    "floor_sensitivity",
    "floors",
    "mean_over_sets",
    "ratio_of_means",
    "reference_predictions",
    "with_excess",
]
