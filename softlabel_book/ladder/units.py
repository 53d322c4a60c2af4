"""Units: what this study records, a few commands at a time, in order of worth for their time."""

from __future__ import annotations

from dataclasses import dataclass

from softlabel_book import sets

FOLDS = (0, 1, 2, 3, 4)
THREE = ("hard", "gold", "soft")


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


FROZEN = tuple((data, "frozen") for data in sets.EVERY)


UNITS = (
    Unit(
        "folds",
        "ChaosNLI on all five folds, tuned hard and soft labels, so that every pair is a test pair once",
        0.6,
        (Study("chaosnli", "minilm-nli", ("hard", "soft"), 3, FOLDS, "own"),),
    ),
    Unit(
        "repair",
        "what votes on 25 items and more buy for a network of hard labels: a temperature, a scale and a bias a class, "
        "or training on, for frozen features of all sets and for the fine-tuned encoder on ChaosNLI",
        4,
        (*(Repair(*of, 5) for of in FROZEN), Repair("chaosnli", "minilm-nli", 5)),
    ),
    Unit(
        "capacity-frozen",
        "soft against hard labels for heads from linear to 4096 units, trained for 5 to 320 epochs, on all sets",
        2,
        tuple(Capacity(*of, 3) for of in FROZEN),
    ),
    Unit(
        "capacity-networks",
        "the same for networks that are trained whole: the encoder on ChaosNLI after each of 6 epochs, image networks "
        "of three widths from scratch after 5 to 40",
        3,
        (Capacity("chaosnli", "minilm-nli", 2), Capacity("cifar10h", "small", 2)),
    ),
    Unit(
        "cnn",
        "CIFAR-10H with a network of 2M parameters that learnt the 50,000 training images before",
        6,
        (Pretrain("cnn"), *_tuned("cifar10h", "cnn")),
    ),
)
"""Every unit, the first one worth most for its time."""
