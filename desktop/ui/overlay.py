"""The pill near the bottom of the screen while dictating. Never takes the focus, lets clicks through.

Where a compositor blends windows its corners are smooth and it fades; where there is none the window
itself is cut to the pill's shape, because a transparent ground would be a black box.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEasingCurve, QPropertyAnimation, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFont,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QRegion,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from desktop.core.commands import OverlayView
from desktop.ui import tokens
from desktop.ui.overlay_face import Look, OverlayFace, pill_path
from desktop.ui.overlay_view import level_of

NO_FOCUS: Final = (
    Qt.WindowType.Tool
    | Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.WindowTransparentForInput
    | Qt.WindowType.WindowDoesNotAcceptFocus
    | Qt.WindowType.BypassWindowManagerHint
    | Qt.WindowType.NoDropShadowWindowHint
)
WIDTH_STEP_PX: Final = 16
SILENT: Final = (0.0, 0.0, 0.0)
FindPoint = Callable[[], tuple[int, int] | None]


class Overlay(QWidget):
    """Shows an ``OverlayView``.

    ``focused_point`` (in pixels of the whole desk, as the X server counts) tells which screen to be on
    when it appears; where it knows none, it is the screen under the pointer.
    """

    def __init__(
        self,
        *,
        focused_point: FindPoint = lambda: None,
        has_compositor: bool = False,
    ) -> None:
        super().__init__(None, NO_FOCUS)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, has_compositor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._focused_point = focused_point
        self._has_compositor = has_compositor
        self._fades = has_compositor
        self._view: OverlayView | None = None
        self._face: OverlayFace | None = None
        self._levels = SILENT
        self._widest_px = 0
        self._area = QRect(0, 0, 1280, 800)
        self._hiding = QTimer(self, singleShot=True)
        self._hiding.timeout.connect(self._leave)
        self._fade = QPropertyAnimation(self, b"windowOpacity", self)
        self._fade.setDuration(tokens.FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.finished.connect(self._faded)

    def set_motion(self, is_reduced: bool) -> None:
        """Whether to come and go at once."""
        self._fades = self._has_compositor and not is_reduced

    def show_view(self, view: OverlayView) -> None:
        """Show or update it; a repeated view costs nothing."""
        self._hiding.stop()
        is_new = not self.isVisible() or self._is_leaving()
        if view == self._view and not is_new:
            return
        if not self.isVisible():
            self._area, self._widest_px, self._levels = self._find_screen().availableGeometry(), 0, SILENT
        self._view = view
        self._levels = (level_of(view.dbfs), *self._levels[:2])
        self._face = OverlayFace(view, self._levels, self._look())
        self._place(self._face)
        self.update()
        if is_new:
            self._appear()

    def hide_after(self, ms: int = 0) -> None:
        """Go away, now or when the last word was read."""
        self._hiding.start(max(0, ms))

    @property
    def text_on_show(self) -> str:
        """What can be read in the pill; empty while it is away."""
        return self._face.visible_text if self._face is not None and self.isVisible() else ""

    # --- coming and going ------------------------------------------------------------------------

    def _appear(self) -> None:
        if self._fades:
            self._fade_to(1.0, start=self.windowOpacity() if self.isVisible() else 0.0)
        self.show()

    def _leave(self) -> None:
        if self._fades and self.isVisible():
            self._fade_to(0.0, start=self.windowOpacity())
        else:
            self.hide()

    def _fade_to(self, end: float, start: float) -> None:
        self._fade.stop()
        self._fade.setStartValue(start)
        self._fade.setEndValue(end)
        self.setWindowOpacity(start)
        self._fade.start()

    def _is_leaving(self) -> bool:
        return self._fade.state() is QPropertyAnimation.State.Running and self._fade.endValue() == 0.0

    def _faded(self) -> None:
        if self._fade.endValue() == 0.0:
            self.hide()

    # --- place -----------------------------------------------------------------------------------

    def _find_screen(self) -> QScreen:
        point = self._focused_point()
        found = screen_at_pixel(point) if point is not None else QGuiApplication.screenAt(QCursor.pos())
        return found or QGuiApplication.primaryScreen()

    def _look(self) -> Look:
        most_px = min(tokens.PILL_LARGEST_WIDTH_PX, self._area.width() - 2 * tokens.SPACE_4_PX)
        fonts = sized_font(tokens.PILL_TEXT_PX), sized_font(tokens.PILL_SMALL_TEXT_PX)
        return Look(tokens.theme(is_dark_desktop()), *fonts, most_px)

    def _place(self, face: OverlayFace) -> None:
        """Bottom centre; while on show it only grows in width, in steps, so that it does not tremble."""
        size = face.size
        steps_px = -(-int(size.width()) // WIDTH_STEP_PX) * WIDTH_STEP_PX
        self._widest_px = max(self._widest_px, steps_px)
        box = QRect(0, 0, self._widest_px, int(size.height()))
        box.moveCenter(self._area.center())
        box.moveBottom(self._area.bottom() - tokens.PILL_ABOVE_EDGE_PX)
        if box != self.geometry():
            self.setGeometry(box)
            self._cut()

    def _cut(self) -> None:
        if not self._has_compositor:
            self.setMask(pill_region(self.width(), self.height()))

    # --- picture ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._face is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._face.paint(painter, QRectF(self.rect()))
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        theme = tokens.theme(is_dark_desktop())
        if not self._has_compositor:  # along the hard cut the colour of the edge is the least visible
            painter.fillRect(self.rect(), QColor(theme.edge))
        painter.setPen(QColor(theme.edge))
        painter.setBrush(QColor(theme.ground))
        painter.drawPath(pill_path(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)))


def sized_font(pixels: int) -> QFont:
    """The desktop's own font at a size of ours."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(pixels)
    return font


def screen_at_pixel(point: tuple[int, int]) -> QScreen | None:
    """The screen that shows a pixel of the desk. Qt scales the size of a screen, not its corner."""
    for screen in QGuiApplication.screens():
        box = screen.geometry()
        box.setSize(box.size() * screen.devicePixelRatio())
        if box.contains(*point):
            return screen
    return None


def pill_region(width_px: int, height_px: int) -> QRegion:
    """The pill; exact to the pixel, which a polygon's flattened curve is not."""
    return rounded_region(width_px, height_px, min(tokens.PILL_RADIUS_PX, height_px / 2))


def rounded_region(width_px: int, height_px: int, radius_px: float) -> QRegion:
    """A box with round corners, row by row."""
    region = QRegion(0, round(radius_px), width_px, round(height_px - 2 * radius_px))
    for row in range(round(radius_px)):
        inset_px = round(radius_px - math.sqrt(radius_px**2 - (radius_px - row - 0.5) ** 2))
        for y_px in (row, height_px - 1 - row):
            region = region.united(QRect(inset_px, y_px, width_px - 2 * inset_px, 1))
    return region


def is_dark_desktop() -> bool:
    """Whether windows of this desktop are dark: by the palette, which follows the system's choice."""
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128
