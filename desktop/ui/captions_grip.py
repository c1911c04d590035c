"""What the pointer does with the captions window: move it, make it wider, give it more lines. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from desktop.ui import tokens
from desktop.ui.captions_look import FEWEST_LINES, MOST_LINES
from desktop.ui.captions_place import NARROWEST_PX, Area

GRIP_PX: Final = tokens.SPACE_2_PX


class Side(Flag):
    """The sides that a drag pulls; none of them moves the whole window."""

    NONE = 0
    LEFT = auto()
    RIGHT = auto()
    TOP = auto()
    BOTTOM = auto()


def side_at(x_px: float, y_px: float, box: Area) -> Side:
    """The sides that are taken hold of at a point."""
    side = Side.NONE
    if x_px < box.left_px + GRIP_PX:
        side |= Side.LEFT
    elif x_px >= box.right_px - GRIP_PX:
        side |= Side.RIGHT
    if y_px < box.top_px + GRIP_PX:
        side |= Side.TOP
    elif y_px >= box.bottom_px - GRIP_PX:
        side |= Side.BOTTOM
    return side


@dataclass(frozen=True, slots=True)
class Drag:
    """A drag that began at a point of the desk with the window at ``start``.

    ``line_px`` is the height of a line and ``frame_px`` what stands above and below all lines together.
    """

    x_px: float
    y_px: float
    side: Side
    start: Area
    line_px: int
    frame_px: int

    def moved_to(self, x_px: float, y_px: float) -> Area:
        """The window when the pointer is there; its height is that of whole lines."""
        right_px, down_px = round(x_px - self.x_px), round(y_px - self.y_px)
        left, top, width, height = (
            self.start.left_px,
            self.start.top_px,
            self.start.width_px,
            self.start.height_px,
        )
        if not self.side:
            return Area(left + right_px, top + down_px, width, height)
        if Side.LEFT in self.side:
            width = max(NARROWEST_PX, width - right_px)
            left = self.start.right_px - width
        elif Side.RIGHT in self.side:
            width = max(NARROWEST_PX, width + right_px)
        if Side.TOP in self.side:
            height = self._whole(height - down_px)
            top = self.start.bottom_px - height
        elif Side.BOTTOM in self.side:
            height = self._whole(height + down_px)
        return Area(left, top, width, height)

    def lines_of(self, window: Area) -> int:
        """How many lines a window of that height has."""
        lines = round((window.height_px - self.frame_px) / self.line_px)
        return min(MOST_LINES, max(FEWEST_LINES, lines))

    def _whole(self, height_px: int) -> int:
        lines = self.lines_of(Area(0, 0, 0, height_px))
        return self.frame_px + lines * self.line_px
