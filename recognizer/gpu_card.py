"""One card, or one MIG instance of it, read through NVML. ``nvml`` is the module ``pynvml``, once opened.

What cannot be told is ``None``; only memory is indispensable, and its failure is raised. A process is
ours if the caller says so or if it is a child of this very process: a worker that is still loading.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from recognizer.gpu_problems import NOT_OFFERED
from recognizer.gpu_reading import GpuProcess, GpuReading

_Value = TypeVar("_Value")


class GpuCard:
    """A device handle with what never changes of it."""

    def __init__(self, nvml: Any, handle: Any, index: int) -> None:
        self._nvml = nvml
        self._handle = handle
        self._index = index
        self._uuid = quietly(lambda: str(nvml.nvmlDeviceGetUUID(handle))) or f"GPU-{index}"
        self._name = quietly(lambda: str(nvml.nvmlDeviceGetName(handle))) or "NVIDIA GPU"
        self._known: dict[int, tuple[str, bool]] = {}  # pid: name, whether it is our child

    def read(self, our_pids: Collection[int]) -> GpuReading:
        """The card now. Raises ``NVMLError`` when it does not even tell its memory."""
        total_bytes, used_bytes, reserved_bytes = self._memory()
        processes = self._processes(our_pids)
        known_ours = sum(each.used_bytes or 0 for each in processes or () if each.is_ours)
        return GpuReading(
            self._index,
            self._uuid,
            self._name,
            total_bytes,
            used_bytes,
            _ours(processes, our_pids),
            max(0, used_bytes - known_ours),
            reserved_bytes,
            quietly(lambda: int(self._nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu)),
            processes or (),
        )

    def _memory(self) -> tuple[int, int, int]:
        """Total, used, reserved; drivers before 510 do not tell reserved apart."""
        try:
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle, version=self._nvml.nvmlMemory_v2)
            return int(memory.total), int(memory.used), int(memory.reserved)
        except self._nvml.NVMLError as error:
            if error.value not in NOT_OFFERED:
                raise
        memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle)
        return int(memory.total), int(memory.used), 0

    def _processes(self, our_pids: Collection[int]) -> tuple[GpuProcess, ...] | None:
        """Compute and graphics processes, each once; ``None`` where the table may not be read."""
        compute, graphics = self._table("Compute"), self._table("Graphics")
        if compute is None:
            return None
        used: dict[int, int | None] = {}
        for pid, size in (*compute, *(graphics or ())):
            known = [each for each in (used.get(pid), size) if each is not None]
            used[pid] = max(known) if known else None
        self._known = {pid: self._known.get(pid) or (self._ask_name(pid), _is_our_child(pid)) for pid in used}
        return tuple(
            GpuProcess(pid, self._known[pid][0], size, pid in our_pids or self._known[pid][1])
            for pid, size in used.items()
        )

    def _table(self, kind: str) -> list[tuple[int, int | None]] | None:
        """(pid, bytes) of each process; the same question in the form that older drivers know."""
        for version in ("", "_v2"):
            ask = getattr(self._nvml, f"nvmlDeviceGet{kind}RunningProcesses{version}", None)
            rows = quietly(partial(ask, self._handle)) if ask else None
            if rows is not None:
                return [(int(row.pid), _size(row.usedGpuMemory)) for row in rows]
        return None

    def _ask_name(self, pid: int) -> str:
        name = quietly(lambda: str(self._nvml.nvmlSystemGetProcessName(pid)))
        if name:
            return name.replace("\\", "/").rpartition("/")[2]
        return quietly(lambda: Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()) or "?"


def cards_of(nvml: Any, handle: Any, index: int) -> Iterator[GpuCard]:
    """The MIG instances of a card in MIG mode (nothing else of it can be used), else the card."""
    mode = quietly(lambda: nvml.nvmlDeviceGetMigMode(handle)[0])
    count = quietly(lambda: int(nvml.nvmlDeviceGetMaxMigDeviceCount(handle))) if mode else 0
    found = [_instance(nvml, handle, number) for number in range(count or 0)]
    for part in [instance for instance in found if instance is not None] or [handle]:
        yield GpuCard(nvml, part, index)


def _instance(nvml: Any, handle: Any, number: int) -> Any:
    return quietly(lambda: nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number))


def quietly(ask: Callable[[], _Value]) -> _Value | None:
    """A figure that may be missing: ``None`` instead of an error."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 - NVMLError, and whatever a broken library does
        return None


def _is_our_child(pid: int) -> bool:
    """Only where /proc tells; the text between the name's bracket and the parent is one letter."""
    stat = quietly(lambda: Path(f"/proc/{pid}/stat").read_text(errors="replace"))
    return stat is not None and stat.rpartition(")")[2].split()[1] == str(os.getpid())


def _ours(processes: tuple[GpuProcess, ...] | None, our_pids: Collection[int]) -> int | None:
    if processes is None:
        return None if our_pids else 0
    sizes = [process.used_bytes for process in processes if process.is_ours]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _size(used_bytes: int | None) -> int | None:
    return None if used_bytes is None else int(used_bytes)
