"""Design of the measurement: models from small to large, trained from briefly to long, and when each is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from softlabel_core.study.protocols import Protocol

Widths = dict[int | None, str]  # a model's width, None where it has but one, with its name

# What one core trains in seconds has a schedule of its own for each length: each cell is a model as somebody would
# train it, and that of the protocol's own width and length is the recorded study's, to the bit. What takes minutes
# is trained once and read on its way, so all but its last reading have a learning rate that has not come down yet.
EACH, ALONG = "each", "along"
HEADS: Widths = {
    0: "linear",
    16: "head-mlp-16",
    64: "head-mlp-64",
    256: "head-mlp",
    1024: "head-mlp-1024",
    4096: "head-mlp-4096",
}
SHAPES: dict[str, tuple[Widths, str, tuple[int, ...]]] = {
    "head-mlp": (HEADS, EACH, (5, 20, 80, 320)),
    "small-mlp": ({8: "small-mlp-8", 32: "small-mlp-32", 128: "small-mlp"}, EACH, (5, 20, 60)),
    "small-resnet": (
        {16: "small-resnet-16", 32: "small-resnet", 64: "small-resnet-64"},
        ALONG,
        (5, 10, 20, 40),
    ),
}
"""By the protocol's model: its widths, whether each length is a training of its own, and after which epochs it is read.

The width of a head is that of its hidden layer, 0 for none; that of a residual network the channels of its first stage.
"""
FINE_TUNED = (1, 2, 3, 4, 5, 6)  # epochs after which an encoder is read that learns with its head


@dataclass(frozen=True)
class Series:
    """Models that differ in arm and seed only, read after some of their epochs.

    Attributes
    ----------
    protocol : Protocol
        With the model and the number of epochs of this series.
    width : int or None
        None where the model has but one.
    read : tuple of int
        Epochs after which predictions are read, the last one the protocol's.
    """

    protocol: Protocol
    width: int | None
    read: tuple[int, ...]


def plan(protocol: Protocol) -> list[Series]:
    """Every series of a protocol, those that train shortest first.

    Raises
    ------
    ValueError
        If the protocol's model has no widths to choose from.
    """
    widths, how, epochs = _shape(protocol)
    if how == ALONG:
        return [_series(protocol, width, name, epochs) for width, name in widths.items()]
    return [_series(protocol, width, name, (n,)) for n in epochs for width, name in widths.items()]


def _shape(protocol: Protocol) -> tuple[Widths, str, tuple[int, ...]]:
    if protocol.model in SHAPES:
        return SHAPES[protocol.model]
    if protocol.optimizer == "adamw" and not (protocol.encoder or protocol.frozen):  # an encoder, fine-tuned
        return {None: protocol.model}, ALONG, FINE_TUNED
    raise ValueError(
        f"{protocol.data} {protocol.name}: there are no widths of {protocol.model} to compare; choose a protocol with "
        f"{', '.join(SHAPES)} or one that trains an encoder."
    )


def _series(protocol: Protocol, width: int | None, name: str, read: tuple[int, ...]) -> Series:
    return Series(replace(protocol, model=name, epochs=read[-1]), width, read)
