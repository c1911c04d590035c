"""Which device an engine runs on. Falling back is never silent: it comes with a notice."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import torch

from audio.events import Problem
from recognizer.problems import OUT_OF_MEMORY_CODE

_RETRY_AFTER_S: Final = (0.0, 0.2, 0.8)
_DRIVER: Final = Path("/proc/driver/nvidia/version")

OUT_OF_MEMORY = Problem(
    OUT_OF_MEMORY_CODE,
    "The graphics card has not enough free memory for the model.",
    "Close programs that use the card, or choose a smaller model.",
)


def choose_device(asked: str) -> tuple[str, Problem | None]:
    """The device to use for ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``, and why if not as asked.

    ``auto`` takes the first CUDA card, then Apple's, then the CPU. CUDA that does not start at once
    (after a resume, say) is tried three times within a second; ``auto`` does so where a driver runs.
    """
    if asked == "cpu":
        return "cpu", None
    if asked == "auto":
        return _first_available(), None
    if asked == "mps":
        return ("mps", None) if torch.backends.mps.is_available() else ("cpu", _runs_on_cpu("mps"))
    device = "cuda:0" if asked == "cuda" else asked
    return (device, None) if _starts(device) else ("cpu", _runs_on_cpu(asked))


def _first_available() -> str:
    may_start = _DRIVER.exists() or torch.cuda.is_available()
    if may_start and _starts("cuda:0"):
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _starts(device: str) -> bool:
    if torch.version.cuda is None and torch.version.hip is None:
        return False  # this torch was built without: waiting would not help
    for wait_s in _RETRY_AFTER_S:
        time.sleep(wait_s)
        try:
            torch.zeros(1, device=device)
        except RuntimeError:  # also where no card is found yet
            continue
        return True
    return False


def _runs_on_cpu(asked: str) -> Problem:
    return Problem(
        "device-fell-back",
        f"The device {asked} cannot be used; the model runs on the CPU, which is slower.",
        "Check the graphics driver, or choose CPU in the settings to hide this.",
    )
