"""Units: what this study records, a few commands at a time, in order of worth for their time."""

from __future__ import annotations

from dataclasses import dataclass

from softlabel_book import sets

FOLDS = (0, 1, 2, 3, 4)
BOTH = ("hard", "soft")
THREE = ("hard", "gold", "soft")
LATER = ("multipass", "one-vote")  # arms that came after the first trial was recorded
# Every arm that images on frozen features can be taught by; nobody knows who voted what.
IMAGE_ARMS = (
    *THREE, "smoothing", "sampled", *LATER, "dirichlet", "shuffled", "mixup", "mc-dropout", "mc-dropout-soft",
)  # fmt: skip


@dataclass(frozen=True)
class Pretrain:
    """Weights that other steps start from."""

    name: str

    @property
    def command(self) -> str:
        """The step as it is given to `softlabel`."""
        return f"pretrain {self.name}"


@dataclass(frozen=True)
class Tune:
    """Trials of some arms."""

    data: str
    protocol: str
    arms: tuple[str, ...]

    @property
    def command(self) -> str:
        """The step as it is given to `softlabel`."""
        return f"tune {self.data} --protocol {self.protocol} --arms {','.join(self.arms)}"


@dataclass(frozen=True)
class Study:
    """Runs of some arms; of tuned ones with the settings that were chosen by the criterion `tuned`."""

    data: str
    protocol: str
    arms: tuple[str, ...]
    seeds: int
    folds: tuple[int, ...] = (0,)
    tuned: str = ""

    @property
    def command(self) -> str:
        """The step as it is given to `softlabel`."""
        folds = f" --folds {','.join(map(str, self.folds))}"
        tuned = f" --tuned {self.tuned}" if self.tuned else ""
        arms = ",".join(self.arms)
        return (
            f"study {self.data} --protocol {self.protocol} --arms {arms} --seeds {self.seeds}{folds}{tuned}"
        )


@dataclass(frozen=True)
class Capacity:
    """Hard and soft labels from small models to large, from briefly trained to long."""

    data: str
    protocol: str
    seeds: int

    @property
    def command(self) -> str:
        """The step as it is given to `softlabel`."""
        return f"capacity {self.data} --protocol {self.protocol} --seeds {self.seeds}"


@dataclass(frozen=True)
class Repair:
    """What votes on a few more items buy for a model of hard labels."""

    data: str
    protocol: str
    seeds: int

    @property
    def command(self) -> str:
        """The step as it is given to `softlabel`."""
        return f"repair {self.data} --protocol {self.protocol} --seeds {self.seeds}"


Step = Pretrain | Tune | Study | Capacity | Repair


@dataclass(frozen=True)
class Unit:
    """Some steps that belong together: complete and worth publishing before the next unit begins.

    Attributes
    ----------
    name, what : str
        How it is asked for, and what it is, for a table.
    hours : float
        What it takes about: on one core of a processor with bf16, or on a GPU.
    steps : tuple of Step
        Each does what is missing and goes on where it was stopped.
    gpu : bool
        Whether it is out of reach without one.
    """

    name: str
    what: str
    hours: float
    steps: tuple[Step, ...]
    gpu: bool = False


def _tuned(data: str, protocol: str, arms: tuple[str, ...] = THREE, seeds: int = 5) -> tuple[Step, ...]:
    """Arms tuned, and recorded with what was chosen."""
    return Tune(data, protocol, arms), Study(data, protocol, arms, seeds, tuned="own")


def _stronger(protocol: str, arms: tuple[str, ...] = THREE, seeds: int = 5) -> tuple[Step, ...]:
    """ChaosNLI with an encoder that learnt inference before, by the stage of the same name."""
    return Pretrain(protocol), *_tuned("chaosnli", protocol, arms, seeds)


