"""The memory block of SAN-M attention: each frame plus a weighted sum of its neighbours in time."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


class MemoryBlock:
    """A depth-wise convolution over time with a residual, from FunASR's ``self_attn`` module.

    Sums are fp32 in every precision. On the CPU eleven multiply-adds take half the time of a general
    depth-wise convolution; on a card one kernel is better than eleven.
    """

    def __init__(self, attention: Any) -> None:
        weights = attention.fsmn_block.weight.detach()
        self._padding = (0, 0, *attention.pad_fn.padding)
        self._rows = weights[:, 0, :].float().t().contiguous().unbind(0)
        self._kernel = weights if weights.is_cuda else None
        self._reach = len(self._rows) - 1

    def window(self, x: torch.Tensor) -> torch.Tensor:
        """Over a window on its own, ``(1, frames, width)``; nothing lies beyond its ends."""
        return x + self._convolved(functional.pad(x, self._padding))

    def stream(self, x: torch.Tensor, before: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Over what came after ``before``; also what the next call needs as ``before``."""
        if before is None:
            before = x.new_zeros(1, self._reach, x.shape[2])
        whole = torch.cat((before, x), dim=1)
        return x + self._convolved(whole), whole[:, -self._reach :]

    def _convolved(self, padded: torch.Tensor) -> torch.Tensor:
        if self._kernel is not None:
            kernel = self._kernel.to(padded.dtype)
            summed: torch.Tensor = functional.conv1d(padded.transpose(1, 2), kernel, groups=kernel.shape[0])
            return summed.transpose(1, 2)
        wide = padded.float()
        frames = wide.shape[1] - self._reach
        total = wide[:, :frames] * self._rows[0]
        for tap in range(1, self._reach + 1):
            total.addcmul_(wide[:, tap : tap + frames], self._rows[tap])
        return total.to(padded.dtype)
