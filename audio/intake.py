"""From a device's blocks to frames: holes filled, resampled, cut, counted."""

from __future__ import annotations

from audio.delivery import DeliveryClock
from audio.events import AudioFrame
from audio.resampler import Framer, Resampler


class Intake:
    """Pure but for the resampler's state. Blocks are interleaved s16le at the device's rate."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._bytes_per_s = rate_hz * channels * 2
        self._clock = DeliveryClock(self._bytes_per_s, channels * 2)
        self._resampler = Resampler(rate_hz, channels)
        self._framer = Framer()
        self._delivered_bytes = 0
        self._zeros_bytes = 0

    def take(self, block: bytes, arrived_s: float) -> list[AudioFrame]:
        """The frames that ``block`` completes; ``arrived_s`` is when the callback had it."""
        self._delivered_bytes += len(block)
        self._zeros_bytes = 0 if block.strip(b"\0") else self._zeros_bytes + len(block)
        frames: list[AudioFrame] = []
        for piece in self._clock.feed(block, arrived_s):
            frames += self._framer.feed(self._resampler.feed_pcm(piece))
        return frames

    def silence(self, length_ms: int) -> bytes:
        """A block of so much silence."""
        return bytes(self._clock.whole_samples(length_ms / 1000))

    @property
    def delivered_ms(self) -> int:
        """Sound that came."""
        return self._ms(self._delivered_bytes)

    @property
    def zeros_ms(self) -> int:
        """How long every sample has been exactly zero by now; a working microphone is never that quiet."""
        return self._ms(self._zeros_bytes)

    @property
    def lost_ms(self) -> int:
        """Sound that the clock says is missing."""
        return round(self._clock.lost_s * 1000)

    def _ms(self, size_bytes: int) -> int:
        return size_bytes * 1000 // self._bytes_per_s
