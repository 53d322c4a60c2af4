"""The design: what there is to train, and in which order."""

import pytest
from shared import sentence_of

from softlabel_book.capacity import design
from softlabel_core import models
from softlabel_core.study import protocols


@pytest.mark.parametrize("data", ["chaosnli", "politeness", "offensiveness", "cifar10h"])
def test_heads_have_a_training_of_their_own_for_each_length(data):
    protocol = protocols.get(data, "frozen")
    plan = design.plan(protocol)
    assert [series.read for series in plan] == [(n,) for n in (5, 20, 80, 320) for _ in range(6)]
    assert all(series.read[-1] == series.protocol.epochs for series in plan)
    assert [series.width for series in plan[:6]] == [0, 16, 64, 256, 1024, 4096]
    assert protocol in [series.protocol for series in plan]  # the recorded study is one of the cells


def test_networks_are_read_on_their_way():
    (encoder,) = design.plan(protocols.get("chaosnli", "minilm-nli"))
    assert (encoder.read, encoder.protocol.epochs, encoder.width) == ((1, 2, 3, 4, 5, 6), 6, None)
    protocol = protocols.get("cifar10h", "small")
    plan = design.plan(protocol)
    assert [(series.width, series.read) for series in plan] == [(w, (5, 10, 20, 40)) for w in (16, 32, 64)]
    assert plan[1].protocol == protocol


@pytest.mark.parametrize("family", design.SHAPES)
def test_every_width_is_a_model_of_that_width(family):
    widths, _, _ = design.SHAPES[family]
    for width, name in widths.items():
        made = models.images.named(name)
        if width:
            assert name == family or made.keywords == {"width": width}
        else:
            assert name == "linear"


def test_a_model_without_widths_is_refused():
    with pytest.raises(ValueError, match="no widths of cifar-resnet18") as error:
        design.plan(protocols.get("cifar10h", "scratch"))
    sentence_of(error)
    with pytest.raises(ValueError, match="no widths of linear"):
        design.plan(protocols.get("politeness", "head"))
