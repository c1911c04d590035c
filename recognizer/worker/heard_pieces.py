"""What was heard of an utterance, and the texts of its pieces put together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from audio.events import Problem
from audio.pcm import to_float32
from recognizer.events import Word
from recognizer.worker.engine import Outcome

Samples = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is to be told of an utterance. ``notice``: what follows the first pass failed, told once."""

    outcome: Outcome
    is_written: bool = False
    notice: Problem | None = None
    speaker: int | None = None


def samples_of(pcm: bytes) -> Samples:
    """Float32 from −1 to 1."""
    return np.ascontiguousarray(to_float32(pcm))


def joined(parts: Iterable[tuple[int, int, Outcome]]) -> Outcome:
    """The texts of all pieces (start, end, text) in a row, their words' times counted from the first."""
    text = ""
    words: list[Word] = []
    for start_ms, end_ms, outcome in parts:
        needs_space = text and outcome.text and text[-1].isascii() and outcome.text[0].isascii()
        text += " " + outcome.text if needs_space else outcome.text
        for word in outcome.words:  # frames are 60 ms, so the last may reach beyond its piece
            times = (min(start_ms + each, end_ms) for each in (word.start_ms, word.end_ms))
            words.append(Word(word.text, *times))
    return Outcome(text, tuple(words))
