"""The captions' window: large quiet text on a translucent ground, above all windows, never with the focus.

The text stands on a card. A strip beside it tells of trouble and bears the buttons; where the strip is not
on show, the window is cut to the card, so that clicks there go to what is behind. Where no compositor
blends windows the ground is opaque and the corners are cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QEnterEvent, QHideEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.core.captions_view import CaptionsState, CaptionsView
from desktop.ui.captions_controls import CaptionsControls
from desktop.ui.captions_face import ABOVE_PX, CaptionsFace
from desktop.ui.captions_grip import Side, side_at
from desktop.ui.captions_ground import cut, paint_ground
from desktop.ui.captions_look import CaptionsLook
from desktop.ui.captions_paint import line_px_of, style_of
from desktop.ui.captions_place import Area
from desktop.ui.captions_roll import Fading, Roll
from desktop.ui.captions_spoken import SpokenCaptions
from desktop.ui.captions_stand import CURSORS, CaptionsStand
from desktop.ui.captions_strip import CaptionsStrip
from desktop.ui.overlay import NO_FOCUS
from desktop.ui.tokens import SPACE_2_PX
from desktop.ui.words import say

NEVER_FOCUSED: Final = NO_FOCUS & ~Qt.WindowType.WindowTransparentForInput
EMPTY: Final = CaptionsView((), CaptionsState.LIVE)


class CaptionsWindow(QWidget):
    """Shows a ``CaptionsView``.

    ``places`` are lines of text as ``moved`` gave them: where the window stood on each screen.
    """

    closed = Signal()
    pause_requested = Signal()
    lock_requested = Signal()
    lines_requested = Signal(int)
    moved = Signal(tuple)

    def __init__(
        self,
        look: CaptionsLook | None = None,
        *,
        places: Iterable[str] = (),
        reduced_motion: bool = False,
        has_compositor: bool = False,
    ) -> None:
        super().__init__(None, NEVER_FOCUSED)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, has_compositor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setWindowTitle(say("captions.name"))
        self.setAccessibleName(say("captions.name"))
        self._look, self._view = look or CaptionsLook(), EMPTY
        self._has_compositor = has_compositor
        self._is_click_through = self._is_hovered = False
        self._roll = Roll(self, is_smooth=not reduced_motion)
        self._fading = Fading(self, is_smooth=has_compositor and not reduced_motion)
        self._spoken, self._controls = SpokenCaptions(self), CaptionsControls(self)
        self._stand = CaptionsStand(self, places, line_px_of(self._look), 2 * ABOVE_PX)
        self._face = CaptionsFace(style_of(self._look, self.devicePixelRatioF()), self._stand.card.width_px)
        self._strip = CaptionsStrip(self._face.style, self._stand.card.width_px)
        self._connect()
        self.apply(self._look)

    def _connect(self) -> None:
        self._roll.stepped.connect(self.update)
        self._stand.changed.connect(self._follow_stand)
        self._stand.settled.connect(self.moved)
        self._stand.lines_requested.connect(self._use_lines)
        self._controls.pause.clicked.connect(self.pause_requested)
        self._controls.lock.clicked.connect(self.lock_requested)
        self._controls.close_.clicked.connect(self._end)

    # --- what it shows -----------------------------------------------------------------------

    def show_captions(self, view: CaptionsView) -> None:
        """Show or update it; a repeated view costs nothing."""
        if view != self._view:
            self._view = view
            self._lay_out()
        self._fading.appear()

    def set_motion(self, is_reduced: bool) -> None:
        """Whether changes are shown without motion."""
        self._roll.is_smooth = not is_reduced
        self._fading.is_smooth = self._has_compositor and not is_reduced

    def hide_after(self, ms: int = 0) -> None:
        """Go away, now or later, unless something new is said; while the pointer is on it, it stays."""
        self._fading.leave_after(ms)

    def apply(self, look: CaptionsLook) -> None:
        """Look like this from now on."""
        self._look = look
        self._stand.fit(look, line_px_of(look))
        self._make_face()

    def set_click_through(self, is_on: bool) -> None:
        """Let clicks through to what is behind, or take them."""
        self._is_click_through = is_on
        if (handle := self.windowHandle()) is not None:
            handle.setFlag(Qt.WindowType.WindowTransparentForInput, is_on)
        if is_on:
            self._hover(False)

    @property
    def text_on_show(self) -> str:
        """What can be read, line by line; empty while it is away."""
        return "\n".join(filter(None, (self._face.text, self._strip.text))) if self.isVisible() else ""

    def _make_face(self) -> None:
        """Everything is drawn anew: another look, width or screen."""
        style, width_px = style_of(self._look, self.devicePixelRatioF()), self._stand.card.width_px
        old, self._face = self._face, CaptionsFace(style, width_px)
        self._face.follow(old)
        self._strip = CaptionsStrip(style, width_px)
        self._controls.draw_in(style.colours.controls)
        self._lay_out()
        self.update()

    def _lay_out(self) -> None:
        before = self._face.page
        page = self._face.show(self._view)
        if self._strip.show(self._view):
            self._place()
        self._controls.pause.become("resume" if self._view.state is CaptionsState.PAUSED else "pause")
        self._spoken.tell(self._view, self._face.text, self._strip.text)
        if page.risen and self.isVisible():
            self._roll.by(page.risen * self._face.style.line_px, self._look.lines * self._face.style.line_px)
        if page.risen or self._roll.offset_px:
            self.update()
            return
        for box in self._face.changed_boxes(before, self._card_box()):
            self.update(box)

    # --- where it stands ---------------------------------------------------------------------

    def _follow_stand(self) -> None:
        if self._stand.card.width_px != self._face.width_px:
            self._make_face()
        self._place()

    def _place(self) -> None:
        """The window is the card and the strip; where the strip is not on show it is cut off."""
        box = self._stand.window_box(self._strip.height_px)
        if box != self.geometry():
            self.setGeometry(box)
        card, strip = self._card_box(), self._strip_box()
        self._spoken.setGeometry(card)
        top_px = strip.top() + (strip.height() - self._controls.height()) // 2
        self._controls.move(strip.right() + 1 - SPACE_2_PX - self._controls.width(), top_px)
        self._controls.setVisible(self._is_hovered)
        self.setMask(cut(self._ground_box(), self._has_compositor))
        self.update()

    def _card_box(self) -> QRect:
        return self._stand.card_box(self._strip.height_px)

    def _strip_box(self) -> QRect:
        return self._stand.strip_box(self._strip.height_px)

    def _ground_box(self) -> QRect:
        card = self._card_box()
        return card.united(self._strip_box()) if self._is_hovered or self._strip.text else card

    def _use_lines(self, lines: int) -> None:
        self.apply(replace(self._look, lines=lines))
        self.lines_requested.emit(lines)

    # --- coming and going --------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.set_click_through(self._is_click_through)

    def _end(self) -> None:
        """The user wants no more captions."""
        self._hover(False)
        self._fading.leave()
        self.closed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._make_face()
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hover(False)

    # --- the pointer -------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._hover(not self._is_click_through)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._stand.is_dragged:
            self._hover(False)

    def _hover(self, is_on: bool) -> None:
        if is_on != self._is_hovered:
            self._is_hovered = is_on
            self._fading.use(is_on)
            self._place()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._stand.take(event.globalPosition(), self._side(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._stand.is_dragged:
            self._stand.pull(event.globalPosition())
        else:
            self.setCursor(CURSORS[self._side(event)])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._stand.let_go()

    def _side(self, event: QMouseEvent) -> Side:
        box, point = self._ground_box(), event.position()
        return side_at(point.x(), point.y(), Area(box.left(), box.top(), box.width(), box.height()))

    # --- picture -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_ground(painter, self._ground_box(), self._look, self._has_compositor, self._is_hovered)
        self._face.paint(painter, self._card_box(), self._roll.offset_px, event.rect())
        if self._strip.text:
            self._strip.paint(painter, self._strip_box())
        painter.end()
