"""Protocols: everything about training that all arms of a study share."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

PRECISIONS = ("bf16", "fp32")


@dataclass(frozen=True)
class Protocol:
    """How every arm of a study is trained: fixed epochs, last state, no selection.

    Attributes
    ----------
    data, name : str
        The data set, and what the protocol is called there.
    model : str
        A name of `models.MODELS`.
    epochs, batch_size : int
    learning_rate, momentum, weight_decay : float
        Of SGD with Nesterov momentum; the rate falls to zero along a cosine after
        a linear rise over the share `warmup` of the steps.
    augment : bool
        Whether training images are shifted by up to 4 pixels and mirrored.
    precision : {"bf16", "fp32"}
        Type of the forward pass in training (autocast); predictions are always float32.
    pretraining : str or None
        Protocol of `cifar10-train` that the model starts from.
    folds : tuple of int
        Which of the 5 folds are run; (0,) is the fixed split.
    seeds : int
        How many seeds the recorded study has.
    cost : str
        What one run takes, where that was measured.

    Raises
    ------
    ValueError
        If a number that must be positive is not, or the precision is unknown.
    """

    data: str
    name: str
    model: str
    epochs: int
    learning_rate: float
    batch_size: int = 128
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup: float = 0.1
    augment: bool = True
    precision: str = "bf16"
    pretraining: str | None = None
    folds: tuple[int, ...] = (0,)
    n_folds: int = 5
    split_seed: int = 0
    validation: float = 0.1
    seeds: int = 5
    cost: str = "not measured yet"

    def __post_init__(self) -> None:
        for setting in ("epochs", "batch_size", "learning_rate"):
            if not getattr(self, setting) > 0:
                raise ValueError(
                    f"{self.data} {self.name}: {setting}={getattr(self, setting)} must be above 0."
                )
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"{self.data} {self.name}: there is no precision {self.precision!r}; choose from {', '.join(PRECISIONS)}."
            )

    def settings(self) -> dict[str, Any]:
        """What a run's outcome depends on, as plain values for its record."""
        shared = asdict(self)
        for planned in ("folds", "seeds", "cost"):
            del shared[planned]
        return shared


_PROTOCOLS = (
    Protocol(
        "digits", "small", "small-mlp", 60, 0.05, augment=False, precision="fp32", weight_decay=1e-4, seeds=5
    ),
    # The published setting of Gheibi & Ghazizadeh (2026), less the inner validation items.
    Protocol("cifar10h", "scratch", "cifar-resnet18", 200, 0.1, warmup=0.0, seeds=10),
    # Fine-tuned from the 50,000 training images without twins, as Peterson et al. (2019) did in spirit.
    Protocol(
        "cifar10h",
        "pretrained",
        "cifar-resnet18",
        30,
        0.01,
        pretraining="resnet18",
        folds=(0, 1, 2, 3, 4),
        seeds=5,
    ),
    # What two cores can train.
    Protocol("cifar10h", "small", "small-resnet", 40, 0.1, seeds=3),
    Protocol("cifar10h", "small-pretrained", "small-resnet", 10, 0.01, pretraining="small-resnet", seeds=3),
    Protocol("cifar10-train", "resnet18", "cifar-resnet18", 60, 0.1, batch_size=256, seeds=5),
    Protocol("cifar10-train", "small-resnet", "small-resnet", 8, 0.1, seeds=1),
)
PROTOCOLS = {(protocol.data, protocol.name): protocol for protocol in _PROTOCOLS}


def get(data: str, name: str, **changes: Any) -> Protocol:
    """Look up a protocol, with some settings changed for a trial.

    Raises
    ------
    ValueError
        If the data set has no protocol of that name.
    """
    if (data, name) not in PROTOCOLS:
        known = [protocol.name for protocol in _PROTOCOLS if protocol.data == data]
        options = f"choose one of {', '.join(known)}" if known else "no protocol is defined for that data set"
        raise ValueError(f"{data} has no protocol {name!r}; {options}.")
    return replace(PROTOCOLS[data, name], **changes)
