"""What can go wrong in a second pass, said to the user and to the log."""

from __future__ import annotations

import sys
import traceback
from typing import Final

from audio.events import Problem
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.engine import ENGINE_NOT_INSTALLED, EngineError

STUMBLED = Problem(
    "second-pass-failed",
    "The second pass stumbled over this recording.",
    "If it happens again, choose another model for the second pass.",
)
NO_MEMORY = Problem(
    OUT_OF_MEMORY_CODE,
    "The second pass found not enough free memory.",
    "Close programs that use the card, or choose a smaller model for the second pass.",
)


OUT_OF_MEMORY = Problem(
    OUT_OF_MEMORY_CODE,
    "There was not enough free memory to recognise this recording.",
    "Close programs that use the card, or choose a smaller model.",
)
_NO_HOST_MEMORY: Final = ("can't allocate memory", "not enough memory", "could not create a memory object")
_NO_DEVICE_MEMORY: Final = (
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "MPS backend out of memory",
)
"""What the driver and its libraries say when they find no room for themselves."""


def problem_of(error: Exception) -> Problem:
    """The problem that ``error`` is."""
    if isinstance(error, EngineError):
        return error.problem
    if is_out_of_memory(error):
        return NO_MEMORY
    return ENGINE_NOT_INSTALLED if isinstance(error, ImportError) else STUMBLED


def is_out_of_memory(error: Exception) -> bool:
    """Whether a device, or the host, had no room. Torch has no class of its own for the host."""
    if isinstance(error, MemoryError) or is_device_full(error):
        return True
    return isinstance(error, RuntimeError) and any(each in str(error) for each in _NO_HOST_MEMORY)


def is_device_full(error: Exception) -> bool:
    """Whether a device had no room: for torch, or for a library below it, which torch tells by words only."""
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(each in str(error) for each in _NO_DEVICE_MEMORY)


def print_without_words(error: Exception) -> None:
    """Where it happened, for the log. Messages are left out: they may quote what was said."""
    sys.stderr.write(f"second pass: {type(error).__name__}\n")
    sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
