"""Benchmark: the bootstrap of a full study, against scipy's correlations on explicitly repeated samples.

Prints times with peak memory; exits 1 when the bootstrap takes more than 10 s or 2 GB.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np

from softlabel_core import metrics, statistics

SECONDS, GIGABYTES = 10.0, 2.0  # for one arm on two cores
RIVAL_RESAMPLES = 3  # its time is proportional to their number


def main() -> int:
    """Time both; 0 if within the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option, default in (
        ("arms", 1),
        ("seeds", 5),
        ("items", 10_000),
        ("classes", 10),
        ("resamples", 1000),
    ):
        parser.add_argument(f"--{option}", type=int, default=default)
    size = parser.parse_args()
    log_p, counts = simulate(size.arms, size.seeds, size.items, size.classes)
    groups = np.arange(size.items)
    gold = counts.argmax(axis=1)

    start = time.perf_counter()
    statistics.bootstrap(log_p, counts, groups, gold, n_resamples=size.resamples)
    ours = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    rival = repeat_the_sample(log_p, counts, gold, RIVAL_RESAMPLES) * size.resamples / RIVAL_RESAMPLES

    print(
        f"{size.resamples} resamples, {size.items} items, {size.classes} classes, {size.seeds} seeds, "
        f"{size.arms} arm(s), {len(metrics.METRICS) - 1} metrics"
    )
    print(f"bootstrap                {ours:8.1f} s   peak memory of the process {peak:.2f} GB")
    print(f"evaluate on each sample  {rival:8.1f} s   (extrapolated), {rival / ours:.0f} times as long")
    print(f"budget                   {SECONDS:8.1f} s   {GIGABYTES:.2f} GB")
    return int(ours > SECONDS or peak > GIGABYTES)


def simulate(
    n_arms: int, n_seeds: int, n_items: int, n_classes: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Log-probabilities [n_seeds, n_items, n_classes] of each arm, with 50 votes an item, many unanimous."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet(np.full(n_classes, 0.03), n_items)
    counts = rng.multinomial(50, truth)
    log_p = {}
    for arm in range(n_arms):
        noise = rng.dirichlet(np.full(n_classes, 0.3), (n_seeds, n_items))
        log_p[f"arm {arm}"] = np.log(0.7 * truth + 0.29 * noise + 0.01 / n_classes).astype(np.float32)
    return log_p, counts


def repeat_the_sample(
    log_p: dict[str, np.ndarray], counts: np.ndarray, gold: np.ndarray, n_resamples: int
) -> float:
    """Seconds that the plain way takes: draw the rows, evaluate anew."""
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    for _ in range(n_resamples):
        rows = rng.integers(len(counts), size=len(counts))
        for predictions in log_p.values():
            for one in predictions:
                metrics.evaluate(None, counts[rows], gold[rows], log_p=one[rows])
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
