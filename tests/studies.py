"""What the tests of studies share: a small protocol, and how records are compared and refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from softlabel_core import data
from softlabel_core.storage import RecordError
from softlabel_core.study import protocols
from softlabel_core.study.protocols import Protocol
from softlabel_core.study.record import ARRAYS, read_record

QUICK = protocols.get("digits", "small", epochs=3)
ARMS = ["hard", "gold", "soft"]
TINY = Protocol("cifar10-train", "tiny", "small-mlp", 2, 0.05, augment=False, precision="fp32", seeds=2)
TUNED = replace(QUICK, name="tuned", pretraining="tiny")
SEARCH = replace(QUICK, search=(("epochs", (2, 3, 4)), ("weight_decay", (1e-4, 1e-2))), trials=3)
TUNED_ARMS = ["hard", "soft", "smoothing"]
CHANGES_BY_RUN = ("seconds", "peak_memory_bytes")


def some_digits():
    return data.load("digits", n_items=500)


def holding(folder):
    return sorted(path.name for path in folder.rglob("*.npz"))


def assert_same(one, other, runs):
    """The same records to the last bit, but for how long they took."""
    for run in runs:
        a, b = read_record(one / run.file), read_record(other / run.file)
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        for key in CHANGES_BY_RUN:
            assert a.meta.pop(key) > 0
            assert b.meta.pop(key) > 0
        assert a.meta == b.meta


def refused(match, act, *given, **named):
    """The RecordError's sentence."""
    with pytest.raises(RecordError, match=match) as error:
        act(*given, **named)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)
