"""The strip beside the captions: how they are doing, and the buttons while the pointer is there.

It stands on the side of the window that faces the middle of the screen, outside of the text, so that its
coming and going moves no word.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from desktop.core.captions_view import CaptionsState, CaptionsView
from desktop.ui import tokens
from desktop.ui.captions_breaks import fitting
from desktop.ui.captions_controls import BUTTON_PX
from desktop.ui.captions_paint import BLEED_PX, Style, outlined_text
from desktop.ui.overlay import sized_font
from desktop.ui.words import say, translated

LEAST_PX: Final = tokens.SPACE_4_PX * 2
LINE_PX: Final = tokens.SPACE_4_PX + tokens.SPACE_PX
SIDE_PX: Final = tokens.SPACE_4_PX
BUTTONS_PX: Final = 3 * BUTTON_PX + 2 * tokens.SPACE_PX
MARK_PX: Final = tokens.SPACE_4_PX
MOST_LINES: Final = 4


class CaptionsStrip:
    """What it says for a view, in lines of ``width_px`` less the room of the buttons."""

    def __init__(self, style: Style, width_px: int) -> None:
        self._style = style
        self._font: QFont = sized_font(tokens.PILL_SMALL_TEXT_PX)
        self._metrics = QFontMetricsF(self._font)
        self._room_px = max(1, width_px - 3 * SIDE_PX - BUTTONS_PX - MARK_PX)
        self._pictures: list[QPixmap] = []
        self._state = CaptionsState.LIVE
        self.text = ""

    def show(self, view: CaptionsView) -> bool:
        """Say what the view says; tells whether that is something else than before."""
        text = translated(view.notice) or state_words(view.state)
        is_new = (text, view.state) != (self.text, self._state)
        if is_new:
            self.text, self._state = text, view.state
            colour = self._style.colours.text
            lines = self._lines(text)
            self._pictures = [outlined_text(line, self._font, colour, self._style) for line in lines]
        return is_new

    @property
    def height_px(self) -> int:
        """The room it needs: more for a long sentence, which is shown to its end."""
        return max(LEAST_PX, len(self._pictures) * LINE_PX + tokens.SPACE_3_PX)

    def paint(self, painter: QPainter, box: QRect) -> None:
        """Draw the mark and the words into ``box``."""
        if not self._pictures:
            return
        top_px = box.top() + (box.height() - len(self._pictures) * LINE_PX) / 2
        left_px = box.left() + SIDE_PX
        self._paint_mark(painter, QPointF(left_px + 4.0, top_px + LINE_PX / 2))
        inset_px = round((LINE_PX - self._metrics.height()) / 2) - BLEED_PX
        for index, picture in enumerate(self._pictures):
            where = QPointF(left_px + MARK_PX - BLEED_PX, top_px + index * LINE_PX + inset_px)
            painter.drawPixmap(where, picture)

    def _paint_mark(self, painter: QPainter, middle: QPointF) -> None:
        """Shape tells the state, colour only repeats it."""
        colours = self._style.colours
        is_trouble = self._state is CaptionsState.TROUBLE
        painter.setPen(QColor(colours.outline))
        painter.setBrush(QColor(colours.attention if is_trouble else colours.label))
        if is_trouble:
            corners = ((0.0, -5.0), (5.5, 4.5), (-5.5, 4.5))
            painter.drawPolygon([middle + QPointF(x_px, y_px) for x_px, y_px in corners])
        elif self._state is CaptionsState.PAUSED:
            for x_px in (-4.0, 1.0):
                painter.drawRect(QRect(round(middle.x() + x_px), round(middle.y() - 4.0), 3, 8))
        else:
            if self._state is CaptionsState.LOADING:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QColor(colours.label))
            painter.drawEllipse(middle, 4.0, 4.0)

    def _lines(self, text: str) -> list[str]:
        lines: list[str] = []
        start = 0
        while start < len(text) and len(lines) < MOST_LINES - 1:
            end = fitting(text, start, self._room_px, self._metrics.horizontalAdvance)
            lines.append(text[start:end].rstrip())
            start = end
        if start < len(text):
            right = Qt.TextElideMode.ElideRight
            lines.append(self._metrics.elidedText(text[start:], right, self._room_px))
        return lines


def state_words(state: CaptionsState) -> str:
    """What is said of a state when there is no sentence about it."""
    return "" if state is CaptionsState.LIVE else say(f"captions.state.{state.value}")
