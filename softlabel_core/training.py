"""Training: the one loop that every arm goes through."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from softlabel_core import arms, models
from softlabel_core.arms import Mix, Target
from softlabel_core.checkpoint import Checkpoint
from softlabel_core.data import Dataset
from softlabel_core.losses import soft_cross_entropy
from softlabel_core.models import MonteCarloDropout
from softlabel_core.models.tokens import Tokens

if TYPE_CHECKING:
    from softlabel_core.study.protocols import Protocol

PASSES = 20  # of Monte Carlo dropout in one prediction
Inputs = Tensor | Tokens  # images, or texts: what a model reads, on its device


@dataclass(frozen=True)
class Epoch:
    """What is known after an epoch: its number from 1, mean training loss in nats, seconds since the start."""

    number: int
    loss: float
    seconds: float


def pick_device(wanted: str | None = None) -> torch.device:
    """The device asked for, else a GPU where there is one, else the CPU.

    Raises
    ------
    ValueError
        If the device asked for does not exist here.
    """
    try:
        device = torch.device(wanted or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"there is no device {wanted!r} here; give cpu, or cuda where there is an NVIDIA GPU."
        ) from error
    return device


def precision_here(wanted: str, device: torch.device) -> str:
    """Precision of training's forward pass on a device: bf16 where it is wanted and native, else fp32.

    A device without instructions for bf16 emulates it, which made training on a CPU eleven times
    slower than fp32. The weights are float32 either way and a protocol stays the same protocol; a
    record says which of the two it was made with.

    Parameters
    ----------
    wanted : {"bf16", "fp32"}
        What the protocol asks for.
    device : torch.device

    Returns
    -------
    {"bf16", "fp32"}
    """
    return "bf16" if wanted == "bf16" and _computes_bf16(device) else "fp32"


def _computes_bf16(device: torch.device) -> bool:
    """Whether a device has instructions for bf16 and torch makes use of them."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            return torch.cuda.is_bf16_supported(including_emulation=False)
    has = torch.cpu.get_capabilities()
    native = has.get("avx512_bf16", False) or has.get("bf16", False)  # of x86, of ARM
    # On a CPU torch reaches them through oneDNN alone, which it is built without for macOS.
    return device.type == "cpu" and native and torch.backends.mkldnn.is_available()


