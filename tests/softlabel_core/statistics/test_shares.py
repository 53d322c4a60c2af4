"""Shares: part of a gain, from the same resamples, and a dash where nothing is gained."""

import numpy as np
import pytest
from scipy.special import log_softmax

from softlabel_core import statistics
from softlabel_core.statistics.shares import share_of_gain


def study(seed=0, n=300):
    """A hard arm that is too sure, the same at a better temperature, and one that knows the votes."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 3))
    counts = rng.multinomial(40, np.exp(log_softmax(2 * logits, axis=1)))
    own = 2 * logits + 0.6 * rng.normal(size=(5, n, 3))
    arms = {"hard": 3 * own, "mild": 1.5 * own, "soft": 2 * np.stack([logits] * 5)}
    return {arm: log_softmax(values, axis=-1) for arm, values in arms.items()}, counts


@pytest.fixture(scope="module")
def boot():
    log_p, counts = study()
    return statistics.bootstrap(log_p, counts, np.arange(len(counts)), n_resamples=400)


def test_a_share_is_the_ratio_of_two_differences_and_its_ends_are_quantiles_of_the_ratios(boot):
    found = share_of_gain(boot, "kl", "mild", "soft", "hard")
    hard, mild, soft = (boot.estimate[arm]["kl"] for arm in ("hard", "mild", "soft"))
    assert found.value == pytest.approx((hard - mild) / (hard - soft))
    hard, mild, soft = (boot.draws[arm]["kl"] for arm in ("hard", "mild", "soft"))
    ratios = np.sort((hard - mild) / (hard - soft))
    assert [found.low, found.high] == [ratios[9], ratios[390]]
    assert found.defined
    assert 0.5 < found.low < found.value < found.high < 1


def test_the_whole_gain_is_all_of_it_and_nothing_is_none(boot):
    assert share_of_gain(boot, "kl", "soft", "soft", "hard").low == pytest.approx(1)
    assert share_of_gain(boot, "kl", "hard", "soft", "hard").high == pytest.approx(0)


def test_where_nothing_is_gained_there_is_no_share(boot):
    backwards = share_of_gain(boot, "kl", "mild", "hard", "soft")  # the "gain" is a loss, and sure
    assert not backwards.defined
    assert not share_of_gain(boot, "kl", "mild", "hard", "hard").defined
    assert share_of_gain(boot, "entropy_pearson", "mild", "soft", "hard").defined  # higher is better here
    assert not share_of_gain(boot, "entropy_pearson", "mild", "hard", "soft").defined
