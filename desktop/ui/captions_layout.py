"""Lays captions out in rows that stay where they are once they were read. No Qt.

Sentences of one speaker run on in one paragraph; another speaker begins a new one. A place where a row was
broken is kept as long as the text before it stays, so text that only grows never moves what is above. When
the second pass replaces a sentence, the new words are laid against the old ones and the rows begin at the
same words again; rows are broken a little early, so that punctuation put in later still finds room.

Over 250 lines because where a row begins depends on all that was laid out before it; that must be read in one
place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import Final

from desktop.core.captions_view import CaptionsLine
from desktop.ui.captions_alignment import kept_breaks
from desktop.ui.captions_breaks import Measure, fitting, is_right_to_left, joint

SPARE_SHARE: Final = 0.1
_UNSEEN: Final = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " "),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),  # would turn the words around
}
KEPT_ROWS: Final = 8
"""Rows above the window that are remembered: they roll out of it in view."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line on show. ``tentative`` are the parts of ``text`` (first, end) that may still change."""

    key: int
    offset: int
    speaker: str
    text: str
    tentative: tuple[tuple[int, int], ...] = ()
    is_right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """All rows that are remembered; the window shows those from ``first`` on.

    ``risen`` tells by how many rows all that was on show has just risen; none where the last row stays.
    """

    rows: tuple[Row, ...] = ()
    first: int = 0
    risen: int = 0

    @property
    def visible(self) -> tuple[Row, ...]:
        """The rows on show."""
        return self.rows[self.first :]


@dataclass(slots=True)
class _Piece:
    """One utterance; ``breaks`` are the offsets in its text at which rows begin."""

    key: int
    speaker: str
    text: str = ""
    committed: int = 0
    breaks: list[int] = field(default_factory=list)
    line: CaptionsLine | None = None

    def take(self, line: CaptionsLine) -> None:
        """Follow the line, keeping the rows where they begin."""
        if line == self.line:
            return
        self.line, text = line, one_line(line.committed + line.tentative)
        if text != self.text:
            self.breaks = kept_breaks(self.breaks, self.text, text, self.committed)
        self.text, self.committed, self.speaker = text, len(one_line(line.committed)), line.speaker


Said = tuple[tuple[int, str, int, tuple[int, ...]], ...]
"""Key, text, committed part and breaks of each utterance of a paragraph."""


@dataclass(frozen=True, slots=True)
class _Laid:
    """The rows of a paragraph, and all that they depend on."""

    label: str = ""
    said: Said = ()
    rows: tuple[Row, ...] = ()


