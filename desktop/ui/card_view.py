"""One card in the GPU memory window: figures, bar, legend, sparkline, programs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.ui import tokens
from desktop.ui.memory_history import KEPT_MS, MemoryPoint
from desktop.ui.tint import quiet
from desktop.ui.tray_state import gauge_of
from desktop.ui.vram_gauge import MemoryBar, Sparkline, share_colours
from desktop.ui.words import GIB, memory, say
from recognizer.gpu_reading import GpuProcess, GpuReading

MOST_ROWS: Final = 6
DOT_PX: Final = 10
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CardView(QWidget):
    """Updated in place: nothing blinks, a selected row stays selected."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.busy, self.figures, self.warning = QLabel(), QLabel(), QLabel(), QLabel()
        self.name.setFont(bold(self.name.font()))
        self.figures.setFont(bold(self.figures.font(), 1.5))
        self.bar, self.line = MemoryBar(), Sparkline()
        self.legend = [LegendEntry() for _ in range(3)]
        self.since = QLabel(say("gauge.minutes", minutes=round(KEPT_MS / 60_000)))
        quiet(self.since)
        self.programs = program_table()
        self.none = QLabel(say("gauge.no-processes"))
        quiet(self.none)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_2_PX)
        column.addLayout(row(self.name, None, self.busy))
        column.addLayout(row(self.figures, None, self.warning))
        column.addWidget(self.bar)
        column.addLayout(row(*self.legend, None, spacing_px=tokens.SPACE_4_PX))
        column.addSpacing(tokens.SPACE_PX)
        column.addWidget(self.line)
        column.addWidget(self.since)
        column.addWidget(self.programs)
        column.addWidget(self.none)

    def show_reading(self, reading: GpuReading, warn_fraction: float) -> None:
        """Show the figures of now."""
        self.name.setText(reading.name)
        percent = reading.utilisation_percent
        self.busy.setText("" if percent is None else say("gauge.processor", percent=percent))
        if reading.is_asleep:
            self.figures.setText(say("gpu.asleep", total=reading.total_bytes / GIB))
            self.warning.setText("")
            return
        shares = gauge_of(reading, warn_fraction)
        if shares is None:
            return
        figures = {"used": reading.used_bytes / GIB, "total": reading.total_bytes / GIB}
        self.figures.setText(say("gauge.figures", **figures, percent=round(reading.used_fraction * 100)))
        self.warning.setText(say("gauge.over") if shares.is_over else "")
        colours = share_colours(shares.is_over)
        self.warning.setStyleSheet(f"color: {colours[0].name()}; font-weight: 600")
        self.bar.show_shares(shares)
        ours = say("gauge.unknown") if reading.ours_bytes is None else memory(reading.ours_bytes)
        amounts = (ours, memory(reading.others_bytes), memory(reading.free_bytes))
        for entry, key, amount, colour in zip(self.legend, LEGEND, amounts, colours, strict=True):
            entry.show_amount(colour, say(key), amount)
        self._show_programs(reading.processes)

    def show_history(self, stretches: list[list[MemoryPoint]], now_ms: float, is_over: bool) -> None:
        """Show the last minutes."""
        self.line.show_points(stretches, now_ms, is_over)

    def _show_programs(self, processes: tuple[GpuProcess, ...]) -> None:
        wanted = sorted(processes, key=lambda each: (not each.is_ours, -(each.used_bytes or 0), each.pid))
        while self.programs.topLevelItemCount() > len(wanted):
            self.programs.takeTopLevelItem(len(wanted))
        while self.programs.topLevelItemCount() < len(wanted):
            self.programs.addTopLevelItem(QTreeWidgetItem())
        for index, process in enumerate(wanted):
            if item := self.programs.topLevelItem(index):
                write_program(item, process)
        self.programs.setVisible(bool(wanted))
        self.none.setVisible(not wanted)
        fit_height(self.programs, min(len(wanted), MOST_ROWS))


LEGEND: Final = ("gauge.ours", "gauge.others", "gauge.free")


class LegendEntry(QWidget):
    """A dot in the colour of the bar, a name and an amount."""

    def __init__(self) -> None:
        super().__init__()
        self._dot, self.words = QLabel(), QLabel()
        self._colour = QColor()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(tokens.SPACE_PX + 2)
        line.addWidget(self._dot)
        line.addWidget(self.words)

    def show_amount(self, colour: QColor, name: str, amount: str) -> None:
        """Show these."""
        self.words.setText(f"{name} {amount}")
        if colour != self._colour:
            self._colour = QColor(colour)
            self._dot.setPixmap(dot(colour, self.devicePixelRatioF()))


def write_program(item: QTreeWidgetItem, process: GpuProcess) -> None:
    """One row; ours is told by a name, not only by a colour."""
    used = say("gauge.unknown") if process.used_bytes is None else memory(process.used_bytes)
    item.setText(0, f"{process.name} ({say('gauge.ours')})" if process.is_ours else process.name)
    item.setText(1, str(process.pid))
    item.setText(2, used)
    for column in (1, 2):
        item.setTextAlignment(column, RIGHT)


def program_table() -> QTreeWidget:
    """Program, PID and memory; only to be read."""
    table = QTreeWidget()
    table.setColumnCount(3)
    table.setHeaderLabels([say("gauge.process"), say("gauge.pid"), say("gauge.memory")])
    for column in (1, 2):
        table.headerItem().setTextAlignment(column, RIGHT)
    read_only(table)
    table.setAccessibleName(say("gauge.programs"))
    header = table.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in (1, 2):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return table


def read_only(table: QTreeWidget) -> None:
    """Rows to be read, with room around them."""
    height_px = max(tokens.SPACE_6_PX, table.fontMetrics().lineSpacing() + tokens.SPACE_2_PX)
    table.setStyleSheet(f"QTreeWidget::item {{ height: {height_px}px }}")
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def fit_height(table: QTreeWidget, rows: int) -> None:
    """As high as its rows."""
    row_px = table.sizeHintForRow(0) if table.topLevelItemCount() else 0
    table.setFixedHeight(table.header().sizeHint().height() + rows * row_px + 2 * table.frameWidth())


def row(*widgets: QWidget | None, spacing_px: int = tokens.SPACE_2_PX) -> QHBoxLayout:
    """Widgets in a line; ``None`` takes the room that is left."""
    line = QHBoxLayout()
    line.setSpacing(spacing_px)
    for widget in widgets:
        if widget is None:
            line.addStretch(1)
        else:
            line.addWidget(widget)
    return line


def dot(colour: QColor, ratio: float) -> QPixmap:
    """A filled circle."""
    made = QPixmap(QSize(DOT_PX, DOT_PX) * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(0, 0, DOT_PX, DOT_PX)
    painter.end()
    return made


def bold(font: QFont, factor: float = 1.0) -> QFont:
    """The same font, stronger and larger."""
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    made.setPointSizeF(made.pointSizeF() * factor)
    return made