def to_tensor(images: NDArray[np.generic], device: torch.device) -> Tensor:
    """Put images [n, height, width, channels] on the device as [n, channels, height, width], channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2)


class Learner(NamedTuple):
    """A model that is taught: it has learnt as much as epochs were taken of it."""

    model: nn.Module
    epochs: Iterator[Epoch]


def teach(
    arm: str,
    dataset: Dataset,
    rows: NDArray[np.int64],
    inputs: Inputs,
    protocol: Protocol,
    seed: int,
    *,
    start: dict[str, Tensor] | None = None,
    scaled_by: Inputs | None = None,
    checkpoint: Checkpoint | None = None,
) -> Learner:
    """All that an arm is, put together: its target, what it does to batches, and its network.

    Whatever trains goes through here, so an arm cannot mean two things.

    Parameters
    ----------
    arm : str
        See `arms.ARMS`.
    dataset : Dataset
        With the votes that the target is made of.
    rows : numpy.ndarray of int
        Rows of the data set that are trained on.
    inputs : torch.Tensor or Tokens
        What the model reads of these rows, in their order, on the device.
    protocol : Protocol
    seed : int
        The run's: of first weights, the order of items, augmentation, mixing and dropout.
    start, scaled_by
        See `network`; scaled by the training items unless told otherwise.
    checkpoint : Checkpoint, optional
        See `fit`.

    Raises
    ------
    ValueError
        If there is no such arm, or it cannot be taught with this data set and these inputs.
    """
    target = arms.target(arm, dataset, rows, protocol.split_seed)
    mix = arms.mix(arm, seed, token_ids=isinstance(inputs, Tokens))
    seen = inputs if scaled_by is None else scaled_by
    model = network(arm, seen, dataset.n_classes, protocol, seed, start)
    return Learner(model, fit(model, inputs, target, protocol, seed, mix, checkpoint))


def network(
    arm: str,
    inputs: Inputs,
    n_classes: int,
    protocol: Protocol,
    seed: int,
    start: dict[str, Tensor] | None = None,
) -> nn.Module:
    """The network of a run before it learns anything.

    Parameters
    ----------
    arm : str
        Dropout is put before the last layer where the arm wants it.
    inputs : torch.Tensor or Tokens
        Items whose mean and spread scale images, see `models.build`.
    n_classes : int
    protocol : Protocol
    seed : int
        Of the first weights.
    start : dict of str to torch.Tensor, optional
        Weights to start from instead, of a network without dropout.

    Raises
    ------
    ValueError
        If there is no such arm or model.
    """
    here = inputs if isinstance(inputs, Tokens) else inputs.cpu()
    model = models.build(protocol.model, here, n_classes, seed)
    if start is not None:
        model.load_state_dict(start)
    if dropped := arms.row(arm).dropout:
        models.drop_before_last(model, dropped)
    return model


def fit(
    model: nn.Module,
    inputs: Inputs,
    target: Target,
    protocol: Protocol,
    seed: int,
    mix: Mix | None = None,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Epoch]:
    """Train a model in place, and report after each epoch.

    Parameters
    ----------
    model : torch.nn.Module
        Maps raw images or padded tokens to logits; trained where the inputs lie.
    inputs : torch.Tensor of uint8, shape [n_items, channels, height, width], or Tokens
        The training part, on the device.
    target : callable
        For (step, positions in the training part): distributions [n_batch, n_classes], see `arms.target`.
    protocol : Protocol
    seed : int
        Seed of the order of items, of the augmentation and of dropout.
    mix : callable, optional
        What is done to a batch and its targets last, see `arms.mix`.
    checkpoint : Checkpoint, optional
        Where to go on from, if a training with the same settings was cut off, and where to keep the state
        now and then. The outcome is the same to the bit as without a cut.

    Yields
    ------
    Epoch
        After each epoch, so that a caller can show progress, stop or save.

    Raises
    ------
    OutOfTime, RecordError
        As `Checkpoint.write` and `Checkpoint.read` do.
    """
    device, n_items = inputs.device, len(inputs)
    order = torch.Generator().manual_seed(seed)
    shifts = torch.Generator(device).manual_seed(seed)
    model.to(device).to(memory_format=torch.channels_last)
    steps = protocol.epochs * math.ceil(n_items / protocol.batch_size)
    optimizer = optimizer_of(model, protocol)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule(step, steps, protocol.warmup))
    half = precision_here(protocol.precision, device) == "bf16"
    state = _State(model, optimizer, rate, order, shifts)
    done = state.restore(checkpoint) if checkpoint else _Done()
    start, step = time.perf_counter() - done.seconds, done.step
    for number in range(done.epoch, protocol.epochs + 1):
        model.train()
        total, begun = torch.full((), done.loss, device=device), order.get_state()
        with dropout_of(model, device, seed, number):
            _draw_on(done.drawn, device)
            for place, batch in enumerate(batches(inputs, protocol.batch_size, order)):
                if place < done.place:
                    continue
                shown = take(inputs, batch)
                if protocol.augment:
                    shown = shift_and_mirror(shown, shifts)
                wanted = torch.from_numpy(target(step, batch.numpy(), number - 1)).to(device)
                if mix:
                    shown, wanted = mix(step, shown, wanted)
                with torch.autocast(device.type, torch.bfloat16, enabled=half):
                    logits = model(shown)
                loss = soft_cross_entropy(logits, wanted)
                loss.backward()
                if protocol.clip_norm:
                    nn.utils.clip_grad_norm_(model.parameters(), protocol.clip_norm)
                optimizer.step()
                optimizer.zero_grad()
                rate.step()
                total += loss.detach() * len(batch)
                step += 1
                if checkpoint and checkpoint.due():
                    seconds = time.perf_counter() - start
                    here = _Done(number, place + 1, step, float(total), seconds, _drawn(device))
                    checkpoint.write(state.kept(here, begun))
        done = _Done()
        yield Epoch(number, float(total) / n_items, time.perf_counter() - start)


class _Done(NamedTuple):
    """How far training has come: the epoch from 1, its batches, all steps, its loss so far, seconds, random numbers."""

    epoch: int = 1
    place: int = 0
    step: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    drawn: list[Tensor] | None = None


class _State(NamedTuple):
    """All that changes in training besides how far it has come."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    rate: torch.optim.lr_scheduler.LambdaLR
    order: torch.Generator
    shifts: torch.Generator

    def kept(self, done: _Done, begun: Tensor) -> dict[str, Any]:
        """Everything as a checkpoint holds it; of the order of items its state when the epoch began."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "rate")}
        return {**parts, "order": begun, "shifts": self.shifts.get_state(), "done": tuple(done)}

    def restore(self, checkpoint: Checkpoint) -> _Done:
        """Take up what a checkpoint holds, if it holds something."""
        kept = checkpoint.read()
        if kept is None:
            return _Done()
        for name in ("model", "optimizer", "rate"):
            getattr(self, name).load_state_dict(kept[name])
        self.order.set_state(kept["order"])
        self.shifts.set_state(kept["shifts"])
        return _Done(*kept["done"])


def _drawn(device: torch.device) -> list[Tensor]:
    """State of the generators that dropout draws from."""
    on_gpu = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *on_gpu]


def _draw_on(drawn: list[Tensor] | None, device: torch.device) -> None:
    """Let dropout go on drawing where a checkpoint was written; nothing without one."""
    if drawn is not None:
        torch.set_rng_state(drawn[0])
        for state in drawn[1:]:
            torch.cuda.set_rng_state(state, device)


def batches(inputs: Inputs, size: int, order: torch.Generator) -> Iterator[Tensor]:
    """Positions of every item once, in random batches; those of texts have similar lengths."""
    if isinstance(inputs, Tokens):
        yield from inputs.batches(size, order)
    else:
        yield from torch.randperm(len(inputs), generator=order).split(size)


def take(inputs: Inputs, rows: Tensor) -> Tensor:
    """The named items as the model takes them: images, or padded tokens."""
    return inputs.padded(rows) if isinstance(inputs, Tokens) else inputs[rows.to(inputs.device)]


def optimizer_of(model: nn.Module, protocol: Protocol) -> torch.optim.Optimizer:
    """The protocol's optimizer over a model's parameters."""
    if protocol.optimizer == "sgd":
        return torch.optim.SGD(
            model.parameters(),
            lr=protocol.learning_rate,
            momentum=protocol.momentum,
            weight_decay=protocol.weight_decay,
            nesterov=True,
        )
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    spared = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": protocol.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=protocol.learning_rate, fused=True)


@contextmanager
def dropout_of(model: nn.Module, device: torch.device, seed: int, epoch: int) -> Iterator[None]:
    """Seed what a model's dropout draws in an epoch, and leave torch's own generator as it was.

    Dropout knows no other generator, and threads share that one: a model with dropout is
    reproducible only where its process trains nothing else meanwhile.
    """
    if not any(isinstance(part, nn.Dropout) and part.p > 0 for part in model.modules()):
        yield
        return
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        drawn = int(np.random.default_rng([seed, epoch]).integers(2**62))
        torch.default_generator.manual_seed(drawn)
        if device.type == "cuda":
            torch.cuda.manual_seed(drawn)
        yield


def schedule(step: int, steps: int, warmup: float) -> float:
    """Share of the learning rate at a step: a linear rise, then half a cosine down to zero."""
    rise = warmup * steps
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(steps - rise, 1)))


def shift_and_mirror(images: Tensor, generator: torch.Generator, reach: int = 4) -> Tensor:
    """Shift each image by up to `reach` pixels, black beyond its edge, and mirror half of them.

    Parameters
    ----------
    images : torch.Tensor, shape [n, channels, height, width]
    generator : torch.Generator
        On the images' device.
    reach : int
        Largest shift in pixels.
    """
    n, _, height, width = images.shape
    device = images.device
    padded = nn.functional.pad(images, (reach,) * 4)
    corner = torch.randint(2 * reach + 1, (2, n, 1), generator=generator, device=device)
    mirror = torch.rand((n, 1), generator=generator, device=device) < 0.5
    columns = torch.arange(width, device=device).expand(n, width)
    columns = torch.where(mirror, width - 1 - columns, columns) + corner[0]
    rows = torch.arange(height, device=device) + corner[1]
    item = torch.arange(n, device=device)[:, None, None]
    # Indexing [n, h, w] of a channels-last view keeps the channels together and last in memory.
    return padded.permute(0, 2, 3, 1)[item, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@torch.no_grad()
def predict(model: nn.Module, inputs: Inputs, batch_size: int | None = None) -> NDArray[np.float32]:
    """Predicted log-probabilities in float32, in the order of the items.

    A model with `models.MonteCarloDropout` is asked `PASSES` times and the probabilities are
    averaged (Gal and Ghahramani, 2016); the same features are dropped at every call.

    Parameters
    ----------
    model : torch.nn.Module
    inputs : torch.Tensor of uint8, shape [n_items, channels, height, width], or Tokens
    batch_size : int, optional
        By default 1000 images or 64 texts.

    Returns
    -------
    numpy.ndarray of float32, shape [n_items, n_classes]
        Natural logarithms.
    """
    sampled = any(isinstance(part, MonteCarloDropout) for part in model.modules())
    passes = PASSES if sampled else 1
    with dropout_of(model, inputs.device, seed=0, epoch=0) if sampled else nullcontext():
        logits = [torch.log_softmax(outputs(model, inputs, batch_size), dim=1) for _ in range(passes)]
    mean = torch.logsumexp(torch.stack(logits), dim=0) - math.log(passes) if sampled else logits[0]
    return mean.cpu().numpy()


@torch.no_grad()
def outputs(model: nn.Module, inputs: Inputs, batch_size: int | None = None) -> Tensor:
    """What a model makes of the items in evaluation, float32 [n_items, n_outputs], in their order.

    Arguments as in `predict`.
    """
    model.eval()
    if isinstance(inputs, Tokens):
        cut = list(inputs.by_length(batch_size or 64))
    else:
        cut = list(torch.arange(len(inputs)).split(batch_size or 1000))
    parts = [model(take(inputs, rows)).float() for rows in cut]
    return torch.cat(parts)[torch.cat(cut).argsort().to(inputs.device)]
