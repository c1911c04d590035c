"""Lays the dictated text out in at most two lines of which the last words are always visible.

Lines are broken from the beginning of the text, so that words which were read stay where they are; when
there are more lines than fit, the earlier ones leave at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption

MOST_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Strengths:
    """Colours of text that stays and of text that may change."""

    committed: QColor
    tentative: QColor


class OverlayText:
    """Text with a committed and a tentative part, broken at ``width_px``; ``most_lines`` are shown."""

    def __init__(
        self,
        committed: str,
        tentative: str,
        font: QFont,
        width_px: float,
        strengths: Strengths,
        most_lines: int = MOST_LINES,
    ) -> None:
        self._most_lines = most_lines
        self._layout = QTextLayout(one_line(committed + tentative), font)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats(formats(units(committed), units(committed + tentative), strengths))
        self._layout.setCacheEnabled(True)
        self.line_count = break_lines(self._layout, width_px)

    @property
    def shown_lines(self) -> int:
        """0 to ``most_lines``."""
        return min(self.line_count, self._most_lines)

    @property
    def is_cut(self) -> bool:
        """Whether words before the first visible line are hidden."""
        return self.line_count > self._most_lines

    @property
    def width_px(self) -> float:
        """Of the widest line: the pill never shrinks because a line has left."""
        widths = [self._layout.lineAt(index).naturalTextWidth() for index in range(self.line_count)]
        return max(widths, default=0.0)

    def draw(
        self,
        painter: QPainter,
        left_px: float,
        middle_px: float,
        line_px: float,
        most_lines: int | None = None,
    ) -> None:
        """Draw the last lines, centred on ``middle_px``."""
        shown = self.shown_lines if most_lines is None else min(self.shown_lines, most_lines)
        first = self.line_count - shown
        top_px = middle_px - shown * line_px / 2
        for row in range(shown):
            line = self._layout.lineAt(first + row)
            y_px = top_px + row * line_px + (line_px - line.height()) / 2
            line.draw(painter, QPointF(left_px, y_px))

    def visible_text(self) -> str:
        """What can be read."""
        if not self.line_count:
            return ""
        first = self._layout.lineAt(self.line_count - self.shown_lines)
        units_before = first.textStart()
        return self._layout.text().encode("utf-16-le")[units_before * 2 :].decode("utf-16-le", "replace")


def one_line(text: str) -> str:
    """Line breaks of the dictation are spaces here."""
    return text.replace("\r", "").replace("\n", " ")


def units(text: str) -> int:
    """Length as Qt counts it: an emoji is two."""
    return len(one_line(text).encode("utf-16-le")) // 2


def formats(committed: int, whole: int, strengths: Strengths) -> list[QTextLayout.FormatRange]:
    """Colours of both parts, whose lengths are given in UTF-16 units."""
    made = []
    for start, length, colour in (
        (0, committed, strengths.committed),
        (committed, whole - committed, strengths.tentative),
    ):
        part = QTextLayout.FormatRange()
        part.start, part.length = start, length
        part.format = QTextCharFormat()
        part.format.setForeground(colour)
        made.append(part)
    return made


def break_lines(layout: QTextLayout, width_px: float) -> int:
    """Break the text at ``width_px``; returns how many lines there are."""
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width_px)
        line.setPosition(QPointF(0, 0))
    layout.endLayout()
    return layout.lineCount() if layout.text() else 0
