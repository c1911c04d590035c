"""Draws rows of captions: letters on an outline that makes them readable over any picture.

Text is shaped as a whole in one
colour and then faded where it may still change; so a word does not move by a hair when it becomes certain,
and Arabic letters stay joined across that place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import category

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPixmap,
    QTextLayout,
    QTextOption,
)

from desktop.ui import tokens
from desktop.ui.captions_layout import Row
from desktop.ui.captions_look import CaptionsColours, CaptionsLook, colours_of
from desktop.ui.captions_outline import Easel
from desktop.ui.overlay import sized_font

LINE_SHARE: Final = 1.36
LABEL_SHARE: Final = 0.72
SMALLEST_LABEL_PX: Final = 12
SMALL_OUTLINE_PX: Final = 1
BLEED_PX: Final = tokens.SPACE_2_PX
"""A row's picture is larger by this on every side: for outlines, accents, tall signs of other scripts."""
UTF16: Final = "utf-16-le"
PICTURED: Final = "\ufe0f"
"""Makes a picture of the sign before it."""


@dataclass(frozen=True, slots=True)
class Style:
    """Fonts and colours made from a look, once. ``ratio`` is device pixels for each pixel of ours."""

    look: CaptionsLook
    colours: CaptionsColours
    font: QFont
    label_font: QFont
    ratio: float
    line_px: int
    easel: Easel

    @property
    def outline_px(self) -> int:
        """The width of the outline, in device pixels."""
        return round(self.look.outline_px * self.ratio)

    @property
    def baseline_px(self) -> float:
        """From the top of a row, whatever fonts a row borrows signs from; whole in device pixels."""
        metrics = QFontMetricsF(self.font)
        free_px = self.line_px - metrics.ascent() - metrics.descent()
        return round((free_px / 2 + metrics.ascent()) * self.ratio) / self.ratio

    def measure(self, text: str) -> float:
        """The width of a text."""
        return QFontMetricsF(self.font).horizontalAdvance(text)

    def label_px(self, label: str) -> float:
        """The room that a label takes before its row."""
        return QFontMetricsF(self.label_font).horizontalAdvance(label) + tokens.SPACE_3_PX


def style_of(look: CaptionsLook, ratio: float) -> Style:
    """Fonts and colours for a look on a screen."""
    font, label_font = sized_font(look.font_px), sized_font(label_size_px(look))
    if look.font_family:
        for each in (font, label_font):
            each.setFamilies([look.font_family, *font.families()])
    font.setWeight(QFont.Weight.Medium)
    label_font.setWeight(QFont.Weight.DemiBold)
    return Style(look, colours_of(look), font, label_font, ratio, line_px_of(look), Easel(ratio))


def line_px_of(look: CaptionsLook) -> int:
    """From one row to the next: a multiple of 4, so that it is whole at any usual scale."""
    return math.ceil(look.font_px * LINE_SHARE / tokens.SPACE_PX) * tokens.SPACE_PX


def label_size_px(look: CaptionsLook) -> int:
    """Labels are smaller than the words they stand before."""
    return max(SMALLEST_LABEL_PX, round(look.font_px * LABEL_SHARE))


def row_picture(row: Row, style: Style) -> QPixmap:
    """The picture of a row, ``BLEED_PX`` larger on every side; empty for an empty row."""
    label_px = style.label_px(row.speaker) if row.speaker else 0.0
    text_px = style.measure(row.text)
    is_rtl = row.is_right_to_left
    left_px, baseline_px = BLEED_PX + (0.0 if is_rtl else label_px), BLEED_PX + style.baseline_px
    layout = _shaped(row.text, style.font, text_px, is_rtl)
    words = [(layout, QPointF(left_px, baseline_px), style.colours.text)]
    if row.speaker:
        width_px = label_px - tokens.SPACE_3_PX
        label = _shaped(row.speaker, style.label_font, width_px, is_right_to_left=False)
        x_px = BLEED_PX + (text_px + tokens.SPACE_3_PX if is_rtl else 0.0)
        words.append((label, QPointF(x_px, baseline_px), style.colours.label))
    _write(style.easel.begin(label_px + text_px + 2 * BLEED_PX, style.line_px + 2 * BLEED_PX), words)
    if not has_own_colours(row.speaker + row.text):
        outline = style.colours.outline
        _write(style.easel.begin_shape(), [(shaped, at, outline) for shaped, at, _ in words])
    faded = [column.translated(left_px, 0.0) for column in _columns(layout, row)] if row.tentative else []
    outline_px, strength = style.outline_px, style.colours.tentative_strength
    return style.easel.picture(style.colours.outline, outline_px, faded, strength)


