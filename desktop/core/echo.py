"""Is what the microphone heard only the loudspeakers? Pure: levels and words in, yes or no out.

Who takes part in a meeting without headphones has "Others" twice: as system sound, and from the
loudspeakers through the room in the own microphone. The echo is the same sound, weaker, later by 0 … 500 ms
and blurred by the room. So the levels of both sides, one for each 20 ms, are laid over each other at every
delay. An echo

- rises and falls with "Others" (correlation of the two level curves), and
- has nothing in it that is louder than "Others", moved and weakened, would explain.

A person who talks over "Others", be it one word, is louder than the echo for at least a syllable and so is
kept. By chance one short word may rise and fall like something in "Others", so short sound must be more
alike; but a room has one delay and one loudness, and once they are known less likeness will do. Words only
help where three or more are shared: an engine hears an echo badly, and a person may well repeat a word. In
doubt the utterance is kept: a caption too many is better than a word lost.

Times of both sides must count from the same moment; the microphone may be up to 100 ms ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import Final

from audio.pcm import FRAME_MS, SILENCE_DBFS
from desktop.core.echo_words import shared_words, words_of

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

MOST_OWN_MS: Final = 100
MOST_OWN_SHARE: Final = 0.15
LEAST_COVERED: Final = 0.75
SHORT_MS: Final = 1_000
NEEDED, NEEDED_SHORT = 0.84, 0.92
NEEDED_KNOWN, NEEDED_KNOWN_SHORT = 0.6, 0.7
WORDS_HELP: Final = 0.15
SURE: Final = 0.88
"""From this likeness on, a long span teaches the room."""
SAME_DELAY_MS: Final = 80
SAME_GAIN_DB: Final = 9.0
ROOMS_KEPT: Final = 6


@dataclass(frozen=True, slots=True)
class HeardSpan:
    """One utterance, or as much of it as there is; ``envelope``: dBFS (−96 … 0) of each ``STEP_MS``."""

    start_ms: int
    end_ms: int
    text: str
    envelope: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EchoEvidence:
    """What was measured at the delay that fits best; ``gain_db`` is the echo against "Others".

    ``likeness``: correlation −1 … 1. ``loud_ms``: how much of it can be heard at all; ``covered``: the part
    of it while "Others" speak; ``own_share``: the part they do not explain; ``own_ms``: its longest stretch.
    """

    likeness: float = 0.0
    delay_ms: int = 0
    gain_db: float = 0.0
    loud_ms: int = 0
    covered: float = 0.0
    own_share: float = 1.0
    own_ms: int = 0


@dataclass(slots=True)
class EchoJudge:
    """Remembers the delay and loudness of the latest certain echoes; one for each meeting."""

    _rooms: deque[EchoEvidence] = field(default_factory=lambda: deque(maxlen=ROOMS_KEPT))

    def is_echo(self, me: HeardSpan, others: Sequence[HeardSpan]) -> bool:
        """Whether ``me`` is nothing but ``others``: theirs from 1 s before it to its end, in any order.

        About 2 ms for a few seconds of sound, 15 ms for 30 s. May be asked again when more is there.
        """
        found = measure(me, others)
        if found.covered < LEAST_COVERED or found.own_ms > MOST_OWN_MS or found.own_share > MOST_OWN_SHARE:
            return False
        if found.likeness < self._needed(found) - _help_of_words(me, others):
            return False
        if found.likeness >= SURE and found.loud_ms >= SHORT_MS:
            self._rooms.append(found)
        return True

    def _needed(self, found: EchoEvidence) -> float:
        is_short = found.loud_ms < SHORT_MS
        if any(_is_same_room(found, room) for room in self._rooms):
            return NEEDED_KNOWN_SHORT if is_short else NEEDED_KNOWN
        return NEEDED_SHORT if is_short else NEEDED


def _is_same_room(one: EchoEvidence, other: EchoEvidence) -> bool:
    is_delay_same = abs(one.delay_ms - other.delay_ms) <= SAME_DELAY_MS
    return is_delay_same and abs(one.gain_db - other.gain_db) <= SAME_GAIN_DB


def _help_of_words(me: HeardSpan, others: Sequence[HeardSpan]) -> float:
    """Less likeness is needed where three words or more, and most of them, are the same."""
    share = shared_words(
        me.text, " ".join(span.text for span in sorted(others, key=lambda one: one.start_ms))
    )
    return WORDS_HELP if share >= 0.5 and share * len(words_of(me.text)) >= 3 else 0.0


def measure(me: HeardSpan, others: Sequence[HeardSpan]) -> EchoEvidence:
    """Lay the curves over each other at every delay; the evidence at the best one."""
    heard = _levels_around(me, others)
    if not me.envelope or max(heard) <= SILENCE_DBFS:
        return EchoEvidence()
    mine, room = _above_floor(me.envelope), _blurred(_above_floor(heard))
    delay = _best_delay(mine, room)
    theirs = room[LATEST_STEPS - delay :][: len(mine)]
    return _evidence(correlation(mine, theirs), delay, mine, theirs)


def _best_delay(mine: list[float], room: list[float]) -> int:
    """In steps: every other delay is tried with every other level, then those beside the best."""
    coarse = range(EARLIEST_STEPS, LATEST_STEPS + 1, 2)
    best = max(coarse, key=lambda delay: correlation(mine[::2], room[LATEST_STEPS - delay :: 2]))
    near = [delay for delay in (best - 1, best, best + 1) if EARLIEST_STEPS <= delay <= LATEST_STEPS]
    return max(near, key=lambda delay: correlation(mine, room[LATEST_STEPS - delay :]))


def _evidence(likeness: float, delay: int, mine: list[float], theirs: list[float]) -> EchoEvidence:
    near = [
        max(theirs[max(0, at - 2) : at + 2]) for at in range(len(mine))
    ]  # a step more or less is no matter
    floor = min(mine)
    loud_from, heard_from = floor + LOUD_OVER_FLOOR_DB, min(theirs) + LOUD_OVER_FLOOR_DB
    loud = [(level, other) for level, other in zip(mine, near, strict=True) if level > loud_from]
    gains = sorted(level - other for level, other in loud if other > heard_from)
    if not gains:
        return EchoEvidence(likeness, delay * STEP_MS, loud_ms=len(loud) * STEP_MS)
    gain = gains[len(gains) // 2]
    audible = [max(other, floor - gain) for other in theirs]  # the rest drowns in the microphone's noise
    likeness = max(likeness, correlation(mine, audible))
    pairs = zip(mine, near, strict=True)
    own = [level > loud_from and level > max(other + gain, floor) + EXCESS_DB for level, other in pairs]
    return EchoEvidence(
        likeness=likeness,
        delay_ms=delay * STEP_MS,
        gain_db=gain,
        loud_ms=len(loud) * STEP_MS,
        covered=len(gains) / len(loud),
        own_share=sum(own) / len(loud),
        own_ms=_longest_run(own) * STEP_MS,
    )


def _longest_run(flags: Iterable[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


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
