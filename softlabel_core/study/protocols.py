"""Protocols: everything about training that all arms of a study share."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

PRECISIONS = ("bf16", "fp32")
OPTIMIZERS = ("sgd", "adamw")
PRETRAINING_DATA = ("cifar10-train", "nli-pairs")  # sets that nothing is ever tested on


@dataclass(frozen=True)
class Protocol:
    """How every arm of a study is trained: fixed epochs, last state, no selection.

    Attributes
    ----------
    data, name : str
        The data set, and what the protocol is called there.
    model : str
        A name of `models.MODELS`, with a width or without, see `models.images.named`; for texts a name or
        folder that transformers knows.
    epochs, batch_size : int
    learning_rate, momentum, weight_decay : float
        Of the optimizer; the rate falls to zero along a cosine after a linear rise over
        the share `warmup` of the steps.
    optimizer : {"sgd", "adamw"}
        SGD with Nesterov momentum, or AdamW, which has none and spares biases and
        normalisations its weight decay.
    clip_norm : float or None
        Largest norm of a step's gradient.
    augment : bool
        Whether training images are shifted by up to 4 pixels and mirrored.
    precision : {"bf16", "fp32"}
        Type of the forward pass in training (autocast), bf16 only where it is native, see
        `training.precision_here`; predictions are always float32.
    pretraining : str or None
        Protocol of a pretraining set (`cifar10-train`, `nli-pairs`) that the model starts from.
    encoder : str or None
        Frozen text encoder whose embeddings the model reads instead of the texts.
    frozen : bool
        Whether the model reads the features of its pretraining's network, which stays as it
        is, instead of starting from that network's weights.
    max_length : int
        Tokens of a text that are read.
    subset : int or None
        How many items of a pretraining set are used, drawn with the split's seed; None for all.
    held_out : float
        Share of a pretraining set's groups that is kept out, to see what was learnt.
    folds : tuple of int
        Which of the 5 folds are run; (0,) is the fixed split.
    seeds : int
        How many seeds the recorded study has.
    cost : str
        What one run takes, where that was measured.
    search : tuple of (str, tuple of float)
        What tuning may change, and the values that it may take, see `tuning`; empty where nothing is tuned.
    trials : int
        How many settings tuning tries for each arm, this protocol's own among them.
    trial_seeds : int
        How many seeds each of them is tried with.

    Raises
    ------
    ValueError
        If a number that must be positive is not, or the precision or optimizer is unknown.
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
    optimizer: str = "sgd"
    clip_norm: float | None = None
    pretraining: str | None = None
    encoder: str | None = None
    frozen: bool = False
    max_length: int = 256
    subset: int | None = None
    held_out: float = 0.0
    folds: tuple[int, ...] = (0,)
    n_folds: int = 5
    split_seed: int = 0
    validation: float = 0.1
    seeds: int = 5
    cost: str = "not measured yet"
    search: tuple[tuple[str, tuple[float, ...]], ...] = ()
    trials: int = 8
    trial_seeds: int = 1

    def __post_init__(self) -> None:
        for setting in ("epochs", "batch_size", "learning_rate"):
            if not getattr(self, setting) > 0:
                raise ValueError(
                    f"{self.data} {self.name}: {setting}={getattr(self, setting)} must be above 0."
                )
        for setting, known in (("precision", PRECISIONS), ("optimizer", OPTIMIZERS)):
            if getattr(self, setting) not in known:
                raise ValueError(
                    f"{self.data} {self.name}: there is no {setting} {getattr(self, setting)!r}; "
                    f"choose from {', '.join(known)}."
                )

    def settings(self) -> dict[str, Any]:
        """What a run's outcome depends on, as plain values for its record."""
        shared = asdict(self)
        for planned in ("folds", "seeds", "cost", "search", "trials", "trial_seeds"):
            del shared[planned]
        return shared


