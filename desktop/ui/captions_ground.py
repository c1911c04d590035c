"""The ground under the captions: translucent where windows are blended, else opaque and cut to shape."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QRegion

from desktop.ui import tokens
from desktop.ui.captions_look import CaptionsLook
from desktop.ui.overlay import rounded_region

HOVERED_PERCENT: Final = 80


def cut(box: QRect, is_blended: bool) -> QRegion:
    """The part of the window that is there; smooth corners are drawn, hard ones are cut."""
    if is_blended:
        return QRegion(box)
    region = rounded_region(box.width(), box.height(), tokens.CARD_RADIUS_PX)
    return region.translated(box.topLeft())


def paint_ground(
    painter: QPainter, box: QRect, look: CaptionsLook, is_blended: bool, is_hovered: bool
) -> None:
    """Draw it into ``box``; while the pointer is there it is dense enough for the buttons to be seen."""
    ground = QColor(look.ground_colour)
    if not is_blended:
        painter.fillRect(box, ground)
        return
    percent = min(100, max(HOVERED_PERCENT if is_hovered else 0, look.opacity_percent))
    ground.setAlphaF(percent / 100.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(box, tokens.CARD_RADIUS_PX, tokens.CARD_RADIUS_PX)
