"""Which words of an utterance are the loudspeakers', where somebody speaks in it too. Pure.

Who says "exactly" while others talk through loudspeakers has all of their words around it in one
utterance. Once the room is known it tells how loud each moment of the echo can be. What is louder, with some
time around it, is the speaker's own. Of the rest a stretch is echo if it rises and falls with "Others" and is
as loud as the room makes them: with headphones on all of a sudden, it is not. Only words that lie in such a
stretch are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from desktop.core.echo_curves import (
    EXCESS_DB,
    LOUD_OVER_FLOOR_DB,
    STEP_MS,
    Curves,
    correlation,
    give_or_take,
)
from recognizer.events import Word

Part = tuple[int, int]
"""Steps from the start of the utterance: from, past."""
LEAST_OWN_STEPS: Final = 4
BRIDGE_STEPS: Final = 600 // STEP_MS
AROUND_STEPS: Final = 300 // STEP_MS
LEAST_ECHO_STEPS: Final = 600 // STEP_MS
"""Shorter stretches tell too little."""
LEAST_LIKENESS: Final = 0.6
MOST_GAIN_OFF_DB: Final = 6.0


def echo_parts(both: Curves, delay_steps: int, gain_db: float) -> list[Part]:
    """Stretches that are nothing but the loudspeakers, in a room with that delay and loudness."""
    theirs, floor = both.at_delay(delay_steps), min(both.mine)
    pairs = list(zip(both.mine, give_or_take(theirs), strict=True))
    is_loud = [level > floor + LOUD_OVER_FLOOR_DB for level in both.mine]
    is_own = [
        loud and level > max(other + gain_db, floor) + EXCESS_DB
        for loud, (level, other) in zip(is_loud, pairs, strict=True)
    ]

    def is_echo(part: Part) -> bool:
        begin, past = part
        gains = [mine - other for mine, other in pairs[begin:past] if mine > floor + LOUD_OVER_FLOOR_DB]
        if len(gains) < LEAST_ECHO_STEPS or abs(sorted(gains)[len(gains) // 2] - gain_db) > MOST_GAIN_OFF_DB:
            return False
        audible = [max(level, floor - gain_db) for level in theirs[begin:past]]
        return correlation(both.mine[begin:past], audible) >= LEAST_LIKENESS

    return [part for part in between(own_parts(is_own), len(both.mine)) if is_echo(part)]


def own_parts(is_own: Iterable[bool]) -> list[Part]:
    """Where somebody speaks: steps that are too loud, bridged, and with some time around them."""
    parts: list[tuple[int, int, int]] = []
    at = 0
    for flag, group in groupby(is_own):
        begin, at = at, at + len(list(group))
        if flag and parts and begin - parts[-1][1] <= BRIDGE_STEPS:
            parts[-1] = (parts[-1][0], at, parts[-1][2] + at - begin)
        elif flag:
            parts.append((begin, at, at - begin))
    return [
        (max(0, begin - AROUND_STEPS), past + AROUND_STEPS)
        for begin, past, loud_steps in parts
        if loud_steps >= LEAST_OWN_STEPS
    ]


def between(parts: Sequence[Part], length: int) -> list[Part]:
    """What the parts leave of that many steps."""
    bounds = [0, *(bound for part in parts for bound in part), length]
    return [(begin, past) for begin, past in zip(bounds[::2], bounds[1::2], strict=True) if begin < past]


def words_outside(words: Sequence[Word], parts: Sequence[Part]) -> tuple[Word, ...]:
    """The words that do not lie in one of the parts as a whole."""
    spans = [(begin * STEP_MS, past * STEP_MS) for begin, past in parts]
    return tuple(
        word
        for word in words
        if not any(begin <= word.start_ms and word.end_ms <= past for begin, past in spans)
    )