# How texts are trained: a small encoder takes a larger rate than its big siblings.
_MINILM: dict[str, Any] = {
    "model": "all-minilm-l6-v2",
    "learning_rate": 1e-4,
    "batch_size": 32,
    "weight_decay": 0.01,
    "optimizer": "adamw",
    "clip_norm": 1.0,
    "augment": False,
}
_LARGE = _MINILM | {"model": "roberta-base", "learning_rate": 2e-5}
_MPNET = _LARGE | {"model": "all-mpnet-base-v2", "learning_rate": 2e-5}
# What an encoder may be trained by: a large one in steps of two around what is usual.
_LARGE_SEARCH = (("epochs", (2, 3, 5)), ("learning_rate", (1e-5, 2e-5, 4e-5)))
# What a small encoder overfits by: how long it trains, and how fast.
_MINILM_SEARCH = (("epochs", (1, 2, 3)), ("learning_rate", (1e-5, 3e-5, 1e-4)))
# Where the first search chose its fastest and longest: the same beyond that end, every combination, on two seeds.
_LONGER: dict[str, Any] = {
    "epochs": 6,
    "search": (("epochs", (3, 6, 10)), ("learning_rate", (1e-4, 2e-4))),
    "trials": 6,
    "trial_seeds": 2,
}
# A network of one hidden layer on frozen features: every arm, tuning and vote curve in minutes on two cores.
_FROZEN: dict[str, Any] = {
    "model": "head-mlp",
    "epochs": 20,
    "learning_rate": 1e-3,
    "weight_decay": 0.01,
    "optimizer": "adamw",
    "batch_size": 64,
    "precision": "fp32",
    "augment": False,
    "seeds": 5,
    "search": (
        ("epochs", (5, 10, 20, 40)),
        ("learning_rate", (1e-4, 3e-4, 1e-3, 3e-3)),
        ("weight_decay", (0.01, 0.1, 1.0)),
    ),
}
# A linear model on frozen embeddings: what two cores train in a second, for quick runs.
_HEAD: dict[str, Any] = {
    "model": "linear",
    "encoder": "all-minilm-l6-v2",
    "epochs": 15,
    "learning_rate": 0.01,
    "weight_decay": 0.3,  # four times as many features as a quick run has items
    "batch_size": 64,
    "precision": "fp32",
    "augment": False,
    "seeds": 3,
}

