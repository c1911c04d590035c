"""Loudness for meters and for explaining why nothing was recognised."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from audio.pcm import FRAME_BYTES, SILENCE_DBFS, level_dbfs

METER_FRAMES: Final = 2
"""A level is told for each 40 ms."""


def peak_dbfs(pcm: bytes) -> float:
    """The largest sample of ``pcm`` in dBFS (−96 … 0)."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    peak = int(np.abs(samples).max()) if samples.size else 0
    return max(SILENCE_DBFS, 20.0 * math.log10(peak / 32768.0)) if peak else SILENCE_DBFS


class LevelMeter:
    """Frames in; a level each ``METER_FRAMES`` frames out; remembers the loudest sample."""

    def __init__(self) -> None:
        self._pending = b""
        self.peak_dbfs = SILENCE_DBFS

    def feed(self, frame: bytes) -> float | None:
        """RMS level in dBFS when another 40 ms are complete."""
        self._pending += frame
        if len(self._pending) < METER_FRAMES * FRAME_BYTES:
            return None
        measured, self._pending = self._pending, b""
        self.peak_dbfs = max(self.peak_dbfs, peak_dbfs(measured))
        return level_dbfs(measured)
