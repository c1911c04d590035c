"""The three buttons of the captions window: pause, lock, close. They are there while the pointer is.

They never take the focus, and each has a name for screen readers and a hint for everybody.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from desktop.ui import tokens
from desktop.ui.overlay_paint import draw_lock, round_pen
from desktop.ui.words import say

BUTTON_PX: Final = tokens.SPACE_6_PX
HOVER_ALPHA: Final = 40


class CaptionsButton(QAbstractButton):
    """A quiet picture; ``kind`` is pause, resume, lock or close."""

    def __init__(self, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedSize(QSize(BUTTON_PX, BUTTON_PX))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._kind, self._colour = "", QColor(tokens.DARK.text)
        self.become(kind)

    def become(self, kind: str) -> None:
        """Mean another thing from now on."""
        if kind != self._kind:
            self._kind = kind
            words = say(f"captions.{kind}")
            self.setAccessibleName(words)
            self.setToolTip(words)
            self.update()

    def draw_in(self, colour: str) -> None:
        """Use this colour."""
        self._colour = QColor(colour)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            ground = QColor(self._colour)
            ground.setAlpha(HOVER_ALPHA)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(self.rect()), tokens.BAR_RADIUS_PX, tokens.BAR_RADIUS_PX)
        draw_kind(painter, self._kind, self._colour.name())
        painter.end()


class CaptionsControls(QWidget):
    """The buttons in a row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pause = CaptionsButton("pause", self)
        self.lock = CaptionsButton("lock", self)
        self.close_ = CaptionsButton("close", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_PX)
        for button in (self.pause, self.lock, self.close_):
            row.addWidget(button)
        self.resize(self.sizeHint())

    def draw_in(self, colour: str) -> None:
        """Use this colour for all."""
        for button in (self.pause, self.lock, self.close_):
            button.draw_in(colour)


def draw_kind(painter: QPainter, kind: str, colour: str) -> None:
    """One of the pictures, in a square of ``BUTTON_PX``."""
    middle = BUTTON_PX / 2
    painter.setPen(round_pen(colour, 2.0))
    match kind:
        case "pause":
            for x_px in (middle - 3.0, middle + 3.0):
                painter.drawLine(QPointF(x_px, middle - 5.0), QPointF(x_px, middle + 5.0))
        case "resume":
            painter.setBrush(QColor(colour))
            corners = ((-3.0, -5.0), (5.0, 0.0), (-3.0, 5.0))
            painter.drawPolygon([QPointF(middle + x_px, middle + y_px) for x_px, y_px in corners])
        case "lock":
            draw_lock(painter, QPoint(round(middle), round(middle)), colour)
        case "close":
            for slope in (-1.0, 1.0):
                start = QPointF(middle - 5.0, middle - 5.0 * slope)
                painter.drawLine(start, QPointF(middle + 5.0, middle + 5.0 * slope))