_PROTOCOLS = (
    Protocol(
        "digits",
        "small",
        "small-mlp",
        60,
        0.05,
        augment=False,
        precision="fp32",
        weight_decay=1e-4,
        seeds=5,
        search=(("epochs", (15, 30, 60)), ("weight_decay", (1e-4, 1e-3, 1e-2))),
        trials=6,
    ),
    # The published setting of Gheibi & Ghazizadeh (2026), less the inner validation items.
    Protocol(
        "cifar10h",
        "scratch",
        "cifar-resnet18",
        200,
        0.1,
        warmup=0.0,
        seeds=10,
        search=(("learning_rate", (0.05, 0.1)), ("weight_decay", (5e-4, 2e-3, 5e-3))),
        trials=5,
    ),
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
        search=(("epochs", (10, 30)), ("learning_rate", (0.003, 0.01, 0.03)), ("weight_decay", (5e-4, 5e-3))),
        trials=6,
    ),
    # What two cores can train.
    Protocol(
        "cifar10h",
        "small",
        "small-resnet",
        40,
        0.1,
        seeds=3,
        search=(("epochs", (20, 40)), ("weight_decay", (5e-4, 5e-3))),
        trials=4,
    ),
    Protocol(
        "cifar10h",
        "small-pretrained",
        "small-resnet",
        10,
        0.01,
        pretraining="small-resnet",
        seeds=3,
        search=(("epochs", (5, 10, 20)), ("learning_rate", (0.003, 0.01, 0.03))),
        trials=6,
    ),
    # Larger: half an hour for its stage before, and three minutes a run, on a processor with bf16.
    Protocol(
        "cifar10h",
        "cnn",
        "cnn",
        10,
        0.01,
        pretraining="cnn",
        seeds=5,
        search=(
            ("epochs", (5, 10, 20)),
            ("learning_rate", (0.003, 0.01, 0.03)),
            ("weight_decay", (5e-4, 5e-3)),
        ),
        trials=6,
    ),
    Protocol("cifar10h", "frozen", pretraining="small-resnet", frozen=True, **_FROZEN),
    Protocol("cifar10h", "cnn-frozen", pretraining="cnn", frozen=True, **_FROZEN),
    Protocol("cifar10-train", "resnet18", "cifar-resnet18", 60, 0.1, batch_size=256, seeds=5),
    Protocol("cifar10-train", "cnn", "cnn", 16, 0.1, held_out=0.02, seeds=1),
    Protocol("cifar10-train", "small-resnet", "small-resnet", 8, 0.1, seeds=1),
    # ChaosNLI is too small to teach inference, so the encoder learns that from other pairs first.
    Protocol(
        "chaosnli",
        "roberta-nli",
        epochs=3,
        pretraining="roberta-nli",
        seeds=5,
        search=_LARGE_SEARCH,
        trials=6,
        **_LARGE,
    ),
    # The largest encoder that needs no hub.
    Protocol(
        "chaosnli",
        "mpnet-nli",
        epochs=3,
        pretraining="mpnet-nli",
        seeds=5,
        search=_LARGE_SEARCH,
        trials=6,
        **_MPNET,
    ),
    Protocol(
        "chaosnli",
        "minilm-nli-all",
        epochs=3,
        pretraining="minilm-nli-all",
        seeds=5,
        search=_MINILM_SEARCH,
        trials=6,
        **_MINILM,
    ),
    # What two cores can train, the small encoder too.
    Protocol(
        "chaosnli",
        "minilm-nli",
        epochs=3,
        pretraining="minilm-nli",
        seeds=5,
        search=_MINILM_SEARCH,
        trials=6,
        **_MINILM,
    ),
    Protocol("chaosnli", "minilm", epochs=3, seeds=3, **_MINILM),
    Protocol("chaosnli", "frozen", pretraining="minilm-nli", frozen=True, **_FROZEN),
    Protocol("chaosnli", "head", **_HEAD),
    Protocol("politeness", "roberta", epochs=3, seeds=5, search=_LARGE_SEARCH, trials=6, **_LARGE),
    Protocol("politeness", "minilm-longer", **_MINILM | _LONGER),
    Protocol("politeness", "minilm", epochs=3, seeds=5, search=_MINILM_SEARCH, trials=6, **_MINILM),
    Protocol("politeness", "frozen", encoder="all-minilm-l6-v2", **_FROZEN),
    Protocol("politeness", "head", **_HEAD),
    Protocol("offensiveness", "roberta", epochs=3, seeds=5, search=_LARGE_SEARCH, trials=6, **_LARGE),
    Protocol("offensiveness", "minilm-longer", **_MINILM | _LONGER),
    Protocol("offensiveness", "minilm", epochs=3, seeds=5, search=_MINILM_SEARCH, trials=6, **_MINILM),
    Protocol("offensiveness", "frozen", encoder="all-minilm-l6-v2", **_FROZEN),
    Protocol("offensiveness", "head", **_HEAD),
    Protocol(
        "nli-pairs",
        "roberta-nli",
        epochs=2,
        max_length=128,
        held_out=0.02,
        seeds=1,
        **_LARGE | {"batch_size": 64},
    ),
    Protocol(
        "nli-pairs", "mpnet-nli", epochs=1, max_length=128, held_out=0.02, subset=60_000, seeds=1, **_MPNET
    ),
    Protocol(
        "nli-pairs",
        "minilm-nli-all",
        epochs=2,
        max_length=128,
        held_out=0.02,
        seeds=1,
        **_MINILM | {"batch_size": 64, "learning_rate": 2e-4},
    ),
    Protocol(
        "nli-pairs",
        "minilm-nli",
        epochs=1,
        max_length=128,
        held_out=0.02,
        subset=60_000,
        seeds=1,
        **_MINILM | {"batch_size": 64, "learning_rate": 2e-4},
    ),
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


def pretraining(name: str) -> Protocol:
    """Look up the protocol of a pretraining stage; its name is used once over all pretraining sets.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    known = {name: protocol for (data, name), protocol in PROTOCOLS.items() if data in PRETRAINING_DATA}
    if name not in known:
        raise ValueError(f"there is no pretraining {name!r}; choose one of {', '.join(known)}.")
    return known[name]
