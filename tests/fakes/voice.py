"""A synthetic voice that voice detectors take for speech, and what is needed to compare sound."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16_000
VOWELS = (  # formants of a voice: frequency in Hz, bandwidth in Hz, strength
    ((730, 80, 1.0), (1090, 90, 0.6), (2440, 120, 0.2)),
    ((270, 60, 1.0), (2290, 100, 0.3), (3010, 120, 0.15)),
    ((530, 70, 1.0), (1840, 100, 0.4), (2480, 120, 0.2)),
    ((570, 80, 1.0), (840, 80, 0.6), (2410, 120, 0.1)),
    ((300, 60, 1.0), (870, 80, 0.3), (2240, 120, 0.05)),
)


def vowel(samples: int, pitch_hz: float, formants: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """A buzzing source through resonances, as a throat makes it."""
    t = np.arange(samples) / RATE_HZ
    turns = np.cumsum(pitch_hz * (1 + 0.05 * np.sin(2 * np.pi * 2.5 * t))) / RATE_HZ
    buzz = (np.diff(np.floor(turns), prepend=0.0) > 0).astype(float)
    ring = np.arange(RATE_HZ // 20)
    sound = np.zeros(samples)
    for frequency_hz, bandwidth_hz, strength in formants:
        decay = np.exp(-np.pi * bandwidth_hz * ring / RATE_HZ)
        response = decay * np.sin(2 * np.pi * frequency_hz * ring / RATE_HZ)
        sound += strength * np.convolve(buzz, response)[:samples]
    fade = np.minimum(1.0, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.03 * RATE_HZ))
    return sound / np.abs(sound).max() * fade


def voice(length_ms: int, seed: int = 1) -> np.ndarray:
    """Syllables that Silero takes for speech; int16, 16 kHz."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) * 1000 < length_ms * RATE_HZ:
        length = int(rng.uniform(0.12, 0.25) * RATE_HZ)
        syllable = vowel(length, rng.uniform(100, 140), VOWELS[rng.integers(5)])
        parts.append(syllable * rng.uniform(0.25, 0.4))
        hiss = rng.standard_normal(int(rng.uniform(0.03, 0.07) * RATE_HZ))
        parts.append(hiss * np.hanning(hiss.size) * rng.uniform(0.01, 0.06))
    return (np.concatenate(parts)[: length_ms * RATE_HZ // 1000] * 32767).astype("<i2")


def silence(length_ms: int) -> np.ndarray:
    """Room noise at −70 dBFS, which no exact zero is."""
    return np.random.default_rng(0).integers(-15, 16, length_ms * RATE_HZ // 1000).astype("<i2")


def write_wav(path: Path, samples: np.ndarray) -> Path:
    """16 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


def read_wav(path: Path | str) -> np.ndarray:
    """All samples of a 16 kHz mono file."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def likeness(heard: np.ndarray, said: np.ndarray) -> tuple[float, int]:
    """Normalised correlation of ``said`` with the best place in ``heard``, and that place in samples."""
    if heard.size < said.size:
        heard = np.pad(heard, (0, said.size - heard.size))
    size = 1 << int(np.ceil(np.log2(heard.size + said.size)))
    spectrum = np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(said.astype(float), size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)[: heard.size - said.size + 1]))
    piece = heard[at : at + said.size].astype(float)
    return float(piece @ said / (np.linalg.norm(piece) * np.linalg.norm(said.astype(float)) + 1e-9)), at
