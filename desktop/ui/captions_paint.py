"""Draws rows of captions: letters on an outline that makes them readable over any picture.

The outline is the letters' own shape, spread by its width on all sides. Text is shaped as a whole in one
colour and then faded where it may still change; so a word does not move by a hair when it becomes certain,
and Arabic letters stay joined across that place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPixmap,
    QTextLayout,
    QTextOption,
)

from desktop.ui import tokens
from desktop.ui.captions_layout import Row
from desktop.ui.captions_look import CaptionsColours, CaptionsLook, colours_of
from desktop.ui.overlay import sized_font

LINE_SHARE: Final = 1.36
LABEL_SHARE: Final = 0.72
SMALLEST_LABEL_PX: Final = 12
SMALL_OUTLINE_PX: Final = 1
BLEED_PX: Final = tokens.SPACE_2_PX
"""A row's picture is larger by this on every side: for outlines, accents, tall signs of other scripts."""
UTF16: Final = "utf-16-le"
_CLEAR: Final = Qt.GlobalColor.transparent


@dataclass(frozen=True, slots=True)
class Style:
    """Fonts and colours made from a look, once. ``ratio`` is device pixels for each pixel of ours."""

    look: CaptionsLook
    colours: CaptionsColours
    font: QFont
    label_font: QFont
    ratio: float
    line_px: int

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
    return Style(look, colours_of(look), font, label_font, ratio, line_px_of(look))


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
    letters = _sheet(label_px + text_px, style)
    painter = _painter(letters)
    is_rtl = row.is_right_to_left
    left_px = BLEED_PX + (0.0 if is_rtl else label_px)
    layout = _shaped(row.text, style.font, text_px, is_rtl)
    _write(painter, layout, QPointF(left_px, BLEED_PX + style.baseline_px), style.colours.text)
    if row.speaker:
        width_px = label_px - tokens.SPACE_3_PX
        label = _shaped(row.speaker, style.label_font, width_px, is_right_to_left=False)
        x_px = BLEED_PX + (text_px + tokens.SPACE_3_PX if is_rtl else 0.0)
        _write(painter, label, QPointF(x_px, BLEED_PX + style.baseline_px), style.colours.label)
    painter.end()
    picture = _outline(letters, style, style.outline_px)
    if row.tentative:
        boxes = [box.translated(left_px, 0.0) for box in _boxes(layout, row)]
        _fade(letters, boxes, style.colours.tentative_strength)
    _lay_on(picture, letters)
    return QPixmap.fromImage(picture)


def outlined_text(text: str, font: QFont, colour: str, style: Style) -> QPixmap:
    """A small text on an outline, in ``BLEED_PX`` of room; as high as one of its lines."""
    metrics = QFontMetricsF(font)
    width_px = metrics.horizontalAdvance(text)
    letters = _sheet(width_px, style, metrics.height())
    painter = _painter(letters)
    origin = QPointF(BLEED_PX, BLEED_PX + round(metrics.ascent() * style.ratio) / style.ratio)
    _write(painter, _shaped(text, font, width_px, is_right_to_left=False), origin, colour)
    painter.end()
    picture = _outline(letters, style, round(SMALL_OUTLINE_PX * style.ratio))
    _lay_on(picture, letters)
    return QPixmap.fromImage(picture)


def _lay_on(picture: QImage, letters: QImage) -> None:
    painter = QPainter(picture)
    painter.drawImage(0, 0, letters)
    painter.end()


def _sheet(width_px: float, style: Style, height_px: float = 0.0) -> QImage:
    size = QSize(
        math.ceil((width_px + 2 * BLEED_PX) * style.ratio),
        math.ceil(((height_px or style.line_px) + 2 * BLEED_PX) * style.ratio),
    )
    sheet = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    sheet.setDevicePixelRatio(style.ratio)
    sheet.fill(_CLEAR)
    return sheet


def _painter(sheet: QImage) -> QPainter:
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    return painter


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


def _write(painter: QPainter, layout: QTextLayout, baseline: QPointF, colour: str) -> None:
    if not layout.lineCount():
        return
    painter.setPen(QColor(colour))
    layout.draw(painter, baseline - QPointF(0.0, layout.lineAt(0).ascent()))


def _boxes(layout: QTextLayout, row: Row) -> list[QRectF]:
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


def _fade(letters: QImage, boxes: list[QRectF], strength: float) -> None:
    """Make the columns of ``boxes`` weaker."""
    painter = _painter(letters)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    for box in boxes:
        column = QRectF(box.left(), 0.0, box.width(), letters.deviceIndependentSize().height())
        painter.fillRect(column, QColor.fromRgbF(0.0, 0.0, 0.0, strength))
    painter.end()


def _outline(letters: QImage, style: Style, width_px: int) -> QImage:
    """The letters' shape in the colour of the outline, wider on all sides."""
    shape = QImage(letters)
    painter = _painter(shape)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(QRectF(QPointF(0.0, 0.0), shape.deviceIndependentSize()), QColor(style.colours.outline))
    painter.end()
    for step_px in _steps(width_px):
        shape = _spread(shape, step_px)
    return shape


def _steps(whole_px: int) -> Iterator[int]:
    """Widths that add up to the whole: the first is 1, so that the thinnest stroke leaves no gap."""
    done_px = 0
    while done_px < whole_px:
        step_px = min(whole_px - done_px, 1 + 2 * done_px)
        done_px += step_px
        yield step_px


def _spread(shape: QImage, step_px: int) -> QImage:
    wider = QImage(shape)
    painter = QPainter(wider)
    slant_px = round(step_px * math.sqrt(0.5))
    corners = [(x, y) for x in (-slant_px, slant_px) for y in (-slant_px, slant_px)]
    for x, y in ((step_px, 0), (-step_px, 0), (0, step_px), (0, -step_px), *corners):
        painter.drawImage(QPointF(x, y) / shape.devicePixelRatio(), shape)
    painter.end()
    return wider
