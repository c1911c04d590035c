"""What the user reads when the graphics driver does not answer."""

from __future__ import annotations

from typing import Final

from audio.events import Problem

# Values of nvmlReturn_t, part of NVML's stable interface; named here so that this module needs no pynvml.
_INVALID_ARGUMENT, _NOT_SUPPORTED, _NO_PERMISSION = 2, 3, 4
_DRIVER_NOT_LOADED, _LIBRARY_NOT_FOUND, _FUNCTION_NOT_FOUND = 9, 12, 13
_GPU_IS_LOST, _LIB_RM_VERSION_MISMATCH, _ARGUMENT_VERSION_MISMATCH = 15, 18, 25

NOT_OFFERED: Final = frozenset(
    (_INVALID_ARGUMENT, _NOT_SUPPORTED, _FUNCTION_NOT_FOUND, _ARGUMENT_VERSION_MISMATCH)
)
"""The driver is older than the question: ask the older way."""

GPU_LOST: Final = Problem(
    "gpu-lost",
    "The graphics card stopped answering.",
    "Recognition goes on on the CPU; restart the computer to get the card back.",
)
DRIVER_CHANGED: Final = Problem(
    "gpu-driver-changed",
    "The graphics driver was updated while the system was running, so its memory cannot be read.",
    "Restart the computer.",
)
DRIVER_NOT_LOADED: Final = Problem(
    "gpu-driver-not-loaded",
    "The graphics driver is installed but not running.",
    "Restart the computer, or install the driver again if that does not help.",
)
NO_PERMISSION: Final = Problem(
    "gpu-no-permission",
    "The graphics memory may not be read by this user.",
    "Ask the administrator for access to the /dev/nvidia files.",
)
UNREADABLE: Final = Problem(
    "gpu-unreadable",
    "The graphics driver does not tell how much memory is used.",
    "Everything else works; a newer driver may help.",
)

ALL: Final = (GPU_LOST, DRIVER_CHANGED, DRIVER_NOT_LOADED, NO_PERMISSION, UNREADABLE)

_BY_CODE: Final = {
    _NO_PERMISSION: NO_PERMISSION,
    _DRIVER_NOT_LOADED: DRIVER_NOT_LOADED,
    _GPU_IS_LOST: GPU_LOST,
    _LIB_RM_VERSION_MISMATCH: DRIVER_CHANGED,
}


def for_opening(code: int | None) -> Problem | None:
    """Why NVML did not open; ``None``: there is no NVIDIA driver, which is no trouble at all."""
    return None if code == _LIBRARY_NOT_FOUND else for_reading(code)


def for_reading(code: int | None) -> Problem:
    """Why a card gave no figures."""
    return UNREADABLE if code is None else _BY_CODE.get(code, UNREADABLE)
