"""Puts letters on an outline: their own shape, spread on all sides.

The sheets that this takes are used again for every row, because memory of their size is costly to get: on a
screen of twice the scale that was two thirds of the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

LETTERS, SHAPE, SPARE = range(3)
SQUARE_SHARE: Final = 0.3
"""A square of this and a diamond of the rest make an octagon: nearly round, in few steps."""
Mode = QPainter.CompositionMode
Steps = tuple[tuple[int, int], ...]


class Easel:
    """For pictures of one scale. First ``begin``, then write the letters, then take the ``picture``.

    What fills or draws with another mode than "over" or "source" is done by Qt on several threads, whose
    waking costs more than the work; so the letters are rather written twice, once in the outline's colour.
    """

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._box = QRect()
        self._has_shape = False
        self._sheets = [QImage() for _ in range(3)]

    def begin(self, width_px: float, height_px: float) -> QPainter:
        """A painter for the letters, on a clear sheet of this size."""
        size = QSize(math.ceil(width_px * self._ratio), math.ceil(height_px * self._ratio))
        self._box, self._has_shape = QRect(QPoint(0, 0), size), False
        known = self._sheets[LETTERS].size()
        if known.expandedTo(size) != known:
            kind = QImage.Format.Format_ARGB32_Premultiplied
            self._sheets = [QImage(known.expandedTo(size), kind) for _ in range(3)]
        return self._cleared(LETTERS)

    def _cleared(self, sheet: int) -> QPainter:
        painter = self._painter(sheet, Mode.CompositionMode_Source)
        painter.fillRect(self._box, Qt.GlobalColor.transparent)
        painter.setCompositionMode(Mode.CompositionMode_SourceOver)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.scale(self._ratio, self._ratio)
        return painter

    def begin_shape(self) -> QPainter:
        """A painter for the same letters in the outline's colour; not for signs with colours of their own.

        Without this the shape is taken from the letters.
        """
        self._has_shape = True
        return self._cleared(SHAPE)

    def picture(self, colour: str, outline_px: int, faded: Sequence[QRectF], strength: float) -> QPixmap:
        """The letters on an outline of ``outline_px`` device pixels, weaker in the columns ``faded``."""
        outline = self._outline(colour, outline_px)
        painter = self._painter(outline, Mode.CompositionMode_SourceOver)
        for left_px, right_px, is_faded in self._columns(faded):
            painter.setOpacity(strength if is_faded else 1.0)
            part = QRect(left_px, 0, right_px - left_px, self._box.height())
            painter.drawImage(part, self._sheets[LETTERS], part)
        painter.end()
        image = self._sheets[outline].copy(self._box)
        image.setDevicePixelRatio(self._ratio)
        return QPixmap.fromImage(image)

    def _outline(self, colour: str, outline_px: int) -> int:
        """Spread the letters' shape; tells on which sheet it is."""
        if not self._has_shape:
            self._copy(LETTERS, SHAPE, ())
            painter = self._painter(SHAPE, Mode.CompositionMode_SourceIn)
            painter.fillRect(self._box, QColor(colour))
            painter.end()
        at, other = SHAPE, SPARE
        for steps in passes(outline_px):
            self._copy(at, other, steps)
            at, other = other, at
        return at

    def _copy(self, source: int, target: int, steps: Steps) -> None:
        """Copy one sheet to another, and once more at each of these offsets."""
        painter = self._painter(target, Mode.CompositionMode_Source)
        painter.drawImage(self._box, self._sheets[source], self._box)
        painter.setCompositionMode(Mode.CompositionMode_SourceOver)
        for x_px, y_px in steps:  # beside the box the sheet still has what was there before
            painter.drawImage(self._box.translated(x_px, y_px), self._sheets[source], self._box)
        painter.end()

    def _columns(self, faded: Sequence[QRectF]) -> Iterator[tuple[int, int, bool]]:
        """The sheet from left to right: begin, end, and whether it is faded there."""
        done_px, width_px = 0, self._box.width()
        for column in faded:
            left_px, right_px = (round(x_px * self._ratio) for x_px in (column.left(), column.right()))
            yield done_px, left_px, False
            yield left_px, right_px, True
            done_px = right_px
        yield done_px, width_px, False

    def _painter(self, sheet: int, mode: QPainter.CompositionMode) -> QPainter:
        painter = QPainter(self._sheets[sheet])
        painter.setClipRect(self._box)
        painter.setCompositionMode(mode)
        return painter


def passes(whole_px: int) -> Iterator[Steps]:
    """Offsets to copy a shape to, one set after the other, until it is wider by the whole on all sides."""
    square_px = round(whole_px * SQUARE_SHARE)
    for step_px in steps_to(square_px, 0):
        yield (step_px, 0), (-step_px, 0)
        yield (0, step_px), (0, -step_px)
    for step_px in steps_to(whole_px, square_px):
        yield (step_px, 0), (-step_px, 0), (0, step_px), (0, -step_px)


def steps_to(whole_px: int, done_px: int) -> Iterator[int]:
    """Widths that add up to the whole; none so large that the thinnest stroke would leave a gap."""
    while done_px < whole_px:
        step_px = min(whole_px - done_px, 1 + 2 * done_px)
        done_px += step_px
        yield step_px
