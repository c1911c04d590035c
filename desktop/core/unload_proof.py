"""Proof of an unload: the driver's figures before and after, put into a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.core.events import Origin
from desktop.core.keep_alive_commands import TellUnloaded
from recognizer.gpu_reading import GpuProcess, GpuSnapshot

AGAIN_MS: Final = 100.0
"""The driver may list a process a moment longer than it lives: look again after this time."""
MAX_LOOKS: Final = 10
_MIB: Final = 1 << 20
_GIB: Final = 1 << 30


@dataclass(slots=True)
class UnloadProof:
    """``before`` is ``None`` when nothing of ours was on a card or no card can be read."""

    before: GpuSnapshot | None
    origin: Origin
    reason: str
    looks: int = 0
    is_awaiting: bool = False

    def needs_another_look(self, after: GpuSnapshot) -> bool:
        """Something of ours is still listed, and it is early."""
        self.looks += 1
        self.is_awaiting = False
        return bool(after.ours_bytes) and self.looks < MAX_LOOKS

    def judge(self, after: GpuSnapshot | None) -> TellUnloaded:
        """What came back. ``after`` is ``None`` when it was not read."""
        if self.before is None or after is None or not self.before.readings or not after.readings:
            return self._tell(None, None, (), None, None)
        left_bytes = after.ours_bytes
        freed_bytes = _freed(self.before, after)
        return self._tell(freed_bytes, left_bytes, _holders(after), self.before.used_bytes, after.used_bytes)

    def _tell(
        self,
        freed_bytes: int | None,
        left_bytes: int | None,
        left_names: tuple[str, ...],
        before_bytes: int | None,
        after_bytes: int | None,
    ) -> TellUnloaded:
        said = _sentence(freed_bytes, left_bytes, left_names)
        sentence = f"{self.reason}: {said[0].lower()}{said[1:]}" if self.reason else said
        return TellUnloaded(
            freed_bytes, left_bytes, left_names, self.origin, before_bytes, after_bytes, sentence
        )


def _freed(before: GpuSnapshot, after: GpuSnapshot) -> int:
    """By our own processes where the driver tells them, else by the whole cards."""
    if before.ours_bytes and after.ours_bytes is not None:
        return max(0, before.ours_bytes - after.ours_bytes)
    return max(0, before.used_bytes - after.used_bytes)


def _holders(after: GpuSnapshot) -> tuple[str, ...]:
    ours = (each for reading in after.readings for each in reading.processes if each.is_ours)
    return tuple(dict.fromkeys(f"{each.name} ({each.pid})" for each in ours if each.used_bytes != 0))


def _sentence(freed_bytes: int | None, left_bytes: int | None, left_names: tuple[str, ...]) -> str:
    if freed_bytes is None:
        return "The model was unloaded."
    freed = f"Freed {memory_text(freed_bytes)}"
    if left_bytes is None:
        return f"{freed} of graphics memory."
    if not left_bytes:
        return f"{freed}, 0 MiB of ours left."
    return f"{freed}; {memory_text(left_bytes)} of ours still held by {', '.join(left_names)}."


def process_name(process: GpuProcess) -> str:
    """What the driver calls it, or that it does not tell."""
    return process.name if process.name not in ("", "?") else "another program"


def memory_text(size_bytes: int) -> str:
    """``1.9 GiB`` or ``640 MiB``, as everywhere in the interface."""
    return f"{size_bytes / _GIB:.1f} GiB" if size_bytes >= _GIB else f"{round(size_bytes / _MIB)} MiB"
