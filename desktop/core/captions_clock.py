"""When a sample was heard: one time for both sources, although each counts its own samples. Pure.

A sound card's clock runs a little fast or slow (0.3 s in an hour is usual) and its sound arrives late by
what the machine was busy with. Of all arrivals within some seconds the earliest was late the least: it
tells where the samples lie on the wall's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WINDOW_MS: Final = 5_000


@dataclass(slots=True)
class SampleClock:
    """One for each listening, fed with every arrival; times in ms, wall times monotonic."""

    _window_from_ms: int = 0
    _earliest_ms: float | None = None
    _former_ms: float | None = None

    def arrived(self, until_ms: int, wall_ms: float) -> None:
        """Sound up to the audio time ``until_ms`` was there at ``wall_ms``."""
        if until_ms - self._window_from_ms >= WINDOW_MS:
            self._window_from_ms, self._former_ms, self._earliest_ms = until_ms, self._earliest_ms, None
        offset_ms = wall_ms - until_ms
        self._earliest_ms = offset_ms if self._earliest_ms is None else min(self._earliest_ms, offset_ms)

    def wall_ms(self, at_ms: int) -> float:
        """When the sample at audio time ``at_ms`` was heard. Something has arrived before this is asked."""
        offsets = [each for each in (self._earliest_ms, self._former_ms) if each is not None]
        return at_ms + min(offsets, default=0.0)
