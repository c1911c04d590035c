"""Any rate and any number of channels to 16 kHz mono, block by block."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio.events import AudioFrame
from audio.pcm import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ

LIVE_QUALITY: Final = "MQ"
"""soxr's medium quality: flat to 7.2 kHz, aliases 116 dB down (16 bit has 96), 7–9 ms of delay.

High quality is no better within 16 bits but delays 15 ms (from 48 kHz) or 40 ms (from 44.1 kHz).
"""
FILE_QUALITY: Final = "HQ"

Samples = npt.NDArray[np.float32]


class Resampler:
    """One stream of sound to 16 kHz mono s16le; keeps its filter's state between blocks.

    Output is aligned with the input (the filter adds no shift) but comes late by its delay;
    ``flush`` gives the rest. Raises ``ValueError`` for a rate or channel count that cannot be.
    """

    def __init__(self, rate_hz: int, channels: int, quality: str = LIVE_QUALITY) -> None:
        if not 1_000 <= rate_hz <= 768_000 or not 1 <= channels <= 64:
            raise ValueError(f"{rate_hz} Hz with {channels} channels")
        self._channels = channels
        self._stream: Any = None
        if rate_hz != SAMPLE_RATE_HZ:
            import soxr

            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality=quality)

    def feed_pcm(self, pcm: bytes) -> bytes:
        """Take interleaved s16le samples; give what is ready."""
        if self._stream is None and self._channels == 1:
            return pcm
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
        return self._convert(to_mono(samples.reshape(-1, self._channels)), is_last=False)

    def feed(self, samples: Samples) -> bytes:
        """Take float samples of shape ``(n, channels)`` in −1 … 1; give what is ready.

        Files may hold numbers that are none, or infinite: they become silence, or the loudest sample.
        """
        return self._convert(to_mono(np.nan_to_num(samples, posinf=1.0, neginf=-1.0)), is_last=False)

    def flush(self) -> bytes:
        """The input is over: give the rest."""
        return b"" if self._stream is None else self._convert(np.zeros(0, np.float32), is_last=True)

    def _convert(self, mono: Samples, is_last: bool) -> bytes:
        if self._stream is not None:
            mono = self._stream.resample_chunk(mono, last=is_last)
        scaled = np.rint(mono * np.float32(32768.0))
        pcm: bytes = np.clip(scaled, -32768.0, 32767.0).astype("<i2").tobytes()
        return pcm


def to_mono(samples: Samples) -> Samples:
    """The mean of the channels; of two that cancel each other out (wired in antiphase) the first."""
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    mean: Samples = samples.mean(axis=1, dtype=np.float32)
    first: Samples = np.ascontiguousarray(samples[:, 0])
    is_cancelled = float(mean @ mean) < 0.001 * float(first @ first)
    return first if is_cancelled else mean


class Framer:
    """Cuts a stream of bytes into 20 ms frames and counts audio time."""

    def __init__(self) -> None:
        self._rest = b""
        self.next_at_ms = 0

    def feed(self, pcm: bytes) -> list[AudioFrame]:
        """The whole frames that ``pcm`` completes."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        return [self._frame(pcm[i : i + FRAME_BYTES]) for i in range(0, whole, FRAME_BYTES)]

    def flush(self) -> list[AudioFrame]:
        """The last frame, filled up with silence; none if nothing is left."""
        rest, self._rest = self._rest, b""
        return [self._frame(rest.ljust(FRAME_BYTES, b"\0"))] if rest else []

    def _frame(self, pcm: bytes) -> AudioFrame:
        frame = AudioFrame(pcm, self.next_at_ms)
        self.next_at_ms += FRAME_MS
        return frame
