"""Audio time kept in step with the clock, for listenings of hours. Pure.

A source may deliver a little less than time has passed (lost blocks that left no hole to see, a sound card
that is slow) or a little more. How far behind the sound is goes up and down with every delay of the machine;
the least of some seconds is what is really missing. It is put right while nobody speaks.
"""

from __future__ import annotations

from typing import Final

from audio.pcm import FRAME_MS

WINDOW_MS: Final = 5_000
ALLOWED_MS: Final = 80


class Timekeeper:
    """Told of each frame; says how much silence to add (ms, over 0) or sound to leave out (under 0)."""

    def __init__(self) -> None:
        self._least_ms: float | None = None
        self._window_until_ms = 0.0

    def correction_ms(self, heard_ms: int, passed_ms: float, is_quiet: bool) -> int:
        """Whole frames; mostly 0. ``heard_ms`` of sound were there when ``passed_ms`` had passed."""
        behind_ms = passed_ms - heard_ms
        if self._least_ms is None:
            self._window_until_ms = passed_ms + WINDOW_MS
            self._least_ms = behind_ms
        self._least_ms = min(self._least_ms, behind_ms)
        if passed_ms < self._window_until_ms:
            return 0
        if abs(self._least_ms) <= ALLOWED_MS:
            self._least_ms = None
            return 0
        if not is_quiet:
            return 0  # the window goes on until there is a pause
        correction_ms = int(self._least_ms / FRAME_MS) * FRAME_MS
        self._least_ms = None
        return correction_ms
