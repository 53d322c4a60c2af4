"""What a test part could show at all, as people read it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from softlabel_book.power.analysis import ASKED, CLAIMED
from softlabel_book.tables import DASH


def table(numbers: dict[str, Any]) -> pd.DataFrame:
    """A data set's cases as rows that people read; a dash where a number does not exist."""
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
        return DASH
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
