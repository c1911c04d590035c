"""Long sound into pieces for models whose cost grows with the square of the length. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from audio.pcm import level_dbfs

LONGEST_S: Final = 30
_LOOK_BACK_S: Final = 10
_WINDOW_SAMPLES: Final = 1_600
_RATE: Final = 16_000
_SILENCE_DBFS: Final = -60.0


def pieces_of(pcm: bytes, longest_s: int = LONGEST_S) -> Iterator[tuple[int, bytes]]:
    """Pieces of at most ``longest_s`` with the byte at which each starts, cut where it is quietest.

    The last ten seconds of each piece are searched for the quietest tenth of a second.
    """
    start, longest = 0, longest_s * _RATE * 2
    while len(pcm) - start > longest:
        cut = _quietest(pcm, start + longest - _LOOK_BACK_S * _RATE * 2, start + longest)
        yield start, pcm[start:cut]
        start = cut
    yield start, pcm[start:]


def halves_of(pcm: bytes) -> tuple[bytes, bytes]:
    """Two pieces, cut where the middle third is quietest; for a model that has no room for the whole."""
    third = len(pcm) // 6 * 2
    cut = _quietest(pcm, third, len(pcm) - third)
    return pcm[:cut], pcm[cut:]


def is_silent(pcm: bytes) -> bool:
    """Whether not even the loudest tenth of a second is louder than a quiet room."""
    step = _WINDOW_SAMPLES * 2
    return all(level_dbfs(pcm[at : at + step]) < _SILENCE_DBFS for at in range(0, len(pcm), step))


def _quietest(pcm: bytes, first: int, last: int) -> int:
    """The middle of the quietest window between two bytes; of equal ones the last."""
    samples = np.frombuffer(pcm[first:last], dtype="<i2").astype(np.float32)
    count = samples.size // _WINDOW_SAMPLES
    energy = (samples[: count * _WINDOW_SAMPLES].reshape(count, -1) ** 2).sum(axis=1)
    window = count - 1 - int(np.argmin(energy[::-1]))
    return first + (window * _WINDOW_SAMPLES + _WINDOW_SAMPLES // 2) * 2
