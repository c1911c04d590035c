"""The texts of a file's segments as the lines of its transcript. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from desktop.core.file_job_facts import Piece
from desktop.core.timed_text import TimedText
from recognizer.events import Word


def moved(words: Iterable[Word], by_ms: int) -> tuple[Word, ...]:
    """The same words, so much later."""
    return tuple(Word(each.text, each.start_ms + by_ms, each.end_ms + by_ms) for each in words)


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces in order of which none repeats the end of the one before."""
    done: list[Piece] = []
    for piece in pieces:
        repeats = piece.overlap_ms > 0 and bool(done)
        done.append(_without(piece, done[-1].end_ms) if repeats else piece)
    return done


def _without(piece: Piece, before_ms: int) -> Piece:
    words = tuple(each for each in piece.words if (each.start_ms + each.end_ms) // 2 >= before_ms)
    text = " ".join(each.text for each in words) if piece.words else piece.text
    start_ms = min(piece.end_ms, piece.start_ms + piece.overlap_ms)
    return replace(piece, start_ms=start_ms, overlap_ms=0, text=text, words=words)


def lines_of(pieces: Iterable[Piece]) -> tuple[TimedText, ...]:
    """A line for each piece that says something."""
    return tuple(
        TimedText(each.start_ms, each.end_ms, each.text, words=each.words) for each in pieces if each.text
    )
