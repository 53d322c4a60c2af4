"""The measures that the figures share, as JavaScript works them out, held against the Python core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from softlabel_core import metrics, votes

SOURCES = Path(__file__).resolve().parents[2] / "softlabel_book" / "interactive"
HERE = "http://localhost/"
ASK = """async ([file, name, given]) => {
  const call = (await import(file))[name];
  return given.map((one) => call(...one));
}"""


@pytest.fixture
def ask(page):
    """Call a function of shared/ in the browser, once for each list of arguments."""

    def serve(route):
        path = SOURCES / route.request.url.removeprefix(HERE)
        if path.suffix == ".js" and path.is_file():
            route.fulfill(path=path, content_type="text/javascript")
        elif path.suffix == ".js":
            route.fulfill(status=404)  # a request without an answer would be waited on for ever
        else:
            route.fulfill(body="<!doctype html><title>t</title>", content_type="text/html")

    page.route(f"{HERE}**", serve)
    page.goto(HERE)
    return lambda name, given, file="metrics": page.evaluate(ASK, [f"/shared/{file}.js", name, given])


def some_votes(n_classes: int = 4, n: int = 200) -> np.ndarray:
    """Few votes on each item, so that many are tied."""
    return np.random.default_rng(n_classes).integers(0, 3, (n, n_classes)) + np.eye(n_classes, dtype=int)[0]


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_a_tie_is_broken_as_the_core_breaks_it(ask, n_classes):
    counts, coins = some_votes(n_classes), np.random.default_rng(1).random((200, n_classes))
    assert votes.ties(counts).sum() > 20
    shown, trained = ([counts.tolist()], [counts.tolist(), coins.tolist()])
    assert ask("topClass", list(zip(*shown, strict=True))) == votes.majority(counts).tolist()
    assert ask("topClass", list(zip(*trained, strict=True))) == votes.break_ties(counts, coins).tolist()
    one_hot = ask("hardLabel", list(zip(*trained, strict=True)))
    np.testing.assert_array_equal(one_hot, np.eye(n_classes)[votes.break_ties(counts, coins)])
    tied = [np.flatnonzero(row).tolist() for row in votes.tied(counts)]
    assert ask("topClasses", [[row] for row in counts.tolist()]) == tied
    each = [[row, k] for row in counts.tolist() for k in range(n_classes)]
    assert ask("isMajority", each, "crowd") == votes.tied(counts).ravel().tolist()


def test_measures_of_distributions_are_the_cores(ask):
    p = votes.distribution(some_votes())
    q = np.random.default_rng(2).dirichlet(np.ones(4), len(p))
    both = [list(pair) for pair in zip(p.tolist(), q.tolist(), strict=True)]
    for name, core in (
        ("kl", metrics.kl),
        ("jsDistance", metrics.js_distance),
        ("totalVariation", metrics.total_variation),
    ):
        np.testing.assert_allclose(ask(name, both), core(p, q), atol=1e-12)
    np.testing.assert_allclose(ask("entropy", [[one] for one in p.tolist()]), votes.entropy(p), atol=1e-12)
    np.testing.assert_allclose(ask("crossEntropy", both), votes.entropy(p) + metrics.kl(p, q), atol=1e-12)
    human, model = votes.entropy(p), votes.entropy(q)
    (r,) = ask("pearson", [[human.tolist(), model.tolist()]])
    assert r == pytest.approx(scipy.stats.pearsonr(human, model).statistic, abs=1e-12)
