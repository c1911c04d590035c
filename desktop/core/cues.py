"""Subtitles made of what was said: short, readable, in order, never two at once.

A cue has at most two lines of 42 columns and stays for at most 7 s. Among all ways to cut an utterance the
best is taken (fewest cues; cut after sentences, then clauses, then pauses); then times are made
to follow one another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest
from typing import Final

from desktop.core.spoken_times import spans
from desktop.core.text_columns import atoms, columns, plain
from desktop.core.timed_text import TimedText

LINE_COLUMNS: Final = 42
LONGEST_MS: Final = 7000
SHORTEST_MS: Final = 1000
LEAST_SHARED_MS: Final = 500
LABEL_COLUMNS: Final = 16
PAUSE_MS: Final = 600
FEW_COLUMNS: Final = 12
_SENTENCE_END: Final = frozenset(".!?…。！？｡؟")
_CLAUSE_END: Final = frozenset(",;:—–，；：、،؛")
_CLOSING: Final = "\"'”’»)]}」』）】》〉"


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from ``start_ms`` until ``end_ms``: one or two lines. ``speaker`` as it was told."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str = ""


def cues(told: Sequence[TimedText], *, is_labelled: bool = False) -> list[Cue]:
    """Cues in order; ``is_labelled`` writes ``Me: `` wherever another speaker goes on.

    No cue is empty, overlaps another, ends before it starts, or starts before nought.
    """
    made: list[Cue] = []
    for line in sorted(told, key=lambda each: each.start_ms):
        label = _label(line.speaker) if is_labelled else ""
        made += _Utterance(line, LINE_COLUMNS - columns(label)).cues()
    made.sort(key=lambda cue: cue.start_ms)
    placed = _one_after_another(made)
    return list(_labelled(placed) if is_labelled else placed)


def _label(speaker: str) -> str:
    """``Me: ``; a long name is cut, so that there is room for what was said."""
    name = plain(speaker)
    if columns(name) > LABEL_COLUMNS:
        name = next(atoms(name.replace(" ", "\N{NO-BREAK SPACE}"), LABEL_COLUMNS - 1)).text + "…"
    return f"{name}: " if name else ""


def _labelled(placed: Iterable[Cue]) -> Iterator[Cue]:
    before = ""
    for cue in placed:
        label = _label(cue.speaker) if cue.speaker != before else ""
        yield replace(cue, lines=(label + cue.lines[0], *cue.lines[1:]))
        before = cue.speaker


class _Utterance:
    """One utterance on its way to be cues; their first lines have ``first_columns`` for text."""

    def __init__(self, line: TimedText, first_columns: int) -> None:
        self.line = line
        self.first_columns = first_columns
        self.pieces = list(atoms(line.text, first_columns))
        self.times = spans(self.pieces, line)
        widths = [piece.columns + int(piece.has_space) for piece in self.pieces]
        self.edges = list(accumulate(widths, initial=0))
        self.cuts = [self._badness_of_cut(after) for after in range(len(self.pieces))]

    def cues(self) -> Iterator[Cue]:
        """From first to last."""
        for first, last in self._best_cuts():
            start, end = self.times[first][0], min(self.times[last][1], self.times[first][0] + LONGEST_MS)
            yield Cue(round(start), round(end), tuple(self._laid_out(first, last)), self.line.speaker)

    def _best_cuts(self) -> list[tuple[int, int]]:
        """First and last piece of each cue, so that the sum of what is bad about them is least."""
        count = len(self.pieces)
        least = [0.0] + [math.inf] * count
        begin = [0] * (count + 1)
        for first in range(count):
            for last in self._reachable(first):
                cost = least[first] + self._badness(first, last)
                if cost < least[last + 1]:
                    least[last + 1], begin[last + 1] = cost, first
        found, until = [], count
        while until:
            found.append((begin[until], until - 1))
            until = begin[until]
        return found[::-1]

    def _reachable(self, first: int) -> Iterator[int]:
        """The last pieces of all cues that may begin with ``first``."""
        second = first  # where the second line begins
        for last in range(first, len(self.pieces)):
            if self._width(first, last) <= self.first_columns:
                second = last + 1
            elif self._width(second, last) > LINE_COLUMNS:
                return
            if last > first and self.times[last][1] - self.times[first][0] > LONGEST_MS:
                return
            yield last

    def _width(self, first: int, last: int) -> int:
        """Columns of these pieces on one line."""
        return self.edges[last + 1] - self.edges[first] - int(self.pieces[last].has_space)

    def _badness(self, first: int, last: int) -> float:
        bad = 1.0 + self.cuts[last]
        if self.times[last][1] - self.times[first][0] < SHORTEST_MS:
            bad += 0.5
        if self._width(first, last) < FEW_COLUMNS:
            bad += 0.3
        return bad

    def _badness_of_cut(self, after: int) -> float:
        if after == len(self.pieces) - 1:
            return 0.0
        mark = self.pieces[after].text.rstrip(_CLOSING)[-1:]
        if mark in _SENTENCE_END:
            return -0.4
        if self.times[after + 1][0] - self.times[after][1] >= PAUSE_MS:
            return 0.1
        return 0.2 if mark in _CLAUSE_END else 1.2

    def _laid_out(self, first: int, last: int) -> list[str]:
        """One line where it fits, else two of about equal length, rather after a mark."""
        if self._width(first, last) <= self.first_columns:
            return [self._text(first, last)]
        ways = [
            cut
            for cut in range(first, last)
            if self._width(first, cut) <= self.first_columns and self._width(cut + 1, last) <= LINE_COLUMNS
        ]
        best = min(ways, key=lambda cut: self._badness_of_line_end(first, cut, last))
        return [self._text(first, best), self._text(best + 1, last)]

    def _badness_of_line_end(self, first: int, cut: int, last: int) -> float:
        uneven = abs(self._width(first, cut) - self._width(cut + 1, last))
        mark = self.pieces[cut].text[-1:]
        at_mark = 24 if mark in _SENTENCE_END or mark in _CLAUSE_END else 0
        # some readers of SRT take a number that stands alone for that of the next cue
        is_number_alone = last == len(self.pieces) - 1 and self._text(cut + 1, last).isdecimal()
        return uneven - at_mark + 1000 * is_number_alone

    def _text(self, first: int, last: int) -> str:
        pieces = self.pieces[first : last + 1]
        return "".join(piece.text + " " * piece.has_space for piece in pieces).rstrip(" ")


def _one_after_another(made: Sequence[Cue]) -> Iterator[Cue]:
    """Where two speak at once the later takes over; a cue too short to read stays while there is room."""
    free = 0
    for cue, after in zip_longest(made, made[1:]):
        start = max(cue.start_ms, free)
        end = max(cue.end_ms, start + (1 if start == cue.start_ms else LEAST_SHARED_MS))
        if after is None or after.start_ms >= end:
            most = after.start_ms if after else start + LONGEST_MS
            end = min(max(end, start + SHORTEST_MS), most)
        else:
            end = _shared_end(start, end, after)
        free = min(end, start + LONGEST_MS)
        yield replace(cue, start_ms=start, end_ms=free)


def _shared_end(start: int, end: int, after: Cue) -> int:
    """Until when a cue stays whose time another one wants as well."""
    if after.start_ms - start >= SHORTEST_MS:
        return after.start_ms
    half = start + (min(end, after.end_ms) - start) // 2
    return min(end, max(half, start + SHORTEST_MS))
