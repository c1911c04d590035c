"""From one clean synthesised utterance to a recording somebody could have made.

Speaker (resampling moves pitch, formants and tempo together), room, microphone colour, noise,
telephone band and level. Word times follow every step.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter
from voices import Spoken

Samples = NDArray[np.float32]
RATE_HZ = 16_000


def trim(spoken: Spoken, threshold: float = 0.004) -> Spoken:
    """Cut the silence at both ends, keeping 15 ms before and 30 ms after the speech."""
    loud = np.flatnonzero(np.abs(spoken.samples) > threshold)
    if not len(loud):
        return spoken
    first = max(0, int(loud[0]) - int(0.015 * spoken.rate_hz))
    last = int(loud[-1]) + int(0.03 * spoken.rate_hz)
    starts = tuple(max(0.0, start - first / spoken.rate_hz) for start in spoken.word_starts_s)
    starts = tuple(
        start if not np.isnan(raw) else raw for start, raw in zip(starts, spoken.word_starts_s, strict=True)
    )
    return Spoken(spoken.samples[first:last], spoken.rate_hz, spoken.words, starts)


def resample(spoken: Spoken, factor: float = 1.0) -> Spoken:
    """To 16 kHz; factor > 1 makes the speaker smaller, higher and faster."""
    samples = soxr.resample(spoken.samples, spoken.rate_hz * factor, RATE_HZ).astype(np.float32)
    starts = tuple(start / factor for start in spoken.word_starts_s)
    return Spoken(samples, RATE_HZ, spoken.words, starts)


class Surroundings:
    """Draws noises; remembers some earlier utterances to mix babble from."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._talkers: deque[Samples] = deque(maxlen=60)

    def overhear(self, samples: Samples) -> None:
        """Offer an utterance as material for babble."""
        if len(samples) and self._rng.random() < 0.5:
            self._talkers.append(samples[: 5 * RATE_HZ])

    def noise(self, length: int) -> Samples:
        """White, brown, pink-like, mains hum or babble; any level."""
        kind = int(self._rng.integers(5))
        if kind == 4 and len(self._talkers) > 8:
            return self._babble(length)
        white = self._rng.standard_normal(length).astype(np.float32)
        pole = {1: 0.97, 2: 0.7, 3: 0.99}.get(kind)
        coloured = white if pole is None else lfilter([1], [1, -pole], white)
        if kind == 3:
            times = np.arange(length) / RATE_HZ
            hum = np.sin(2 * np.pi * self._rng.uniform(45, 130) * times)
            coloured = coloured + 3 * np.std(coloured) * hum
        return np.asarray(coloured, np.float32)

    def _babble(self, length: int) -> Samples:
        mixed = np.zeros(length, np.float32)
        for _ in range(int(self._rng.integers(3, 7))):
            talker = self._talkers[int(self._rng.integers(len(self._talkers)))]
            mixed += np.resize(np.roll(talker, int(self._rng.integers(len(talker)))), length)
        return mixed


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Mix the noise in at this ratio of the mean powers."""
    speech_power = float(np.mean(samples**2)) + 1e-9
    noise_power = float(np.mean(noise**2)) + 1e-9
    scale = np.sqrt(speech_power / noise_power / 10 ** (snr_db / 10))
    return np.asarray(samples + noise * scale, np.float32)


def _room(samples: Samples, rng: np.random.Generator) -> Samples:
    length = int(rng.uniform(0.08, 0.45) * RATE_HZ)
    echo = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    echo[0] = 0
    echo = echo / np.sqrt(np.sum(echo**2)) * rng.uniform(0.1, 0.7)
    echo[0] = 1
    return np.asarray(fftconvolve(samples, echo)[: len(samples) + length // 2], np.float32)


def _colour(samples: Samples, rng: np.random.Generator) -> Samples:
    tilted = lfilter([1, -rng.uniform(-0.5, 0.7)], [1], samples)
    if rng.random() < 0.5:
        tilted = lfilter([1, -1], [1, -rng.uniform(0.93, 0.995)], tilted)
    return np.asarray(tilted, np.float32)


def _telephone(samples: Samples) -> Samples:
    return np.asarray(soxr.resample(soxr.resample(samples, RATE_HZ, 8000), 8000, RATE_HZ), np.float32)


def _pad(samples: Samples, lead_s: float, trail_s: float) -> Samples:
    return np.pad(samples, (int(lead_s * RATE_HZ), int(trail_s * RATE_HZ)))


def normalise(samples: Samples, peak: float) -> Samples:
    """Scale so that the largest sample has this magnitude."""
    return np.asarray(samples / (float(np.abs(samples).max()) + 1e-6) * peak, np.float32)


def record(
    spoken: Spoken, warp: tuple[float, float], surroundings: Surroundings, rng: np.random.Generator
) -> Spoken:
    """One augmented copy at 16 kHz, lead and trail silence included; samples are whole 16-bit steps."""
    factor = rng.uniform(*warp) if rng.random() < 0.8 else 1.0
    copy = resample(trim(spoken), factor)
    surroundings.overhear(copy.samples)
    samples = normalise(copy.samples, 1.0)
    if rng.random() < 0.3:
        samples = _room(samples, rng)
    if rng.random() < 0.5:
        samples = _colour(samples, rng)
    lead_s = float(rng.uniform(0.02, 0.8))
    samples = _pad(samples, lead_s, float(rng.uniform(0.05, 0.9)))
    chance = rng.random()
    if chance < 0.62:
        samples = add_noise(samples, surroundings.noise(len(samples)), rng.uniform(5, 35))
    elif chance < 0.93:
        floor = 10 ** rng.uniform(-4.5, -3)
        samples = samples + np.float32(floor) * rng.standard_normal(len(samples), np.float32)
    if rng.random() < 0.2:
        samples = _telephone(samples)
    samples = normalise(samples, 10 ** rng.uniform(-1.5, -0.02))
    starts = tuple(start + lead_s for start in copy.word_starts_s)
    return Spoken(quantise(samples), RATE_HZ, spoken.words, starts)


def record_nobody(surroundings: Surroundings, rng: np.random.Generator) -> Spoken:
    """Noise or digital silence without a word, 0.5 to 4 s."""
    samples = surroundings.noise(int(RATE_HZ * rng.uniform(0.5, 4)))
    level = 10 ** rng.uniform(-4.5, -0.7) * (rng.random() < 0.9)
    return Spoken(quantise(normalise(samples, level)), RATE_HZ, (), ())


def quantise(samples: Samples) -> Samples:
    """Round to the steps of 16-bit PCM, still in [-1, 1]."""
    return np.asarray(np.round(np.clip(samples, -1, 1) * 32767) / 32768, np.float32)