class CaptionsLayout:
    """Rows of ``width_px``. ``label_px`` tells the room that a speaker's label takes in the first row.

    ``spare_px`` is left at the end of a row for punctuation that comes later.
    """

    def __init__(
        self, width_px: float, measure: Measure, label_px: Callable[[str], float], spare_px: float = 0.0
    ) -> None:
        self._width_px, self._measure, self._label_px = width_px, measure, label_px
        self._spare_px = min(spare_px, width_px * SPARE_SHARE)
        self._pieces: list[_Piece] = []
        self._laid: dict[int, _Laid] = {}
        self._page = Page()

    def show(self, lines: Sequence[CaptionsLine], shown_rows: int) -> Page:
        """The rows for ``lines`` (oldest first), of which the last ``shown_rows`` are to be seen.

        Lines that are no longer given but came before all others stay until they have rolled away.
        """
        self._take(lines)
        rows = self._rows()
        same = self._same_top(rows)
        first = max(0, min(max(same, len(rows) - shown_rows), len(rows) - 1))
        self._page = Page(rows, first, 0 if self._same_bottom(rows) else max(0, first - same))
        self._forget({line.key for line in lines})
        return self._page

    def again(self, other: CaptionsLayout) -> None:
        """Take over what ``other`` has on show; it is broken anew."""
        self._pieces = [_Piece(each.key, each.speaker, each.text, each.committed) for each in other._pieces]

    def _take(self, lines: Sequence[CaptionsLine]) -> None:
        given = {line.key for line in lines}
        known = {piece.key: piece for piece in self._pieces}
        left = []
        if lines:
            for piece in self._pieces:
                if piece.key in given:
                    break
                left.append(piece)
        self._pieces = left
        for line in lines:
            piece = known.get(line.key) or _Piece(line.key, line.speaker)
            piece.take(line)
            if piece.text:
                self._pieces.append(piece)

    def _paragraphs(self) -> Iterator[list[_Piece]]:
        """Utterances in a row by one speaker and of one direction of writing."""
        part: list[_Piece] = []
        for piece in self._pieces:
            if part and not _goes_on(part, piece):
                yield part
                part = []
            part.append(piece)
        if part:
            yield part

    def _rows(self) -> tuple[Row, ...]:
        """Of all paragraphs; what reads as before is not laid out again."""
        before, self._laid, speaker = self._laid, {}, ""
        for part in self._paragraphs():
            label, speaker = "" if part[0].speaker == speaker else part[0].speaker, part[0].speaker
            known = before.get(part[0].key, _Laid())
            if (known.label, known.said) != (label, _said(part)):
                above = _rows_above(known, part, label)
                rows = (*above, *self._rows_of(part, label, known.rows[len(above)] if above else None))
                known = _Laid(label, _said(part), rows)
            self._laid[part[0].key] = known
        return tuple(row for laid in self._laid.values() for row in laid.rows)

    def _rows_of(self, part: list[_Piece], label: str, first: Row | None) -> Iterator[Row]:
        """All rows, or those from where ``first`` begins, above which nothing has changed."""
        text, bases = joined(part)
        kept = [base + each for base, piece in zip(bases, part, strict=True) for each in piece.breaks]
        places = {piece.key: base for base, piece in zip(bases, part, strict=True)}
        begun = places[first.key] + first.offset if first else 0
        starts = [*self._starts(text, kept, self._label_px(label) if label else 0.0, begun), len(text)]
        is_rtl = is_right_to_left(text)
        for base, piece in zip(bases, part, strict=True):
            piece.breaks = [each for each in piece.breaks if first and base + each <= begun]
        for start, end in pairwise(starts):
            index = max(place for place, base in enumerate(bases) if base <= start)
            piece, offset = part[index], start - bases[index]
            if start > begun:
                piece.breaks.append(offset)
            shown = text[start:end].rstrip()
            tentative = tuple(_within(start, start + len(shown), part, bases))
            yield Row(piece.key, offset, "" if start else label, shown, tentative, is_rtl)

    def _starts(self, text: str, kept: list[int], label_px: float, begun: int) -> Iterator[int]:
        """Where rows begin: at kept places where the row before still fits, else where it is full."""
        start, room_px = begun, self._width_px - (0.0 if begun else label_px)
        ahead = sorted(each for each in kept if 0 < each < len(text))
        while start < len(text):
            yield start
            ahead = [each for each in ahead if each > start]
            if ahead and self._fits(text, start, ahead[0], room_px):
                start = ahead[0]
            else:
                start = fitting(text, start, room_px - self._spare_px, self._measure)
                following = [each for each in ahead if each > start][1:2] or [len(text)]
                if ahead and self._fits(text, start, following[0], self._width_px):
                    ahead = [each for each in ahead if each >= following[0]]
            room_px = self._width_px

    def _fits(self, text: str, start: int, end: int, room_px: float) -> bool:
        return self._measure(text[start:end].rstrip()) <= room_px

    def _same_top(self, rows: tuple[Row, ...]) -> int:
        """The row that is now where the window's first row was: what has rolled away does not come back."""
        if not self._page.rows or not rows:
            return 0
        top, first = self._page.rows[self._page.first], self._page.first
        if first < len(rows) and (rows[first].key, rows[first].offset) == (top.key, top.offset):
            return first
        order = {piece.key: index for index, piece in enumerate(self._pieces)}
        if top.key not in order:
            return 0
        place = order[top.key], top.offset

        def distance(index: int) -> tuple[int, int]:
            row = rows[index]
            return abs(order[row.key] - place[0]), abs(row.offset - place[1])

        return min(range(len(rows)), key=distance)

    def _same_bottom(self, rows: tuple[Row, ...]) -> bool:
        """Whether the last row is still the same: it stands still while another speaker goes on above."""
        before = self._page.rows[-1:]
        return [(row.key, row.offset) for row in before] == [(row.key, row.offset) for row in rows[-1:]]

    def _forget(self, given: set[int]) -> None:
        """Drop utterances that are no longer given and whose rows have rolled away long ago."""
        gone = self._page.rows[: max(0, self._page.first - KEPT_ROWS)]
        if gone:
            needed = given | {row.key for row in self._page.rows[len(gone) - 1 :]}
            old = {row.key for row in gone} - needed
            self._pieces = [each for each in self._pieces if each.key not in old]


def _said(part: Sequence[_Piece]) -> Said:
    return tuple((each.key, each.text, each.committed, tuple(each.breaks)) for each in part)


def _rows_above(known: _Laid, part: Sequence[_Piece], label: str) -> tuple[Row, ...]:
    """The rows that end before the first utterance that reads otherwise; none where there is none such."""
    pairs = zip(known.said, _said(part), strict=False)
    same = {now[0] for before, now in takewhile(lambda pair: pair[0] == pair[1], pairs)}
    rows = tuple(takewhile(lambda row: row.key in same, known.rows))
    is_turned = is_right_to_left("".join(each.text for each in part)) != any(r.is_right_to_left for r in rows)
    return () if known.label != label or is_turned else rows[:-1]


def joined(part: Sequence[_Piece]) -> tuple[str, list[int]]:
    """The text of a paragraph, and the offset at which each of its pieces begins."""
    text, bases = "", []
    for piece in part:
        text += joint(text, piece.text)
        bases.append(len(text))
        text += piece.text
    return text, bases


def one_line(text: str) -> str:
    """Line breaks of what was said are spaces here; what cannot be seen is left out."""
    return text.translate(_UNSEEN).lstrip()


def _goes_on(part: list[_Piece], piece: _Piece) -> bool:
    if piece.speaker != part[-1].speaker:
        return False
    is_rtl = is_right_to_left("".join(each.text for each in part))
    return is_right_to_left(piece.text) == is_rtl or not any(map(str.isalpha, piece.text))


def _within(first: int, end: int, part: list[_Piece], bases: list[int]) -> Iterator[tuple[int, int]]:
    """The tentative parts of a row that shows the paragraph from ``first`` to ``end``."""
    for piece, base in zip(part, bases, strict=True):
        begin, stop = max(first, base + piece.committed), min(end, base + len(piece.text))
        if begin < stop:
            yield begin - first, stop - first
