"""Weights from a checkpoint: memory-mapped, never executed, checked against the model.

Nothing is copied while loading: tensors are views of the file (page cache, shared between
workers). ``give_back`` lets go of pages that were only needed for a conversion.
"""

from __future__ import annotations

import ctypes
import mmap
import pickle
import sys
from pathlib import Path
from typing import Any, Final

import torch

from recognizer.worker.engine import EngineError
from recognizer.worker.model_problems import damaged, not_finite, not_weights, wrong_shapes, wrong_tokens

_WRAPPERS: Final = ("state_dict", "model_state_dict", "model")
_MADV_DONTNEED: Final = 4
UNUSED_PARTS: Final = ("decoder.embed.", "ctc.", "criterion_att.", "attention_loss.")
"""Parts for training: they need not be there and are never touched."""

Weights = dict[str, torch.Tensor]


def open_weights(path: Path) -> Weights:
    """Name → tensor on the CPU. Raises ``EngineError`` when these are not readable weights."""
    try:
        loaded = _load(path)
    except pickle.UnpicklingError as error:
        raise EngineError(not_weights(path.name)) from error
    except (RuntimeError, OSError, EOFError, KeyError, ValueError) as error:
        raise EngineError(damaged(path.name)) from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    if not isinstance(loaded, dict) or not loaded:
        raise EngineError(not_weights(path.name))
    weights = {str(name).removeprefix("module."): tensor for name, tensor in loaded.items()}
    if not all(isinstance(tensor, torch.Tensor) for tensor in weights.values()):
        raise EngineError(not_weights(path.name))
    return weights


def check_weights(model: torch.nn.Module, weights: Weights, tokens: int) -> None:
    """Raises ``EngineError`` when ``weights`` are not those of ``model`` with so many tokens.

    Only small tensors are looked at number by number; reading all would bring the file into memory.
    """
    output = weights.get("decoder.output_layer.weight")
    if output is not None and output.shape[0] != tokens:
        raise EngineError(wrong_tokens(tokens, output.shape[0]))
    for name, wanted in model.state_dict().items():
        if name.startswith(UNUSED_PARTS):
            continue
        if name not in weights:
            raise EngineError(wrong_shapes(f"{name} is missing"))
        if weights[name].shape != wanted.shape:
            raise EngineError(wrong_shapes(name))
        if weights[name].dim() == 1 and not torch.isfinite(weights[name]).all():
            raise EngineError(not_finite(name))


def give_back(tensor: torch.Tensor) -> None:
    """Let the kernel drop the file pages under ``tensor``; they are read again if they are needed.

    Only for tensors of ``open_weights``, which nobody writes to.
    """
    if sys.platform != "linux":
        return
    start = -(-tensor.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
    end = (tensor.data_ptr() + tensor.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
    if end > start:
        ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


def _load(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError as error:
        if "mmap" not in str(error):
            raise
        return torch.load(path, map_location="cpu", weights_only=True)  # the older format cannot be mapped
