"""What was done to the card's memory: time, what, by whom, before and after. One JSON line each.

The window and ``plosive log --gpu`` show it. Only figures and names of models are in it, no words.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1 << 19


@dataclass(frozen=True, slots=True)
class GpuOperation:
    """``what``: load, unload, clean, give-way, …; ``by``: user, timer, threshold, …. ``None``: not known."""

    at_utc: str
    what: str
    by: str
    before_bytes: int | None
    after_bytes: int | None
    sentence: str = ""


def utc_now() -> str:
    """For ``at_utc``: seconds, with the zone."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class GpuLog:
    """A bounded file of mode 0600; belongs to one thread of one program. ``read`` may be used elsewhere."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.appended = 0
        """Lines added by this process: whoever shows the log need not read it again for nothing."""

    def append(self, operation: GpuOperation) -> None:
        """Add a line. A full or forbidden disk loses it silently: it must not stop an unload."""
        self.appended += 1
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._rotate()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(operation), ensure_ascii=False) + "\n")
        except OSError:
            return

    def read(self, limit: int = 200) -> list[GpuOperation]:
        """The latest operations, oldest first; broken lines (a crash while writing) are left out."""
        lines: list[str] = []
        for path in (self._older(), self._path):
            try:
                lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                continue
        return [each for line in lines if (each := _operation(line)) is not None][-limit:]

    def _rotate(self) -> None:
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
            self._path.replace(self._older())

    def _older(self) -> Path:
        return self._path.with_name(self._path.name + ".1")


def _operation(line: str) -> GpuOperation | None:
    try:
        return GpuOperation(**json.loads(line))
    except (ValueError, TypeError):
        return None
