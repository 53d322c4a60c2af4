"""What a cell says, against an independent computation, and what the file refuses."""

from dataclasses import replace

import numpy as np
import pytest
from shared import sentence_of

from softlabel_book.capacity import analysis, design
from softlabel_book.capacity.analysis import AGAINST, MEASURES, Read
from softlabel_core import calibration, data, metrics, study
from softlabel_core.storage import RecordError

SEEDS = [0, 1]


@pytest.fixture(scope="module")
def parts(digits, protocol):
    split = study.split_of(digits, protocol, 0)
    return digits.take(split.validation), digits.take(split.test)


@pytest.fixture(scope="module")
def read(parts):
    """Predictions of two seeds: hard ones are far too sure, soft ones are nearly right."""
    held, test = parts
    rng, found = np.random.default_rng(0), {}
    for arm, power in (("hard", 4.0), ("soft", 1.0)):
        made = []
        for part in (held, test):
            p = part.p_human + 0.01
            noisy = power * (np.log(p) + 0.7 * rng.normal(size=(2, *p.shape)))
            made.append(
                metrics.check_log_probabilities(np.log(np.exp(noisy) / np.exp(noisy).sum(2, keepdims=True)))
            )
        found[arm] = Read(*(np.float32(one) for one in made), [0.1, 0.2])
    return found


@pytest.fixture(scope="module")
def cell(protocol, parts, read):
    series = design.Series(replace(protocol, model="small-mlp-8", epochs=20), 8, (20,))
    return analysis.cell(series, 20, 682, read, *parts, n_resamples=80)


def scores(log_p, part):
    return [metrics.evaluate(None, part.counts, log_p=one) for one in log_p]


def test_a_cell_is_what_its_predictions_come_to(cell, parts, read):
    held, test = parts
    for arm in ("hard", "soft"):
        plain = scores(read[arm].test, test)
        for name, fit in (
            ("", None),
            ("temperature", calibration.on_majority),
            ("temperature-votes", calibration.on_votes),
        ):
            wanted = plain
            if fit:
                fitted = [fit(one, held.counts) for one in read[arm].validation]
                assert cell["temperatures"][f"{arm}/{name}"] == [one.value for one in fitted]
                wanted = scores([t(one) for t, one in zip(fitted, read[arm].test, strict=True)], test)
            for key in MEASURES:
                found = cell["metrics"][f"{arm}/{name}".rstrip("/")][key]
                assert found["per_seed"] == pytest.approx([one[key] for one in wanted])
                assert found["value"] == pytest.approx(np.mean([one[key] for one in wanted]))
                assert found["low"] < found["value"] < found["high"]


def test_changes_are_of_what_they_say(cell):
    for name, (arm, reference) in AGAINST.items():
        above, below = (cell["metrics"][one] for one in (arm, reference))
        kl = cell["changes"][name]["kl"]
        assert kl["value"] == pytest.approx(above["kl"]["value"] / below["kl"]["value"] - 1)
        ratios = np.divide(above["kl"]["per_seed"], below["kl"]["per_seed"])
        assert kl["per_seed"] == pytest.approx(ratios - 1)
        for key in set(MEASURES) - {"kl"}:
            wanted = above[key]["value"] - below[key]["value"]
            assert cell["changes"][name][key]["value"] == pytest.approx(wanted, abs=1e-12)
    assert cell["changes"]["untouched"]["kl"]["value"] < cell["changes"]["both"]["kl"]["value"] < 0


def test_cells_stand_by_size_and_length_and_are_found(cell, protocol):
    numbers = {"cells": []}
    series = design.Series(replace(protocol, model="small-mlp-8", epochs=20), 8, (10, 20))
    assert not analysis.holds(numbers, series, 20)
    analysis.put(numbers, cell)
    analysis.put(numbers, cell | {"epoch": 10})
    analysis.put(numbers, cell | {"model": "small-mlp-2", "n_parameters": 3})
    assert [(one["n_parameters"], one["epoch"]) for one in numbers["cells"]] == [
        (3, 20),
        (682, 10),
        (682, 20),
    ]
    assert analysis.holds(numbers, series, 10)
    assert not analysis.holds(numbers, replace(series, protocol=protocol), 20)


def test_cells_of_other_settings_seeds_or_votes_are_refused(digits, protocol, parts):
    known = analysis.empty(protocol, digits, SEEDS, *parts)
    analysis.check(known, known, protocol, "here")
    others = {
        "batch_size": (replace(protocol, batch_size=7), digits, SEEDS),
        "seeds": (protocol, digits, [0]),
        "data_hash": (protocol, data.load("digits", n_items=400, seed=1), SEEDS),
    }
    for named, (other, votes, seeds) in others.items():
        wanted = analysis.empty(other, votes, seeds, *parts)
        with pytest.raises(RecordError, match=f"^here was measured with another {named};") as error:
            analysis.check(known, wanted, other, "here")
        sentence_of(error)
