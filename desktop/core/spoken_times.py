"""When each piece of a text was said, from the times of the words that were recognised.

The text may differ from the words (marks were added, "twenty one" became 21): what they have in common
takes the words' times, what lies between is shared out by length.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from desktop.core.text_columns import Atom, atoms
from desktop.core.timed_text import TimedText

LONGEST_PIECE = 1_000_000
Span = tuple[float, float]


def spans(pieces: Sequence[Atom], line: TimedText) -> list[Span]:
    """Start and end of each of ``pieces`` (the atoms of ``line.text``) in ms; in order, within the line."""
    start, end = float(max(line.start_ms, 0)), float(max(line.end_ms, line.start_ms, 0))
    known = _known(pieces, line)
    found: list[Span] = []
    at = 0
    while at < len(pieces):
        if (span := known.get(at)) is not None:
            found.append(span)
            at += 1
            continue
        until = next((number for number in range(at, len(pieces)) if number in known), len(pieces))
        left = found[-1][1] if found else start
        right = known[until][0] if until < len(pieces) else end
        found += shares([_weight(piece) for piece in pieces[at:until]], left, max(left, right))
        at = until
    return _in_order(found, start, end)


def shares(weights: Sequence[int], start: float, end: float) -> list[Span]:
    """``start`` to ``end`` shared out by weight."""
    total = sum(weights) or 1
    edges = [start + (end - start) * done / total for done in accumulate(weights, initial=0)]
    return list(pairwise(edges))


def _weight(piece: Atom) -> int:
    return max(1, piece.columns)


def _known(pieces: Sequence[Atom], line: TimedText) -> dict[int, Span]:
    """The spans of those pieces that are among the words."""
    heard = [each for word in line.words for each in _heard(word.text, word.start_ms, word.end_ms)]
    wanted = [_bare(piece.text) for piece in pieces]
    said = [text for text, _ in heard]
    if wanted == said:
        return {at: span for at, (text, span) in enumerate(heard) if text}
    blocks = SequenceMatcher(None, wanted, said).get_matching_blocks()
    pairs = [(left + step, right + step) for left, right, size in blocks for step in range(size)]
    return {left: heard[right][1] for left, right in pairs if wanted[left]}


def _heard(text: str, start_ms: int, end_ms: int) -> list[tuple[str, Span]]:
    """A word as pieces like those of the text: a Chinese word of two characters has two."""
    pieces = list(atoms(text, LONGEST_PIECE))
    timed = shares([_weight(piece) for piece in pieces], float(start_ms), float(max(start_ms, end_ms)))
    return [(_bare(piece.text), span) for piece, span in zip(pieces, timed, strict=True)]


def _bare(text: str) -> str:
    """Letters and digits only, in one case: what recognition and writing have in common."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _in_order(found: Sequence[Span], start: float, end: float) -> list[Span]:
    """Whatever the engine said: no piece ends before it begins or begins before the one in front ended."""
    ordered: list[Span] = []
    for left, right in found:
        begin = min(max(left, start), end)
        if ordered:
            begin = max(begin, ordered[-1][1])
        ordered.append((begin, max(begin, min(right, end))))
    return ordered
