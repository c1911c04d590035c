"""Words of a live decode, held back until the decoder has stopped changing its mind. Pure; audio time only.

A decoder that searches frame by frame rewrites its last words up to fifty times a second. Shown at once, each
word of the embedded engine was replaced 2.7 times before its final stood (``dev.py bench captions``). A word
is shown when it, and all before it, have been the same for ``HOLD_MS`` of sound. One that was shown is taken
back only when other words have stood in its place for ``DOUBT_MS``: a reader is not disturbed by a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

HOLD_MS: Final = 240
DOUBT_MS: Final = 480


class SteadyWords:
    """One utterance. Fed with each hypothesis; unchanged ones matter, for they make words old."""

    def __init__(self) -> None:
        self._words: tuple[str, ...] = ()
        self._since_ms: tuple[int, ...] = ()
        self._shown: tuple[str, ...] = ()

    def take(self, words: Sequence[str], audio_ms: int) -> tuple[str, ...]:
        """The hypothesis after ``audio_ms`` of the utterance; the words to show."""
        same = _shared(words, self._words)
        self._since_ms = self._since_ms[:same] + (audio_ms,) * (len(words) - same)
        self._words = tuple(words)
        steady, certain = self._older_than(audio_ms - HOLD_MS), self._older_than(audio_ms - DOUBT_MS)
        if _shared(steady, self._shown) == len(self._shown):
            self._shown = steady
        elif _shared(certain, self._shown) < min(len(self._shown), len(certain)):
            self._shown = certain
        return self._shown

    def _older_than(self, since_ms: int) -> tuple[str, ...]:
        count = len(list(takewhile(lambda begun_ms: begun_ms <= since_ms, self._since_ms)))
        return self._words[:count]


def _shared(some: Sequence[str], others: Sequence[str]) -> int:
    """How many words at the beginning are the same."""
    pairs = zip(some, others, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
