"""Units: what this study records, a few commands at a time, in order of worth for their time."""

from __future__ import annotations

from dataclasses import dataclass

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


Step = Pretrain | Tune | Study


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


UNITS = (
    Unit(
        "folds",
        "ChaosNLI on all five folds, tuned hard and soft labels, so that every pair is a test pair once",
        0.6,
        (Study("chaosnli", "minilm-nli", ("hard", "soft"), 3, FOLDS, "own"),),
    ),
    Unit(
        "cnn",
        "CIFAR-10H with a network of 2M parameters that learnt the 50,000 training images before",
        6,
        (Pretrain("cnn"), *_tuned("cifar10h", "cnn")),
    ),
)
"""Every unit, the first one worth most for its time."""
