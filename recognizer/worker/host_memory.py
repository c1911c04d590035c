"""Memory of this process on the host."""

from __future__ import annotations

import sys
from pathlib import Path

from recognizer.messages import MemoryHeld


def rss_bytes() -> int:
    """Resident memory of this process; 0 where the system does not tell it without a helper."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096
    import psutil

    return int(psutil.Process().memory_info().rss)


def host_only() -> MemoryHeld:
    """The figures of an engine that has no device of its own."""
    return MemoryHeld(0, 0, 0, rss_bytes())
