"""Where the captions window stands now: by what is remembered, by the screens there are, by the pointer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRect, Qt, Signal

from desktop.ui.captions_grip import Drag, Side
from desktop.ui.captions_look import CaptionsLook
from desktop.ui.captions_place import Area, CaptionsPlaces, docked, place_of, window_area
from desktop.ui.captions_screens import Screens

CURSORS: Final = {
    Side.NONE: Qt.CursorShape.SizeAllCursor,
    Side.LEFT: Qt.CursorShape.SizeHorCursor,
    Side.RIGHT: Qt.CursorShape.SizeHorCursor,
    Side.TOP: Qt.CursorShape.SizeVerCursor,
    Side.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Side.TOP | Side.LEFT: Qt.CursorShape.SizeFDiagCursor,
    Side.BOTTOM | Side.RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Side.TOP | Side.RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Side.BOTTOM | Side.LEFT: Qt.CursorShape.SizeBDiagCursor,
}


class CaptionsStand(QObject):
    """The card's place on the desk. ``changed``: it is another one; ``settled``: the user chose it.

    A screen that goes away takes the card to where it last stood on those that are left; when the screen
    comes back, so does the card.
    """

    changed = Signal()
    settled = Signal(tuple)
    lines_requested = Signal(int)

    def __init__(self, parent: QObject, places: Iterable[str], line_px: int, frame_px: int) -> None:
        super().__init__(parent)
        self.card = Area(0, 0, 1, 1)
        self.strip_is_above = True
        self._line_px, self._frame_px = line_px, frame_px
        self._look = CaptionsLook()
        self._places = CaptionsPlaces(places)
        self._drag: Drag | None = None
        self._screens = Screens(self)
        self._screens.changed.connect(self.settle)

    @property
    def is_dragged(self) -> bool:
        """Whether the user holds the window."""
        return self._drag is not None

    def fit(self, look: CaptionsLook, line_px: int) -> None:
        """The card is to hold the lines of this look."""
        self._look, self._line_px = look, line_px
        if self._drag is None:
            self.settle()

    def settle(self) -> None:
        """Go where the card belongs."""
        self._drag = None
        place = self._places.best(self._screens.names())
        usable = self._screens.area(place.screen)
        height_px = self._look.lines * self._line_px + self._frame_px
        self._put(window_area(place, usable, self._look.width_percent, height_px), usable)

    def window_box(self, strip_px: int) -> QRect:
        """The window: the card with the strip beside it."""
        card, above_px = self.card, strip_px if self.strip_is_above else 0
        return QRect(card.left_px, card.top_px - above_px, card.width_px, card.height_px + strip_px)

    def card_box(self, strip_px: int) -> QRect:
        """The card inside the window."""
        above_px = strip_px if self.strip_is_above else 0
        return QRect(0, above_px, self.card.width_px, self.card.height_px)

    def strip_box(self, strip_px: int) -> QRect:
        """The strip inside the window."""
        above_px = 0 if self.strip_is_above else self.card.height_px
        return QRect(0, above_px, self.card.width_px, strip_px)

    # --- the pointer -------------------------------------------------------------------------

    def take(self, point: QPointF, side: Side) -> None:
        """The user takes hold of the window."""
        self._drag = Drag(point.x(), point.y(), side, self.card, self._line_px, self._frame_px)

    def pull(self, point: QPointF) -> None:
        """The user pulls."""
        if self._drag is None:
            return
        wanted = self._drag.moved_to(point.x(), point.y())
        lines = self._drag.lines_of(wanted)
        if wanted != self.card:
            self.card = wanted
            self.changed.emit()
        if lines != self._look.lines:
            self.lines_requested.emit(lines)

    def let_go(self) -> None:
        """The user lets go: near an edge the card docks; where it stands is remembered."""
        drag, self._drag = self._drag, None
        if drag is None or self.card == drag.start:
            return
        screen = self._screens.name_at(self.card)
        usable = self._screens.area(screen)
        card, edge = docked(self.card, usable)
        self._put(card, usable)
        self._places.remember(place_of(card, usable, screen, edge))
        self.settled.emit(self._places.written())

    def _put(self, card: Area, usable: Area) -> None:
        """Put the card there; the strip looks towards the middle of the screen."""
        middle_px = card.top_px + card.height_px / 2
        is_above = middle_px >= usable.top_px + usable.height_px / 2
        if (card, is_above) != (self.card, self.strip_is_above):
            self.card, self.strip_is_above = card, is_above
            self.changed.emit()
