"""Memory of this process on the host."""

from __future__ import annotations

import ctypes
import mmap
import sys
from contextlib import suppress
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


def available_bytes() -> int:
    """Memory that the host could still give without swapping."""
    found = _kib_of(Path("/proc/meminfo"), "MemAvailable:")
    if found is None:
        import psutil

        found = int(psutil.virtual_memory().available)
    return found


def peak_rss_bytes() -> int | None:
    """The height of this process's memory since ``restart_peak_rss``; ``None`` where nobody tells."""
    return _kib_of(Path("/proc/self/status"), "VmHWM:") if sys.platform == "linux" else None


def restart_peak_rss() -> None:
    """Count the height anew, on Linux."""
    with suppress(OSError):
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")


def _kib_of(file: Path, name: str) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in file.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) << 10
    return None


def give_host_memory_back() -> None:
    """Have the C library return what was freed; on other systems it does so by itself, or not at all."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
