"""What each use comes to, against an independent computation from made-up predictions."""

from dataclasses import replace

import numpy as np
import pytest

from softlabel_book.repair import analysis, design
from softlabel_book.repair.analysis import MEASURES
from softlabel_core import data, metrics, study


@pytest.fixture(scope="module")
def parts(digits, protocol):
    split = study.split_of(digits, protocol, 0)
    return digits.take(split.validation), digits.take(split.test)


@pytest.fixture(scope="module")
def seeds(parts, fewer):
    """Predictions that are the votes with noise, another for each name."""
    with fewer():
        return _made_up(*parts)


def _made_up(held, test):
    rng, found = np.random.default_rng(0), {}
    names = ["hard", "soft"] + [
        design.name_of(way, n, draw)
        for way in design.WAYS
        for n in design.budgets(held.n_items)
        for draw in design.draws(n, held.n_items)
    ]
    for seed in (0, 1):
        noisy = {name: test.p_human + rng.uniform(0.02, 0.4, test.p_human.shape) for name in names}
        found[seed] = {name: np.log(p / p.sum(axis=1, keepdims=True)) for name, p in noisy.items()}
        for n in design.budgets(held.n_items):
            for draw in design.draws(n, held.n_items):
                for way in design.TAUGHT:
                    found[seed][design.name_of(f"epochs of {way}", n, draw)] = np.array(
                        (seed + draw) % 3 * 10
                    )
    return found


@pytest.fixture(scope="module")
def made(seeds, protocol, digits, fewer):
    with fewer():
        return analysis.make(seeds, protocol, digits, n_resamples=60)


def scores(seeds, test, name):
    return [metrics.evaluate(None, test.counts, log_p=predicted[name]) for predicted in seeds.values()]


def test_a_use_is_the_mean_over_its_draws_and_seeds(made, seeds, parts, few):
    held, test = parts
    for way in design.WAYS:
        assert [use["n_items"] for use in made["ways"][way]] == [10, 30, held.n_items]
        for use in made["ways"][way]:
            draws = design.draws(use["n_items"], held.n_items)
            found = [scores(seeds, test, design.name_of(way, use["n_items"], draw)) for draw in draws]
            for key in MEASURES:
                per_seed = np.mean([[one[key] for one in draw] for draw in found], axis=0)
                assert use["metrics"][key]["per_seed"] == pytest.approx(per_seed)
                assert use["metrics"][key]["value"] == pytest.approx(per_seed.mean())
                assert use["metrics"][key]["low"] < use["metrics"][key]["value"] < use["metrics"][key]["high"]


def test_changes_are_against_what_they_say(made):
    references = {arm: made["references"][arm]["metrics"] for arm in ("hard", "soft")}
    for way, found in made["ways"].items():
        for use, other in zip(found, made["ways"]["temperature"], strict=True):
            against = references | ({} if way == "temperature" else {"temperature": other["metrics"]})
            assert set(use["differences"]) == set(use["relative"]) == set(against)
            for name, metrics_of in against.items():
                for key in MEASURES:
                    wanted = use["metrics"][key]["value"] - metrics_of[key]["value"]
                    assert use["differences"][name][key]["value"] == pytest.approx(wanted, abs=1e-12)
                ratio = use["metrics"]["kl"]["value"] / metrics_of["kl"]["value"] - 1
                assert use["relative"][name]["kl"]["value"] == pytest.approx(ratio)


def test_votes_and_choices_are_counted(made, parts, digits):
    held, _ = parts
    assert made["ways"]["vector"][-1]["n_votes"] == held.counts.sum()
    assert made["ways"]["vector"][0]["n_votes"] == 10 * 20  # of digits every item has twenty
    assert "epochs" not in made["ways"]["vector"][0]
    found = made["ways"]["further"][0]["epochs"]
    assert found["mean"] == pytest.approx((0 + 10 + 10 + 20) / 4)
    assert (found["none"], found["all"]) == (0.25, 0.25)  # of 20 epochs


def test_seeds_count_only_with_the_same_settings_votes_and_rule(made, protocol, digits, monkeypatch):
    assert analysis.seeds_of(made, protocol, digits) == [0, 1]
    assert analysis.seeds_of(made, replace(protocol, epochs=3), digits) == []
    assert analysis.seeds_of(made, protocol, data.load("digits", n_items=600, seed=1)) == []
    monkeypatch.setattr(design, "RULE", "another")
    assert analysis.seeds_of(made, protocol, digits) == []
