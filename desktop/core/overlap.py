"""Two windows that heard the same two seconds: their texts joined without loss or doubling.

Where speech has no pause, a recording is cut into windows that overlap, so that a word on the edge is heard
whole by one of them. What both heard is found by aligning their words, each Chinese character being one,
without regard to case and punctuation, and to times where words have them. The seam is laid into the middle
of what agrees, far from both edges. Where nothing agrees, times decide; without times nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.core.timed_text import TimedText
from recognizer.events import Word

IDEOGRAPH: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN: Final = re.compile(rf"[{IDEOGRAPH}]|(?:(?![{IDEOGRAPH}])\w)(?:(?![{IDEOGRAPH}])[\w'’.-])*")
SAME_MOMENT_MS: Final = 600
"""Two recognisers, or two windows, place a word this far apart at most."""
MATCH, DIFFERENT, MISSED, AT_EDGE = 1.0, -0.6, -0.6, -0.35
"""What an alignment earns: a word both heard, heard differently, heard by one, spoilt by the edge."""
LEAST_SCORE: Final = 0.6


Alignment = tuple[float, tuple[tuple[int, int], ...]]
"""How good it is, and the pairs of positions that hold the same word."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or character: what is compared, where it stands in the text, and when, if that is known."""

    key: str
    begin: int
    end: int
    start_ms: int | None = None
    end_ms: int | None = None


def without_doubles(before: TimedText, after: TimedText, overlap_ms: int) -> tuple[TimedText, TimedText]:
    """Both texts without what both hold. The first ``overlap_ms`` of ``after`` were heard by ``before`` too.

    Times are cut at the seam, so that the two follow each other; words go with their text.
    """
    if overlap_ms <= 0:
        return before, after
    old, new = _timed(before), _timed(after)
    tail, head = _tail(old, before, overlap_ms), _head(new, after, overlap_ms)
    seam = _seam(old[tail:], new[:head])
    middle_ms = after.start_ms + overlap_ms // 2
    if seam is None:
        kept, first = _by_time(old, new, after.start_ms, overlap_ms)
    else:
        kept, first = tail + seam[0] + 1, seam[1] + 1
    return _joined(before, after, (old, kept), (new, first), middle_ms)


def tokens_of(text: str) -> list[Token]:
    """The words and ideographs of ``text``; a word's key has no case and no punctuation."""
    found = []
    for match in TOKEN.finditer(text):
        key = "".join(sign for sign in match.group().casefold() if sign.isalnum()) or match.group()
        found.append(Token(key, match.start(), match.end()))
    return found


def _timed(line: TimedText) -> list[Token]:
    """The tokens of a line with the times of its words, if those spell the same text."""
    tokens = tokens_of(line.text)
    owners = [word for word in line.words for each in tokens_of(word.text) for _ in each.key]
    if len(owners) != sum(len(token.key) for token in tokens):
        return tokens
    timed, at = [], 0
    for token in tokens:
        first, last = owners[at], owners[at + len(token.key) - 1]
        timed.append(replace(token, start_ms=first.start_ms, end_ms=last.end_ms))
        at += len(token.key)
    return timed


def _tail(tokens: Sequence[Token], line: TimedText, overlap_ms: int) -> int:
    """The first token that may lie in the overlap at the end."""
    since_ms = line.end_ms - overlap_ms - SAME_MOMENT_MS
    for at, token in enumerate(tokens):
        if token.end_ms is not None and token.end_ms > since_ms:
            return at
    if tokens and tokens[-1].end_ms is not None:
        return len(tokens)
    return len(tokens) - _share(tokens, line, overlap_ms)


def _head(tokens: Sequence[Token], line: TimedText, overlap_ms: int) -> int:
    """How many tokens may lie in the overlap at the beginning."""
    if tokens and tokens[0].start_ms is not None:
        until_ms = line.start_ms + overlap_ms + SAME_MOMENT_MS
        return sum(1 for token in tokens if token.start_ms is not None and token.start_ms < until_ms)
    return _share(tokens, line, overlap_ms)


