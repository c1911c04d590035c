"""Memory of this process on the host."""

from __future__ import annotations

import mmap
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
