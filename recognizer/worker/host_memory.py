"""Memory of this process on the host."""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

from recognizer.messages import MemoryHeld


def rss_bytes() -> int:
    """Resident memory of this process; 0 where the system does not tell it without a helper."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * mmap.PAGESIZE
    import psutil  # type: ignore[import-untyped]

    return int(psutil.Process().memory_info().rss)


def host_only() -> MemoryHeld:
    """The figures of an engine that has no device of its own."""
    return MemoryHeld(0, 0, 0, rss_bytes())


def give_host_memory_back() -> None:
    """Have the C library return what was freed; on other systems it does so by itself, or not at all."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