def outlined_text(text: str, font: QFont, colour: str, style: Style) -> QPixmap:
    """A small text on an outline, in ``BLEED_PX`` of room; as high as one of its lines."""
    metrics = QFontMetricsF(font)
    width_px = metrics.horizontalAdvance(text)
    origin = QPointF(BLEED_PX, BLEED_PX + round(metrics.ascent() * style.ratio) / style.ratio)
    words = [(_shaped(text, font, width_px, is_right_to_left=False), origin, colour)]
    _write(style.easel.begin(width_px + 2 * BLEED_PX, metrics.height() + 2 * BLEED_PX), words)
    outline_px = round(SMALL_OUTLINE_PX * style.ratio)
    return style.easel.picture(style.colours.outline, outline_px, (), 1.0)


def _shaped(text: str, font: QFont, width_px: float, is_right_to_left: bool) -> QTextLayout:
    """One line of text, ready to be drawn."""
    layout = QTextLayout(text, font)
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    option.setWrapMode(QTextOption.WrapMode.ManualWrap)
    direction = Qt.LayoutDirection.RightToLeft if is_right_to_left else Qt.LayoutDirection.LeftToRight
    option.setTextDirection(direction)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    line = layout.createLine()
    if line.isValid():
        line.setLineWidth(width_px + 1.0)
        line.setPosition(QPointF(0.0, 0.0))
    layout.endLayout()
    return layout


def _write(painter: QPainter, words: Sequence[tuple[QTextLayout, QPointF, str]]) -> None:
    """Each at its baseline, in its colour."""
    for layout, baseline, colour in words:
        if layout.lineCount():
            painter.setPen(QColor(colour))
            layout.draw(painter, baseline - QPointF(0.0, layout.lineAt(0).ascent()))
    painter.end()


def has_own_colours(text: str) -> bool:
    """Whether some of its signs may be pictures, as emoji are."""
    return not text.isascii() and any(sign == PICTURED or category(sign) == "So" for sign in text)


def _columns(layout: QTextLayout, row: Row) -> list[QRectF]:
    """The places of what may still change; words of two directions may lie apart."""
    line = layout.lineAt(0)
    edges = []
    for first, end in row.tentative:
        for run in line.glyphRuns(_units(row.text[:first]), _units(row.text[first:end])):
            advances = run.rawFont().advancesForGlyphIndexes(run.glyphIndexes())
            places = list(zip(run.positions(), advances, strict=True))
            edges.append((min(at.x() for at, _ in places), max(at.x() + wide.x() for at, wide in places)))
    return [QRectF(left_px, 0.0, right_px - left_px, 1.0) for left_px, right_px in _merged(sorted(edges))]


def _merged(edges: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Neighbours become one, so that no column is faded twice."""
    whole: list[tuple[float, float]] = []
    for left_px, right_px in edges:
        if whole and left_px <= whole[-1][1] + 0.5:
            whole[-1] = whole[-1][0], max(whole[-1][1], right_px)
        else:
            whole.append((left_px, right_px))
    return whole


def _units(text: str) -> int:
    """Length as Qt counts it: an emoji is two."""
    return len(text.encode(UTF16)) // 2
