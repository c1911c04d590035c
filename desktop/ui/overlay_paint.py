"""The small pictures in the pill: level bars, waiting dots, check mark, exclamation mark, lock."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

BAR_COUNT: Final = 5
BAR_PX: Final = 4
BAR_GAP_PX: Final = 2
BARS_WIDTH_PX: Final = BAR_COUNT * BAR_PX + (BAR_COUNT - 1) * BAR_GAP_PX
BAR_LEAST_PX: Final = 4.0
BAR_MOST_PX: Final = 24.0
DAMPING: Final = (1.0, 0.82, 0.6)


def draw_bars(painter: QPainter, box: QRectF, levels: tuple[float, float, float], colour: str) -> None:
    """Five bars; the newest level is in the middle and runs outwards."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for index in range(BAR_COUNT):
        distance = abs(index - BAR_COUNT // 2)
        height_px = BAR_LEAST_PX + (BAR_MOST_PX - BAR_LEAST_PX) * levels[distance] * DAMPING[distance]
        left_px = box.left() + index * (BAR_PX + BAR_GAP_PX)
        bar = QRectF(left_px, box.center().y() - height_px / 2, BAR_PX, height_px)
        painter.drawRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)


def draw_waiting(painter: QPainter, box: QRectF, colour: str) -> None:
    """Three dots, as in the tray icon."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for step in (-1, 0, 1):
        painter.drawEllipse(QPointF(box.center().x() + step * 9.0, box.center().y()), 2.5, 2.5)


def draw_outcome(painter: QPainter, box: QRectF, colour: str, *, is_good: bool) -> None:
    """A check mark or an exclamation mark."""
    middle = box.center()
    painter.setPen(round_pen(colour, 2.5))
    if is_good:
        corners = ((-7.0, 0.5), (-2.0, 5.5), (7.5, -5.0))
        painter.drawPolyline([QPointF(middle.x() + x, middle.y() + y) for x, y in corners])
        return
    painter.drawLine(QPointF(middle.x(), middle.y() - 8.0), QPointF(middle.x(), middle.y() + 2.0))
    painter.drawPoint(QPointF(middle.x(), middle.y() + 7.5))


def draw_lock(painter: QPainter, middle: QPoint, colour: str) -> None:
    """A closed padlock, 12 × 14."""
    painter.setPen(round_pen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(middle.x() - 3.5, middle.y() - 7.0, 7.0, 9.0), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(middle.x() - 6.0, middle.y() - 2.0, 12.0, 9.0), 2.0, 2.0)


def round_pen(colour: str, width_px: float) -> QPen:
    """A line with round ends and corners."""
    return QPen(
        QColor(colour), width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
