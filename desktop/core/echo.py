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
from typing import Final

from desktop.core.echo_curves import (
    EARLIEST_STEPS,
    EXCESS_DB,
    LATEST_STEPS,
    LOUD_OVER_FLOOR_DB,
    STEP_MS,
    Curves,
    HeardSpan,
    correlation,
    curves,
)
from desktop.core.echo_parts import echo_parts, words_outside
from desktop.core.echo_words import shared_words, words_of
from recognizer.events import Word

__all__ = ["EchoEvidence", "EchoJudge", "HeardSpan", "measure"]

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

    def own_words(
        self, me: HeardSpan, others: Sequence[HeardSpan], words: Sequence[Word]
    ) -> tuple[Word, ...]:
        """Of ``words``, timed from the start of ``me``, those that are not the loudspeakers'.

        All of them, where no room is known yet or ``others`` are not heard in it.
        """
        both = curves(me, others) if self._rooms and words else None
        if both is None:
            return tuple(words)
        room = self._rooms[-1]
        own = words_outside(words, echo_parts(both, room.delay_ms // STEP_MS, room.gain_db))
        return own or tuple(words)  # whether all of it is an echo, ``is_echo`` tells

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
    both = curves(me, others)
    if both is None:
        return EchoEvidence()
    delay = _best_delay(both)
    theirs = both.at_delay(delay)
    return _evidence(correlation(both.mine, theirs), delay, both.mine, theirs)


def _best_delay(both: Curves) -> int:
    """In steps: every other delay is tried with every other level, then those beside the best."""
    coarse, mine = range(EARLIEST_STEPS, LATEST_STEPS + 1, 2), both.mine[::2]
    best = max(coarse, key=lambda delay: correlation(mine, both.at_delay(delay)[::2]))
    near = [delay for delay in (best - 1, best, best + 1) if EARLIEST_STEPS <= delay <= LATEST_STEPS]
    return max(near, key=lambda delay: correlation(both.mine, both.at_delay(delay)))


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