UNITS = (
    Unit(
        "folds",
        "ChaosNLI on all five folds, tuned hard and soft labels, so that every pair is a test pair once",
        0.6,
        (Study("chaosnli", "minilm-nli", BOTH, 3, FOLDS, "own"),),
    ),
    Unit(
        "frozen-rivals",
        "The arms that came later on frozen features: votes dealt in turn, and one vote an item",
        0.3,
        tuple(
            step
            for data in ("chaosnli", "politeness", "offensiveness", "cifar10h")
            for step in _tuned(data, "frozen", LATER)
        ),
    ),
    Unit(
        "capacity-frozen",
        "Soft against hard labels on frozen features, from a linear head to one of 4096 units, from 5 epochs to 320",
        1.6,
        tuple(Capacity(data, "frozen", 3) for data in sets.EVERY),
    ),
    Unit(
        "repair-frozen",
        "What votes on 25 items and more buy for a model of hard labels on frozen features, by what is done with them",
        0.4,
        tuple(Repair(data, "frozen", 5) for data in sets.EVERY),
    ),
    Unit(
        "capacity-encoder",
        "Soft against hard labels for the encoder on ChaosNLI, after each of six epochs",
        0.4,
        (Capacity("chaosnli", "minilm-nli", 2),),
    ),
    Unit(
        "repair-encoder",
        "What votes on 25 pairs and more buy for an encoder of hard labels on ChaosNLI, by what is done with them",
        3.5,
        (Repair("chaosnli", "minilm-nli", 5),),
    ),
    Unit(
        "cnn",
        "CIFAR-10H with a network of 2M parameters that learnt the 50,000 training images before",
        2.5,
        (Pretrain("cnn"), *_tuned("cifar10h", "cnn")),
    ),
    Unit(
        "rivals",
        "ChaosNLI, fine-tuned: smoothing, sampled and dealt votes, one vote an item, the shuffled control",
        2,
        _tuned("chaosnli", "minilm-nli", ("smoothing", "sampled", *LATER, "shuffled")),
    ),
    Unit(
        "one-vote",
        "CIFAR-10H from scratch on one vote an item: whether a network that can memorise still averages the noise away",
        0.5,
        (Study("cifar10h", "small", ("one-vote",), 3),),
    ),
    Unit(
        "longer",
        "Politeness and offensiveness with room to learn: twice the rate, up to ten epochs",
        3,
        tuple(
            step
            for data in ("politeness", "offensiveness")
            for step in (*_tuned(data, "minilm-longer", BOTH), Study(data, "minilm-longer", BOTH, 5))
        ),
    ),
    Unit(
        "all-pairs",
        "ChaosNLI with an encoder that learnt inference from all 200,000 pairs, twice each",
        5,
        _stronger("minilm-nli-all"),
    ),
    Unit(
        "mpnet",
        "ChaosNLI with an encoder of 109M parameters that learnt inference from 60,000 pairs",
        7,
        _stronger("mpnet-nli", BOTH, 3),
    ),
    Unit(
        "capacity-scratch",
        "Soft against hard labels for image networks of three widths on CIFAR-10H, after 5 epochs to 40",
        2,
        (Capacity("cifar10h", "small", 2),),
    ),
    Unit(
        "scratch-small",
        "CIFAR-10H from scratch, tuned, the small network",
        3,
        _tuned("cifar10h", "small"),
    ),
    Unit(
        "cnn-rivals",
        "Every arm on the frozen features of the larger image network",
        0.5,
        _tuned("cifar10h", "cnn-frozen", IMAGE_ARMS),
    ),
    Unit(
        "resnet-scratch",
        "CIFAR-10H from scratch with ResNet-18, the published setting, ten seeds",
        6,
        (Study("cifar10h", "scratch", THREE, 10), *_tuned("cifar10h", "scratch")),
        gpu=True,
    ),
    Unit(
        "resnet-pretrained",
        "CIFAR-10H with a ResNet-18 that learnt the 50,000 training images before, five folds",
        3,
        (
            Pretrain("resnet18"),
            Study("cifar10h", "pretrained", THREE, 5, FOLDS),
            *_tuned("cifar10h", "pretrained"),
        ),
        gpu=True,
    ),
    Unit(
        "roberta",
        "The three sets of texts with RoBERTa",
        4,
        (
            *_stronger("roberta-nli"),
            *(step for data in ("politeness", "offensiveness") for step in _tuned(data, "roberta", BOTH)),
        ),
        gpu=True,
    ),
)
"""Every unit, the first one worth most for its time."""
