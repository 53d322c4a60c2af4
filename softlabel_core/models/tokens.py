"""Tokens: texts as token ids on the device, cut into padded batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

POOL = 50  # batches that are sorted by length together: enough for tight padding, few enough to keep the order random
STEP = 8  # padded lengths are multiples of it, which suits a GPU's matrix units


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokenised texts, as an image tensor is to photographs.

    Attributes
    ----------
    ids, types : torch.Tensor of int32, shape [n_items, longest]
        Token ids, and which of two texts a token belongs to; zeros beyond an item's length.
    lengths : torch.Tensor of int64, shape [n_items]
        Number of tokens of each item, on the CPU, so that padding asks the device nothing.
    n_truncated : int
        How many items were longer than the model's limit and lost their end.
    """

    ids: Tensor
    types: Tensor
    lengths: Tensor
    n_truncated: int = 0

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: Tensor | slice) -> Tokens:
        """Keep the named rows, in their order."""
        at = rows if isinstance(rows, slice) else rows.to(self.device)
        here = rows if isinstance(rows, slice) else rows.cpu()
        return Tokens(self.ids[at], self.types[at], self.lengths[here], self.n_truncated)

    @property
    def device(self) -> torch.device:
        """Where the ids lie."""
        return self.ids.device

    def to(self, device: torch.device) -> Tokens:
        """The same on another device."""
        return Tokens(self.ids.to(device), self.types.to(device), self.lengths, self.n_truncated)

    def padded(self, rows: Tensor) -> Tensor:
        """A batch as the model takes it: ids, types and mask, int64 [n_batch, 3, longest of the batch]."""
        lengths = self.lengths[rows.cpu()]
        width = min(-(-int(lengths.max()) // STEP) * STEP, self.ids.shape[1])
        at = rows.to(self.device)
        mask = torch.arange(width) < lengths[:, None]
        parts = (self.ids[at, :width], self.types[at, :width], mask.to(self.device))
        return torch.stack([part.long() for part in parts], dim=1)

    def batches(self, size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Every row once, in random batches of similar length.

        The rows are shuffled, pools of 50 batches are sorted by length, and the
        batches of all pools are shuffled again. The generator alone decides, so that
        all arms see the same batches.
        """
        shuffled = torch.randperm(len(self), generator=generator)
        cut = [
            batch
            for pool in shuffled.split(size * POOL)
            for batch in pool[self.lengths[pool].argsort(stable=True)].split(size)
        ]
        yield from (cut[i] for i in torch.randperm(len(cut), generator=generator))

    def by_length(self, size: int) -> Iterator[Tensor]:
        """Every row once, longest first, so that a lack of memory shows at once."""
        yield from self.lengths.argsort(descending=True, stable=True).split(size)
