"""The memory block of SAN-M attention: each frame plus a weighted sum of its neighbours in time."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


class MemoryBlock:
    """A depth-wise convolution over time with a residual, from FunASR's ``self_attn`` module.

    Sums are fp32 in every precision. On the CPU one product over shifted views and one sum take a
    quarter of the time of a general depth-wise convolution.
    """

    def __init__(self, attention: Any) -> None:
        weights = attention.fsmn_block.weight.detach()
        self._padding = (0, 0, *attention.pad_fn.padding)
        self._taps = weights[:, 0, :].float().t()[:, None, :].contiguous()
        self._kernel = weights if weights.is_cuda else None
        self._reach = weights.shape[2] - 1

    def window(self, x: torch.Tensor) -> torch.Tensor:
        """Over windows on their own, ``(windows, frames, width)``; nothing lies beyond their ends."""
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
        windows, frames, width = wide.shape
        shape = (self._reach + 1, windows, frames - self._reach, width)
        shifted = wide.as_strided(shape, (width, frames * width, width, 1))
        return (shifted * self._taps[:, None]).sum(0).to(padded.dtype)
