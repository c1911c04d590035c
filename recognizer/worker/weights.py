"""Layers without initial values, and layers with int8 weights: what every network here needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from recognizer.worker.checkpoint import give_back


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


def quantize(module: torch.nn.Module) -> None:
    """int8 weights in every ``Linear``, one after the other, so that both never are in memory at once.

    Activations get all 8 bits where the processor adds them up in 32 (VNNI); elsewhere 7, as torch does
    everywhere, because the sums would overflow. An earlier demonstration model then differed from fp32 in
    4 words of 551 instead of 10.
    """
    from torch.ao.nn.quantized import dynamic as quantized  # 60 MB that only int8 needs
    from torch.ao.quantization import default_dynamic_qconfig

    is_reduced = not torch.cpu._is_vnni_supported()

    class Int8Linear(quantized.Linear):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            packed = self._packed_params._packed_params
            product: torch.Tensor = torch.ops.quantized.linear_dynamic(x, packed, reduce_range=is_reduced)
            return product

    def replace(owner: torch.nn.Module) -> None:
        for name, child in owner.named_children():
            if isinstance(child, torch.nn.Linear):
                child.qconfig = default_dynamic_qconfig
                setattr(owner, name, Int8Linear.from_float(child))
                give_back(child.weight)
            else:
                replace(child)

    replace(module)


def _do_nothing(layer: Any) -> None:
    """In the place of ``reset_parameters``."""
