"""Layers without initial values, and layers with int8 weights: what every network here needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch

from recognizer.worker.checkpoint import give_back

_HALF_OF_INT8: Final = 127.5


@contextmanager
def without_initial_values() -> Iterator[None]:
    """Layers made inside are only reserved: pages that nobody writes to take no memory.

    (The device ``meta`` would do the same, but FunASR computes a table while building, and computing
    on ``meta`` imports 816 modules: 1.1 s and 85 MB.)
    """
    kinds = (
        torch.nn.Linear,
        torch.nn.Embedding,
        torch.nn.LayerNorm,
        torch.nn.RNNBase,
        torch.nn.modules.conv._ConvNd,
    )
    originals = [kind.reset_parameters for kind in kinds]
    try:
        for kind in kinds:
            kind.reset_parameters = _do_nothing
        yield
    finally:
        for kind, original in zip(kinds, originals, strict=True):
            kind.reset_parameters = original


class Int8Linear(torch.nn.Module):  # type: ignore[misc]
    """A ``Linear`` with int8 weights in the order in which the processor reads them, one scale for all.

    The numbers are those of ``torch.ao.nn.quantized.dynamic.Linear.from_float``, which packs every layer
    twice, the first time around nothing; packing is most of the time that int8 adds to loading.
    """

    def __init__(self, linear: torch.nn.Linear, *, is_reduced: bool) -> None:
        super().__init__()
        self._is_reduced = is_reduced
        weight = linear.weight.detach()
        lowest, highest = torch.aminmax(weight)
        scale = torch.maximum(-lowest, highest).clamp(min=0.0) / _HALF_OF_INT8
        smallest = torch.finfo(torch.float32).eps
        rounded = torch.quantize_per_tensor(weight, max(float(scale), smallest), 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(rounded, linear.bias)

    def weight(self) -> torch.Tensor:
        """The weights as int8 numbers with their scale, unpacked."""
        weight: torch.Tensor = torch.ops.quantized.linear_unpack(self._packed)[0]
        return weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(…, in)`` → ``(…, out)``."""
        product: torch.Tensor = torch.ops.quantized.linear_dynamic(
            x, self._packed, reduce_range=self._is_reduced
        )
        return product


def quantize(module: torch.nn.Module) -> None:
    """int8 weights in every ``Linear``, one after the other, so that both never are in memory at once.

    Activations get all 8 bits where the processor adds them up in 32 (VNNI); elsewhere 7, as torch does
    everywhere, because the sums would overflow. An earlier demonstration model then differed from fp32 in
    4 words of 551 instead of 10.
    """
    is_reduced = not torch.cpu._is_vnni_supported()

    def replace(owner: torch.nn.Module) -> None:
        for name, child in owner.named_children():
            if isinstance(child, torch.nn.Linear):
                setattr(owner, name, Int8Linear(child, is_reduced=is_reduced))
                give_back(child.weight)
            else:
                replace(child)

    replace(module)


def _do_nothing(layer: Any) -> None:
    """In the place of ``reset_parameters``."""
