"""What stands in the captions window for one view: rows where they belong, drawn once and kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from itertools import takewhile, zip_longest
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap

from desktop.core.captions_view import CaptionsState, CaptionsView
from desktop.ui import tokens
from desktop.ui.captions_breaks import is_right_to_left
from desktop.ui.captions_layout import CaptionsLayout, Page, Row
from desktop.ui.captions_paint import BLEED_PX, Style, row_picture
from desktop.ui.words import say

SIDE_PX: Final = tokens.SPACE_4_PX
ABOVE_PX: Final = tokens.SPACE_3_PX
KEPT_PICTURES: Final = 16
KEPT_WIDTHS: Final = 512
SPARE_EMS: Final = 2
ROWS_NEAR: Final = 2
"""Rows above those that roll: of one a part is seen, and the letters of another reach over its line."""


class CaptionsFace:
    """Rows of one width in one style. Pictures of rows that did not change are not drawn again."""

    def __init__(self, style: Style, width_px: int) -> None:
        self.style, self.width_px = style, width_px
        self._widths: dict[str, float] = {}
        spare_px = SPARE_EMS * style.look.font_px
        room_px = max(1, width_px - 2 * SIDE_PX)
        self._layout = CaptionsLayout(room_px, self._measure, style.label_px, spare_px)
        self._pictures: OrderedDict[Row, QPixmap] = OrderedDict()
        self.page = Page()

    def show(self, view: CaptionsView) -> Page:
        """Lay a view out."""
        self.page = self._layout.show(view.lines, self.style.look.lines)
        if not self.page.rows and not view.notice and view.state is CaptionsState.LIVE:
            words = say("captions.waiting")
            self.page = Page((Row(0, 0, "", words, ((0, len(words)),)),))
        return self.page

    def follow(self, other: CaptionsFace) -> None:
        """Take over what another face shows."""
        self._layout.again(other._layout)

    @property
    def text(self) -> str:
        """What can be read, line by line, with the speakers."""
        rows = self.page.visible
        return "\n".join(f"{row.speaker}: {row.text}" if row.speaker else row.text for row in rows)

    def row_box(self, index: int, card: QRect) -> QRect:
        """Where row ``index`` of the page is drawn, letters that reach over its line included."""
        top_px = card.top() + ABOVE_PX + (index - self.page.first) * self.style.line_px
        return QRect(card.left(), top_px - BLEED_PX, card.width(), self.style.line_px + 2 * BLEED_PX)

    def changed_boxes(self, before: Page, card: QRect) -> Iterator[QRect]:
        """Where the page does not look as the one before, as far as rows tell that did not move."""
        pairs = zip_longest(before.visible, self.page.visible)
        for index, (old, new) in enumerate(pairs, self.page.first):
            if old != new:
                box = self.row_box(index, card)
                if old is not None and new is not None and (same := same_letters(old, new)):
                    begin_px = SIDE_PX + (self.style.label_px(new.speaker) if new.speaker else 0.0)
                    wide_px = max(self._measure(each.text) for each in (old, new))
                    box.setLeft(card.left() + int(begin_px + self._measure(new.text[:same])))
                    box.setRight(card.left() + math.ceil(begin_px + wide_px) + BLEED_PX)
                yield box

    def paint(self, painter: QPainter, card: QRect, roll_px: float, dirty: QRect) -> None:
        """Draw the rows, ``roll_px`` below their place."""
        painter.save()
        painter.setClipRect(card.adjusted(0, ABOVE_PX - BLEED_PX, 0, BLEED_PX - ABOVE_PX))
        above = math.ceil(roll_px / self.style.line_px) + ROWS_NEAR if roll_px else 0
        begin = max(0, self.page.first - above)
        for index, row in enumerate(self.page.rows[begin:], begin):
            if not row.text:
                continue
            box = QRectF(self.row_box(index, card)).translated(0.0, roll_px)
            if box.intersects(dirty) and box.intersects(card):
                picture = self._picture(row)
                left_px = card.left() + SIDE_PX - BLEED_PX
                if row.is_right_to_left:
                    width_px = picture.deviceIndependentSize().width()
                    left_px = card.right() + 1 - SIDE_PX + BLEED_PX - round(width_px)
                painter.drawPixmap(QPointF(left_px, box.top()), picture)
        painter.restore()

    def _picture(self, row: Row) -> QPixmap:
        found = self._pictures.get(row)
        if found is None:
            found = self._pictures[row] = row_picture(row, self.style)
        self._pictures.move_to_end(row)
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        return found

    def _measure(self, text: str) -> float:
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) >= KEPT_WIDTHS:
                self._widths.clear()
            found = self._widths[text] = self.style.measure(text)
        return found


def same_letters(old: Row, new: Row) -> int:
    """How many letters of a row surely look as before: whole words, and one less than are the same.

    What is said next may join the last word, or reach into it from the right.
    """
    if is_reordered(old) or is_reordered(new) or old.speaker != new.speaker:
        return 0
    pairs = zip(old.text, new.text, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    faded = {first for first, _ in set(old.tentative) ^ set(new.tentative)}
    last = new.text.rfind(" ", 0, min({same, *faded}))
    return max(0, new.text.rfind(" ", 0, max(0, last)))


def is_reordered(row: Row) -> bool:
    """Whether some of its words run from right to left, so that what comes later may stand before."""
    return row.is_right_to_left or any(map(is_right_to_left, () if row.text.isascii() else row.text))
