"""What the pill looks like for one ``OverlayView``: its size, its words, its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPainterPath

from desktop.core.commands import OverlayView, Phase
from desktop.ui import tokens
from desktop.ui.overlay_paint import BARS_WIDTH_PX, draw_bars, draw_lock, draw_outcome, draw_waiting
from desktop.ui.overlay_text import OverlayText, Strengths
from desktop.ui.overlay_view import elapsed, placeholder
from desktop.ui.words import translated

LINE_PX: Final = tokens.PILL_SECOND_LINE_PX
TEXT_LEFT_PX: Final = tokens.SPACE_4_PX + BARS_WIDTH_PX + tokens.SPACE_3_PX
CUT_PX: Final = tokens.SPACE_12_PX
END_PX: Final = tokens.SPACE_4_PX + tokens.SPACE_PX
LOCK_PX: Final = tokens.SPACE_4_PX + tokens.SPACE_PX
LONGEST_TIME: Final = "00:00"
MOST_NOTICE_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Look:
    """How it is drawn: colours, fonts of text and small text, the widest it may be."""

    theme: tokens.Theme
    font: QFont
    small_font: QFont
    most_px: float


class OverlayFace:
    """Made for each view, so that nothing is laid out twice. ``levels`` are newest first, 0–1."""

    def __init__(self, view: OverlayView, levels: tuple[float, float, float], look: Look) -> None:
        self._view, self._levels, self._look = view, levels, look
        self._elapsed = elapsed(view)
        self._small_metrics = QFontMetricsF(look.small_font)
        self._right_px = self._measure_right()
        strong = QColor(look.theme.text)
        strengths = Strengths(strong, blended(strong, QColor(look.theme.ground), tokens.TENTATIVE_STRENGTH))
        room_px = look.most_px - TEXT_LEFT_PX - self._right_px
        self._text = OverlayText(view.committed, view.tentative, look.font, room_px, strengths)
        self._small = self._lay_out_small(room_px)

    def _lay_out_small(self, room_px: float) -> OverlayText:
        """A notice, whole: what to do must be readable to its end; or what stands where words will be."""
        theme, notice = self._look.theme, translated(self._view.notice)
        colour = QColor(theme.attention if notice else theme.quiet_text)
        text = notice or ("" if self._text.line_count else placeholder(self._view))
        strengths = Strengths(colour, colour)
        return OverlayText(text, "", self._look.small_font, room_px, strengths, MOST_NOTICE_LINES)

    def _measure_right(self) -> float:
        """Room for time and lock and the round end; for the longest time, so that nothing jumps."""
        time_px = self._small_metrics.horizontalAdvance(LONGEST_TIME) + tokens.SPACE_2_PX
        return END_PX + (time_px if self._elapsed else 0.0) + (LOCK_PX if self._view.locked else 0.0)

    @property
    def size(self) -> QSizeF:
        """What it needs."""
        words_px = max(self._text.width_px, self._small.width_px)
        wanted_px = TEXT_LEFT_PX + words_px + self._right_px + 1.0
        width_px = min(max(tokens.PILL_SMALLEST_WIDTH_PX, wanted_px), self._look.most_px)
        lines = self._text_lines + self._small.shown_lines
        return QSizeF(width_px, tokens.PILL_HEIGHT_PX + LINE_PX * max(0, lines - 1))

    @property
    def _text_lines(self) -> int:
        """A notice leaves dictated text one line; what went wrong keeps all it has."""
        is_short = self._small.line_count and self._view.phase is not Phase.FAILED
        return min(self._text.shown_lines, 1) if is_short else self._text.shown_lines

    @property
    def visible_text(self) -> str:
        """All that can be read, line by line."""
        return "\n".join(line for line in (self._text.visible_text(), self._small.visible_text()) if line)

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Draw it into ``box``, which is at least of ``size``."""
        self._paint_state(painter, QRectF(tokens.SPACE_4_PX, 0, BARS_WIDTH_PX, box.height()))
        self._paint_words(painter, box)
        self._paint_right(painter, box)

    def _paint_state(self, painter: QPainter, box: QRectF) -> None:
        theme = self._look.theme
        match self._view.phase:
            case Phase.LISTENING:
                draw_bars(painter, box, self._levels, theme.recording)
            case Phase.RECOGNISING | Phase.INSERTING:
                draw_waiting(painter, box, theme.text)
            case Phase.LANDED:
                colour = theme.attention if self._view.notice else theme.accent
                draw_outcome(painter, box, colour, is_good=True)
            case Phase.FAILED:
                draw_outcome(painter, box, theme.attention, is_good=False)

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        small = self._small.shown_lines
        middle_px = box.height() / 2 - small * LINE_PX / 2
        self._text.draw(painter, TEXT_LEFT_PX, middle_px, LINE_PX, most_lines=self._text_lines)
        self._paint_cut(painter, middle_px - LINE_PX * self._text_lines / 2)
        self._small.draw(painter, TEXT_LEFT_PX, box.height() / 2 + self._text_lines * LINE_PX / 2, LINE_PX)

    def _paint_cut(self, painter: QPainter, top_px: float) -> None:
        """Words before the first line are hidden: its beginning comes out of the ground."""
        if not self._text.is_cut and self._text.line_count <= self._text_lines:
            return
        ground = QColor(self._look.theme.ground)
        clear = QColor(ground)
        clear.setAlpha(0)
        fog = QLinearGradient(TEXT_LEFT_PX, 0.0, TEXT_LEFT_PX + CUT_PX, 0.0)
        fog.setColorAt(0.0, ground)
        fog.setColorAt(1.0, clear)
        painter.fillRect(QRectF(TEXT_LEFT_PX, top_px, CUT_PX, LINE_PX), fog)

    def _paint_right(self, painter: QPainter, box: QRectF) -> None:
        quiet, right_px = self._look.theme.quiet_text, box.width() - END_PX
        if self._view.locked:
            middle = QPoint(round(right_px) - tokens.SPACE_PX, round(box.height() / 2))
            draw_lock(painter, middle, quiet)
            right_px -= LOCK_PX
        if self._elapsed:
            painter.setFont(self._look.small_font)
            painter.setPen(QColor(quiet))
            where = QRectF(0, 0, right_px, box.height())
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(where, right, self._elapsed)


def pill_path(box: QRectF) -> QPainterPath:
    """A box with round ends; two lines keep the radius of one."""
    path = QPainterPath()
    radius_px = min(tokens.PILL_RADIUS_PX, box.height() / 2)
    path.addRoundedRect(box, radius_px, radius_px)
    return path


def blended(colour: QColor, ground: QColor, strength: float) -> QColor:
    """``colour`` at ``strength`` over ``ground``, opaque."""
    pairs = (
        (colour.red(), ground.red()),
        (colour.green(), ground.green()),
        (colour.blue(), ground.blue()),
    )
    return QColor(*(round(above * strength + below * (1.0 - strength)) for above, below in pairs))