def _share(tokens: Sequence[Token], line: TimedText, overlap_ms: int) -> int:
    """How many tokens may be spoken in the overlap when nobody knows their times: generously."""
    length_ms = max(1, line.end_ms - line.start_ms)
    return min(len(tokens), len(tokens) * overlap_ms * 5 // (2 * length_ms) + 4)


def _likeness(old: Token, new: Token) -> float:
    """What it earns to take both for the same word; of words said again and again the one at its time."""
    if old.key != new.key:
        return DIFFERENT
    if old.start_ms is None or new.start_ms is None:
        return MATCH
    apart_ms = abs(old.start_ms - new.start_ms)
    return DIFFERENT if apart_ms > SAME_MOMENT_MS else MATCH - apart_ms / (2 * SAME_MOMENT_MS)


def _seam(old: Sequence[Token], new: Sequence[Token]) -> tuple[int, int] | None:
    """The pair of tokens, the same word in both, behind which to go over from ``old`` to ``new``.

    ``None`` where too little agrees to believe it.
    """
    score, pairs = _aligned(old, new)
    return pairs[len(pairs) // 2] if pairs and score >= LEAST_SCORE else None


def _aligned(old: Sequence[Token], new: Sequence[Token]) -> Alignment:
    """The best alignment of an end of ``old`` with a beginning of ``new``.

    What stands before in ``old`` and behind in ``new`` costs nothing, for it lies outside the overlap; a word
    that one alone heard costs little at the edges, where windows spoil words, and more inside.
    """
    rows: list[list[Alignment]] = [[(at * AT_EDGE, ()) for at in range(len(new) + 1)]]
    for i, token in enumerate(old):
        row: list[Alignment] = [(0.0, ())]
        for j, other in enumerate(new):
            score, pairs = rows[-1][j]
            likeness = _likeness(token, other)
            both = (score + likeness, (*pairs, (i, j)) if likeness > 0 else pairs)
            only_old = (rows[-1][j + 1][0] + MISSED, rows[-1][j + 1][1])
            only_new = (row[j][0] + MISSED, row[j][1])
            begins_here: Alignment = ((j + 1) * AT_EDGE, ())
            row.append(max(both, only_old, only_new, begins_here, key=_score))
        rows.append(row)
    ends = [(cell[0] + (len(old) - i) * AT_EDGE, cell[1]) for i, row in enumerate(rows) for cell in row]
    return max(ends, key=_score)


def _score(alignment: Alignment) -> tuple[float, int]:
    return alignment[0], len(alignment[1])


def _by_time(old: Sequence[Token], new: Sequence[Token], starts_ms: int, overlap_ms: int) -> tuple[int, int]:
    """Nothing agrees: the first half of the overlap from one, the second from the other, if times are known.

    Where one of them heard nothing there at all, the other keeps everything.
    """
    middle_ms = starts_ms + overlap_ms // 2
    heard_old = [at for at, each in enumerate(old) if each.end_ms is not None and each.end_ms > starts_ms]
    until_ms = starts_ms + overlap_ms
    heard_new = [at for at, each in enumerate(new) if each.start_ms is not None and each.start_ms < until_ms]
    if not heard_old or not heard_new:
        return len(old), 0
    kept = next((at for at in heard_old if _centre(old[at]) >= middle_ms), len(old))
    first = next((at for at in heard_new if _centre(new[at]) >= middle_ms), heard_new[-1] + 1)
    return kept, first


def _centre(token: Token) -> int:
    return ((token.start_ms or 0) + (token.end_ms or 0)) // 2


def _joined(
    before: TimedText,
    after: TimedText,
    old: tuple[Sequence[Token], int],
    new: tuple[Sequence[Token], int],
    middle_ms: int,
) -> tuple[TimedText, TimedText]:
    """Both lines cut to the tokens that each keeps: the first ``kept`` of one, those from ``first`` on."""
    (tokens, kept), (others, first) = old, new
    last_ms = tokens[kept - 1].end_ms if kept else None
    seam_ms = min(max(last_ms or middle_ms, before.start_ms), before.end_ms, after.end_ms)
    left = before.text if kept == len(tokens) else before.text[: tokens[kept].begin].rstrip()
    right = after.text[others[first].begin :] if 0 < first < len(others) else "" if first else after.text
    ended = replace(before, text=left, end_ms=seam_ms, words=_words_to(before, tokens, kept, seam_ms))
    words = _words_from(after, others, first, seam_ms)
    return ended, replace(after, text=right, start_ms=max(seam_ms, after.start_ms), words=words)


def _words_to(line: TimedText, tokens: Sequence[Token], kept: int, seam_ms: int) -> tuple[Word, ...]:
    """The words of the tokens kept at the beginning; by time where they do not spell the text."""
    if not _is_spelt(tokens):
        return tuple(word for word in line.words if word.start_ms + word.end_ms <= 2 * seam_ms)
    room = sum(len(each.key) for each in tokens[:kept])
    return tuple(word for word, begins, _ in _spelling(line.words) if begins < room)


def _words_from(line: TimedText, tokens: Sequence[Token], first: int, seam_ms: int) -> tuple[Word, ...]:
    """The words of the tokens from ``first`` on; none begins before the seam."""
    skipped = sum(len(each.key) for each in tokens[:first])
    if _is_spelt(tokens):
        kept = [word for word, _, ends in _spelling(line.words) if ends > skipped]
    else:
        kept = [word for word in line.words if word.start_ms + word.end_ms > 2 * seam_ms]
    return tuple(
        replace(each, start_ms=max(each.start_ms, seam_ms), end_ms=max(each.end_ms, seam_ms)) for each in kept
    )


def _is_spelt(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and tokens[0].start_ms is not None


def _spelling(words: Sequence[Word]) -> list[tuple[Word, int, int]]:
    """Each word with where its letters begin and end among all letters."""
    found, at = [], 0
    for word in words:
        length = sum(len(each.key) for each in tokens_of(word.text))
        found.append((word, at, at + length))
        at += length
    return found
