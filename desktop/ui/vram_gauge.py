"""Bar and sparkline of a card's memory, in the colours of the tray icon's ring."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui import tokens
from desktop.ui.memory_history import KEPT_MS, MemoryPoint
from desktop.ui.overlay import is_dark_desktop
from desktop.ui.tray_state import GaugeShares

BAR_HEIGHT_PX: Final = 12
LINE_HEIGHT_PX: Final = 56
LEAST_SHARE_PX: Final = 3.0


def share_colours(is_over: bool) -> tuple[QColor, QColor, QColor]:
    """Ours, others', free."""
    theme = tokens.theme(is_dark_desktop())
    names = (theme.attention, theme.attention_quiet) if is_over else (theme.accent, theme.others)
    return QColor(names[0]), QColor(names[1]), QColor(theme.track)


class MemoryBar(QWidget):
    """Our share, the others' and what is free, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._shares = GaugeShares(0.0, 0.0)
        self.setFixedHeight(BAR_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: GaugeShares) -> None:
        """Repaints only when something is different."""
        if shares != self._shares:
            self._shares = shares
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, BAR_HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ours, others, free = share_colours(self._shares.is_over)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        round_box = QPainterPath()
        round_box.addRoundedRect(QRectF(self.rect()), tokens.BAR_RADIUS_PX, tokens.BAR_RADIUS_PX)
        painter.setClipPath(round_box)
        painter.fillRect(self.rect(), free)
        left_px = 0.0
        for share, colour in ((self._shares.ours, ours), (self._shares.others, others)):
            width_px = max(LEAST_SHARE_PX, share * self.width()) if share else 0.0
            painter.fillRect(QRectF(left_px, 0.0, width_px, self.height()), colour)
            left_px += width_px + (1.0 if width_px else 0.0)
        painter.end()


class Sparkline(QWidget):
    """Used memory and our part of it over the last minutes; now is at the right edge."""

    def __init__(self) -> None:
        super().__init__()
        self._stretches: list[list[MemoryPoint]] = []
        self._is_over = False
        self._now_ms = 0.0
        self.setFixedHeight(LINE_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_points(self, stretches: list[list[MemoryPoint]], now_ms: float, is_over: bool) -> None:
        """Show these; each stretch is one unbroken line."""
        self._stretches, self._now_ms, self._is_over = stretches, now_ms, is_over
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, LINE_HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ours, others, ground = share_colours(self._is_over)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), tokens.BAR_RADIUS_PX, tokens.BAR_RADIUS_PX)
        painter.setClipPath(path)
        ground.setAlpha(110)
        painter.fillRect(self.rect(), ground)
        for stretch in self._stretches:
            self._paint_area(painter, stretch, [point.used for point in stretch], others)
            if any(point.ours for point in stretch):
                self._paint_area(painter, stretch, [point.ours for point in stretch], ours)
        painter.end()

    def _paint_area(
        self, painter: QPainter, stretch: list[MemoryPoint], shares: list[float], colour: QColor
    ) -> None:
        line = [self._place(point.at_ms, share) for point, share in zip(stretch, shares, strict=True)]
        if len(line) == 1:
            line.append(line[0] + QPointF(2.0, 0.0))
        bottom = float(self.height())
        area = QPolygonF([QPointF(line[0].x(), bottom), *line, QPointF(line[-1].x(), bottom)])
        fill = QColor(colour)
        fill.setAlpha(56)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(area)
        painter.setPen(QPen(colour, 1.5))
        painter.drawPolyline(line)

    def _place(self, at_ms: float, share: float) -> QPointF:
        """A pixel of margin above and below, so that a full or an empty card is still a line."""
        x_px = self.width() * (1.0 - (self._now_ms - at_ms) / KEPT_MS)
        return QPointF(x_px, 2.0 + (self.height() - 4.0) * (1.0 - share))
