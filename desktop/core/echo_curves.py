"""Level curves of two sources laid over each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

from audio.pcm import FRAME_MS, SILENCE_DBFS

STEP_MS: Final = FRAME_MS
"""An envelope has one level for each so many milliseconds."""
EARLIEST_STEPS: Final = -100 // STEP_MS
LATEST_STEPS: Final = 620 // STEP_MS
"""The delays tried; the two clocks may be apart by 100 ms."""
FLOOR_UNDER_PEAK_DB: Final = 45.0
LOUD_OVER_FLOOR_DB: Final = 9.0
DECAY_DB: Final = 2.5
"""What a living room takes from a sound in one step: 60 dB in half a second."""
EXCESS_DB: Final = 6.0
"""So much louder than the echo can be means that somebody speaks."""


@dataclass(frozen=True, slots=True)
class HeardSpan:
    """One utterance, or as much of it as there is; ``envelope``: dBFS (−96 … 0) of each ``STEP_MS``."""

    start_ms: int
    end_ms: int
    text: str
    envelope: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """``mine``: the microphone without what its noise hides; ``room``: "Others" from before it, blurred."""

    mine: list[float]
    room: list[float]

    def at_delay(self, delay_steps: int) -> list[float]:
        """ "Others" as they would be heard at that delay, as long as ``mine``."""
        return self.room[LATEST_STEPS - delay_steps :][: len(self.mine)]


def curves(me: HeardSpan, others: Sequence[HeardSpan]) -> Curves | None:
    """``None`` where there is nothing to compare."""
    heard = _levels_around(me, others)
    if not me.envelope or max(heard) <= SILENCE_DBFS:
        return None
    return Curves(_above_floor(me.envelope), _blurred(_above_floor(heard)))


def give_or_take(levels: Sequence[float]) -> list[float]:
    """The loudest of each step and its neighbours: a step more or less of delay is no matter."""
    return [max(levels[max(0, at - 2) : at + 2]) for at in range(len(levels))]


def _levels_around(me: HeardSpan, others: Iterable[HeardSpan]) -> list[float]:
    """The levels of "Others" from the longest delay before ``me`` to a little after it."""
    begin = me.start_ms // STEP_MS - LATEST_STEPS
    levels = [SILENCE_DBFS] * (len(me.envelope) + LATEST_STEPS - EARLIEST_STEPS)
    for span in others:
        at = span.start_ms // STEP_MS - begin
        first, past = max(0, -at), min(len(span.envelope), len(levels) - at)
        if first < past:
            levels[at + first : at + past] = span.envelope[first:past]
    return levels


def _above_floor(levels: Sequence[float]) -> list[float]:
    """What cannot be heard beside the loudest, or is the noise of the quietest tenth, is all the same."""
    floor = max(max(levels) - FLOOR_UNDER_PEAK_DB, sorted(levels)[len(levels) // 10])
    return [max(level, floor) for level in levels]


def _blurred(levels: Iterable[float]) -> list[float]:
    """As a room prolongs each sound."""
    kept, blurred = SILENCE_DBFS, []
    for level in levels:
        kept = max(level, kept - DECAY_DB)
        blurred.append(kept)
    return blurred


def correlation(curve: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's, −1 … 1, over the length of ``curve``; 0 where one of them is flat."""
    count = len(curve)
    other = other[:count]
    mean, other_mean = sum(curve) / count, sum(other) / count
    power = sum(map(mul, curve, curve)) - count * mean * mean
    other_power = sum(map(mul, other, other)) - count * other_mean * other_mean
    if power < 1e-6 or other_power < 1e-6:
        return 0.0
    together = sum(map(mul, curve, other)) - count * mean * other_mean
    return float(together / (power * other_power) ** 0.5)
