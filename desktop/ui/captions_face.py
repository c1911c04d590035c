"""What stands in the captions window for one view: rows where they belong, drawn once and kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap

from desktop.core.captions_view import CaptionsState, CaptionsView
from desktop.ui import tokens
from desktop.ui.captions_layout import CaptionsLayout, Page, Row
from desktop.ui.captions_paint import BLEED_PX, Style, row_picture
from desktop.ui.words import say

SIDE_PX: Final = tokens.SPACE_4_PX
ABOVE_PX: Final = tokens.SPACE_3_PX
KEPT_PICTURES: Final = 16
KEPT_WIDTHS: Final = 512
SPARE_EMS: Final = 2


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

    def paint(self, painter: QPainter, card: QRect, roll_px: float, dirty: QRect) -> None:
        """Draw the rows, ``roll_px`` below their place."""
        painter.save()
        painter.setClipRect(card.adjusted(0, ABOVE_PX - BLEED_PX, 0, BLEED_PX - ABOVE_PX))
        for index, row in enumerate(self.page.rows):
            if not row.text or (index < self.page.first and not roll_px):
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


def changed_rows(before: Page, after: Page) -> list[int]:
    """The rows on show that are not what they were, told as places in ``after``."""
    old, new = before.visible, after.visible
    most = max(len(old), len(new))
    pairs = [(old[at] if at < len(old) else None, new[at] if at < len(new) else None) for at in range(most)]
    return [after.first + at for at, (one, other) in enumerate(pairs) if one != other]
