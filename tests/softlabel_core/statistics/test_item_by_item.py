"""Item by item: counted by hand on a handful of items."""

import numpy as np
import pytest
from scipy.special import log_softmax

from softlabel_core import metrics, votes
from softlabel_core.statistics.item_by_item import item_by_item


def test_a_handful_by_hand():
    counts = np.array([[9, 1], [8, 2], [2, 8], [5, 5]])
    sure, mild = np.log([0.99, 0.01]), np.log([0.7, 0.3])
    found = item_by_item(np.tile(mild, (4, 1)), np.tile(sure, (4, 1)), counts, np.arange(4), n_resamples=50)
    p = counts / 10
    difference = metrics.kl(p, [0.7, 0.3]) - metrics.kl(p, [0.99, 0.01])
    assert (difference > 0).tolist() == [False, False, False, False]
    assert found["reference_nearer"]["value"] == 0
    assert found["mean_difference"]["value"] == pytest.approx(difference.mean())
    assert found["median_difference"]["value"] == pytest.approx(np.sort(difference)[1])
    assert found["reference_wrong"]["value"] == 0.25  # a tie that holds the prediction is not wrong
    assert found["where_wrong"]["value"] == pytest.approx(difference[2])
    assert found["where_right"]["value"] == pytest.approx(difference[[0, 1, 3]].mean())
    assert found["from_wrong"]["value"] == pytest.approx(difference[2] / difference.sum())


@pytest.fixture(scope="module")
def many():
    """Two arms of three seeds, both noisy, one of them surer than it should be."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(400, 3))
    counts = rng.multinomial(30, np.exp(log_softmax(logits, axis=1)))
    noisy = logits + rng.normal(size=(3, 400, 3))
    return log_softmax(noisy, axis=-1), log_softmax(2 * noisy, axis=-1), counts


def test_an_item_is_the_mean_over_seeds_and_a_seed_is_wrong_by_itself(many):
    soft, hard, counts = many
    found = item_by_item(soft, hard, counts, np.arange(400), n_resamples=200)
    p = votes.distribution(counts)
    each = metrics.kl(p, log_q=soft) - metrics.kl(p, log_q=hard)
    item = each.mean(axis=0)
    assert found["reference_nearer"]["value"] == pytest.approx((item > 0).mean())
    assert found["quantiles"]["0.25"] == pytest.approx(np.quantile(item, 0.25))
    assert item.min() <= found["median_difference"]["low"] < found["median_difference"]["high"] <= item.max()
    wrong = 1 - np.mean([metrics.evaluate(None, counts, log_p=one)["accuracy"] for one in hard])
    assert found["reference_wrong"]["value"] == pytest.approx(wrong, abs=0.02)  # ties count half there
    for key in ("reference_nearer", "mean_difference", "where_wrong", "from_wrong"):
        assert found[key]["low"] < found[key]["value"] < found[key]["high"]


def test_the_parts_add_up_to_the_mean(many):
    soft, hard, counts = many
    found = {key: held["value"] for key, held in item_by_item(soft, hard, counts, np.arange(400), 10).items()
             if key != "quantiles"}  # fmt: skip
    whole = (
        found["reference_wrong"] * found["where_wrong"]
        + (1 - found["reference_wrong"]) * found["where_right"]
    )
    assert whole == pytest.approx(found["mean_difference"])
    lost = found["from_wrong"] * found["mean_difference"]
    assert lost == pytest.approx(found["reference_wrong"] * found["where_wrong"])


def test_a_resample_counts_an_item_as_often_as_it_was_drawn():
    rng = np.random.default_rng(3)
    soft, hard = (log_softmax(rng.normal(size=(7, 2)), axis=1) for _ in range(2))
    counts = rng.multinomial(9, [0.5, 0.5], size=7)
    found = item_by_item(soft, hard, counts, np.arange(7), n_resamples=2000, seed=1)
    p = votes.distribution(counts)
    difference = metrics.kl(p, log_q=soft) - metrics.kl(p, log_q=hard)
    drawn = np.sort([np.sort(rng.choice(difference, 7))[3] for _ in range(20_000)])
    assert found["median_difference"]["low"] == pytest.approx(drawn[500])
    assert found["median_difference"]["high"] == pytest.approx(drawn[-500])


def test_no_share_of_a_difference_that_may_be_nothing(many):
    soft, _, counts = many
    again = item_by_item(soft, soft + 0.0, counts, np.arange(400), n_resamples=20)
    assert again["from_wrong"]["defined"] is False
    assert again["mean_difference"]["value"] == 0
