"""The last minutes of each card's memory, for the sparkline. Pure; bounded in time and number."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from recognizer.gpu_reading import GpuSnapshot

KEPT_MS: Final = 5 * 60_000.0
MOST_POINTS: Final = 600
GAP_MS: Final = 5000.0
"""Readings further apart were not taken in between: nobody looked. The line is interrupted there."""


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """Shares of the card, 0–1, at ``at_ms``."""

    at_ms: float
    used: float
    ours: float


class MemoryHistory:
    """Points of every card by uuid, oldest first."""

    def __init__(self) -> None:
        self._points: dict[str, deque[MemoryPoint]] = {}

    def add(self, snapshot: GpuSnapshot) -> None:
        """Keep what this reading says; cards that sleep say nothing."""
        for reading in snapshot.readings:
            if reading.is_asleep or not reading.total_bytes:
                continue
            points = self._points.setdefault(reading.uuid, deque(maxlen=MOST_POINTS))
            ours = (reading.ours_bytes or 0) / reading.total_bytes
            points.append(MemoryPoint(snapshot.at_ms, reading.used_fraction, ours))
            while points[0].at_ms < snapshot.at_ms - KEPT_MS:
                points.popleft()

    def points(self, uuid: str) -> tuple[MemoryPoint, ...]:
        """Of one card."""
        return tuple(self._points.get(uuid, ()))

    def stretches(self, uuid: str) -> list[list[MemoryPoint]]:
        """The same, cut where nobody looked."""
        cut: list[list[MemoryPoint]] = []
        for point in self.points(uuid):
            if not cut or point.at_ms - cut[-1][-1].at_ms > GAP_MS:
                cut.append([])
            cut[-1].append(point)
        return cut
