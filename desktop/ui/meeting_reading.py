"""The reading pane: what was said with its times and speakers, hits marked, moments to jump to.

A long meeting is laid out a part at a time, so that the window answers while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QTextEdit

from desktop.core.text_columns import plain
from desktop.core.timed_text import TimedText
from desktop.core.transcript_formats import clock
from desktop.ui import tokens
from desktop.ui.overlay import is_dark_desktop
from desktop.ui.words import say

AT_ONCE: Final = 200
NEAR_HITS: Final = 100
"""Only these are marked around the one that is shown: a common word stands in every line."""
Line = tuple[int, TimedText]


class MeetingReading(QTextEdit):
    """A hit is a line that holds what was looked for.

    ``hits_changed`` carries which hit is shown (0: none) and how many there are.
    """

    hits_changed = Signal(int, int)

    def __init__(self) -> None:
        super().__init__(readOnly=True)
        self.setAccessibleName(say("meetings.transcript"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(tokens.SPACE_3_PX)
        self.document().setUndoRedoEnabled(False)
        self._lines: tuple[Line, ...] = ()
        self._laid_out = 0
        self._search: tuple[list[str], tuple[int, ...]] = ([], ())
        self._hits: list[int] = []
        self._hit = 0
        self._jumped: int | None = None
        self._later = QTimer(self, interval=0)
        self._later.timeout.connect(self._lay_out_more)

    # --- text -------------------------------------------------------------------------------------

    def show_lines(self, lines: Sequence[Line], words: str = "", hits: Sequence[int] = ()) -> None:
        """Show these; mark ``words`` in the lines whose numbers are ``hits``, and go to the first of them.

        Lines that were added or changed leave the reader where he is; at the end he sees what comes.
        """
        new = tuple(lines)
        is_at_end, place = self._is_at_end(), self.verticalScrollBar().value()
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._lines, new, strict=False)))
        if same == 0:
            self._start_over(new)
        elif same < self._laid_out:
            self._cut(same)
        self._lines = new
        self._lay_out(min(len(new), self._laid_out + AT_ONCE))
        if same == 0:
            self.moveCursor(QTextCursor.MoveOperation.Start)
        else:
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum() if is_at_end else place)
        self._later.start()
        search = (words.casefold().split(), tuple(hits))
        is_other = search != self._search
        self._search = search
        places = {number: at for at, (number, _) in enumerate(new)}
        self._hits = [places[number] for number in hits if number in places]
        self._hit = min(1, len(self._hits)) if is_other else min(self._hit, len(self._hits))
        self._show_hit(moves=is_other)

    def _start_over(self, lines: tuple[Line, ...]) -> None:
        self._later.stop()
        self.clear()
        self._lines, self._laid_out = lines, 0
        self._search = ([], ())
        self._hits, self._hit, self._jumped = [], 0, None

    def _lay_out_more(self) -> None:
        if self._laid_out >= len(self._lines):
            self._later.stop()
            return
        self._lay_out(min(len(self._lines), self._laid_out + AT_ONCE))

    def _lay_out(self, until: int) -> None:
        """Write the lines up to ``until``."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for _, line in self._lines[self._laid_out : until]:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            self._write(cursor, line)
            self._laid_out += 1
        cursor.endEditBlock()

    def _cut(self, at: int) -> None:
        """Take the lines from ``at`` on out again."""
        cursor = QTextCursor(self.document().findBlockByNumber(at))
        cursor.movePosition(QTextCursor.MoveOperation.Left)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._laid_out = at

    def _is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.maximum() > 0 and bar.value() >= bar.maximum() - tokens.SPACE_4_PX

    def _write(self, cursor: QTextCursor, line: TimedText) -> None:
        """Time, speaker and text, with the text's further lines below its first."""
        if self._laid_out:
            cursor.insertBlock()
        cursor.setBlockFormat(self._block_format())
        cursor.insertText(f"{clock(line.start_ms)}\t", self._char_format(is_quiet=True))
        if speaker := plain(line.speaker):
            cursor.insertText(f"{speaker}: ", self._char_format(is_bold=True))
        cursor.insertText(plain(line.text), self._char_format())

    def _block_format(self) -> QTextBlockFormat:
        indent = QFontMetricsF(self.font()).horizontalAdvance("00:00:00") + tokens.SPACE_4_PX
        form = QTextBlockFormat()
        form.setLeftMargin(indent)
        form.setTextIndent(-indent)
        form.setTabPositions([QTextOption.Tab(indent, QTextOption.TabType.LeftTab)])
        form.setBottomMargin(tokens.SPACE_2_PX)
        form.setLineHeight(120, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return form

    def _char_format(self, *, is_quiet: bool = False, is_bold: bool = False) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self.font())
        quiet = QColor(tokens.theme(is_dark_desktop()).quiet_text)
        form.setForeground(quiet if is_quiet else self.palette().color(QPalette.ColorRole.Text))
        if is_bold:
            form.setFontWeight(QFont.Weight.DemiBold)
        return form

    # --- hits and moments -------------------------------------------------------------------------

    def step(self, steps: int) -> None:
        """Go to the next hit (1) or the one before (-1)."""
        if self._hits:
            self._hit = (self._hit - 1 + steps) % len(self._hits) + 1
            self._show_hit(moves=True)

    def jump_to(self, at_ms: int) -> None:
        """Show what was being said at ``at_ms``, on a ground of its own."""
        self._jumped = max(0, sum(line.start_ms <= at_ms for _, line in self._lines) - 1)
        block = self._block(self._jumped)
        self._show_at_top(block)
        self.setTextCursor(QTextCursor(block))
        self._show_hit(moves=False)

    def _block(self, at: int) -> QTextBlock:
        """The paragraph of a line, which is laid out first if it was not yet."""
        if at >= self._laid_out:
            self._lay_out(min(len(self._lines), at + AT_ONCE))
        return self.document().findBlockByNumber(at)

    def _show_at_top(self, block: QTextBlock) -> None:
        """With a bit of what was said before."""
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(round(top) - self.viewport().height() // 4)

    def _show_hit(self, *, moves: bool) -> None:
        if moves and self._hits:
            self._jumped = None
            block = self._block(self._hits[self._hit - 1])
            self._show_at_top(block)
            self.setTextCursor(QTextCursor(block))
        first, last = max(1, self._hit - NEAR_HITS), min(len(self._hits), self._hit + NEAR_HITS)
        near = range(first, last + 1)
        marks = [mark for number in near for mark in self._marks(self._hits[number - 1], number)]
        self.setExtraSelections([*self._ground(), *marks])
        self.hits_changed.emit(self._hit, len(self._hits))

    def _ground(self) -> Iterator[QTextEdit.ExtraSelection]:
        """Below the line that was jumped to."""
        if self._jumped is not None and self._jumped < len(self._lines):
            selection = QTextEdit.ExtraSelection()
            form = QTextCharFormat()
            form.setBackground(QColor(tokens.theme(is_dark_desktop()).track))
            form.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selection.cursor, selection.format = QTextCursor(self._block(self._jumped)), form
            yield selection

    def _marks(self, at: int, number: int) -> Iterator[QTextEdit.ExtraSelection]:
        """Where the words stand in one line; those of the hit that is shown are stronger."""
        theme = tokens.theme(is_dark_desktop())
        block = self._block(at)
        text = block.text()
        begin = len(text) - len(plain(self._lines[at][1].text))  # not in the time, not in the name
        for word in self._search[0]:
            for found in re.compile(re.escape(word), re.IGNORECASE).finditer(text, begin):
                selection = QTextEdit.ExtraSelection()
                cursor = QTextCursor(block)
                cursor.setPosition(block.position() + qt_length(text[: found.start()]))
                end = block.position() + qt_length(text[: found.end()])
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                form = QTextCharFormat()
                is_shown = number == self._hit
                form.setBackground(QColor(theme.attention if is_shown else theme.attention_quiet))
                form.setForeground(QColor(theme.ground if is_shown else tokens.DARK.ground))
                selection.cursor, selection.format = cursor, form
                yield selection


def qt_length(text: str) -> int:
    """Qt counts UTF-16 units: an emoji is two.

    >>> qt_length("a"), qt_length("好"), qt_length("🙂")
    (1, 1, 2)
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
