"""Which items filter and region leave, held against the core."""

from __future__ import annotations

import numpy as np
from explored import make, simulated

from softlabel_book.interactive.explorer import filters, payload
from softlabel_core import metrics, votes

ALL = {"majority": None, "where": "all"}
CERTAIN = [[0.0, 1.0], [0.0, 1.0]]


def test_what_is_shown_follows_filter_and_region():
    figure = make()
    given_ = simulated()
    p_human = votes.distribution(given_["counts"])
    hard, soft = (given_["p_model"][arm] for arm in ("hard", "soft"))
    human, own = votes.entropy(p_human), votes.entropy(hard)
    ids = np.array([str(i) for i in given_["ids"]])
    assert sorted(figure.shown) == sorted(ids)
    figure.region = (0.2, 1.0, 0.1, 0.9)
    wanted = (human >= 0.2) & (human <= 1.0) & (own >= 0.1) & (own <= 0.9)
    assert 0 < wanted.sum() < 40
    assert set(figure.shown) == set(ids[wanted])
    figure.filter = {"where": "differ"}
    wanted &= hard.argmax(axis=1) != soft.argmax(axis=1)
    assert set(figure.shown) == set(ids[wanted])
    figure.region = None
    for where, rule in {
        "first-nearer": np.less(*(metrics.per_item(np.log(p), given_["counts"])["kl"] for p in (hard, soft))),
        "second-wrong": [row[soft[i].argmax()] < row.max() for i, row in enumerate(given_["counts"])],
    }.items():
        figure.filter = {"where": where, "majority": None}
        assert set(figure.shown) == set(ids[np.array(rule)])
    figure.filter = {"where": "all", "majority": "dog"}
    dogs = given_["counts"][:, 1] == given_["counts"].max(axis=1)
    assert set(figure.shown) == set(ids[dogs])
    order = next(o["items"] for o in figure.payload["orders"] if o["key"] == "ambiguous")
    assert figure.shown == [str(100 + row) for row in order if dogs[row]]


def test_what_two_arms_rule_out_alike_is_nearer_to_neither():
    shown = payload(["a", "b"], ["x", "y"], [[1, 0], [1, 1]], {"hard": CERTAIN, "soft": CERTAIN}, title="t")
    assert shown["models"]["hard"]["kl"] == [None, None]
    for where in ("first-nearer", "second-nearer", "differ"):
        assert not filters.kept(shown, "hard", "soft", {"majority": None, "where": where}, None).any()
    wrong = filters.kept(shown, "hard", "soft", {"majority": None, "where": "first-wrong"}, None)
    assert wrong.tolist() == [True, False]  # any class of a tie is right
    edge = shown["entropy"][1]
    assert filters.kept(shown, "hard", "soft", ALL, [edge, edge, 0, 0]).tolist() == [False, True]
