"""Who speaks: utterances with like voices get the same number. Pure.

A voice is a direction in the space of a speaker model's embeddings. Each speaker is the mean of his
utterances so far; an utterance belongs to the nearest speaker, or founds a new one when nobody is near.
What was said once is never renumbered: its label has been read and saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

SAME_VOICE: Final = 0.4
"""Least cosine between an utterance and its speaker. CAM++ tells strangers apart at about 0.3; a mean of
several utterances lies nearer to each of them than they do to each other."""
MOST_SPEAKERS: Final = 16
LEAST_SPEECH_S: Final = 1.0
"""Shorter speech (a laugh, a yes) goes to the nearest speaker, but founds and changes none."""
_MOST_WEIGHT_S: Final = 10.0
_RATE: Final = 16_000
_FRAME: Final = 320
_SPEECH_BELOW_PEAK: Final = 10.0 ** (-30.0 / 10.0)
_LEAST_POWER: Final = (32_768 * 10.0 ** (-60.0 / 20.0)) ** 2

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(slots=True)
class _Speaker:
    number: int
    total: Vector  # utterances' directions, weighted by their seconds
    heard_at: int  # counts utterances

    def likeness(self, direction: Vector) -> float:
        length = float(np.linalg.norm(self.total))
        return float(self.total @ direction) / length if length > 0.0 else -1.0


class SpeakerTurns:
    """Numbers count from 0 in the order of appearance and are never used again.

    At ``most`` speakers the one unheard for longest is forgotten for a new one, so that a worker that lives
    through many meetings goes on telling voices apart.
    """

    def __init__(self, same_voice: float = SAME_VOICE, most: int = MOST_SPEAKERS) -> None:
        assert most >= 1 and -1.0 <= same_voice <= 1.0
        self._same_voice = same_voice
        self._most = most
        self._speakers: list[_Speaker] = []
        self._begun = 0
        self._heard = 0

    @property
    def speakers(self) -> int:
        """How many are known now."""
        return len(self._speakers)

    def turn(self, embedding: np.ndarray, speech_s: float) -> int | None:
        """Whose utterance this is; ``None`` where it cannot be known.

        ``embedding``: any shape, of the same size each time. ``speech_s``: without its silence.
        """
        direction = _direction(embedding)
        if direction is None:
            return None
        self._heard += 1
        nearest = max(self._speakers, key=lambda each: each.likeness(direction), default=None)
        is_short = speech_s < LEAST_SPEECH_S
        if nearest is None or (nearest.likeness(direction) < self._same_voice and not is_short):
            return None if is_short else self._found(direction, speech_s)
        if not is_short:
            nearest.total = nearest.total + direction * min(speech_s, _MOST_WEIGHT_S)
            nearest.heard_at = self._heard
        return nearest.number

    def _found(self, direction: Vector, speech_s: float) -> int:
        if len(self._speakers) >= self._most:
            self._speakers.remove(min(self._speakers, key=lambda each: each.heard_at))
        weight = min(speech_s, _MOST_WEIGHT_S)
        self._speakers.append(_Speaker(self._begun, direction * weight, self._heard))
        self._begun += 1
        return self._begun - 1


def speech_s_of(pcm: bytes) -> float:
    """Seconds of ``pcm`` (16 kHz mono s16le) that are not much quieter than its loudest moment."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32)
    count = samples.size // _FRAME
    if count == 0:
        return 0.0
    power = (samples[: count * _FRAME].reshape(count, _FRAME) ** 2).mean(axis=1)
    least = max(float(power.max()) * _SPEECH_BELOW_PEAK, _LEAST_POWER)
    return int((power >= least).sum()) * _FRAME / _RATE


def _direction(embedding: np.ndarray) -> Vector | None:
    flat: Vector = np.asarray(embedding, dtype=np.float64).reshape(-1)
    length = float(np.linalg.norm(flat))
    return flat / length if np.isfinite(length) and length > 0.0 else None
