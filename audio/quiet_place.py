"""Where to cut speech that has no pause: between two words, not within one. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

from audio.pcm import FRAME_MS, level_dbfs

MEAN_FRAMES: Final = 3
"""A closure within a word (the p of "upper") is shorter than these 60 ms."""
LOUD_FRAMES: Final = 2_000 // FRAME_MS
DROP_AT_FIRST_DB: Final = 26.0
DROP_AT_LAST_DB: Final = 8.0


class QuietPlace:
    """Compares the latest moment with the loudest of the last two seconds."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=LOUD_FRAMES)

    def feed(self, frame: bytes, haste: float) -> bool:
        """Take the next 20 ms of speech; whether to cut before it.

        ``haste`` under 0: never; from 0 to 1 less and less of a pause is asked for.
        """
        is_quiet = haste >= 0.0 and self._drop_db() >= self._wanted_db(haste)
        if is_quiet:
            self._levels.clear()
        self._levels.append(level_dbfs(frame))
        return is_quiet

    def _drop_db(self) -> float:
        if len(self._levels) < 2 * MEAN_FRAMES:
            return 0.0
        latest = list(self._levels)[-MEAN_FRAMES:]
        return max(self._levels) - max(latest)

    @staticmethod
    def _wanted_db(haste: float) -> float:
        return DROP_AT_FIRST_DB + min(haste, 1.0) * (DROP_AT_LAST_DB - DROP_AT_FIRST_DB)
