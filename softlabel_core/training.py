"""Training: the one loop that every arm goes through."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from softlabel_core.losses import soft_cross_entropy
from softlabel_core.protocols import Protocol
from softlabel_core.targets import Target


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


def to_tensor(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Put images [n, height, width, channels] on the device as uint8 [n, channels, height, width], channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2)


def fit(model: nn.Module, images: Tensor, target: Target, protocol: Protocol, seed: int) -> Iterator[Epoch]:
    """Train a model in place, and report after each epoch.

    Parameters
    ----------
    model : torch.nn.Module
        Maps raw images to logits; trained where it lies.
    images : torch.Tensor of uint8, shape [n_items, channels, height, width]
        The training part, on the model's device.
    target : callable
        For (step, positions in the training part): distributions [n_batch, n_classes].
    protocol : Protocol
    seed : int
        Seed of the order of items, and of the augmentation.

    Yields
    ------
    Epoch
        After each epoch, so that a caller can show progress, stop or save.
    """
    device, n_items = images.device, len(images)
    order = torch.Generator().manual_seed(seed)
    shifts = torch.Generator(device).manual_seed(seed)
    model.to(device).to(memory_format=torch.channels_last)
    steps = protocol.epochs * math.ceil(n_items / protocol.batch_size)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=protocol.learning_rate,
        momentum=protocol.momentum,
        weight_decay=protocol.weight_decay,
        nesterov=True,
    )
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule(step, steps, protocol.warmup))
    start, step = time.perf_counter(), 0
    for number in range(1, protocol.epochs + 1):
        model.train()
        total = torch.zeros((), device=device)
        for batch in torch.randperm(n_items, generator=order).split(protocol.batch_size):
            inputs = images[batch.to(device)]
            if protocol.augment:
                inputs = shift_and_mirror(inputs, shifts)
            with torch.autocast(device.type, torch.bfloat16, enabled=protocol.precision == "bf16"):
                logits = model(inputs)
            loss = soft_cross_entropy(logits, target(step, batch).to(device))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            rate.step()
            total += loss.detach() * len(batch)
            step += 1
        yield Epoch(number, float(total) / n_items, time.perf_counter() - start)


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
def predict(model: nn.Module, images: Tensor, batch_size: int = 1000) -> NDArray[np.float32]:
    """Predicted log-probabilities in float32.

    Parameters
    ----------
    model : torch.nn.Module
    images : torch.Tensor of uint8, shape [n_items, channels, height, width]
    batch_size : int

    Returns
    -------
    numpy.ndarray of float32, shape [n_items, n_classes]
        Natural logarithms.
    """
    model.eval()
    parts = [torch.log_softmax(model(batch).float(), dim=1) for batch in images.split(batch_size)]
    return torch.cat(parts).cpu().numpy()
