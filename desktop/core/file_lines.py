"""The texts of a file's segments as the lines of its transcript. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from desktop.core.file_job_facts import Piece
from desktop.core.overlap import without_doubles
from desktop.core.timed_text import TimedText
from recognizer.events import Word


def moved(words: Iterable[Word], by_ms: int) -> tuple[Word, ...]:
    """The same words, so much later."""
    return tuple(Word(each.text, each.start_ms + by_ms, each.end_ms + by_ms) for each in words)


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces in order, without what two of them heard."""
    done: list[Piece] = []
    for piece in pieces:
        if piece.overlap_ms and done:
            left, right = without_doubles(_line(done[-1]), _line(piece), piece.overlap_ms)
            done[-1], cut = _cut(done[-1], left), _cut(piece, right)
            done.append(replace(cut, overlap_ms=0))
        else:
            done.append(piece)
    return done


def _line(piece: Piece) -> TimedText:
    return TimedText(piece.start_ms, piece.end_ms, piece.text, words=piece.words)


def _cut(piece: Piece, line: TimedText) -> Piece:
    return replace(piece, start_ms=line.start_ms, end_ms=line.end_ms, text=line.text, words=line.words)


def lines_of(pieces: Iterable[Piece]) -> tuple[TimedText, ...]:
    """A line for each piece that says something."""
    return tuple(_line(each) for each in pieces if each.text)
