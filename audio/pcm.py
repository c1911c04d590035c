"""The one sample format of the program: 16 kHz, mono, signed 16-bit little-endian."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

SAMPLE_RATE_HZ: Final = 16_000
SAMPLE_BYTES: Final = 2
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
FRAME_BYTES: Final = FRAME_SAMPLES * SAMPLE_BYTES
SILENCE_DBFS: Final = -96.0
"""Level reported for digital silence: the floor of 16-bit samples."""


def duration_ms(pcm: bytes | bytearray) -> int:
    """Length of ``pcm`` in whole milliseconds."""
    return len(pcm) * 1000 // (SAMPLE_RATE_HZ * SAMPLE_BYTES)


def bytes_for_ms(ms: int) -> int:
    """Bytes that ``ms`` milliseconds of sound take; always a whole number of samples."""
    return SAMPLE_RATE_HZ * ms // 1000 * SAMPLE_BYTES


def level_dbfs(pcm: bytes) -> float:
    """RMS level of ``pcm`` relative to a full-scale square wave, in dBFS (−96 … 0)."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    if samples.size == 0:
        return SILENCE_DBFS
    rms = float(np.sqrt(np.mean(samples * samples)))
    return max(SILENCE_DBFS, 20.0 * math.log10(rms / 32768.0)) if rms > 0.0 else SILENCE_DBFS


def to_float32(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Samples in −1 … 1, shape ``(n,)``."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
