"""The tray icon: a ring that is the gauge of the card's memory around a mark that tells the state.

It stands on a dark disc of its own, because the colour of the panel is unknown and may differ from the
desktop's. Drawing needs no running application; only ``icon`` does. Lengths are fractions of the side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap

from desktop.ui.tokens import DARK
from desktop.ui.tray_state import GaugeShares, IconState, Mark

SIZES_PX: Final = (16, 22, 24, 32, 44, 48, 64, 128)
TOP_DEGREES: Final = 90.0
SMALLEST_ARC_DEGREES: Final = 8.0
WIDER_WITHOUT_RING: Final = 1.3
LOADING_GAP_DEGREES: Final = 110.0


class Canvas:
    """A square painter with the disc's centre as origin; one unit is one device pixel."""

    def __init__(self, painter: QPainter, side_px: int, scale: float) -> None:
        self.painter = painter
        self.side_px = side_px
        self.scale = scale

    def px(self, fraction: float) -> float:
        """A length of the mark in pixels; rounded to halves, so that edges of small icons stay sharp."""
        return max(1.0, round(fraction * self.side_px * self.scale * 2.0) / 2.0)

    def dot(self, x_px: float, y_px: float, radius_px: float, colour: str) -> None:
        """A filled circle."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        self.painter.drawEllipse(QPointF(x_px, y_px), radius_px, radius_px)

    def bar(self, x_px: float, y_px: float, width_px: float, height_px: float, colour: str) -> None:
        """A filled rectangle with round ends, given by its centre."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        box = QRectF(x_px - width_px / 2, y_px - height_px / 2, width_px, height_px)
        self.painter.drawRoundedRect(box, width_px / 2, width_px / 2)

    def arc(self, radius_px: float, width_px: float, colour: str, start: float, span: float) -> None:
        """Part of a circle, counted clockwise in degrees; 0 is the top."""
        cap = Qt.PenCapStyle.FlatCap
        self.painter.setPen(QPen(QColor(colour), width_px, Qt.PenStyle.SolidLine, cap))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(-radius_px, -radius_px, radius_px * 2, radius_px * 2)
        self.painter.drawArc(box, round((TOP_DEGREES - start) * 16), round(-span * 16))


def paint(state: IconState, side_px: int) -> QImage:
    """The icon as a picture of ``side_px`` × ``side_px`` with a transparent ground."""
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side_px / 2, side_px / 2)
    canvas = Canvas(painter, side_px, 1.0 if state.gauge else WIDER_WITHOUT_RING)
    canvas.dot(0, 0, side_px / 2, DARK.ground)
    if state.gauge is not None:
        paint_ring(canvas, state.gauge)
    MARKS[state.mark](canvas, state.turn)
    painter.end()
    return image


def paint_ring(canvas: Canvas, gauge: GaugeShares) -> None:
    """Our share from the top, the others' after it, the rest left open."""
    width_px = max(2.0, round(canvas.side_px * 0.115))
    radius_px = canvas.side_px / 2 - width_px / 2 - (0.5 if canvas.side_px > 20 else 0.0)
    ours, others = arc_degrees(gauge.ours), arc_degrees(gauge.others)
    ours = min(ours, 360.0)
    others = min(others, 360.0 - ours)
    canvas.arc(radius_px, width_px, DARK.track, 0.0, 360.0)
    if others:
        canvas.arc(radius_px, width_px, DARK.attention_quiet if gauge.is_over else DARK.others, ours, others)
    if ours:
        canvas.arc(radius_px, width_px, DARK.attention if gauge.is_over else DARK.accent, 0.0, ours)


def arc_degrees(share: float) -> float:
    """A share that exists stays visible however small it is."""
    return max(SMALLEST_ARC_DEGREES, share * 360.0) if share > 0.0 else 0.0


def paint_unloaded(canvas: Canvas, _turn: float) -> None:
    """A hollow dot."""
    width_px = canvas.px(0.085)
    canvas.arc(canvas.px(0.235) - width_px / 2, width_px, DARK.text, 0.0, 360.0)


def paint_ready(canvas: Canvas, _turn: float) -> None:
    """A filled dot."""
    canvas.dot(0, 0, canvas.px(0.2), DARK.text)


def paint_loading(canvas: Canvas, turn: float) -> None:
    """A circle with a gap that goes round."""
    width_px = canvas.px(0.095)
    start = turn * 360.0 + LOADING_GAP_DEGREES / 2
    canvas.arc(canvas.px(0.22) - width_px / 2, width_px, DARK.text, start, 360.0 - LOADING_GAP_DEGREES)


def paint_listening(canvas: Canvas, _turn: float) -> None:
    """A dot with sound on both sides of it."""
    canvas.dot(0, 0, canvas.px(0.115), DARK.recording)
    width_px = canvas.px(0.075)
    for start in (45.0, 225.0):
        canvas.arc(canvas.px(0.255) - width_px / 2, width_px, DARK.recording, start, 90.0)


def paint_recognising(canvas: Canvas, _turn: float) -> None:
    """Three dots: words are on their way."""
    radius_px, step_px = canvas.px(0.066), canvas.px(0.185)
    for index in (-1, 0, 1):
        canvas.dot(index * step_px, 0, radius_px, DARK.text)


def paint_trouble(canvas: Canvas, _turn: float) -> None:
    """An exclamation mark."""
    width_px = max(2.0, canvas.px(0.12))
    canvas.bar(0, -canvas.px(0.08), width_px, canvas.px(0.28), DARK.attention)
    canvas.dot(0, canvas.px(0.2), width_px / 2, DARK.attention)


MARKS: Final[dict[Mark, Callable[[Canvas, float], None]]] = {
    Mark.UNLOADED: paint_unloaded,
    Mark.READY: paint_ready,
    Mark.LOADING: paint_loading,
    Mark.LISTENING: paint_listening,
    Mark.RECOGNISING: paint_recognising,
    Mark.TROUBLE: paint_trouble,
}


@lru_cache(maxsize=64)
def icon(state: IconState) -> QIcon:
    """The icon at every size a tray asks for. Needs a ``QGuiApplication``."""
    made = QIcon()
    for side_px in SIZES_PX:
        made.addPixmap(QPixmap.fromImage(paint(state, side_px)))
    return made


def contact_sheet(states: list[IconState], sizes_px: tuple[int, ...] = SIZES_PX[:-1]) -> QImage:
    """Every state at every size on a light, a dark and a middle panel, enlarged rows of 16 px below."""
    row_px, gap_px = 72, 8
    width_px = sum(size + gap_px for size in sizes_px) + gap_px + 16 * 6 + gap_px
    sheet = QImage(width_px * 3, row_px * len(states), QImage.Format.Format_RGB32)
    painter = QPainter(sheet)
    for column, ground in enumerate(("#F2F2F2", "#202020", "#7A8088")):
        painter.fillRect(QRectF(column * width_px, 0, width_px, sheet.height()), QColor(ground))
        for row, state in enumerate(states):
            x_px = column * width_px + gap_px
            for size in sizes_px:
                painter.drawImage(x_px, row * row_px + (row_px - size) // 2, paint(state, size))
                x_px += size + gap_px
            small = paint(state, 16).scaled(64, 64)
            painter.drawImage(x_px, row * row_px + 4, small)
    painter.end()
    return sheet
