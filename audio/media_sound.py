"""Decoded sound of any rate, shape and timing to one gap-free stream of 16 kHz mono.

Where the recording's own clock jumps ahead, silence stands for what is missing, so that times stay right.
No library of formats is known here: samples come as arrays, clocks as seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from audio.pcm import SAMPLE_BYTES, SAMPLE_RATE_HZ
from audio.resampler import FILE_QUALITY, Resampler, to_mono

BLOCK_S: Final = 0.5
SMALLEST_GAP_S: Final = 0.08
"""Clocks of containers are rounded and jitter; less than this is no gap."""
MOST_BEHIND_S: Final = 1.0
"""Recorders that stamp sound when it reaches them stamp some of it late; silence stands for that, and the
clock is behind by as much from then on. Believed anew, it would show the same gap at every delay."""
LONGEST_GAP_S: Final = 2 * 3600.0
"""A clock that jumps further was set anew (recordings put end to end)."""
SIDE_WEIGHT: Final = 0.707
SURROUND_WEIGHT: Final = 0.5
WEIGHTS: Final = {"FC": 1.0, "FL": SIDE_WEIGHT, "FR": SIDE_WEIGHT, "LFE": 0.0, "LFE2": 0.0}

Samples = npt.NDArray[np.float32]


def surround_weights(channels: tuple[str, ...]) -> Samples | None:
    """How much of each channel of a film is heard: speech stands in the centre. ``None``: all alike."""
    if len(channels) < 3 or "FC" not in channels:
        return None
    weights = np.array([WEIGHTS.get(each, SURROUND_WEIGHT) for each in channels], np.float32)
    shares: Samples = weights / weights.sum()
    return shares


class MediaSound:
    """Takes blocks with their time, gives s16le pcm at 16 kHz.

    ``now_s`` is how much sound was taken, gaps included; ``lost_s`` the gaps after the beginning.
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self.lost_s = 0.0
        self._origin_s: float | None = None
        self._resampler: Resampler | None = None
        self._rate_hz = 0
        self._waiting: list[Samples] = []
        self._waiting_s = 0.0

    def gap_s(self, clock_s: float | None, starts_s: float = 0.0) -> float:
        """How much is missing before sound that claims to be at ``clock_s``, counted from ``starts_s``.

        Where the clock falls far behind, or jumps further than any gap, it is believed anew from here.
        """
        if clock_s is None:
            return 0.0
        if self._origin_s is None:
            self._origin_s = starts_s
        ahead_s = clock_s - self._origin_s - self.now_s
        if -MOST_BEHIND_S < ahead_s < SMALLEST_GAP_S:
            return 0.0
        if 0 < ahead_s < LONGEST_GAP_S:
            return ahead_s
        self._origin_s = clock_s - self.now_s
        return 0.0

    def feed(self, samples: Samples, rate_hz: int, weights: Samples | None = None) -> bytes:
        """Take samples of shape ``(n, channels)`` in −1 … 1; give what is ready.

        Rate and channels may change at any time. Raises ``ValueError`` for a rate that cannot be.
        """
        pcm = b""
        if rate_hz != self._rate_hz:
            pcm = self.flush()
            self._resampler, self._rate_hz = Resampler(rate_hz, 1, FILE_QUALITY), rate_hz
        if weights is not None:
            samples = (samples @ weights)[:, np.newaxis]
        if self._waiting and self._waiting[0].shape[1] != samples.shape[1]:
            pcm += self._drain()
        self._waiting.append(samples)
        self.now_s += len(samples) / rate_hz
        self._waiting_s += len(samples) / rate_hz
        return pcm + self._drain() if self._waiting_s >= BLOCK_S else pcm

    def fill(self, gap_s: float) -> Iterator[bytes]:
        """Silence for a gap, in pieces; the first also ends what came before."""
        self.lost_s += gap_s if self.now_s > 0 else 0.0
        self.now_s += gap_s
        yield self.flush()
        samples = round(gap_s * SAMPLE_RATE_HZ)
        block = int(BLOCK_S * SAMPLE_RATE_HZ)
        for at in range(0, samples, block):
            yield bytes(min(block, samples - at) * SAMPLE_BYTES)

    def flush(self) -> bytes:
        """The rest of what was taken; the next sound begins a new filter."""
        if self._resampler is None:
            return b""
        pcm = self._drain() + self._resampler.flush()
        self._resampler, self._rate_hz = None, 0
        return pcm

    def _drain(self) -> bytes:
        if self._resampler is None or not self._waiting:
            return b""
        block = np.concatenate(self._waiting)
        self._waiting, self._waiting_s = [], 0.0
        return self._resampler.feed(to_mono(block)[:, np.newaxis])
